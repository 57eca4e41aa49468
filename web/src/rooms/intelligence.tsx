/** Intelligence: search what is held, bring more in. */
import { Alert, Badge, Button, Group, List, Select, Stack, Text } from '@mantine/core';
import { useDebouncedValue, useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries, reading } from '../api/client.ts';
import { sendFile } from '../api/upload.ts';
import { useMay } from '../shell/me.ts';
import { useWork, WorkLine } from '../shell/work-menu.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Drop } from '../ui/drop.tsx';
import { Field } from '../ui/form.tsx';
import { handlingWords } from '../ui/handling.ts';
import { Moment } from '../ui/moment.tsx';
import { Empty, Page } from '../ui/page.tsx';
import { PAGE, usePagesInView } from '../ui/pages-in-view.ts';
import { ProblemNote } from '../ui/problem.tsx';
import { type Column, FarRows, Rows } from '../ui/rows.tsx';
import { typeWords } from '../ui/type-words.ts';

type Line = Answer<'GET /objects'>['objects'][number];

export default function Intelligence() {
  const { t } = useTranslation();
  const may = useMay();
  const [text, setText] = useState('');
  const [type, setType] = useState<string | null>(null);
  const [wanted] = useDebouncedValue(text.trim(), 250);
  const [importing, dialog] = useDisclosure(false);
  const types = useQuery(reading('GET /object-types'));
  const peers = useQuery({ ...reading('GET /peers'), enabled: may('GET /peers') });
  const nameOf = (kid: string) =>
    kid === '' ? t('intelligence.own') : (peers.data?.peers.find((peer) => peer.kid === kid)?.name ?? kid);
  const ofType = type === null ? {} : { type };
  // Without words every object has its place, and the list is as long as they are many; a search goes on where it stopped.
  const isSearch = wanted !== '';
  const held = (types.data?.types ?? [])
    .filter((one) => type === null || one.type === type)
    .reduce((sum, one) => sum + one.objects, 0);
  const pages = usePagesInView<Line>({
    queryKey: ['GET /objects', 'in view', ofType],
    count: isSearch ? 0 : held,
    read: async (offset, signal) =>
      (await call('GET /objects', { query: { ...ofType, offset, limit: PAGE }, signal })).objects,
  });
  const filter = { text: wanted, limit: PAGE, ...ofType };
  const found = useInfiniteQuery({
    enabled: isSearch,
    queryKey: ['GET /objects', 'pages', filter],
    queryFn: ({ pageParam, signal }) =>
      call('GET /objects', {
        query: { ...filter, ...(pageParam === null ? {} : { before: pageParam }) },
        signal,
      }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
  });
  const lines = found.data?.pages.flatMap((page) => page.objects) ?? [];
  const more = () => {
    if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage();
  };
  const columns: Column<Line>[] = [
    {
      key: 'title',
      head: t('intelligence.object'),
      width: 'minmax(12rem, 2fr)',
      cell: (line) => (
        <Link className="link" to="/intelligence/$id" params={{ id: line.id }} title={line.title}>
          <bdi>{line.title}</bdi>
        </Link>
      ),
    },
    { key: 'type', head: t('intelligence.type'), width: '9rem', cell: (line) => typeWords(t, line.type) },
    {
      key: 'handling',
      head: t('intelligence.handling'),
      width: 'minmax(16rem, 2.2fr)',
      cell: (line) =>
        line.withdrawnAt ? (
          <Badge color="red" variant="light">
            {t('intelligence.recalled')}
          </Badge>
        ) : (
          handlingWords(t, line.handling)
        ),
    },
    {
      key: 'contributor',
      head: t('intelligence.contributor'),
      width: 'minmax(8rem, 1.2fr)',
      cell: (line) => nameOf(line.contributor),
    },
    {
      key: 'at',
      head: t('intelligence.since'),
      width: '11rem',
      cell: (line) => <Moment at={line.addedAt} />,
    },
  ];
  const isEmpty = types.data?.types.length === 0;
  return (
    <Page
      title={t('rooms.intelligence')}
      about={t('intelligence.about')}
      actions={may('POST /imports') && <Button onClick={dialog.open}>{t('intelligence.import')}</Button>}
    >
      <Group align="flex-end">
        <Field
          label={t('intelligence.search')}
          placeholder={t('intelligence.search-hint')}
          value={text}
          onWrite={setText}
          style={{ flex: '1 1 18rem' }}
          type="search"
        />
        <Select
          label={t('intelligence.type')}
          placeholder={t('intelligence.all-types')}
          clearable
          searchable
          value={type}
          onChange={setType}
          clearButtonProps={{ 'aria-label': t('shell.clear') }}
          data={(types.data?.types ?? []).map((one) => ({
            value: one.type,
            label: `${typeWords(t, one.type)} (${one.objects})`,
          }))}
        />
      </Group>
      <ProblemNote
        error={types.error ?? (isSearch ? found.error : pages.error)}
        retry={() => (isSearch ? found.refetch() : pages.refetch())}
      />
      {isEmpty && <Empty words={t('intelligence.none')} />}
      {isSearch && found.data && lines.length === 0 && !found.hasNextPage && (
        <Empty words={t('intelligence.no-match')} />
      )}
      {isSearch && found.data && lines.length === 0 && found.hasNextPage && (
        <Button variant="default" onClick={more} loading={found.isFetchingNextPage}>
          {t('intelligence.search-on')}
        </Button>
      )}
      {!isSearch && held > 0 && (
        <FarRows
          key={type ?? ''}
          label={t('rooms.intelligence')}
          columns={columns}
          count={held}
          at={pages.at}
          onView={pages.onView}
          keyOf={(line) => `${line.id} ${line.seq}`}
        />
      )}
      {isSearch && lines.length > 0 && (
        <Rows
          label={t('rooms.intelligence')}
          columns={columns}
          rows={lines}
          keyOf={(line) => `${line.id} ${line.seq}`}
          onEnd={more}
        />
      )}
      <Dialog opened={importing} onClose={dialog.close} title={t('intelligence.import')} size="lg">
        <Import />
      </Dialog>
    </Page>
  );
}

const LEVELS = ['clear', 'green', 'amber', 'amber+strict', 'red'] as const;

function Import() {
  const { t } = useTranslation();
  const [level, setLevel] = useState<string | null>(null);
  const work = useWork();
  const [begun, setBegun] = useState<readonly string[]>([]);
  const send = useMutation({
    mutationFn: async (files: readonly File[]) => {
      for (const file of files) {
        const { upload } = await sendFile(file, () => {}, new AbortController().signal);
        const { id } = await call('POST /imports', {
          body: { upload, ...(level ? { unmarked: level as (typeof LEVELS)[number] } : {}) },
        });
        setBegun((before) => [...before, id]);
        await queries.invalidateQueries(reading('GET /work'));
      }
    },
  });
  const mine = (work.data?.work ?? []).filter(({ id }) => begun.includes(id));
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {t('import.about')}
      </Text>
      <Select
        label={t('import.unmarked')}
        description={t('import.unmarked-hint')}
        placeholder="TLP:RED"
        data={LEVELS.map((one) => ({ value: one, label: `TLP:${one.toUpperCase()}` }))}
        value={level}
        onChange={setLevel}
        clearable
        clearButtonProps={{ 'aria-label': t('shell.clear') }}
      />
      <Drop words={t('import.drop')} onFiles={(files) => files.length > 0 && send.mutate(files)} />
      {send.isPending && <Text size="sm">{t('import.sending')}</Text>}
      <ProblemNote error={send.error} />
      {mine.map((one) => (
        <Stack key={one.id} gap="xs">
          <WorkLine work={one} />
          {one.result && <Imported result={one.result as unknown as ImportResult} />}
        </Stack>
      ))}
    </Stack>
  );
}

interface ImportResult {
  readonly accepted: number;
  readonly unchanged: number;
  readonly refusedCount: number;
  readonly refused: readonly { readonly index: number; readonly id: string | null; readonly why: string }[];
}

function Imported({ result }: { readonly result: ImportResult }) {
  const { t } = useTranslation();
  return (
    <Alert color={result.refusedCount > 0 ? 'yellow' : 'teal'} role="status">
      {t('import.done', {
        accepted: result.accepted,
        unchanged: result.unchanged,
        refused: result.refusedCount,
      })}
      {result.refused.length > 0 && (
        <List size="sm" mt="xs">
          {result.refused.map(({ index, why }) => (
            <List.Item key={index}>
              <bdi dir="auto">{`objects[${index}]: ${why}`}</bdi>
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}
