/** One agreement: what it says, who signed, and what flows under it now. */
import { Badge, Group, SimpleGrid, Skeleton, Stack, Table, Tabs, Text } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { useFormat } from '../ui/format.ts';
import { handlingWords } from '../ui/handling.ts';
import { Moment } from '../ui/moment.tsx';
import { Mono, Short } from '../ui/mono.tsx';
import { Facts, Page, Panel } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { Clauses, StateBadge, Verdict } from '../ui/verdict.tsx';
import { Services, Versions } from './agreement-versions.tsx';
import { AgreementWhatIf } from './agreement-what-if.tsx';
import { Life } from './agreements.tsx';

/** As much of an agreement's document as is shown clause by clause; the rest stands in the text as it is. */
interface Document {
  readonly parties: readonly {
    readonly id: string;
    readonly name: string;
    readonly kind: string;
    readonly signatories: readonly { readonly id: string; readonly name: string; readonly title: string }[];
  }[];
  readonly flows: readonly Flow[];
  readonly services?: readonly Service[];
}

interface Flow {
  readonly title: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly categories: readonly string[];
  readonly personalData: readonly string[];
  readonly tlp: string;
  readonly pap: string;
  readonly purposes: readonly string[];
  readonly retention: { readonly days: number; readonly reviewDays: number };
  readonly onward: { readonly mode: string };
  readonly evidenceUse: { readonly code: string };
}

interface Service {
  readonly title: string;
  readonly kind: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly quota?: { readonly amount: number; readonly unit: string; readonly per: string };
}

export default function Agreement() {
  const { id } = useParams({ strict: false }) as { id: string };
  const { t } = useTranslation();
  const may = useMay();
  const { data, error, refetch } = useQuery(reading('GET /agreements/{id}', { params: { id } }));
  if (error) return <ProblemNote error={error} retry={() => refetch()} />;
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
          <Text size="sm" dir="auto">
            {data.because}
          </Text>
        )}
      </Panel>
      <Tabs defaultValue="clauses" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="clauses">{t('agreement.clauses')}</Tabs.Tab>
          <Tabs.Tab value="signatures">{t('agreement.signatures')}</Tabs.Tab>
          <Tabs.Tab value="services">{t('agreement.services')}</Tabs.Tab>
          <Tabs.Tab value="versions">{t('agreement.versions')}</Tabs.Tab>
          {may('POST /agreements/{id}/simulate') && (
            <Tabs.Tab value="what-if">{t('agreement.what-if')}</Tabs.Tab>
          )}
          {may('GET /verdicts/{peer}') && <Tabs.Tab value="flows">{t('agreement.flows-now')}</Tabs.Tab>}
          <Tabs.Tab value="document">{t('agreement.document')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="clauses">
          <Stack>
            <SimpleGrid cols={{ base: 1, lg: 2 }}>
              {document.flows.map((flow, i) => (
                <FlowPanel key={flow.title} flow={flow} path={`flows[${i}]`} nameOf={nameOf} />
              ))}
              {document.services?.map((service, i) => (
                <Panel key={service.title} title={<span dir="auto">{service.title}</span>}>
                  <Mono>{`services[${i}]`}</Mono>
                  <Facts
                    facts={[
                      [t('clause.direction'), <Direction key="d" clause={service} nameOf={nameOf} />],
                      [t('clause.service'), t(`service.${service.kind}`, { defaultValue: service.kind })],
                      ...(service.quota
                        ? ([
                            [
                              t('clause.quota'),
                              t('clause.quota-words', {
                                amount: service.quota.amount,
                                unit: t(`unit.${service.quota.unit}`, { defaultValue: service.quota.unit }),
                                per: t(`per.${service.quota.per}`, { defaultValue: service.quota.per }),
                              }),
                            ],
                          ] as const)
                        : []),
                    ]}
                  />
                </Panel>
              ))}
            </SimpleGrid>
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="signatures">
          <Panel title={t('agreement.signatures')}>
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
    </Page>
  );
}

function Direction(props: {
  readonly clause: { readonly from: string; readonly to: readonly string[] };
  readonly nameOf: (party: string) => string;
}) {
  const { t } = useTranslation();
  return t('clause.from-to', {
    from: props.nameOf(props.clause.from),
    to: props.clause.to.map(props.nameOf).join(', '),
  });
}

function FlowPanel(props: {
  readonly flow: Flow;
  readonly path: string;
  readonly nameOf: (party: string) => string;
}) {
  const { t } = useTranslation();
  const { flow } = props;
  const format = useFormat();
  const list = (kind: string, words: readonly string[]): ReactNode =>
    format.list(words.map((word) => t(`${kind}.${word}`, { defaultValue: word })));
  return (
    <Panel
      title={<span dir="auto">{flow.title}</span>}
      actions={<Badge variant="outline">TLP:{flow.tlp.toUpperCase()}</Badge>}
    >
      <Mono>{props.path}</Mono>
      <Facts
        facts={[
          [t('clause.direction'), <Direction key="d" clause={flow} nameOf={props.nameOf} />],
          [t('clause.categories'), list('category', flow.categories)],
          [t('clause.personal-data'), list('personal', flow.personalData)],
          [t('clause.purposes'), list('purpose', flow.purposes)],
          [t('clause.pap'), flow.pap.toUpperCase()],
          [t('clause.onward'), t(`onward.${flow.onward.mode}`, { defaultValue: flow.onward.mode })],
          [t('clause.evidence'), flow.evidenceUse.code],
          [
            t('clause.retention'),
            t('clause.retention-words', { days: flow.retention.days, review: flow.retention.reviewDays }),
          ],
        ]}
      />
    </Panel>
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
          </Panel>
        );
      })}
      {data && peers.length === 0 && <Text c="dimmed">{t('agreement.no-peer')}</Text>}
    </Stack>
  );
}
