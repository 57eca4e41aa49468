/** Training: courses, and exercises: begun by a team, worked on in a case like any other, answered here, and graded by a trainer. */
import {
  Alert,
  Anchor,
  Badge,
  Button,
  Group,
  List,
  SegmentedControl,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries, reading } from '../api/client.ts';
import type { Language } from '../i18n/index.ts';
import { useMay, useMe } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { ExerciseFrame } from '../ui/exercise.tsx';
import { Field, Form } from '../ui/form.tsx';
import { Moment } from '../ui/moment.tsx';
import { Panel } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { Courses } from './desk-courses.tsx';

type AttemptView = Answer<'GET /attempts/{id}'>;

const useLang = () => useTranslation().i18n.language as Language;

export function Training() {
  const { t } = useTranslation();
  const may = useMay();
  return (
    <Stack gap="lg">
      <Title order={2} size="h4">
        {t('training.courses')}
      </Title>
      <Courses />
      {may('GET /exercises') && (
        <>
          <Title order={2} size="h4">
            {t('training.exercises')}
          </Title>
          <Exercises />
          <Attempts />
        </>
      )}
    </Stack>
  );
}

function Exercises() {
  const { t } = useTranslation();
  const lang = useLang();
  const may = useMay();
  const { data, error, refetch } = useQuery(reading('GET /exercises', { query: { lang } }));
  const [chosen, setChosen] = useState<string | null>(null);
  if (error) return <ProblemNote error={error} retry={() => refetch()} />;
  if (!data) return <Skeleton h={200} />;
  return (
    <>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        {data.exercises.map((one) => (
          <Panel
            key={one.id}
            title={one.title}
            actions={
              may('POST /exercises/{id}/attempts') && (
                <Button
                  size="xs"
                  onClick={() => setChosen(one.id)}
                  aria-label={t('training.begin-of', { title: one.title })}
                >
                  {t('training.begin')}
                </Button>
              )
            }
          >
            <Text size="sm" style={{ whiteSpace: 'pre-line' }}>
              {one.briefing}
            </Text>
          </Panel>
        ))}
      </SimpleGrid>
      <Dialog opened={chosen !== null} onClose={() => setChosen(null)} title={t('training.begin')}>
        {chosen && <Begin exercise={chosen} />}
      </Dialog>
    </>
  );
}

/** What was begun before, so that it can be gone on with. */
function Attempts() {
  const { t } = useTranslation();
  const lang = useLang();
  const { data, error } = useQuery(reading('GET /attempts', { query: { lang } }));
  if (error) return <ProblemNote error={error} />;
  if (!data || data.attempts.length === 0) return null;
  return (
    <Panel title={t('training.attempts')}>
      <List size="sm" spacing={4}>
        {data.attempts.map(({ id, title, team, startedAt, passed }) => (
          <List.Item key={id}>
            <Link className="link" to="/desk/$part/$id" params={{ part: 'training', id }}>
              {title}
            </Link>{' '}
            · <bdi>{team}</bdi> · <Moment at={startedAt} /> ·{' '}
            {t(passed === null ? 'training.open' : passed ? 'training.passed' : 'training.not-passed')}
          </List.Item>
        ))}
      </List>
    </Panel>
  );
}

function Begin({ exercise }: { readonly exercise: string }) {
  const { t } = useTranslation();
  const lang = useLang();
  const me = useMe();
  const navigate = useNavigate();
  const [team, setTeam] = useState('');
  const [members, setMembers] = useState(me.data?.name ?? '');
  const names = members
    .split(/[,،;]/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const begin = useMutation({
    mutationFn: () =>
      call('POST /exercises/{id}/attempts', {
        params: { id: exercise },
        query: { lang },
        body: { team: team.trim(), members: names },
      }),
    onSuccess: ({ id }) => navigate({ to: '/desk/$part/$id', params: { part: 'training', id } }),
  });
  return (
    <Form action={t('training.begin')} sends={begin} isReady={team.trim() !== '' && names.length !== 0}>
      <Text size="sm" c="dimmed">
        {t('training.begin-means')}
      </Text>
      <Field label={t('training.team')} value={team} onWrite={setTeam} maxLength={120} data-autofocus />
      <Field
        label={t('training.members')}
        description={t('training.members-hint')}
        value={members}
        onWrite={setMembers}
      />
    </Form>
  );
}

export function Attempt({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const lang = useLang();
  const may = useMay();
  const asked = reading('GET /attempts/{id}', { params: { id }, query: { lang } });
  const { data, error, refetch } = useQuery(asked);
  const grade = useMutation({
    mutationFn: () => call('POST /attempts/{id}/grade', { params: { id } }),
    onSuccess: () => queries.invalidateQueries(asked),
  });
  if (error) return <ProblemNote error={error} retry={() => refetch()} />;
  if (!data) return <Skeleton h={240} />;
  return (
    <Stack>
      <ExerciseFrame />
      <Panel
        title={data.title}
        actions={
          <Group gap="xs">
            {may('GET /cases/{id}') && (
              <Link className="link" to="/cases/$id" params={{ id: data.case }}>
                {t('training.open-case')}
              </Link>
            )}
            {data.operation && may('GET /operations/{operation}') && (
              <Link className="link" to="/operations/$id" params={{ id: data.operation }}>
                {t('training.open-operation')}
              </Link>
            )}
          </Group>
        }
      >
        <Text size="sm" style={{ whiteSpace: 'pre-line' }}>
          {data.briefing}
        </Text>
        <Text size="sm" c="dimmed">
          <bdi>{data.team}</bdi> · <bdi>{data.members.join(', ')}</bdi>
        </Text>
        <Text size="sm">
          {t('training.indicators')} <span className="mono">{data.indicators.join(', ')}</span>
        </Text>
        {data.injects.map((one) => (
          <Alert key={one.id} color="yellow" title={t('training.inject')}>
            {one.text}
          </Alert>
        ))}
      </Panel>
      {data.grade && (
        <Alert color={data.grade.passed ? 'teal' : 'orange'} role="status">
          <Text fw={600} size="sm">
            {t(data.grade.passed ? 'training.passed' : 'training.not-passed')}
          </Text>
          {t('training.points', { points: data.grade.points, of: data.grade.of })} ·{' '}
          {t('operation.percent', { value: data.grade.percent })}
        </Alert>
      )}
      {data.tasks.map((task, i) => (
        <TaskPanel key={task.id} attempt={data} task={task} number={i + 1} />
      ))}
      <ProblemNote error={grade.error} />
      <Group justify="space-between">
        <Anchor component={Link} to="/desk/training" size="sm">
          {t('training.all')}
        </Anchor>
        {data.grade === null && may('POST /attempts/{id}/grade') && (
          <Button variant="default" onClick={() => grade.mutate()} loading={grade.isPending}>
            {t('training.grade')}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

function TaskPanel(props: {
  readonly attempt: AttemptView;
  readonly task: AttemptView['tasks'][number];
  readonly number: number;
}) {
  const { t } = useTranslation();
  const lang = useLang();
  const { attempt, task } = props;
  const [answer, setAnswer] = useState(task.answer ?? '');
  const params = { id: attempt.id };
  const say = useMutation({
    mutationFn: () =>
      call('POST /attempts/{id}/answers', { params, query: { lang }, body: { task: task.id, answer } }),
    onSuccess: () => queries.invalidateQueries(reading('GET /attempts/{id}', { params, query: { lang } })),
  });
  const hint = useMutation({
    mutationFn: () => call('POST /attempts/{id}/hints', { params, query: { lang }, body: { task: task.id } }),
  });
  const isOpen = attempt.grade === null;
  return (
    <Panel
      title={t('training.task', { number: props.number })}
      actions={
        <Group gap="xs">
          {task.done && (
            <Badge variant="light" color="teal">
              {t(task.kind === 'action' ? 'training.seen' : 'training.answered')}
            </Badge>
          )}
          <Badge variant="light">{t('training.worth', { count: task.points })}</Badge>
        </Group>
      }
    >
      <Text size="sm">{task.text}</Text>
      {isOpen && task.kind !== 'action' && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            say.mutate();
          }}
        >
          <Group align="flex-end">
            {task.kind === 'handling' ? (
              <SegmentedControl
                aria-label={t('training.answer')}
                value={answer}
                onChange={setAnswer}
                data={(['allow', 'deny', 'ask'] as const).map((value) => ({
                  value,
                  label: t(`verdict.${value}`),
                }))}
              />
            ) : (
              <Field
                label={t('training.answer')}
                value={answer}
                onWrite={setAnswer}
                maxLength={500}
                style={{ flex: 1 }}
              />
            )}
            <Button type="submit" disabled={answer.trim() === ''} loading={say.isPending}>
              {t('training.send')}
            </Button>
          </Group>
        </form>
      )}
      {say.isSuccess && (
        <Text size="sm" role="status">
          {t('training.kept')}
        </Text>
      )}
      <ProblemNote error={say.error ?? hint.error} />
      {hint.data ? (
        <Alert color="harbour">{hint.data.text}</Alert>
      ) : (
        isOpen &&
        task.hintCosts !== null && (
          <Group>
            <Button size="xs" variant="default" onClick={() => hint.mutate()} loading={hint.isPending}>
              {t('training.hint', { count: task.hintCosts })}
            </Button>
          </Group>
        )
      )}
    </Panel>
  );
}
