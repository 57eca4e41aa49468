/** Audit: what was done here, as the ledger has it, and a copy of it for an auditor. */
import { Button, Group, Select } from '@mantine/core';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call } from '../api/client.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/form.tsx';
import { Moment } from '../ui/moment.tsx';
import { Mono } from '../ui/mono.tsx';
import { Empty, Page } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { type Column, Rows } from '../ui/rows.tsx';
import { save } from '../ui/save.ts';

type Leaf = Answer<'GET /ledger/leaves'>['leaves'][number];

const PAGE = 300;
const EXPORT_PAGE = 1_000;

/** The kinds of acts that a ledger records (src/ledger/leaf-kinds.ts; a test holds the two together). */
const LEAF_KINDS = [
  'access',
  'administration',
  'annotation',
  'agreement-in-force',
  'agreement-proposed',
  'agreement-signed',
  'agreement-suspended',
  'agreement-resumed',
  'agreement-ended',
  'backup',
  'bundle',
  'case-opened',
  'case-closed',
  'checkpoint-witnessed',
  'credential',
  'custody',
  'delivery',
  'erasure',
  'exercise',
  'exhibit-registered',
  'finding-set',
  'fork-detected',
  'import',
  'key-changed',
  'message',
  'node-created',
  'operation',
  'outcome',
  'package',
  'peer-added',
  'peer-removed',
  'recall',
  'recall-receipt',
  'receipt',
  'request',
  'run',
  'timestamp',
  'tool',
  'verdict-set',
] as const;

export default function Audit() {
  const { t } = useTranslation();
  const [kind, setKind] = useState<string | null>(null);
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  const [shown, setShown] = useState<Leaf | null>(null);
  const filter = {
    ...(kind ? { kind } : {}),
    ...(from ? { from } : {}),
    ...(until ? { until: `${until}T24` } : {}),
  };
  const pages = useInfiniteQuery({
    queryKey: ['GET /ledger/leaves', filter],
    queryFn: ({ pageParam, signal }) =>
      call('GET /ledger/leaves', {
        query: { ...filter, limit: PAGE, ...(pageParam === null ? {} : { before: pageParam }) },
        signal,
      }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
  });
  const copy = useMutation({
    mutationFn: async () => {
      const lines: string[] = [];
      for (let before: number | null | undefined; before !== null; ) {
        const page: Answer<'GET /ledger/leaves'> = await call('GET /ledger/leaves', {
          query: { ...filter, limit: EXPORT_PAGE, ...(before === undefined ? {} : { before }) },
        });
        lines.push(...page.leaves.map((leaf) => JSON.stringify(leaf)));
        before = page.next;
      }
      save(`${lines.join('\n')}\n`, 'audit.jsonl', 'application/jsonl');
    },
  });
  const leaves = pages.data?.pages.flatMap((page) => page.leaves) ?? [];
  const columns: Column<Leaf>[] = [
    { key: 'index', head: t('audit.leaf'), width: '6rem', cell: ({ index }) => index },
    { key: 'at', head: t('audit.at'), width: '14rem', cell: ({ at }) => <Moment at={at} utc /> },
    {
      key: 'kind',
      head: t('audit.act'),
      width: 'minmax(12rem, 1fr)',
      cell: (leaf) => (
        <button type="button" className="plain" onClick={() => setShown(leaf)}>
          {t(`leaf.${leaf.kind}`, { defaultValue: leaf.kind })}
        </button>
      ),
    },
    {
      key: 'body',
      head: t('audit.about-what'),
      width: 'minmax(14rem, 2fr)',
      cell: ({ body }) => <Mono>{body === null ? t('audit.erased') : fields(body ?? {})}</Mono>,
    },
  ];
  return (
    <Page
      title={t('rooms.audit')}
      about={t('audit.about')}
      actions={
        <Button variant="default" onClick={() => copy.mutate()} loading={copy.isPending}>
          {t('audit.export')}
        </Button>
      }
    >
      <Group align="flex-end">
        <Select
          label={t('audit.act')}
          placeholder={t('audit.all')}
          clearable
          searchable
          value={kind}
          onChange={setKind}
          clearButtonProps={{ 'aria-label': t('shell.clear') }}
          data={LEAF_KINDS.map((one) => ({ value: one, label: t(`leaf.${one}`) }))}
        />
        <Field type="date" label={t('audit.from')} value={from} onWrite={setFrom} />
        <Field type="date" label={t('audit.until')} value={until} onWrite={setUntil} />
      </Group>
      <ProblemNote error={pages.error ?? copy.error} />
      {pages.data && leaves.length === 0 && <Empty words={t('audit.none')} />}
      {leaves.length > 0 && (
        <Rows
          label={t('rooms.audit')}
          columns={columns}
          rows={leaves}
          keyOf={({ index }) => String(index)}
          onEnd={() => {
            if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
          }}
        />
      )}
      <Dialog
        opened={shown !== null}
        onClose={() => setShown(null)}
        title={shown && `${t(`leaf.${shown.kind}`, { defaultValue: shown.kind })} · ${shown.index}`}
        size="lg"
      >
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
        <pre className="hex" tabIndex={0}>
          {JSON.stringify(shown?.body, null, 2)}
        </pre>
      </Dialog>
    </Page>
  );
}

const fields = (body: object) =>
  Object.entries(body)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' · ');
