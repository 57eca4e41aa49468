/** One agreement: what it says, who signed, and what flows under it now. */
import { Badge, Button, Group, Skeleton, Stack, Table, Tabs, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { useFormat } from '../ui/format.ts';
import { handlingWords } from '../ui/handling.ts';
import { Moment } from '../ui/moment.tsx';
import { Mono, Short } from '../ui/mono.tsx';
import { Facts, Page, Panel } from '../ui/page.tsx';
import { PageProblem } from '../ui/problem.tsx';
import { TabList } from '../ui/tab-list.tsx';
import { Clauses, Reason, StateBadge, Verdict } from '../ui/verdict.tsx';
import { type Document, DocumentClauses } from './agreement-clauses.tsx';
import { Signing } from './agreement-signing.tsx';
import { Services, Versions } from './agreement-versions.tsx';
import { AgreementWhatIf } from './agreement-what-if.tsx';
import { Life } from './agreements.tsx';

export default function Agreement() {
  const { id } = useParams({ strict: false }) as { id: string };
  const { t } = useTranslation();
  const may = useMay();
  const [isSigning, signing] = useDisclosure(false);
  const { data, error, refetch } = useQuery(reading('GET /agreements/{id}', { params: { id } }));
  if (error) return <PageProblem error={error} retry={() => refetch()} />;
  if (!data) return <Skeleton h={240} />;
  const document = data.document as unknown as Document;
  const nameOf = (party: string) => document.parties.find((one) => one.id === party)?.name ?? party;
  return (
    <Page
      title={<span dir="auto">{data.title}</span>}
      about={
        <>
          {t('agreement.version', { version: data.version })} · <Short text={data.id} keep={20} />
        </>
      }
      actions={<StateBadge state={data.state} />}
    >
      <Panel>
        <Life from={data.from} until={data.until} />
        {/* In force, the line and the badge say all that the node's sentence says. */}
        {data.state !== 'in-force' && (
          <Text size="sm">
            <Reason clause={{ path: data.becausePath, words: data.because, reason: data.becauseReason }} />
          </Text>
        )}
      </Panel>
      <Tabs defaultValue="clauses" keepMounted={false}>
        <TabList>
          <Tabs.Tab value="clauses">{t('agreement.clauses')}</Tabs.Tab>
          <Tabs.Tab value="signatures">{t('agreement.signatures')}</Tabs.Tab>
          <Tabs.Tab value="services">{t('agreement.services')}</Tabs.Tab>
          <Tabs.Tab value="versions">{t('agreement.versions')}</Tabs.Tab>
          {may('POST /agreements/{id}/simulate') && (
            <Tabs.Tab value="what-if">{t('agreement.what-if')}</Tabs.Tab>
          )}
          {may('GET /verdicts/{peer}') && <Tabs.Tab value="flows">{t('agreement.flows-now')}</Tabs.Tab>}
          <Tabs.Tab value="document">{t('agreement.document')}</Tabs.Tab>
        </TabList>
        <Tabs.Panel value="clauses">
          <DocumentClauses document={document} />
        </Tabs.Panel>
        <Tabs.Panel value="signatures">
          <Panel
            title={t('agreement.signatures')}
            actions={
              may('POST /agreements/{id}/signatures') &&
              (data.missing.length > 0 || (data.next?.missing.length ?? 0) > 0) && (
                <Button onClick={signing.open}>{t('signing.open')}</Button>
              )
            }
          >
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('agreement.party')}</Table.Th>
                  <Table.Th>{t('agreement.signatory')}</Table.Th>
                  <Table.Th>{t('agreement.signed-at')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.signed.map(({ party, name, at }) => (
                  <Table.Tr key={`${party} ${name}`}>
                    <Table.Td>{nameOf(party)}</Table.Td>
                    <Table.Td>{name}</Table.Td>
                    <Table.Td>
                      <Moment at={at} />
                    </Table.Td>
                  </Table.Tr>
                ))}
                {data.missing.map((who) => (
                  <Table.Tr key={who}>
                    <Table.Td>{nameOf(who.split('/')[0]!)}</Table.Td>
                    <Table.Td>{who.split('/')[1]}</Table.Td>
                    <Table.Td>
                      <Badge variant="light" color="yellow">
                        {t('agreement.not-signed')}
                      </Badge>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            <Facts facts={[[t('agreement.digest'), <Mono key="d">{data.digest}</Mono>]]} />
          </Panel>
        </Tabs.Panel>
        <Tabs.Panel value="services">
          <Services id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <Versions id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="what-if">
          <AgreementWhatIf id={id} flows={document.flows} />
        </Tabs.Panel>
        <Tabs.Panel value="flows">
          <FlowsNow parties={data.parties} />
        </Tabs.Panel>
        <Tabs.Panel value="document">
          <Panel title={t('agreement.document')}>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
            <pre className="hex" tabIndex={0} style={{ maxHeight: '60vh', overflow: 'auto' }}>
              {JSON.stringify(data.document, null, 2)}
            </pre>
          </Panel>
        </Tabs.Panel>
      </Tabs>
      <Dialog opened={isSigning} onClose={signing.close} title={t('signing.open')} size="xl">
        <Signing id={id} />
      </Dialog>
    </Page>
  );
}

/** For each other party that is a peer: how many objects would cross this moment, and which clauses decide. */
function FlowsNow({ parties }: { readonly parties: readonly string[] }) {
  const { t } = useTranslation();
  const { count } = useFormat();
  const { data } = useQuery(reading('GET /peers'));
  const peers = (data?.peers ?? []).filter(({ name }) => parties.includes(name));
  const summaries = useQueries({
    queries: peers.map(({ kid }) => reading('GET /verdicts/{peer}', { params: { peer: kid } })),
  });
  return (
    <Stack>
      {peers.map(({ kid, name }, i) => {
        const summary = summaries[i]?.data;
        if (!summary) return <Skeleton key={kid} h={120} />;
        return (
          <Panel
            key={kid}
            title={t('agreement.to-peer', { name })}
            actions={
              <Group gap="xs">
                <Badge color="teal" variant="light">
                  {t('agreement.released', { count: summary.released })}
                </Badge>
                <Badge color="red" variant="light">
                  {t('agreement.withheld', { count: summary.withheldCount })}
                </Badge>
              </Group>
            }
          >
            {summary.refusal && <Clauses clauses={[summary.refusal]} />}
            <Table.ScrollContainer minWidth={640}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('agreement.class')}</Table.Th>
                    <Table.Th>{t('agreement.objects')}</Table.Th>
                    <Table.Th>{t('agreement.verdict')}</Table.Th>
                    <Table.Th>{t('agreement.decided-by')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {summary.classes.map((one) => (
                    <Table.Tr key={one.words}>
                      <Table.Td>
                        <bdi dir="auto">{handlingWords(t, one.words)}</bdi>
                      </Table.Td>
                      <Table.Td>{count(one.objects)}</Table.Td>
                      <Table.Td>
                        <Verdict verdict={one.verdict} />
                      </Table.Td>
                      <Table.Td>
                        <Clauses clauses={one.clauses} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </Panel>
        );
      })}
      {data && peers.length === 0 && <Text c="dimmed">{t('agreement.no-peer')}</Text>}
    </Stack>
  );
}
