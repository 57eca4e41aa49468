/** One object: what it says in words, where it came from, what it is tied to, and who would get it. */
import { Badge, Button, Group, List, SimpleGrid, Skeleton, Stack, Tabs, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { LongField } from '../ui/form.tsx';
import { handlingWords } from '../ui/handling.ts';
import { Moment } from '../ui/moment.tsx';
import { Mono, Short } from '../ui/mono.tsx';
import { Facts, Page, Panel } from '../ui/page.tsx';
import { PageProblem, ProblemNote } from '../ui/problem.tsx';
import { TabList } from '../ui/tab-list.tsx';
import { typeWords } from '../ui/type-words.ts';
import { Clauses, Reason, Verdict } from '../ui/verdict.tsx';
import { RelationGraph, relationWords } from './relation-graph.tsx';

type Picture = Answer<'GET /objects/{id}'>;

export default function ObjectPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const { t } = useTranslation();
  const may = useMay();
  const [recalling, dialog] = useDisclosure(false);
  const { data, error, refetch } = useQuery(reading('GET /objects/{id}', { params: { id } }));
  if (error) return <PageProblem error={error} retry={() => refetch()} />;
  if (!data) return <Skeleton h={240} />;
  const { line } = data;
  const isOwn = line.contributor === '';
  return (
    <Page
      title={<bdi>{line.title}</bdi>}
      about={<Mono>{line.id}</Mono>}
      actions={
        <>
          <Badge variant="outline">{typeWords(t, line.type)}</Badge>
          {line.withdrawnAt && (
            <Badge color="red" variant="light">
              {t('intelligence.recalled')}
            </Badge>
          )}
          {isOwn && !line.withdrawnAt && may('POST /objects/{id}/recall') && (
            <Button variant="outline" color="red" onClick={dialog.open}>
              {t('object.recall')}
            </Button>
          )}
        </>
      }
    >
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Panel title={t('object.in-words')}>
          <InWords picture={data} />
        </Panel>
        <Panel title={t('object.origin')}>
          <Origin picture={data} />
        </Panel>
      </SimpleGrid>
      <Tabs defaultValue="verdicts" keepMounted={false}>
        <TabList>
          <Tabs.Tab value="verdicts">{t('object.who-would')}</Tabs.Tab>
          <Tabs.Tab value="relations">{t('object.relations', { count: data.relations.length })}</Tabs.Tab>
          <Tabs.Tab value="versions">{t('object.versions', { count: data.versions.length })}</Tabs.Tab>
          <Tabs.Tab value="crossings">{t('object.crossings', { count: data.crossings.length })}</Tabs.Tab>
          <Tabs.Tab value="verbatim">{t('object.verbatim')}</Tabs.Tab>
        </TabList>
        <Tabs.Panel value="verdicts">
          <Verdicts id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="relations">
          <Panel>
            {data.relations.length === 0 && <Text c="dimmed">{t('object.no-relations')}</Text>}
            {data.relations.length > 0 && <RelationGraph centre={line} relations={data.relations} />}
            <Stack gap="xs">
              {data.relations.map((one) => (
                <Group key={`${one.direction} ${one.says} ${one.id}`} gap="xs">
                  <Badge variant="light">
                    {one.says === null ? t(`object.${one.direction}`) : relationWords(t, one.says)}
                  </Badge>
                  <Text size="sm" c="dimmed">
                    {typeWords(t, one.type)}
                  </Text>
                  <Link className="link" to="/intelligence/$id" params={{ id: one.id }}>
                    <bdi>{one.title}</bdi>
                  </Link>
                </Group>
              ))}
            </Stack>
          </Panel>
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <Panel>
            <ol className="chain">
              {data.versions.map(({ version, addedAt, withdrawnAt }) => (
                <li key={version}>
                  <Text size="sm">
                    <Moment at={version} />
                  </Text>
                  <Text size="sm" c="dimmed">
                    {t('object.came')} <Moment at={addedAt} />
                    {withdrawnAt ? ` · ${t('intelligence.recalled')}` : ''}
                  </Text>
                </li>
              ))}
            </ol>
          </Panel>
        </Tabs.Panel>
        <Tabs.Panel value="crossings">
          <Panel>
            {data.crossings.length === 0 && <Text c="dimmed">{t('object.no-crossings')}</Text>}
            <Stack gap="xs">
              {data.crossings.map((one) => (
                <Group key={one.delivery} gap="sm">
                  <Badge variant="light">{t(`delivery.${one.direction}`)}</Badge>
                  <Text size="sm">
                    <Peer kid={one.peer} />
                  </Text>
                  <Text size="sm" c="dimmed">
                    <Moment at={one.at} />
                  </Text>
                  <Text size="sm" c="dimmed">
                    {t('object.under')} <Short text={one.under} keep={16} />
                  </Text>
                </Group>
              ))}
            </Stack>
          </Panel>
        </Tabs.Panel>
        <Tabs.Panel value="verbatim">
          <Panel>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
            <pre className="hex" tabIndex={0}>
              {JSON.stringify(data.versions[0]?.object, null, 2)}
            </pre>
          </Panel>
        </Tabs.Panel>
      </Tabs>
      <Dialog opened={recalling} onClose={dialog.close} title={t('object.recall')}>
        <Recall id={id} onDone={dialog.close} />
      </Dialog>
    </Page>
  );
}

function Peer({ kid }: { readonly kid: string }) {
  const { data } = useQuery(reading('GET /peers'));
  return data?.peers.find((peer) => peer.kid === kid)?.name ?? <Short text={kid} />;
}

const DESCRIBED = 1_200;

/** A plain account for somebody who does not read STIX. */
function InWords({ picture }: { readonly picture: Picture }) {
  const { t } = useTranslation();
  const object = picture.versions[0]?.object ?? {};
  const text = (name: string) => (typeof object[name] === 'string' ? (object[name] as string) : null);
  const [description, pattern, from, until] = [
    text('description'),
    text('pattern'),
    text('valid_from'),
    text('valid_until'),
  ];
  return (
    <Stack gap="xs">
      <Text>{t(`explain.${picture.line.type}`, { defaultValue: t('explain.other') })}</Text>
      {pattern && (
        <Text size="sm">
          {t('explain.pattern')} <Mono>{pattern}</Mono>
        </Text>
      )}
      {description && (
        <Text size="sm" dir="auto" style={{ whiteSpace: 'pre-line' }}>
          {description.slice(0, DESCRIBED)}
        </Text>
      )}
      {from && (
        <Text size="sm" c="dimmed">
          {t('explain.valid-from')} <Moment at={from} />
          {until && (
            <>
              {' '}
              {t('explain.valid-until')} <Moment at={until} />
            </>
          )}
        </Text>
      )}
      <Text size="sm">{t('explain.findings', { count: picture.findings })}</Text>
    </Stack>
  );
}

function Origin({ picture }: { readonly picture: Picture }) {
  const { t } = useTranslation();
  const { line, corroborations, agreementId } = picture;
  return (
    <Facts
      facts={[
        [
          t('intelligence.contributor'),
          line.contributor === '' ? t('intelligence.own') : <Peer key="p" kid={line.contributor} />,
        ],
        [t('intelligence.handling'), handlingWords(t, line.handling)],
        [t('intelligence.since'), <Moment key="m" at={line.addedAt} />],
        ...(agreementId
          ? ([
              [
                t('object.under-agreement'),
                <Link key="a" className="link" to="/agreements/$id" params={{ id: agreementId }}>
                  <Short text={agreementId} keep={20} />
                </Link>,
              ],
            ] as const)
          : []),
        [
          t('object.corroborated'),
          corroborations.length === 0
            ? t('object.by-nobody')
            : corroborations.map(({ contributor }) => <Peer key={contributor} kid={contributor} />),
        ],
      ]}
    />
  );
}

function Verdicts({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const { data, error } = useQuery(reading('GET /objects/{id}/verdicts', { params: { id } }));
  if (error) return <ProblemNote error={error} />;
  if (!data) return <Skeleton h={120} />;
  if (data.verdicts.length === 0) return <Text c="dimmed">{t('object.no-peers')}</Text>;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      {data.verdicts.map(({ peer, name, crosses, classes }) => (
        <Panel
          key={peer}
          title={name}
          actions={
            <Badge color={crosses ? 'teal' : 'red'} variant="light">
              {t(crosses ? 'object.crosses' : 'object.stays')}
            </Badge>
          }
        >
          {classes.map((one) => (
            <div key={`${one.about} ${one.words}`} className="clause">
              <Group gap="xs">
                <Verdict verdict={one.verdict} />
                <Text size="sm">
                  <bdi dir="auto">{handlingWords(t, one.words)}</bdi>
                </Text>
              </Group>
              <Clauses clauses={one.clauses} />
              {one.toAllow.length > 0 && (
                <Text size="sm" component="div">
                  {t('object.to-allow')}
                  <List size="sm">
                    {one.toAllow.map(({ words, reason }) => (
                      <List.Item key={words}>
                        <Reason clause={{ path: '', words, reason }} />
                      </List.Item>
                    ))}
                  </List>
                </Text>
              )}
            </div>
          ))}
        </Panel>
      ))}
    </SimpleGrid>
  );
}

function Recall({ id, onDone }: { readonly id: string; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const recall = useMutation({
    mutationFn: () => call('POST /objects/{id}/recall', { params: { id }, body: { reason } }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onDone();
    },
  });
  return (
    <Stack>
      <Text size="sm">{t('object.recall-means')}</Text>
      <LongField
        label={t('object.reason')}
        description={t('object.reason-hint')}
        value={reason}
        onWrite={setReason}
        autosize
        minRows={2}
        data-autofocus
      />
      <ProblemNote error={recall.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {t('shell.cancel')}
        </Button>
        <Button
          color="red"
          disabled={reason.trim() === ''}
          loading={recall.isPending}
          onClick={() => recall.mutate()}
        >
          {t('object.recall-now')}
        </Button>
      </Group>
    </Stack>
  );
}
