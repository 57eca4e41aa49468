/** The state of a request follows from its steps. Two nodes that hold the same crossing steps agree on it, whatever order they came in. */
import { EntenteError } from '../../base/index.ts';
import { type Ask, LOCAL_STEPS, type Step, type StepKind } from './step.ts';

export const REQUEST_STATES = [
  'draft',
  'cleared',
  'sent',
  'acknowledged',
  'reviewed',
  'accepted',
  'working',
  'answered',
  'declined',
  'closed',
  'withdrawn',
] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

export type Side = 'asker' | 'answerer';

interface Rule {
  readonly by: Side | 'either';
  /** States in which it may be taken here. */
  readonly from: readonly RequestState[];
  /** Further states in which the peer's may arrive: steps that stayed at the peer are not known here, and steps can cross on the way. */
  readonly arrivesIn?: readonly RequestState[];
  /** Null: the state stays. */
  readonly to: RequestState | null;
}

const OPEN = ['sent', 'acknowledged', 'reviewed', 'accepted', 'working', 'answered'] as const;

const RULES: Readonly<Record<Exclude<StepKind, 'reviewed'>, Rule>> = {
  drafted: { by: 'asker', from: ['draft', 'cleared'], to: 'draft' },
  sent: { by: 'asker', from: ['cleared'], to: 'sent' },
  acknowledged: { by: 'answerer', from: ['sent'], to: 'acknowledged' },
  accepted: { by: 'answerer', from: ['reviewed'], arrivesIn: ['acknowledged'], to: 'accepted' },
  declined: { by: 'answerer', from: ['acknowledged', 'reviewed'], to: 'declined' },
  working: { by: 'answerer', from: ['accepted'], to: 'working' },
  answered: { by: 'answerer', from: ['accepted', 'working'], to: 'answered' },
  message: { by: 'either', from: OPEN, to: null },
  closed: { by: 'asker', from: ['answered', 'declined'], to: 'closed' },
  withdrawn: {
    by: 'asker',
    from: ['draft', 'cleared', 'sent', 'acknowledged', 'reviewed', 'accepted', 'working'],
    arrivesIn: ['answered', 'declined'],
    to: 'withdrawn',
  },
  seated: { by: 'asker', from: ['accepted', 'working'], arrivesIn: ['answered'], to: null },
  unseated: { by: 'asker', from: ['accepted', 'working', 'answered'], to: null },
};

/** A step as this node keeps it. */
export interface KeptStep {
  readonly seq: number;
  readonly digest: string;
  readonly step: Step;
  readonly receivedAt: string;
  /** False for what its author sent before it could know that the request had ended. */
  readonly counts: boolean;
  /** Who took it here; null for steps of the peer and of the node itself. */
  readonly person: string | null;
}

export interface Progress {
  readonly state: RequestState;
  readonly ask: Ask;
  /** Why the legal review of this side holds it; null when it does not. */
  readonly held: string | null;
  readonly steps: readonly KeptStep[];
}

export const sideOf = (step: Step, asker: string): Side => (step.by === asker ? 'asker' : 'answerer');

/** What follows when `step` comes next. @throws EntenteError `conflict` when it may not */
export function nextState(
  progress: Progress | null,
  step: Step,
  asker: string,
  arrived: boolean,
): { readonly state: RequestState; readonly counts: boolean; readonly held: string | null } {
  const side = sideOf(step, asker);
  if (!progress) {
    const first: StepKind = arrived ? 'sent' : 'drafted';
    if (step.kind !== first || side !== 'asker')
      throw new EntenteError('conflict', `a request begins with the step "${first}"`);
    return { state: arrived ? 'sent' : 'draft', counts: true, held: null };
  }
  const { state } = progress;
  if (step.kind === 'reviewed') return review(progress, step.body.decision, step.body.basis, side);
  const rule = RULES[step.kind];
  if (rule.by !== 'either' && rule.by !== side)
    throw new EntenteError('conflict', `"${step.kind}" is a step of the ${rule.by}`);
  const fits = rule.from.includes(state) || (arrived && rule.arrivesIn?.includes(state));
  if (fits) return { state: rule.to ?? state, counts: true, held: rule.to ? null : progress.held };
  if (arrived && hasEnded(state) && !knowsTheEnd(progress, step))
    return { state, counts: false, held: progress.held };
  throw new EntenteError(
    'conflict',
    `the request is ${state}; "${step.kind}" may follow when it is ${rule.from.join(' or ')}`,
  );
}

function review(progress: Progress, decision: 'clear' | 'hold', basis: string, side: Side) {
  const [before, after]: [RequestState, RequestState] =
    side === 'asker' ? ['draft', 'cleared'] : ['acknowledged', 'reviewed'];
  if (progress.state !== before && progress.state !== after)
    throw new EntenteError(
      'conflict',
      `the request is ${progress.state}; the legal review comes while it is ${before}`,
    );
  return decision === 'clear'
    ? { state: after, counts: true, held: null }
    : { state: before, counts: true, held: basis };
}

export const hasEnded = (state: RequestState): boolean => state === 'closed' || state === 'withdrawn';

/** Whether the author of a step had the step that ended the request; every other step kept after the end was sent without knowing it. */
function knowsTheEnd({ steps }: Progress, step: Step): boolean {
  const end = steps.find(({ step: { kind } }) => kind === 'closed' || kind === 'withdrawn')!;
  return step.after === end.digest;
}

/** The last step that both sides have, or will have. */
export function lastCrossing(steps: readonly KeptStep[]): string | null {
  return steps.findLast(({ step: { kind } }) => !LOCAL_STEPS.has(kind))?.digest ?? null;
}

/** The step of a kind that counts; of several drafts or reviews, the last. */
export function stepOf<K extends StepKind>(progress: Progress, kind: K) {
  const found = progress.steps.findLast(({ step, counts }) => counts && step.kind === kind);
  return found as (KeptStep & { readonly step: Extract<Step, { kind: K }> }) | undefined;
}
