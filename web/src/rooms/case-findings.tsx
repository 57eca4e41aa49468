/** Findings: where intelligence met evidence. Sorted by any column; a click leads to the very bytes. */
import { Modal, Skeleton, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Mono } from '../ui/mono.tsx';
import { Empty } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { type Column, Rows } from '../ui/rows.tsx';
import { Bytes } from './case-bytes.tsx';

type Finding = Answer<'GET /cases/{id}/findings'>['findings'][number];
type Sortable = 'value' | 'kind' | 'file' | 'contributor';

const PAGE = 500;

export function Findings({ caseId }: { readonly caseId: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const [sort, setSort] = useState<{ by: Sortable; down: boolean } | null>(null);
  const [shown, setShown] = useState<Finding | null>(null);
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
  });
  const findings = useMemo(() => {
    const all = pages.data?.pages.flatMap((page) => page.findings) ?? [];
    if (!sort) return all;
    const sorted = all.toSorted((a, b) => (a[sort.by] < b[sort.by] ? -1 : a[sort.by] > b[sort.by] ? 1 : 0));
    return sort.down ? sorted.reverse() : sorted;
  }, [pages.data, sort]);
  if (pages.error) return <ProblemNote error={pages.error} retry={() => pages.refetch()} />;
  if (!pages.data) return <Skeleton h={160} />;
  const total = pages.data.pages[0]!.total;
  if (total === 0) return <Empty words={t('finding.none')} />;
  const canRead = may('POST /cases/{id}/exhibits/{number}/readings');
  const sorting = (by: Sortable) => ({
    onSort: () => setSort((now) => (now?.by === by ? { by, down: !now.down } : { by, down: false })),
    sorted:
      sort?.by === by ? (sort.down ? ('descending' as const) : ('ascending' as const)) : ('none' as const),
  });
  const columns: Column<Finding>[] = [
    {
      key: 'value',
      head: t('finding.value'),
      width: 'minmax(11rem, 1.5fr)',
      ...sorting('value'),
      cell: (one) => <Mono title={one.value}>{one.value}</Mono>,
    },
    { key: 'kind', head: t('finding.kind'), width: '7rem', ...sorting('kind'), cell: ({ kind }) => kind },
    {
      key: 'file',
      head: t('finding.place'),
      width: 'minmax(14rem, 2fr)',
      ...sorting('file'),
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
      width: 'minmax(9rem, 1.2fr)',
      cell: (one) =>
        may('GET /objects/{id}') ? (
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
      ...sorting('contributor'),
      cell: ({ contributor }) => <bdi>{contributor}</bdi>,
    },
    {
      key: 'clause',
      head: t('finding.clause'),
      width: '8rem',
      cell: ({ clause }) => <Mono title={clause}>{clause}</Mono>,
    },
  ];
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        {t('finding.total', { count: total })}
      </Text>
      <Rows
        label={t('case.findings')}
        columns={columns}
        rows={findings}
        keyOf={({ id }) => id}
        onEnd={() => {
          if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
        }}
      />
      <Modal
        opened={shown !== null}
        onClose={() => setShown(null)}
        title={shown && <Mono>{shown.value}</Mono>}
        size="xl"
        closeButtonProps={{ 'aria-label': t('shell.close') }}
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
      </Modal>
    </>
  );
}
