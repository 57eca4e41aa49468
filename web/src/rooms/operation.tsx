/** One joint operation: what it is, how far it is, and its rooms, each at an address of its own. */
import { Badge, Button, Group, Paper, SimpleGrid, Skeleton, Stack, Tabs, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, queries } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { useWork, WorkLine } from '../shell/work-menu.tsx';
import { Field } from '../ui/form.tsx';
import { useFormat } from '../ui/format.ts';
import { Page, Panel } from '../ui/page.tsx';
import { PageProblem, ProblemNote } from '../ui/problem.tsx';
import { TabList } from '../ui/tab-list.tsx';
import { Clock } from './operation-clock.tsx';
import { OperationOutcomes } from './operation-outcomes.tsx';
import { Packages } from './operation-packages.tsx';
import { Parties } from './operation-parties.tsx';
import { Queue } from './operation-queue.tsx';
import { Rooms } from './operation-rooms.tsx';
import { Targets } from './operation-targets.tsx';
import { Tasks } from './operation-tasks.tsx';
import { type Board, OPERATION_STATES, refresh, useBoard, useNames } from './operation-words.ts';

/** The atlas is as large as everything else of the room. */
const CountryMap = lazy(() => import('./operation-map.tsx'));

const PARTS = ['targets', 'map', 'queue', 'packages', 'tasks', 'outcomes', 'talk', 'parties'] as const;
type Part = (typeof PARTS)[number];

export default function Operation() {
  const { id, part } = useParams({ strict: false }) as { id: string; part?: string };
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const { data: board, error, refetch } = useBoard(id);
  const work = useWork();
  const nameOf = useNames();
  const before = useRef(board);
  // What was done here or elsewhere changes what the parts show, too.
  useEffect(() => {
    if (before.current !== undefined && before.current !== board)
      void queries.invalidateQueries({
        predicate: ({ queryKey }) => String(queryKey[0]).includes('/operations/{operation}/'),
      });
    before.current = board;
  }, [board]);
  if (error && !board) return <PageProblem error={error} retry={() => refetch()} />;
  if (!board) return <Skeleton h={240} />;
  const { operation, counts } = board;
  const seesTargets = may('GET /operations/{operation}/targets');
  const parts = PARTS.filter(
    (one) =>
      (seesTargets || (one !== 'targets' && one !== 'queue')) &&
      (one !== 'queue' || operation.leads || counts.waiting > 0),
  );
  const shown: Part = parts.find((one) => one === part) ?? parts[0]!;
  const mine = (work.data?.work ?? []).filter(
    (one) => one.subject.startsWith(operation.title) && one.state === 'running',
  );
  const count: Partial<Record<Part, number>> = {
    targets: counts.targets,
    queue: counts.waiting,
    packages: board.packages.length,
    tasks: board.tasks.filter(({ state }) => state === 'open').length,
    talk: board.posts.length,
    parties: board.parties.length,
  };
  return (
    <Page
      title={<bdi>{operation.title}</bdi>}
      exercise={operation.exercise}
      about={<bdi>{operation.purpose}</bdi>}
      actions={
        <>
          <Badge variant="outline">TLP:{operation.tlp.toUpperCase()}</Badge>
          <Badge variant="light">
            {operation.leads ? t('operation.led-here') : t('operation.led-by', { name: nameOf(board.lead) })}
          </Badge>
          <Badge variant="light" color={OPERATION_STATES[operation.state]}>
            {t(`operation.state.${operation.state}`)}
          </Badge>
        </>
      }
    >
      <Invitation board={board} />
      {mine.map((one) => (
        <Panel key={one.id}>
          <WorkLine work={one} />
        </Panel>
      ))}
      <Figures board={board} />
      <Tabs
        value={shown}
        onChange={(value) =>
          value && navigate({ to: '/operations/$id/$part', params: { id, part: value }, replace: true })
        }
        keepMounted={false}
      >
        <TabList>
          {parts.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {t(`operation.part.${one}`)}
              {count[one] !== undefined && <Count of={count[one]} />}
            </Tabs.Tab>
          ))}
        </TabList>
        <Tabs.Panel value="targets">{shown === 'targets' && <Targets board={board} />}</Tabs.Panel>
        <Tabs.Panel value="map">
          <Suspense fallback={<Skeleton h={420} />}>
            <CountryMap board={board} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="queue">{shown === 'queue' && <Queue board={board} />}</Tabs.Panel>
        <Tabs.Panel value="packages">
          <Packages board={board} />
        </Tabs.Panel>
        <Tabs.Panel value="tasks">
          <Stack>
            <Clock board={board} />
            <Tasks board={board} />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="outcomes">
          <OperationOutcomes board={board} />
        </Tabs.Panel>
        <Tabs.Panel value="talk">
          <Rooms board={board} />
        </Tabs.Panel>
        <Tabs.Panel value="parties">
          <Parties board={board} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Count({ of }: { readonly of: number }) {
  const { count } = useFormat();
  return (
    <Text span size="xs" lh={1} c="dimmed" ms={6}>
      {count(of)}
    </Text>
  );
}

/** How far it is, in figures that everything below adds up to. */
function Figures({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const { count } = useFormat();
  const { counts, packages } = board;
  const sent = packages.filter(({ direction }) => direction === (board.operation.leads ? 'out' : 'in'));
  const figures: [string, string][] = [
    ...(
      [
        ['targets', counts.targets],
        ['victims', counts.marks.find(({ mark }) => mark === 'victim')?.targets ?? 0],
        ['countries', counts.countries.length],
        ['waiting', counts.waiting],
      ] as const
    ).map(([name, of]): [string, string] => [t(`operation.figure.${name}`, { count: of }), count(of)]),
    [
      t('operation.figure.read'),
      t('operation.of', { done: sent.filter(({ readAt }) => readAt !== null).length, all: sent.length }),
    ],
    [
      t('operation.figure.outcomes'),
      count(counts.countries.reduce((sum, { outcomes }) => sum + outcomes, 0)),
    ],
  ];
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
      {figures.map(([name, value]) => (
        <Paper key={name} withBorder p="md">
          <div className="figure">{value}</div>
          <Text size="sm" c="dimmed">
            {name}
          </Text>
        </Paper>
      ))}
    </SimpleGrid>
  );
}

/** Asked in, and not answered yet. */
function Invitation({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const may = useMay();
  const [contact, setContact] = useState('');
  const { id } = board.operation;
  const own = board.parties.find(({ peer }) => peer === '');
  const answer = useMutation({
    mutationFn: (said: 'join' | 'leave') =>
      call('POST /operations/{operation}/answers', {
        params: { operation: id },
        body: { answer: said, contact },
      }),
    onSuccess: refresh,
  });
  if (board.operation.leads || own?.state !== 'invited') return null;
  return (
    <Panel title={t('operation.invited')}>
      <Text size="sm">{t('operation.invited-means', { role: t(`operation.role.${own.role}`) })}</Text>
      {may('POST /operations/{operation}/answers') && (
        <Group align="flex-end">
          <Field
            label={t('operation.contact')}
            description={t('operation.contact-hint')}
            value={contact}
            onWrite={setContact}
            maxLength={300}
            style={{ flex: 1 }}
          />
          <Button onClick={() => answer.mutate('join')} loading={answer.isPending}>
            {t('operation.join')}
          </Button>
          <Button variant="default" onClick={() => answer.mutate('leave')} disabled={answer.isPending}>
            {t('operation.decline')}
          </Button>
        </Group>
      )}
      <ProblemNote error={answer.error} />
    </Panel>
  );
}
