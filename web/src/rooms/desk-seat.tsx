/** One seat: what it gives, what was seen and done from it, what waits for a decision, and its end. */
import { Alert, Badge, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { useBegun, WorkLine } from '../shell/work-menu.tsx';
import { EndForm } from '../ui/form.tsx';
import { useFormat } from '../ui/format.ts';
import { Moment } from '../ui/moment.tsx';
import { Mono, Short } from '../ui/mono.tsx';
import { Facts, Scroll } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';

export type Seat = Answer<'GET /seats'>['seats'][number];
type Held = Answer<'GET /seats/{id}'>;
type Act = Held['acts'][number];
type Run = Held['runs'][number];

/** What came of a run that was executed again, as the work of a replay hands it over. */
interface Again {
  readonly identical: boolean;
  readonly differenceCount: number;
}

const REFRESH_MS = 10_000;

export function SeatView({ seat, caseName }: { readonly seat: Seat; readonly caseName: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const params = { id: seat.id };
  const asked = reading('GET /seats/{id}', { params });
  const { data, error, refetch } = useQuery({ ...asked, refetchInterval: REFRESH_MS });
  const refresh = () =>
    Promise.all([
      queries.invalidateQueries(asked),
      queries.invalidateQueries(reading('GET /seats')),
      queries.invalidateQueries(reading('GET /work')),
    ]);
  const [reason, setReason] = useState('');
  const [isEnding, setEnding] = useState(false);
  const end = useMutation({
    mutationFn: () => call('POST /seats/{id}/withdrawal', { params, body: { reason } }),
    onSuccess: refresh,
  });
  const replay = useMutation({
    mutationFn: () => call('POST /seats/{id}/replay', { params }),
    onSuccess: refresh,
  });
  const replaying = useBegun(replay.data);
  const replayed = (replaying?.result?.['acts'] ?? []) as readonly (Act & { readonly again?: Again })[];
  const again = new Map(replayed.map((act) => [act.id, act.again]));
  const waiting = (data?.runs ?? []).filter(({ state }) => state === 'waiting');
  const over = isOver(seat);
  return (
    <Stack>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text fw={600} dir="auto">
          {seat.purpose}
        </Text>
        <SeatState seat={seat} />
      </Group>
      <Facts
        facts={[
          [
            t('tool.case'),
            <Link key="c" className="link" to="/cases/$id" params={{ id: seat.case }}>
              <bdi>{caseName}</bdi>
            </Link>,
          ],
          [t('desk.kind.expert'), <Mono key="e">{seat.expert}</Mono>],
          [
            t('desk.seat-exhibits'),
            <Mono key="x">{seat.exhibits.map(({ number }) => number).join(', ')}</Mono>,
          ],
          [
            t('seat.runs'),
            seat.runs.length === 0 ? '–' : seat.runs.map((run) => <Short key={run} text={run} />),
          ],
          [t('finding.clause'), <Mono key="k">{seat.clause}</Mono>],
          [t('seat.granted-at'), <Moment key="g" at={seat.grantedAt} />],
          [t('audit.until'), <Moment key="u" at={seat.until} />],
          ...(seat.withdrawn
            ? ([
                [t('desk.seat-ended'), <Moment key="w" at={seat.withdrawn.at} />],
                [t('operation.reason'), <bdi key="r">{seat.withdrawn.reason}</bdi>],
              ] as const)
            : []),
        ]}
      />
      {waiting.map((run) => (
        <Waiting key={run.act} seat={seat.id} run={run} isOver={over} onDecided={refresh} />
      ))}
      <Group>
        {may('POST /seats/{id}/replay') && (
          <Button
            variant="default"
            onClick={() => replay.mutate()}
            loading={replay.isPending || replaying?.state === 'running'}
          >
            {t('seat.replay')}
          </Button>
        )}
        {!over && may('POST /seats/{id}/withdrawal') && (
          <Button variant="default" color="red" aria-expanded={isEnding} onClick={() => setEnding(!isEnding)}>
            {t('desk.end-seat')}
          </Button>
        )}
      </Group>
      {isEnding && !over && (
        <EndForm
          means={t('desk.end-seat-means')}
          action={t('seat.end-now')}
          reason={reason}
          onReason={setReason}
          sends={end}
        />
      )}
      <ProblemNote error={error ?? replay.error} retry={() => refetch()} />
      {replaying?.problem && <WorkLine work={replaying} />}
      {replayed.length > 0 && <Replayed acts={replayed} />}
      {!data ? (
        <Skeleton h={120} />
      ) : (
        <ol className="chain">
          {data.acts.map((act) => (
            <Line key={act.id} act={act} again={again.get(act.id)} />
          ))}
        </ol>
      )}
    </Stack>
  );
}

/** What would run is shown, rules included, before anybody says yes. */
function Waiting(props: {
  readonly seat: string;
  readonly run: Run;
  readonly isOver: boolean;
  readonly onDecided: () => void;
}) {
  const { t } = useTranslation();
  const may = useMay();
  const { act, at, order } = props.run;
  const params = { id: props.seat, act };
  const [showsRules, setShowsRules] = useState(false);
  const rules = useQuery({
    ...reading('GET /seats/{id}/acts/{act}/rules', { params }),
    enabled: showsRules,
  });
  const decide = useMutation({
    mutationFn: (approve: boolean) =>
      call('POST /seats/{id}/acts/{act}/decision', { params, body: { approve } }),
    onSettled: props.onDecided,
  });
  return (
    <Alert color="yellow" title={t('seat.waits')}>
      <Stack gap="xs">
        <Text size="sm">
          {t('seat.wants-run', { tool: String(order['tool']), exhibit: Number(order['exhibit']) })} ·{' '}
          <Moment at={at} />
        </Text>
        {showsRules &&
          rules.data?.rules.map(({ path, text }) => (
            <details key={path} open>
              <summary>
                <Mono>{path}</Mono>
              </summary>
              <Scroll>
                <pre className="mono" dir="ltr">
                  {text}
                </pre>
              </Scroll>
            </details>
          ))}
        <ProblemNote error={decide.error ?? rules.error} />
        <Group gap="xs">
          {order['rules'] !== undefined && !showsRules && (
            <Button size="xs" variant="default" onClick={() => setShowsRules(true)}>
              {t('seat.show-rules')}
            </Button>
          )}
          {may('POST /seats/{id}/acts/{act}/decision') && (
            <>
              <Button
                size="xs"
                disabled={props.isOver}
                onClick={() => decide.mutate(true)}
                loading={decide.isPending}
              >
                {t('seat.approve')}
              </Button>
              <Button
                size="xs"
                variant="default"
                onClick={() => decide.mutate(false)}
                loading={decide.isPending}
              >
                {t('seat.refuse')}
              </Button>
            </>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}

/** Every run was executed again: the same, or not. */
function Replayed({ acts }: { readonly acts: readonly { readonly again?: Again }[] }) {
  const { t } = useTranslation();
  const runs = acts.filter(({ again }) => again !== undefined);
  const same = runs.filter(({ again }) => again!.identical).length;
  return (
    <Alert color={same === runs.length ? 'teal' : 'red'} role="status">
      {t('seat.replayed', { acts: acts.length, runs: runs.length, same })}
    </Alert>
  );
}

const isOver = ({ withdrawn, until }: Seat): boolean => withdrawn !== null || Date.parse(until) <= Date.now();

export function SeatState({ seat }: { readonly seat: Seat }) {
  const { t } = useTranslation();
  const over = isOver(seat);
  return (
    <Group gap={6} wrap="nowrap">
      <Badge variant="light" color={over ? 'gray' : 'teal'}>
        {t(over ? 'desk.seat-ended' : 'desk.seat-open')}
      </Badge>
      {seat.supervised && <Badge variant="outline">{t('desk.supervised')}</Badge>}
    </Group>
  );
}

function Line({ act, again }: { readonly act: Act; readonly again: Again | undefined }) {
  const { t } = useTranslation();
  const { bytes } = useFormat();
  const { details } = act;
  const text = (name: string) => (typeof details[name] === 'string' ? (details[name] as string) : null);
  const number = (name: string) => (typeof details[name] === 'number' ? (details[name] as number) : null);
  return (
    <li>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          {t(`seat.act.${act.kind}`, { defaultValue: act.kind })}
        </Text>
        {again && (
          <Badge variant="light" color={again.identical ? 'teal' : 'red'}>
            {again.identical ? t('seat.same') : t('seat.differs', { count: again.differenceCount })}
          </Badge>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        <Moment at={act.at} /> · <bdi>{act.by}</bdi> · {t('custody.leaf', { leaf: act.leafIndex })}
      </Text>
      <Text size="sm">
        {number('exhibit') !== null && (
          <>
            {t('seat.exhibit', { number: number('exhibit') })} {text('file') && (
              <Mono>{text('file')}</Mono>
            )}{' '}
          </>
        )}
        {number('length') !== null && (
          <>
            {bytes(number('length')!)} · <Short text={text('sha256') ?? ''} />{' '}
          </>
        )}
        {text('tool') && <Mono>{text('tool')}</Mono>} {text('run') && <Short text={text('run')!} />}{' '}
        {number('findings') !== null && t('run.findings', { count: number('findings') })}
        {text('reason') && <bdi dir="auto">{text('reason')}</bdi>}
        {text('why') && <bdi dir="auto">{text('why')}</bdi>}
      </Text>
    </li>
  );
}
