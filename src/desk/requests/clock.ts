/**
 * Whether the answering side keeps the targets of the service clause. Urgent requests run day and night. Others run while the answering
 * side works, in the calendar that its node named when it acknowledged; until then a common office week is assumed, and that is said.
 */
import { addWorkingHours, DEFAULT_CALENDAR } from '../working-calendar.ts';
import { type Progress, stepOf } from './state.ts';

export interface Target {
  readonly hours: number;
  readonly by: string;
  /** When it was reached; null while it is not. */
  readonly at: string | null;
  /** `stopped`: the request ended before. */
  readonly state: 'running' | 'met' | 'missed' | 'stopped';
}

export interface RequestClock {
  readonly runs: 'day-and-night' | 'working-hours' | 'working-hours-assumed';
  /** A first answer by people: accepted, declined, or a message. An acknowledgement is the node's alone. */
  readonly respond: Target | null;
  readonly resolve: Target | null;
  /** 0; 1 when a target was missed: call the operations contact; 2 when half as much again has passed: call the signatories. */
  readonly escalation: 0 | 1 | 2;
}

const HOUR_MS = 3_600_000;

/** Null until the request was sent. */
export function clockOf(progress: Progress, now: Date): RequestClock | null {
  const sent = stepOf(progress, 'sent');
  if (!sent) return null;
  const { ask, clause } = sent.step.body;
  const named = stepOf(progress, 'acknowledged')?.step.body.calendar;
  const urgent = ask.priority === 'urgent';
  const from = new Date(sent.step.at);
  const after = (hours: number) =>
    urgent
      ? new Date(from.getTime() + hours * HOUR_MS)
      : addWorkingHours(named ?? DEFAULT_CALENDAR, from, hours);
  const responded = progress.steps.find(
    ({ step, counts }) =>
      counts &&
      step.by !== sent.step.by &&
      ['accepted', 'declined', 'message', 'answered'].includes(step.kind),
  );
  const resolved = progress.steps.find(
    ({ step, counts }) => counts && (step.kind === 'answered' || step.kind === 'declined'),
  );
  const ended = stepOf(progress, 'withdrawn')?.step.at ?? null;
  let escalation: 0 | 1 | 2 = 0;
  const target = (hours: number | null, at: string | null): Target | null => {
    if (hours === null) return null;
    const by = after(hours);
    const until = at ?? ended;
    const late = (until === null ? now : new Date(until)) > by;
    if (late && until === null && escalation < 2)
      escalation = now > after(hours + Math.ceil(hours / 2)) ? 2 : 1;
    const state = late ? 'missed' : at !== null ? 'met' : ended !== null ? 'stopped' : 'running';
    return { hours, by: by.toISOString(), at, state };
  };
  const respond = target(clause.respondHours, responded?.step.at ?? null);
  const resolve = target(clause.resolveHours, resolved?.step.at ?? null);
  const runs = urgent ? 'day-and-night' : named ? 'working-hours' : 'working-hours-assumed';
  return { runs, respond, resolve, escalation };
}
