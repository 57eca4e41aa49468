/** Findings: where intelligence met evidence. Grouped and sorted; a click leads to the very bytes; marks and comments are records beside them. */
import { Badge, Button, Group, Select, Skeleton, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { kindWords } from '../ui/kind-words.ts';
import { Mono } from '../ui/mono.tsx';
import { Empty } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import type { Column } from '../ui/rows.tsx';
import { SortedRows, useAddressed, type Values } from '../ui/sorted-rows.tsx';
import { Bytes } from './case-bytes.tsx';
import { doDiffer, FindingNotes, MARK_COLOURS, markOf } from './case-finding-notes.tsx';

type Finding = Answer<'GET /cases/{id}/findings'>['findings'][number];
const PAGE = 500;
const GROUPS = ['value', 'kind', 'file', 'contributor', 'mark'] as const;
const VALUES: Values<Finding> = {
  value: ({ value }) => value,
  mark: ({ notes }) => markOf(notes) ?? '',
  file: ({ file }) => file,
  indicator: ({ name, indicator }) => name || indicator,
  contributor: ({ contributor }) => contributor,
  clause: ({ clause }) => clause,
};
const LIVE_MS = 6_000;
const LIVE_PAGES_MAX = 2;
/** Ordering and grouping are of what is loaded: all of them, up to so many. */
const LOADED_MAX = 20_000;

export function Findings({ caseId }: { readonly caseId: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const values: Values<Finding> = useMemo(() => ({ ...VALUES, kind: ({ kind }) => kindWords(t, kind) }), [t]);
  const [sort] = useAddressed('sort');
  const [asked, setBy] = useAddressed('group');
  const by = GROUPS.find((one) => one === asked) ?? null;
  const [shown, setShown] = useState<Finding | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [noting, setNoting] = useState<readonly string[] | null>(null);
  const pages = useInfiniteQuery({
    queryKey: ['GET /cases/{id}/findings', caseId],
    queryFn: ({ pageParam, signal }) =>
      call('GET /cases/{id}/findings', {
        params: { id: caseId },
        query: { limit: PAGE, ...(pageParam === null ? {} : { after: pageParam }) },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    // Others work on the same findings; of many, when this page is looked at again.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= LIVE_PAGES_MAX ? LIVE_MS : false),
  });
  const all = useMemo(() => pages.data?.pages.flatMap((page) => page.findings) ?? [], [pages.data]);
  const isOrdered = sort !== '' || by !== null;
  const needsAll = isOrdered && all.length < LOADED_MAX;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  useEffect(() => {
    if (needsAll && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [needsAll, hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (pages.error) return <ProblemNote error={pages.error} retry={() => pages.refetch()} />;
  if (!pages.data) return <Skeleton h={160} />;
  const total = pages.data.pages[0]!.total;
  if (total === 0) return <Empty words={t('finding.none')} />;
  const canRead = may('POST /cases/{id}/exhibits/{number}/readings');
  const canNote = may('POST /cases/{id}/findings/notes');
  const columns: Column<Finding>[] = [
    {
      key: 'value',
      head: t('finding.value'),
      width: 'minmax(13rem, 1.5fr)',
      cell: (one) => (
        <Group gap="xs" wrap="nowrap">
          {canNote && (
            <input
              type="checkbox"
              aria-label={t('finding.choose', { value: one.value })}
              checked={chosen.has(one.id)}
              onChange={({ currentTarget }) => {
                const next = new Set(chosen);
                if (currentTarget.checked) next.add(one.id);
                else next.delete(one.id);
                setChosen(next);
              }}
            />
          )}
          <Mono title={one.value}>{one.value}</Mono>
        </Group>
      ),
    },
    {
      key: 'kind',
      head: t('finding.kind'),
      width: '8rem',
      cell: ({ kind }) => kindWords(t, kind),
    },
    {
      key: 'mark',
      head: t('finding.mark'),
      width: 'minmax(10.5rem, 1fr)',
      cell: (one) => {
        const mark = markOf(one.notes);
        return (
          <button
            type="button"
            className="plain mark-button"
            onClick={() => setNoting([one.id])}
            title={one.notes.findLast(({ comment }) => comment !== '')?.comment}
          >
            {mark ? (
              <Badge variant="light" color={MARK_COLOURS[mark]}>
                {t(`finding.mark.${mark}`)}
              </Badge>
            ) : (
              t(canNote ? 'finding.to-mark' : 'finding.no-mark')
            )}
            {doDiffer(one.notes) && (
              <Badge variant="light" color="orange" title={t('finding.differ-means')}>
                {t('finding.differ')}
              </Badge>
            )}
            {one.notes.some(({ comment }) => comment !== '') && ' ✎'}
          </button>
        );
      },
    },
    {
      key: 'file',
      head: t('finding.place'),
      width: 'minmax(12rem, 1.7fr)',
      cell: (one) => {
        const place = `${one.exhibitNumber} · ${one.file}${one.container ? ` › ${one.container}` : ''}${one.line === null ? '' : ` :${one.line}`}`;
        return canRead && one.offset !== null && one.container === '' ? (
          <button type="button" className="plain" onClick={() => setShown(one)} title={place}>
            <bdi dir="ltr">{place}</bdi>
          </button>
        ) : (
          <bdi dir="ltr" title={place}>
            {place}
          </bdi>
        );
      },
    },
    {
      key: 'indicator',
      head: t('finding.indicator'),
      width: 'minmax(9rem, 1.1fr)',
      cell: (one) =>
        may('GET /objects/{id}') && one.indicator.startsWith('indicator--') ? (
          <Link className="link" to="/intelligence/$id" params={{ id: one.indicator }}>
            <bdi>{one.name || one.indicator}</bdi>
          </Link>
        ) : (
          <bdi>{one.name}</bdi>
        ),
    },
    {
      key: 'contributor',
      head: t('intelligence.contributor'),
      width: 'minmax(8rem, 1fr)',
      cell: ({ contributor }) => (
        <bdi className="cut" title={contributor}>
          {contributor}
        </bdi>
      ),
    },
    {
      key: 'clause',
      head: t('finding.clause'),
      width: '7.5rem',
      cell: ({ clause }) => <Mono title={clause}>{clause}</Mono>,
    },
  ];
  return (
    <Stack gap="xs">
      <Group justify="space-between" align="flex-end">
        <Group align="flex-end">
          <Select
            label={t('finding.group')}
            placeholder={t('finding.no-group')}
            clearable
            clearButtonProps={{ 'aria-label': t('shell.clear') }}
            data={GROUPS.map((one) => ({ value: one, label: t(`finding.group.${one}`) }))}
            value={by}
            onChange={(value) => setBy(value ?? '')}
          />
          <Text size="sm" c="dimmed" mb={8} role="status">
            {t('finding.total', { count: total })}
            {isOrdered && all.length < total && <> · {t('finding.loaded', { count: all.length })}</>}
          </Text>
        </Group>
        {chosen.size > 0 && (
          <Group gap="xs">
            <Button size="xs" onClick={() => setNoting([...chosen])}>
              {t('finding.note-chosen', { count: chosen.size })}
            </Button>
            <Button size="xs" variant="default" onClick={() => setChosen(new Set())}>
              {t('shell.clear')}
            </Button>
          </Group>
        )}
      </Group>
      <SortedRows
        label={t('case.findings')}
        columns={columns}
        rows={all}
        values={values}
        keyOf={({ id }) => id}
        group={
          by && {
            by,
            name: (value) =>
              by === 'mark' ? t(value === '' ? 'finding.no-mark' : `finding.mark.${value}`) : value,
          }
        }
        minWidth="62rem"
        onEnd={() => {
          if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
        }}
      />
      <Dialog
        opened={shown !== null}
        onClose={() => setShown(null)}
        title={shown && <Mono>{shown.value}</Mono>}
        size="xl"
      >
        {shown && (
          <Bytes
            caseId={caseId}
            number={shown.exhibitNumber}
            place={{
              offset: shown.offset ?? 0,
              length: shown.length,
              path: shown.file.includes('/') ? shown.file.slice(shown.file.indexOf('/') + 1) : null,
            }}
          />
        )}
      </Dialog>
      <Dialog
        opened={noting !== null}
        onClose={() => setNoting(null)}
        title={t('finding.note-chosen', { count: noting?.length ?? 0 })}
        size="lg"
      >
        {noting && (
          <FindingNotes
            caseId={caseId}
            findings={all.filter(({ id }) => noting.includes(id))}
            onDone={() => {
              setNoting(null);
              setChosen(new Set());
            }}
          />
        )}
      </Dialog>
    </Stack>
  );
}
