/** Tools of peers: what is held here and how far it is, what this node publishes, and fetching what agreements give. */
import { Alert, Badge, Button, Group, Select, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { useBegun, WorkLine } from '../shell/work-menu.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Choose, Form } from '../ui/form.tsx';
import { Moment } from '../ui/moment.tsx';
import { Mono, Short } from '../ui/mono.tsx';
import { Empty, Panel } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import type { Column } from '../ui/rows.tsx';
import { SortedRows } from '../ui/sorted-rows.tsx';
import { ToolView } from './desk-tool.tsx';
import { ToolOffers } from './desk-tool-offers.tsx';
import { PURPOSES, type Purpose } from './desk-words.ts';

type Tool = Answer<'GET /tools'>['tools'][number];
type Published = Answer<'GET /tools'>['published'][number];

const COLOURS = { fetched: 'yellow', accepted: 'teal', retired: 'gray' } as const;

export function Tools() {
  const { t } = useTranslation();
  const may = useMay();
  const { data, error, refetch } = useQuery(reading('GET /tools'));
  const peers = useQuery({ ...reading('GET /peers'), enabled: may('GET /peers') });
  const [fetching, dialog] = useDisclosure(false);
  const [shown, setShown] = useState<string | null>(null);
  const from = (kid: string) =>
    kid === '' ? t('tool.own') : (peers.data?.peers.find((peer) => peer.kid === kid)?.name ?? kid);
  const columns: Column<Tool>[] = [
    {
      key: 'title',
      head: t('tool.title'),
      width: 'minmax(14rem, 2fr)',
      cell: (one) => (
        <button type="button" className="plain" onClick={() => setShown(one.id)}>
          <bdi>{one.title}</bdi> <Mono>{one.version}</Mono>
        </button>
      ),
    },
    {
      key: 'kind',
      head: t('desk.kind'),
      width: 'minmax(9rem, 1fr)',
      cell: ({ kind }) => t(`tool.kind.${kind}`),
    },
    {
      key: 'from',
      head: t('tool.from'),
      width: 'minmax(10rem, 1.2fr)',
      cell: (one) => <bdi className="cut">{from(one.from)}</bdi>,
    },
    { key: 'licence', head: t('tool.licence'), width: '9rem', cell: ({ licence }) => <Mono>{licence}</Mono> },
    {
      key: 'state',
      head: t('exhibit.state'),
      width: '14.5rem',
      cell: ({ state }) => (
        <Badge variant="light" color={COLOURS[state]}>
          {t(`tool.state.${state}`)}
        </Badge>
      ),
    },
  ];
  const one = data?.tools.find(({ id }) => id === shown);
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={620}>
          {t('tool.about')}
        </Text>
        {may('POST /tools/fetches') && <Button onClick={dialog.open}>{t('tool.fetch')}</Button>}
      </Group>
      <ProblemNote error={error} retry={() => refetch()} />
      {data?.tools.length === 0 && <Empty words={t('tool.none')} />}
      {data && data.tools.length > 0 && (
        <SortedRows
          label={t('desk.part.tools')}
          columns={columns}
          rows={data.tools}
          values={{
            title: ({ title }) => title,
            kind: ({ kind }) => t(`tool.kind.${kind}`),
            from: (one) => from(one.from),
            licence: ({ licence }) => licence,
            state: ({ state }) => t(`tool.state.${state}`),
          }}
          keyOf={({ id }) => id}
        />
      )}
      {data && data.published.length > 0 && <PublishedTools published={data.published} />}
      <Dialog opened={fetching} onClose={dialog.close} title={t('tool.fetch')} size="lg">
        <Fetch />
      </Dialog>
      <Dialog
        opened={one !== undefined}
        onClose={() => setShown(null)}
        title={<bdi>{one?.title}</bdi>}
        size="lg"
      >
        {one && <ToolView tool={one} from={from(one.from)} />}
      </Dialog>
    </Stack>
  );
}

function PublishedTools({ published }: { readonly published: readonly Published[] }) {
  const { t } = useTranslation();
  const columns: Column<Published>[] = [
    {
      key: 'title',
      head: t('tool.title'),
      width: 'minmax(14rem, 2fr)',
      cell: (one) => (
        <>
          <bdi>{one.title}</bdi> <Mono>{one.version}</Mono>
        </>
      ),
    },
    {
      key: 'sha256',
      head: 'SHA-256',
      width: 'minmax(10rem, 1.4fr)',
      cell: ({ sha256 }) => <Short text={sha256} />,
    },
    { key: 'at', head: t('tool.published-at'), width: '12rem', cell: ({ at }) => <Moment at={at} /> },
    {
      key: 'state',
      head: t('exhibit.state'),
      width: '13rem',
      cell: ({ retired }) => (
        <Badge variant="light" color={retired === null ? 'teal' : 'gray'} title={retired ?? undefined}>
          {t(retired === null ? 'tool.offered' : 'tool.state.retired')}
        </Badge>
      ),
    },
  ];
  return (
    <Panel title={t('tool.published')}>
      <SortedRows
        label={t('tool.published')}
        columns={columns}
        rows={published}
        values={{
          title: ({ title }) => title,
          sha256: ({ sha256 }) => sha256,
          at: ({ at }) => at,
          state: ({ retired }) => t(retired === null ? 'tool.offered' : 'tool.state.retired'),
        }}
        addressed="published"
        keyOf={({ tool, version }) => `${tool} ${version}`}
        height="16rem"
      />
    </Panel>
  );
}

interface FetchResult {
  readonly fetched: readonly Pick<Tool, 'id' | 'title' | 'version'>[];
  readonly left: readonly { readonly tool: string; readonly why: string }[];
  readonly retired: readonly Pick<Tool, 'id' | 'title' | 'version'>[];
}

/** What a peer offers is decided by its agreement; what comes is tested and accepted by somebody else. */
function Fetch() {
  const { t } = useTranslation();
  const peers = useQuery(reading('GET /peers'));
  const [peer, setPeer] = useState<string | null>(null);
  const [tool, setTool] = useState('');
  const [purpose, setPurpose] = useState<Purpose>('investigation');
  const fetch = useMutation({
    mutationFn: () =>
      call('POST /tools/fetches', {
        body: { peer: peer!, purpose, ...(tool === '' ? {} : { tool }) },
      }),
    onSuccess: () => queries.invalidateQueries(reading('GET /work')),
  });
  const mine = useBegun(fetch.data);
  const result = mine?.result as FetchResult | null | undefined;
  const named = (list: FetchResult['fetched']) =>
    list.map(({ id, title, version }) => (
      <Text size="sm" key={id}>
        <bdi>{title}</bdi> <Mono>{version}</Mono>
      </Text>
    ));
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {t('tool.fetch-means')}
      </Text>
      <Form action={t('tool.fetch-now')} sends={fetch} isReady={peer !== null && mine?.state !== 'running'}>
        <Select
          label={t('delivery.peer')}
          data={(peers.data?.peers ?? []).map(({ kid, name }) => ({ value: kid, label: name }))}
          value={peer}
          onChange={(chosen) => {
            setPeer(chosen);
            setTool('');
          }}
          data-autofocus
        />
        <Choose
          label={t('clause.purposes')}
          family="purpose"
          words={PURPOSES}
          value={purpose}
          onChoose={setPurpose}
        />
        {peer !== null && <ToolOffers peer={peer} purpose={purpose} value={tool} onChange={setTool} />}
      </Form>
      {mine && <WorkLine work={mine} />}
      {result && (
        <Alert color="teal" role="status" title={t('tool.fetched', { count: result.fetched.length })}>
          {named(result.fetched)}
          {result.fetched.length > 0 && <Text size="sm">{t('tool.second-person')}</Text>}
          {result.left.map((one) => (
            <Text size="sm" key={one.tool}>
              {t('tool.left', { tool: one.tool })} <bdi dir="auto">{one.why}</bdi>
            </Text>
          ))}
          {result.retired.length > 0 && (
            <>
              <Text size="sm">{t('tool.taken-back')}</Text>
              {named(result.retired)}
            </>
          )}
        </Alert>
      )}
    </Stack>
  );
}
