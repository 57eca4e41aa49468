/** Peers: who they are, what crossed, what was withdrawn, and the ledger that proves it. */
import { Alert, Badge, Button, Group, Paper, SimpleGrid, Skeleton, Stack, Tabs, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useLocation, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Field, Form } from '../ui/form.tsx';
import { Moment } from '../ui/moment.tsx';
import { Mono, Short } from '../ui/mono.tsx';
import { Empty, Facts, Page, Panel } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { type Column, Rows } from '../ui/rows.tsx';
import { SortedRows } from '../ui/sorted-rows.tsx';
import { TabList } from '../ui/tab-list.tsx';
import { typeWords } from '../ui/type-words.ts';
import { LedgerCheck } from './case-custody.tsx';

type Delivery = Answer<'GET /deliveries'>['deliveries'][number];

const PARTS = ['deliveries', 'recalls', 'ledger'] as const;

export default function Peers() {
  const { part } = useParams({ strict: false }) as { part?: string };
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const [adding, dialog] = useDisclosure(false);
  const { data, error, refetch } = useQuery(reading('GET /peers'));
  const sync = useMutation({
    mutationFn: (kid: string) => call('POST /peers/{kid}/synchronisations', { params: { kid } }),
    onSuccess: () => queries.invalidateQueries(reading('GET /work')),
  });
  return (
    <Page
      title={t('rooms.peers')}
      about={t('peers.about')}
      actions={
        may('POST /peers') && (
          <Button variant="default" onClick={dialog.open}>
            {t('peers.add')}
          </Button>
        )
      }
    >
      <ProblemNote error={error ?? sync.error} retry={() => refetch()} />
      {data?.peers.length === 0 && <Empty words={t('peers.none')} />}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {data?.peers.map((peer) => (
          <Paper key={peer.kid} withBorder p="md" component="article">
            <Stack gap="xs">
              <Group justify="space-between" wrap="nowrap">
                <Text fw={600}>
                  <bdi>{peer.name}</bdi>
                </Text>
                {may('POST /peers/{kid}/synchronisations') && (
                  <Button size="xs" variant="light" onClick={() => sync.mutate(peer.kid)}>
                    {t('peers.sync')}
                  </Button>
                )}
              </Group>
              <Text size="sm">
                <Mono>{peer.url}</Mono>
              </Text>
              <Text size="sm" c="dimmed">
                {t('peers.key')} <Mono>{peer.kid}</Mono>
              </Text>
              <Text size="sm">
                {peer.cosignedSize === null
                  ? t('peers.never-cosigned')
                  : t('peers.cosigned', { count: peer.cosignedSize })}
              </Text>
            </Stack>
          </Paper>
        ))}
      </SimpleGrid>
      <Tabs
        value={PARTS.find((one) => one === part) ?? 'deliveries'}
        onChange={(value) =>
          value && navigate({ to: '/peers/$part', params: { part: value }, replace: true })
        }
        keepMounted={false}
      >
        <TabList>
          <Tabs.Tab value="deliveries">{t('peers.deliveries')}</Tabs.Tab>
          {may('GET /recalls') && <Tabs.Tab value="recalls">{t('peers.recalls')}</Tabs.Tab>}
          <Tabs.Tab value="ledger">{t('peers.ledger')}</Tabs.Tab>
        </TabList>
        <Tabs.Panel value="deliveries">
          <Deliveries names={new Map((data?.peers ?? []).map(({ kid, name }) => [kid, name]))} />
        </Tabs.Panel>
        <Tabs.Panel value="recalls">
          <Recalls nameOf={(kid) => data?.peers.find((peer) => peer.kid === kid)?.name ?? kid} />
        </Tabs.Panel>
        <Tabs.Panel value="ledger">
          <Ledger />
        </Tabs.Panel>
      </Tabs>
      <Dialog opened={adding} onClose={dialog.close} title={t('peers.add')}>
        <AddPeer onDone={dialog.close} />
      </Dialog>
    </Page>
  );
}

function AddPeer({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation();
  const [url, setUrl] = useState('');
  const [kid, setKid] = useState('');
  const add = useMutation({
    mutationFn: () => call('POST /peers', { body: { url: url.trim(), kid: kid.trim() } }),
    onSuccess: async () => {
      await queries.invalidateQueries(reading('GET /peers'));
      onDone();
    },
  });
  return (
    <Form action={t('peers.add')} sends={add} isReady={url.trim() !== '' && kid.trim() !== ''}>
      <Text size="sm" c="dimmed">
        {t('peers.add-about')}
      </Text>
      <Field
        label={t('peers.address')}
        placeholder="https://node.example.org"
        dir="ltr"
        value={url}
        onWrite={setUrl}
        data-autofocus
      />
      <Field label={t('peers.key')} dir="ltr" value={kid} onWrite={setKid} />
    </Form>
  );
}

function Deliveries({ names }: { readonly names: ReadonlyMap<string, string> }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<string | null>(null);
  const { data, error } = useQuery(reading('GET /deliveries'));
  if (error) return <ProblemNote error={error} />;
  if (!data) return <Skeleton h={160} />;
  if (data.deliveries.length === 0) return <Empty words={t('delivery.none')} />;
  const columns: Column<Delivery>[] = [
    { key: 'at', head: t('delivery.at'), width: '12rem', cell: ({ at }) => <Moment at={at} /> },
    {
      key: 'direction',
      head: t('delivery.direction'),
      width: '8rem',
      cell: ({ direction }) => <Badge variant="light">{t(`delivery.${direction}`)}</Badge>,
    },
    {
      key: 'peer',
      head: t('delivery.peer'),
      width: 'minmax(10rem, 1.5fr)',
      cell: ({ peer }) => <bdi>{names.get(peer) ?? peer}</bdi>,
    },
    {
      key: 'objects',
      head: t('delivery.objects'),
      width: '8rem',
      cell: (one) => (
        <button type="button" className="plain" onClick={() => setShown(one.id)}>
          {t('delivery.count', { count: one.objects })}
        </button>
      ),
    },
    {
      key: 'receipt',
      head: t('delivery.receipt'),
      width: '12rem',
      cell: ({ receiptAt }) =>
        receiptAt ? (
          <Moment at={receiptAt} />
        ) : (
          <Badge color="yellow" variant="light">
            {t('delivery.no-receipt')}
          </Badge>
        ),
    },
  ];
  return (
    <>
      <SortedRows
        label={t('peers.deliveries')}
        columns={columns}
        rows={data.deliveries}
        values={{
          at: ({ at }) => at,
          direction: ({ direction }) => t(`delivery.${direction}`),
          peer: ({ peer }) => names.get(peer) ?? peer,
          objects: ({ objects }) => objects,
          receipt: ({ receiptAt }) => receiptAt,
        }}
        keyOf={({ id }) => id}
        height="26rem"
      />
      <Dialog opened={shown !== null} onClose={() => setShown(null)} title={t('delivery.one')} size="xl">
        {shown && <DeliveryView id={shown} />}
      </Dialog>
    </>
  );
}

function DeliveryView({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const { data, error } = useQuery(reading('GET /deliveries/{id}', { params: { id } }));
  if (error) return <ProblemNote error={error} />;
  if (!data) return <Skeleton h={160} />;
  return (
    <Stack>
      <Rows
        label={t('delivery.objects')}
        rows={data.objects}
        keyOf={(one) => `${one.id} ${one.version}`}
        height="18rem"
        columns={[
          { key: 'id', head: t('intelligence.object'), width: '2fr', cell: (one) => <Mono>{one.id}</Mono> },
          {
            key: 'under',
            head: t('object.under'),
            width: '1fr',
            cell: (one) => <Mono title={one.under}>{one.under}</Mono>,
          },
        ]}
      />
      <Panel title={t('delivery.statement')}>
        <Text size="xs">
          <Mono>{data.statement}</Mono>
        </Text>
      </Panel>
    </Stack>
  );
}

/** Once, when it comes onto the page. */
const show = (recall: HTMLElement | null) => recall?.scrollIntoView({ block: 'center' });

function Recalls({ nameOf }: { readonly nameOf: (kid: string) => string }) {
  const { t } = useTranslation();
  const { hash } = useLocation();
  const { data, error } = useQuery(reading('GET /recalls'));
  if (error) return <ProblemNote error={error} />;
  if (!data) return <Skeleton h={160} />;
  if (data.recalls.length === 0) return <Empty words={t('recall.none')} />;
  return (
    <Stack>
      {data.recalls.toReversed().map((one) => (
        <Panel
          key={one.id}
          title={
            <span ref={one.id === hash ? show : null}>
              {one.title === null ? (
                t('today.unnamed', {
                  type: typeWords(t, one.type),
                  from: one.contributor === '' ? t('today.own') : nameOf(one.contributor),
                })
              ) : (
                <Link className="link" to="/intelligence/$id" params={{ id: one.object }}>
                  <bdi>{one.title}</bdi>
                </Link>
              )}
            </span>
          }
          actions={<Badge variant="light">{t(`recall.${one.direction}`)}</Badge>}
        >
          <Text size="sm" c="dimmed">
            <Mono>{one.object}</Mono>
          </Text>
          <Text size="sm" dir="auto">
            {one.reason}
          </Text>
          <Text size="sm" c="dimmed">
            <Moment at={one.at} />
          </Text>
          {one.peers.map(({ peer, name, answeredAt }) => (
            <Group key={peer} gap="xs">
              <Text size="sm">
                <bdi>{name}</bdi>
              </Text>
              {answeredAt ? (
                <Text size="sm" c="dimmed">
                  {t('recall.answered')} <Moment at={answeredAt} />
                </Text>
              ) : (
                <Badge color="yellow" variant="light">
                  {t('recall.waiting')}
                </Badge>
              )}
            </Group>
          ))}
        </Panel>
      ))}
    </Stack>
  );
}

function Ledger() {
  const { t } = useTranslation();
  const [leaf, setLeaf] = useState('');
  const { data, error } = useQuery(reading('GET /ledger'));
  const prove = useMutation({
    mutationFn: (index: number) => call('GET /ledger/leaves/{index}/proof', { params: { index } }),
  });
  if (error) return <ProblemNote error={error} />;
  if (!data) return <Skeleton h={160} />;
  return (
    <Stack>
      {data.forks.map(({ origin, seenAt }) => (
        <Alert key={origin} color="red" title={t('ledger.fork')}>
          <Mono>{origin}</Mono> <Moment at={seenAt} />
        </Alert>
      ))}
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Panel title={t('ledger.head')}>
          <Facts facts={[[t('ledger.size'), t('ledger.leaves', { count: data.size })]]} />
          <pre className="hex wraps">{data.checkpoint}</pre>
          <LedgerCheck />
        </Panel>
        <Panel title={t('ledger.witnesses')}>
          {data.witnesses.length === 0 && <Text c="dimmed">{t('ledger.no-witnesses')}</Text>}
          {data.witnesses.map(({ witness, name, size, at }) => (
            <Group key={witness} justify="space-between">
              <Text size="sm">
                <bdi>{name}</bdi>
              </Text>
              <Text size="sm" c="dimmed">
                {size === null ? t('peers.never-cosigned') : t('ledger.leaves', { count: size })}{' '}
                {at && <Moment at={at} />}
              </Text>
            </Group>
          ))}
        </Panel>
      </SimpleGrid>
      <Panel title={t('ledger.proof')}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            prove.mutate(Number(leaf));
          }}
        >
          <Group align="flex-end">
            <Field label={t('ledger.leaf')} inputMode="numeric" value={leaf} onWrite={setLeaf} />
            <Button type="submit" variant="default" disabled={!/^\d+$/.test(leaf)} loading={prove.isPending}>
              {t('ledger.prove')}
            </Button>
          </Group>
        </form>
        <ProblemNote error={prove.error} />
        {prove.data && (
          <Facts
            facts={[
              [t('ledger.included'), t('ledger.leaves', { count: prove.data.size })],
              [t('ledger.leaf-bytes'), <Short key="l" text={prove.data.leaf} keep={24} />],
              [
                t('ledger.path'),
                <Stack key="p" gap={0}>
                  {prove.data.proof.map((hash) => (
                    <Mono key={hash}>{hash}</Mono>
                  ))}
                </Stack>,
              ],
            ]}
          />
        )}
      </Panel>
    </Stack>
  );
}
