/** One case: its exhibits, what was found in them, the runs that found it, and the bundle that goes out. */
import { Alert, Anchor, Badge, Button, Group, Skeleton, Stack, Tabs, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { useBegun, useWork, WorkLine } from '../shell/work-menu.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { useFormat } from '../ui/format.ts';
import { Moment } from '../ui/moment.tsx';
import { Mono, Short } from '../ui/mono.tsx';
import { Empty, Facts, Page, Panel } from '../ui/page.tsx';
import { PageProblem } from '../ui/problem.tsx';
import type { Column } from '../ui/rows.tsx';
import { SortedRows, type Values } from '../ui/sorted-rows.tsx';
import { TabList } from '../ui/tab-list.tsx';
import { Bytes } from './case-bytes.tsx';
import { Custody } from './case-custody.tsx';
import { Examine } from './case-examine.tsx';
import { AddExhibits } from './case-exhibits.tsx';
import { Findings } from './case-findings.tsx';
import { PurposeForm, type Said } from './purpose-form.tsx';

/** It brings the charts along. */
const CaseTimeline = lazy(() => import('./case-timeline.tsx'));

type CaseAnswer = Answer<'GET /cases/{id}'>;
type Exhibit = CaseAnswer['exhibits'][number];
type Run = CaseAnswer['runs'][number];

const PARTS = ['exhibits', 'findings', 'timeline', 'runs'];
const EXHIBIT_VALUES: Values<Exhibit> = {
  number: ({ number }) => number,
  name: ({ name }) => name,
  size: ({ sizeBytes }) => sizeBytes,
  sha256: ({ sha256 }) => sha256,
  custody: ({ custodyEvents }) => custodyEvents,
};

export default function CasePage() {
  const { id, part } = useParams({ strict: false }) as { id: string; part?: string };
  const navigate = useNavigate();
  const { t } = useTranslation();
  const may = useMay();
  const [adding, addDialog] = useDisclosure(false);
  const [matching, matchDialog] = useDisclosure(false);
  const [examining, examineDialog] = useDisclosure(false);
  const [bundling, bundleDialog] = useDisclosure(false);
  const { data, error, refetch } = useQuery(reading('GET /cases/{id}', { params: { id } }));
  const work = useWork();
  if (error) return <PageProblem error={error} retry={() => refetch()} />;
  if (!data) return <Skeleton h={240} />;
  const mine = (work.data?.work ?? []).filter(
    (one) => one.subject === data.case.name && one.state === 'running',
  );
  return (
    <Page
      title={<bdi>{data.case.name}</bdi>}
      exercise={data.case.exercise}
      about={
        <>
          {t('cases.opened')} <Moment at={data.case.openedAt} /> · <Short text={data.case.id} keep={14} />
        </>
      }
      actions={
        <>
          {may('POST /cases/{id}/exhibits') && (
            <Button variant="default" onClick={addDialog.open}>
              {t('case.add')}
            </Button>
          )}
          {may('POST /cases/{id}/matches') && data.exhibits.length > 0 && (
            <Button onClick={matchDialog.open}>{t('case.match')}</Button>
          )}
          {may('POST /cases/{id}/examinations') && data.exhibits.length > 0 && (
            <Button variant="default" onClick={examineDialog.open}>
              {t('case.examine')}
            </Button>
          )}
          {may('POST /cases/{id}/bundles') && data.exhibits.length > 0 && (
            <Button variant="default" onClick={bundleDialog.open}>
              {t('case.bundle')}
            </Button>
          )}
        </>
      }
    >
      {mine.map((one) => (
        <Panel key={one.id}>
          <WorkLine work={one} />
        </Panel>
      ))}
      <Tabs
        value={PARTS.find((one) => one === part) ?? 'exhibits'}
        onChange={(value) =>
          value && navigate({ to: '/cases/$id/$part', params: { id, part: value }, replace: true })
        }
        keepMounted={false}
      >
        <TabList>
          <Tabs.Tab value="exhibits">{t('case.exhibits', { count: data.exhibits.length })}</Tabs.Tab>
          <Tabs.Tab value="findings">{t('case.findings')}</Tabs.Tab>
          {may('GET /cases/{id}/timeline') && <Tabs.Tab value="timeline">{t('case.timeline')}</Tabs.Tab>}
          <Tabs.Tab value="runs">{t('case.runs', { count: data.runs.length })}</Tabs.Tab>
        </TabList>
        <Tabs.Panel value="exhibits">
          <Exhibits caseId={id} exhibits={data.exhibits} />
        </Tabs.Panel>
        <Tabs.Panel value="findings">
          <Findings caseId={id} />
        </Tabs.Panel>
        <Tabs.Panel value="timeline">
          <Suspense fallback={<Skeleton h={320} />}>
            <CaseTimeline caseId={id} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="runs">
          <Runs runs={data.runs} />
        </Tabs.Panel>
      </Tabs>
      <Dialog opened={adding} onClose={addDialog.close} title={t('case.add')} size="lg">
        <AddExhibits caseId={id} />
      </Dialog>
      <Dialog opened={matching} onClose={matchDialog.close} title={t('case.match')}>
        <Match caseId={id} onBegun={matchDialog.close} />
      </Dialog>
      <Dialog opened={examining} onClose={examineDialog.close} title={t('case.examine')} size="lg">
        <Examine caseId={id} onBegun={examineDialog.close} />
      </Dialog>
      <Dialog opened={bundling} onClose={bundleDialog.close} title={t('case.bundle')} size="lg">
        <Bundle caseId={id} />
      </Dialog>
    </Page>
  );
}

function Exhibits({ caseId, exhibits }: { readonly caseId: string; readonly exhibits: readonly Exhibit[] }) {
  const { t } = useTranslation();
  const may = useMay();
  const { bytes } = useFormat();
  const [custodyOf, setCustodyOf] = useState<Exhibit | null>(null);
  const [viewOf, setViewOf] = useState<Exhibit | null>(null);
  if (exhibits.length === 0) return <Empty words={t('case.no-exhibits')} />;
  const canView = may('POST /cases/{id}/exhibits/{number}/readings');
  const columns: Column<Exhibit>[] = [
    { key: 'number', head: t('exhibit.number'), width: '4rem', cell: ({ number }) => number },
    {
      key: 'name',
      head: t('exhibit.name'),
      width: 'minmax(12rem, 2fr)',
      cell: (one) =>
        canView && one.media === 'file' && one.disposedAt === null ? (
          <button type="button" className="plain" onClick={() => setViewOf(one)}>
            <bdi>{one.name}</bdi>
          </button>
        ) : (
          <bdi>{one.name}</bdi>
        ),
    },
    { key: 'size', head: t('exhibit.size'), width: '7rem', cell: ({ sizeBytes }) => bytes(sizeBytes) },
    {
      key: 'sha256',
      head: 'SHA-256',
      width: 'minmax(10rem, 1.4fr)',
      cell: ({ sha256 }) => <Short text={sha256} />,
    },
    {
      key: 'state',
      head: t('exhibit.state'),
      width: '9rem',
      cell: (one) => (
        <Badge variant="light" color={one.disposedAt ? 'red' : 'teal'}>
          {t(one.disposedAt ? 'exhibit.disposed' : one.run ? 'exhibit.derived' : 'exhibit.original')}
        </Badge>
      ),
    },
    {
      key: 'custody',
      head: t('exhibit.custody'),
      width: '9rem',
      cell: (one) => (
        <button type="button" className="plain" onClick={() => setCustodyOf(one)}>
          {t('exhibit.events', { count: one.custodyEvents })}
        </button>
      ),
    },
  ];
  return (
    <>
      <SortedRows
        label={t('case.exhibits', { count: exhibits.length })}
        columns={columns}
        rows={exhibits}
        values={EXHIBIT_VALUES}
        keyOf={({ id }) => id}
      />
      <Dialog
        opened={custodyOf !== null}
        onClose={() => setCustodyOf(null)}
        title={custodyOf && t('custody.of', { number: custodyOf.number, name: custodyOf.name })}
        size="lg"
      >
        {custodyOf && <Custody caseId={caseId} number={custodyOf.number} />}
      </Dialog>
      <Dialog
        opened={viewOf !== null}
        onClose={() => setViewOf(null)}
        title={viewOf && <bdi>{viewOf.name}</bdi>}
        size="xl"
      >
        {viewOf && (
          <Bytes caseId={caseId} number={viewOf.number} place={{ offset: 0, length: 0, path: null }} />
        )}
      </Dialog>
    </>
  );
}

function Runs({ runs }: { readonly runs: readonly Run[] }) {
  const { t } = useTranslation();
  if (runs.length === 0) return <Empty words={t('case.no-runs')} />;
  return (
    <Stack>
      {runs.map((run) => (
        <Panel
          key={run.id}
          title={<Mono>{`${run.tool.name} ${run.tool.version}`}</Mono>}
          actions={<Badge variant="light">{t('run.findings', { count: run.findings })}</Badge>}
        >
          <Facts
            facts={[
              [t('run.at'), <Moment key="m" at={run.at} utc />],
              [t('run.inputs'), run.inputs.join(', ')],
              ...(run.derived.length > 0 ? ([[t('run.derived'), run.derived.join(', ')]] as const) : []),
              [t('run.tool-digest'), <Short key="d" text={run.tool.sha256} />],
              [t('run.leaf'), run.leaf],
            ]}
          />
          <Account account={run.account} />
        </Panel>
      ))}
    </Stack>
  );
}

/** What was read, and what could not be: the second is never hidden. */
function Account({ account }: { readonly account: Readonly<Record<string, unknown>> }) {
  const { t, i18n } = useTranslation();
  const { count } = useFormat();
  const figures = Object.entries(account).filter(([, value]) => typeof value === 'number');
  const issues = (Array.isArray(account['issues']) ? account['issues'] : []) as {
    code?: string;
    file?: string;
    container?: string;
    message?: string;
  }[];
  return (
    <Stack gap="xs">
      {figures.length > 0 && (
        <Text size="sm" c="dimmed">
          {figures
            .map(
              ([name, value]) => `${t(`account.${name}`, { defaultValue: name })}: ${count(Number(value))}`,
            )
            .join(' · ')}
        </Text>
      )}
      {issues.length > 0 && (
        <Alert color="yellow" title={t('run.losses', { count: issues.length })}>
          {issues.map(({ code, file, container, message }) => (
            <Text size="sm" key={`${file} ${container} ${message}`}>
              <Mono>{[file, container].filter(Boolean).join(' › ')}</Mono>{' '}
              {/* The parser's own sentence, in English, has the values. */}
              <bdi dir="auto" title={message}>
                {i18n.language === 'en' ? message : t(`issue.${code}`, { defaultValue: message ?? '' })}
              </bdi>
            </Text>
          ))}
        </Alert>
      )}
      {issues.length === 0 && <Text size="sm">{t('run.no-losses')}</Text>}
    </Stack>
  );
}

function Match({ caseId, onBegun }: { readonly caseId: string; readonly onBegun: () => void }) {
  const { t } = useTranslation();
  const begin = useMutation({
    mutationFn: (said: Said) => call('POST /cases/{id}/matches', { params: { id: caseId }, body: said }),
    onSuccess: async () => {
      await queries.invalidateQueries(reading('GET /work'));
      onBegun();
    },
  });
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {t('case.match-about')}
      </Text>
      <PurposeForm suggested={t('case.match-purpose')} action={t('case.match-now')} sends={begin} />
    </Stack>
  );
}

interface BundleResult {
  readonly case: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly exhibits: number;
  readonly findings: number;
  readonly withheldFindings: number;
}

function Bundle({ caseId }: { readonly caseId: string }) {
  const { t } = useTranslation();
  const { bytes } = useFormat();
  const begin = useMutation({
    mutationFn: (said: Said) => call('POST /cases/{id}/bundles', { params: { id: caseId }, body: said }),
    onSuccess: () => queries.invalidateQueries(reading('GET /work')),
  });
  const mine = useBegun(begin.data);
  const result = mine?.result as unknown as BundleResult | null | undefined;
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {t('bundle.about')}
      </Text>
      {!mine && <PurposeForm suggested={t('bundle.purpose')} action={t('bundle.make')} sends={begin} />}
      {mine && <WorkLine work={mine} />}
      {result && (
        <Alert color="teal" role="status">
          <Stack gap="xs">
            <Text size="sm">
              {t('bundle.done', { exhibits: result.exhibits, findings: result.findings })}{' '}
              {result.withheldFindings > 0 && t('bundle.withheld', { count: result.withheldFindings })}
            </Text>
            <Text size="sm">
              SHA-256 <Mono>{result.sha256}</Mono>
            </Text>
            <Group>
              <Anchor href={`/api/v1/cases/${encodeURIComponent(caseId)}/bundle`} download>
                {t('bundle.download', { size: bytes(result.sizeBytes) })}
              </Anchor>
            </Group>
            <Text size="sm" c="dimmed">
              {t('bundle.verify')} <Mono>entente verify</Mono>
            </Text>
          </Stack>
        </Alert>
      )}
    </Stack>
  );
}
