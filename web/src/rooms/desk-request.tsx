/** One request: what is asked, what was done about it, and what I may do next. */
import { Badge, Button, Group, Select, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Call, call, queries, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { LongField } from '../ui/form.tsx';
import { useFormat } from '../ui/format.ts';
import { Moment } from '../ui/moment.tsx';
import { Facts } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { ExpertChoice } from './desk-expert-match.tsx';

export interface Ask {
  readonly skills: readonly string[];
  readonly languages: readonly string[];
  readonly clearance: string;
  readonly amount: number;
  readonly subject: string;
  readonly text: string;
  readonly priority: string;
  readonly purpose: string;
  readonly marking: { readonly tlp: string; readonly pap: string };
}

interface Target {
  readonly by: string;
  readonly at: string | null;
  readonly state: 'running' | 'met' | 'missed' | 'stopped';
}

export interface Clock {
  readonly respond: Target | null;
  readonly resolve: Target | null;
}

interface Step {
  readonly kind?: string;
  readonly at?: string;
  /** Who took it, where that is known here: people of other organisations stay there. */
  readonly person?: string | null;
  readonly body?: { readonly text?: string; readonly basis?: string };
}

/** Steps come with what is known here beside them. */
function stepIn(stored: unknown): Step {
  const { step, person } = stored as { step: Step; person?: string | null };
  return { ...step, person: person ?? null };
}

type Act = 'send' | 'accept' | 'decline' | 'work' | 'answer' | 'close' | 'withdraw';
type StepBody = Call<'POST /requests/{id}/steps'>['body'];

/** What each side may do in a state; the node has the last word. */
const ACTS: Readonly<Record<'in' | 'out', Readonly<Record<string, readonly Act[]>>>> = {
  in: {
    reviewed: ['accept', 'decline'],
    acknowledged: ['decline'],
    accepted: ['work', 'answer'],
    working: ['answer'],
  },
  out: {
    draft: ['withdraw'],
    cleared: ['send', 'withdraw'],
    sent: ['withdraw'],
    acknowledged: ['withdraw'],
    accepted: ['withdraw'],
    working: ['withdraw'],
    answered: ['close'],
  },
};

const DECLINE_REASONS = ['capacity', 'legal', 'not-covered', 'conflict-of-interest', 'other'] as const;
const CLOSE_OUTCOMES = ['solved', 'partly-solved', 'not-solved', 'no-longer-needed'] as const;

export function RequestView({ id }: { readonly id: string }) {
  const { t, i18n } = useTranslation();
  const { count, list } = useFormat();
  const languageName = new Intl.DisplayNames(i18n.language, { type: 'language' });
  const may = useMay();
  const { data, error } = useQuery(reading('GET /requests/{id}', { params: { id } }));
  if (error) return <ProblemNote error={error} />;
  if (!data) return <Skeleton h={160} />;
  const ask = data.ask as Ask;
  const wantsReview =
    (data.direction === 'out' && data.state === 'draft') ||
    (data.direction === 'in' && data.state === 'acknowledged');
  const acts = ACTS[data.direction][data.state] ?? [];
  return (
    <Stack>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text fw={600} dir="auto">
          {ask.subject}
        </Text>
        <Badge variant="light">{t(`desk.state.${data.state}`)}</Badge>
      </Group>
      <Text size="sm" dir="auto" style={{ whiteSpace: 'pre-line' }}>
        {ask.text}
      </Text>
      <Facts
        facts={[
          [t('desk.kind'), t(`desk.kind.${data.kind}`)],
          [t('desk.priority'), t(`desk.priority.${ask.priority}`)],
          [t('clause.purposes'), t(`purpose.${ask.purpose}`)],
          [
            t('intelligence.handling'),
            `TLP:${ask.marking.tlp.toUpperCase()} PAP:${ask.marking.pap.toUpperCase()}`,
          ],
          ...(data.kind === 'expert'
            ? ([
                [t('expert.days-asked'), count(ask.amount)],
                [t('desk.skills'), list(ask.skills) || '–'],
                [t('desk.languages'), list(ask.languages.map((tag) => languageName.of(tag) ?? tag)) || '–'],
                [t('desk.clearance'), t(`desk.clearance.${ask.clearance}`, { defaultValue: ask.clearance })],
              ] as const)
            : []),
        ]}
      />
      <ol className="chain">
        {data.steps.map(stepIn).map((step) => (
          <li key={`${step.kind} ${step.at}`}>
            <Text size="sm" fw={600}>
              {t(`desk.step.${step.kind}`, { defaultValue: step.kind ?? '' })}
            </Text>
            <Text size="sm" c="dimmed">
              {step.at && <Moment at={step.at} />} <bdi>{step.person}</bdi>
            </Text>
            <Text size="sm" dir="auto" style={{ whiteSpace: 'pre-line' }}>
              {step.body?.text ?? step.body?.basis}
            </Text>
          </li>
        ))}
      </ol>
      {wantsReview && may('POST /requests/{id}/review') && <Review id={id} />}
      {acts.length > 0 && may('POST /requests/{id}/steps') && (
        <Steps id={id} ask={ask} acts={acts} needsExpert={data.kind === 'expert'} />
      )}
    </Stack>
  );
}

const refresh = () =>
  queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).includes('/requests') });

function Review({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const [basis, setBasis] = useState('');
  const review = useMutation({
    mutationFn: (decision: 'clear' | 'hold') =>
      call('POST /requests/{id}/review', { params: { id }, body: { decision, basis } }),
    onSuccess: refresh,
  });
  return (
    <Stack gap="xs">
      <LongField
        label={t('desk.basis')}
        description={t('desk.basis-hint')}
        value={basis}
        onWrite={setBasis}
        autosize
      />
      <ProblemNote error={review.error} />
      <Group>
        <Button disabled={!basis.trim()} loading={review.isPending} onClick={() => review.mutate('clear')}>
          {t('desk.clear')}
        </Button>
        <Button
          variant="default"
          disabled={!basis.trim()}
          loading={review.isPending}
          onClick={() => review.mutate('hold')}
        >
          {t('desk.hold')}
        </Button>
      </Group>
    </Stack>
  );
}

function Steps(props: {
  readonly id: string;
  readonly ask: Ask;
  readonly acts: readonly Act[];
  readonly needsExpert: boolean;
}) {
  const { t } = useTranslation();
  const may = useMay();
  const [expert, setExpert] = useState<string | null>(null);
  const [text, setText] = useState('');
  const [reason, setReason] = useState<string>('capacity');
  const [outcome, setOutcome] = useState<string>('solved');
  const step = useMutation({
    mutationFn: (kind: Act) => {
      const body =
        kind === 'send'
          ? { kind }
          : {
              kind,
              text,
              ...(kind === 'accept' && expert !== null ? { expert } : {}),
              ...(kind === 'decline' ? { reason } : {}),
              ...(kind === 'close' ? { outcome } : {}),
              ...(kind === 'answer' ? { marking: props.ask.marking } : {}),
            };
      return call('POST /requests/{id}/steps', { params: { id: props.id }, body: body as StepBody });
    },
    onSuccess: async () => {
      setText('');
      await refresh();
    },
  });
  const sendsExpert = props.needsExpert && props.acts.includes('accept');
  const isReady = (act: Act) =>
    act === 'accept'
      ? !sendsExpert || expert !== null
      : (act !== 'decline' && act !== 'answer') || text.trim() !== '';
  return (
    <Stack gap="xs">
      {sendsExpert && may('GET /requests/{id}/experts') && (
        <ExpertChoice request={props.id} chosen={expert} onChoose={setExpert} />
      )}
      <LongField label={t('desk.text')} value={text} onWrite={setText} autosize minRows={2} />
      {props.acts.includes('decline') && (
        <Select
          label={t('desk.reason')}
          data={DECLINE_REASONS.map((one) => ({ value: one, label: t(`desk.reason.${one}`) }))}
          value={reason}
          onChange={(value) => setReason(value ?? 'other')}
        />
      )}
      {props.acts.includes('close') && (
        <Select
          label={t('desk.outcome')}
          data={CLOSE_OUTCOMES.map((one) => ({ value: one, label: t(`desk.outcome.${one}`) }))}
          value={outcome}
          onChange={(value) => setOutcome(value ?? 'solved')}
        />
      )}
      <ProblemNote error={step.error} />
      <Group>
        {props.acts.map((act) => (
          <Button
            key={act}
            {...(act === 'decline' || act === 'withdraw' ? { variant: 'outline', color: 'red' } : {})}
            disabled={!isReady(act)}
            loading={step.isPending}
            onClick={() => step.mutate(act)}
          >
            {t(`desk.act.${act}`)}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}
