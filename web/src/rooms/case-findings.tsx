/** Findings: where intelligence met evidence. Grouped and sorted; a click leads to the very bytes; marks and comments are records beside them. */
import { Badge, Button, Group, Select, Skeleton, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { useFormat } from '../ui/format.ts';
import { Mono } from '../ui/mono.tsx';
import { Empty } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { type Column, Rows } from '../ui/rows.tsx';
import { Bytes } from './case-bytes.tsx';
import { doDiffer, FindingNotes, MARK_COLOURS, markOf } from './case-finding-notes.tsx';

type Finding = Answer<'GET /cases/{id}/findings'>['findings'][number];
type Sortable = 'value' | 'kind' | 'file' | 'contributor' | 'mark';
type Line =
  | { readonly finding: Finding; readonly group: null }
  | { readonly group: string; readonly size: number };

const PAGE = 500;
const GROUPS = ['value', 'kind', 'file', 'contributor', 'mark'] as const;
const LIVE_MS = 6_000;
const LIVE_PAGES_MAX = 2;
/** Ordering and grouping are of what is loaded: all of them, up to so many. */
const LOADED_MAX = 20_000;

export function Findings({ caseId }: { readonly caseId: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const { count } = useFormat();
  const [sort, setSort] = useState<{ by: Sortable; down: boolean } | null>(null);
  const [by, setBy] = useState<Sortable | null>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
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
  const needsAll = (sort !== null || by !== null) && all.length < LOADED_MAX;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  useEffect(() => {
    if (needsAll && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [needsAll, hasNextPage, isFetchingNextPage, fetchNextPage]);
  const lines = useMemo((): Line[] => {
    const wordOf = (one: Finding, key: Sortable) => (key === 'mark' ? (markOf(one.notes) ?? '') : one[key]);
    const sorted = sort
      ? all.toSorted((a, b) => {
          const [x, y] = [wordOf(a, sort.by), wordOf(b, sort.by)];
          return (x < y ? -1 : x > y ? 1 : 0) * (sort.down ? -1 : 1);
        })
      : all;
    if (by === null) return sorted.map((finding) => ({ finding, group: null }));
    return [...Map.groupBy(sorted, (one) => wordOf(one, by))]
      .sort(([, a], [, b]) => b.length - a.length)
      .flatMap(([group, list]): Line[] => [
        { group, size: list.length },
        ...(closed.has(group) ? [] : list.map((finding): Line => ({ finding, group: null }))),
      ]);
  }, [all, sort, by, closed]);
  if (pages.error) return <ProblemNote error={pages.error} retry={() => pages.refetch()} />;
  if (!pages.data) return <Skeleton h={160} />;
  const total = pages.data.pages[0]!.total;
  if (total === 0) return <Empty words={t('finding.none')} />;
  const canRead = may('POST /cases/{id}/exhibits/{number}/readings');
  const canNote = may('POST /cases/{id}/findings/notes');
  const sorting = (key: Sortable) => ({
    onSort: () =>
      setSort((now) => (now?.by === key ? { by: key, down: !now.down } : { by: key, down: false })),
    sorted:
      sort?.by === key ? (sort.down ? ('descending' as const) : ('ascending' as const)) : ('none' as const),
  });
  /** Of a finding; a group's line has its name and size in the first column alone. */
  const of = (cell: (finding: Finding) => React.ReactNode) => (line: Line) =>
    line.group === null ? cell(line.finding) : null;
  const toggle = (group: string) =>
    setClosed((now) => {
      const next = new Set(now);
      if (!next.delete(group)) next.add(group);
      return next;
    });
  const nameOfGroup = (group: string) =>
    by === 'mark' ? t(group === '' ? 'finding.no-mark' : `finding.mark.${group}`) : group;
  const columns: Column<Line>[] = [
    {
      key: 'value',
      head: t('finding.value'),
      width: 'minmax(13rem, 1.5fr)',
      ...sorting('value'),
      cell: (line) =>
        line.group === null ? (
          <Group gap="xs" wrap="nowrap">
            {canNote && (
              <input
                type="checkbox"
                aria-label={t('finding.choose', { value: line.finding.value })}
                checked={chosen.has(line.finding.id)}
                onChange={({ currentTarget }) => {
                  const next = new Set(chosen);
                  if (currentTarget.checked) next.add(line.finding.id);
                  else next.delete(line.finding.id);
                  setChosen(next);
                }}
              />
            )}
            <Mono title={line.finding.value}>{line.finding.value}</Mono>
          </Group>
        ) : (
          <button
            type="button"
            className="plain"
            aria-expanded={!closed.has(line.group)}
            onClick={() => toggle(line.group)}
          >
            <b>
              {closed.has(line.group) ? '+' : '−'} <bdi>{nameOfGroup(line.group)}</bdi>
            </b>{' '}
            {count(line.size)}
          </button>
        ),
    },
    {
      key: 'kind',
      head: t('finding.kind'),
      width: '6.5rem',
      ...sorting('kind'),
      cell: of(({ kind }) => kind),
    },
    {
      key: 'mark',
      head: t('finding.mark'),
      width: 'minmax(10.5rem, 1fr)',
      ...sorting('mark'),
      cell: of((one) => {
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
      }),
    },
    {
      key: 'file',
      head: t('finding.place'),
      width: 'minmax(12rem, 1.7fr)',
      ...sorting('file'),
      cell: of((one) => {
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
      }),
    },
    {
      key: 'indicator',
      head: t('finding.indicator'),
      width: 'minmax(9rem, 1.1fr)',
      cell: of((one) =>
        may('GET /objects/{id}') && one.indicator.startsWith('indicator--') ? (
          <Link className="link" to="/intelligence/$id" params={{ id: one.indicator }}>
            <bdi>{one.name || one.indicator}</bdi>
          </Link>
        ) : (
          <bdi>{one.name}</bdi>
        ),
      ),
    },
    {
      key: 'contributor',
      head: t('intelligence.contributor'),
      width: 'minmax(8rem, 1fr)',
      ...sorting('contributor'),
      cell: of(({ contributor }) => (
        <bdi className="cut" title={contributor}>
          {contributor}
        </bdi>
      )),
    },
    {
      key: 'clause',
      head: t('finding.clause'),
      width: '7.5rem',
      cell: of(({ clause }) => <Mono title={clause}>{clause}</Mono>),
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
            onChange={(value) => {
              setBy(value as Sortable | null);
              setClosed(new Set());
            }}
          />
          <Text size="sm" c="dimmed" mb={8} role="status">
            {t('finding.total', { count: total })}
            {(sort || by) && all.length < total && <> · {t('finding.loaded', { count: all.length })}</>}
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
      <Rows
        label={t('case.findings')}
        columns={columns}
        rows={lines}
        keyOf={(line) => (line.group === null ? line.finding.id : `group ${line.group}`)}
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
