/**
 * The steps of a request. Each is signed by the node of the party that takes it; the state of a request is what its steps say, read in order
 * (`state.ts`). Reviews and drafts stay at the node that made them; the other steps cross, and both nodes then hold the same signed texts.
 * Who the people were is not in a step that crosses.
 */
import { createHash } from 'node:crypto';
import {
  CLEARANCES,
  type Clearance,
  PAP_LEVELS,
  type Pap,
  PRIORITIES,
  type Priority,
  PURPOSES,
  type Purpose,
  TLP_LEVELS,
  type Tlp,
  TRAINING_LEVELS,
  type TrainingLevel,
} from '../../agreement/index.ts';
import { EntenteError, type Issue, isId, isTimestamp } from '../../base/index.ts';
import type { ServiceAct } from '../../registry/index.ts';
import { parseCalendar, type WorkingCalendar } from '../working-calendar.ts';
import { type Attachment, parseAttachments } from './attachment.ts';

export const REQUEST_KINDS = ['expert', 'support', 'intelligence', 'tool', 'training'] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** The act that the service clauses decide. */
export const ACT_OF_KIND: Readonly<Record<RequestKind, ServiceAct>> = {
  expert: 'expert-seat',
  support: 'support',
  intelligence: 'intelligence-request',
  tool: 'tool-seat',
  training: 'training-place',
};

export const CLOSE_OUTCOMES = ['solved', 'partly-solved', 'not-solved', 'no-longer-needed'] as const;
export type CloseOutcome = (typeof CLOSE_OUTCOMES)[number];

export const DECLINE_REASONS = ['capacity', 'legal', 'not-covered', 'conflict-of-interest', 'other'] as const;
export type DeclineReason = (typeof DECLINE_REASONS)[number];

/** How a text or an attachment is to be handled. */
export interface Marking {
  readonly tlp: Tlp;
  readonly pap: Pap;
}

/** What is asked. */
export interface Ask {
  readonly kind: RequestKind;
  readonly subject: string;
  readonly text: string;
  readonly marking: Marking;
  readonly purpose: Purpose;
  readonly priority: Priority;
  /** How much of the service, in the unit of its quota. */
  readonly amount: number;
  readonly skills: readonly string[];
  /** BCP 47 tags. */
  readonly languages: readonly string[];
  readonly clearance: Clearance;
  readonly tool?: string;
  readonly level?: TrainingLevel;
  readonly attachments: readonly Attachment[];
}

/** The service clause that a request was sent under, with its targets for the priority; null hours: it sets none. */
export interface Clause {
  readonly agreement: string;
  readonly version: number;
  /** `services[0]` */
  readonly path: string;
  readonly respondHours: number | null;
  readonly resolveHours: number | null;
}

export interface StepBodies {
  drafted: { readonly ask: Ask };
  /** The legal review of either side: it may go on, or it is held and why. */
  reviewed: { readonly decision: 'clear' | 'hold'; readonly basis: string };
  /** `review` is the digest of the review that let it go. */
  sent: {
    readonly ask: Ask;
    readonly review: string;
    readonly calendar: WorkingCalendar;
    readonly clause: Clause;
  };
  /** The node has it, and says when its people work. */
  acknowledged: { readonly calendar: WorkingCalendar };
  accepted: {
    readonly review: string;
    readonly text: string;
    /** For an expert: who comes. */
    readonly expert?: { readonly id: string; readonly clearance: Clearance };
  };
  declined: { readonly reason: DeclineReason; readonly text: string };
  working: { readonly text: string };
  message: { readonly text: string; readonly marking: Marking; readonly attachments: readonly Attachment[] };
  answered: { readonly text: string; readonly marking: Marking; readonly attachments: readonly Attachment[] };
  closed: { readonly outcome: CloseOutcome; readonly text: string };
  withdrawn: { readonly text: string };
  /** The expert has a seat, until a time. What it is for and what it names is not told: the token says it to its holder. */
  seated: { readonly seat: string; readonly until: string; readonly supervised: boolean };
  /** The seat was withdrawn before its time. */
  unseated: { readonly seat: string; readonly reason: string };
}
export type StepKind = keyof StepBodies;

export type Step = {
  [K in StepKind]: {
    readonly v: 1;
    /** No two steps have the same text, so that a digest names one and gives nothing away. */
    readonly id: string;
    readonly request: string;
    readonly kind: K;
    /** Key of the node that takes the step. */
    readonly by: string;
    readonly at: string;
    /** The last step that its author knew and that crossed; null for the first. */
    readonly after: string | null;
    readonly body: StepBodies[K];
  };
}[StepKind];

/** Steps that stay at the node that took them. */
export const LOCAL_STEPS: ReadonlySet<StepKind> = new Set(['drafted', 'reviewed']);

/** Steps that end something before its time. No agreement is asked: that it does not hold may be the reason. */
export const ENDING_STEPS: ReadonlySet<StepKind> = new Set(['unseated']);

const SUBJECT_MAX = 200;
export const REASON_MAX = 500;
export const TEXT_MAX = 20_000;
const WORDS_MAX = 30;
const WORD_MAX = 80;
const AMOUNT_MAX = 100_000;

/** The digest by which steps name each other. */
export function stepDigest(jws: string): string {
  return createHash('sha256').update(jws).digest('hex');
}

const CONTROL = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/u; // would move the cursor, or turn the text where it is shown

class Reader {
  readonly issues: Issue[] = [];
  fault(path: string, message: string): undefined {
    this.issues.push({ code: 'usage', path, message });
    return undefined;
  }
  text(value: unknown, path: string, max: number, min = 1): string {
    if (typeof value !== 'string' || value.trim().length < min || value.length > max || CONTROL.test(value)) {
      this.fault(path, `a text of ${min} to ${max} characters, without control characters`);
      return '';
    }
    return value;
  }
  oneOf<T extends string>(value: unknown, words: readonly T[], path: string): T {
    if (!words.includes(value as T)) this.fault(path, `one of: ${words.join(', ')}`);
    return value as T;
  }
  words(value: unknown, path: string): string[] {
    const list = Array.isArray(value) ? value : [];
    if (!Array.isArray(value) || list.length > WORDS_MAX) this.fault(path, `up to ${WORDS_MAX} words`);
    return list.slice(0, WORDS_MAX).map((word, i) => this.text(word, `${path}[${i}]`, WORD_MAX));
  }
  digest(value: unknown, path: string): string {
    if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value))
      this.fault(path, 'a SHA-256 in hexadecimal');
    return value as string;
  }
  marking(value: unknown, path: string): Marking {
    const { tlp, pap } = (value ?? {}) as Record<string, unknown>;
    return {
      tlp: this.oneOf(tlp, TLP_LEVELS, `${path}.tlp`),
      pap: this.oneOf(pap, PAP_LEVELS, `${path}.pap`),
    };
  }
  attachments(value: unknown, path: string): Attachment[] {
    return parseAttachments(value, path, this.issues);
  }
}

function readAsk(value: unknown, reader: Reader): Ask {
  const ask = (value ?? {}) as Record<string, unknown>;
  const amount = ask['amount'];
  if (!Number.isInteger(amount) || (amount as number) < 1 || (amount as number) > AMOUNT_MAX)
    reader.fault('ask.amount', `a whole number from 1 to ${AMOUNT_MAX}`);
  return {
    kind: reader.oneOf(ask['kind'], REQUEST_KINDS, 'ask.kind'),
    subject: reader.text(ask['subject'], 'ask.subject', SUBJECT_MAX),
    text: reader.text(ask['text'], 'ask.text', TEXT_MAX),
    marking: reader.marking(ask['marking'], 'ask.marking'),
    purpose: reader.oneOf(ask['purpose'], PURPOSES, 'ask.purpose'),
    priority: reader.oneOf(ask['priority'], PRIORITIES, 'ask.priority'),
    amount: amount as number,
    skills: reader.words(ask['skills'], 'ask.skills'),
    languages: reader.words(ask['languages'], 'ask.languages'),
    clearance: reader.oneOf(ask['clearance'], CLEARANCES, 'ask.clearance'),
    ...(ask['tool'] === undefined ? {} : { tool: reader.text(ask['tool'], 'ask.tool', SUBJECT_MAX) }),
    ...(ask['level'] === undefined
      ? {}
      : { level: reader.oneOf(ask['level'], TRAINING_LEVELS, 'ask.level') }),
    attachments: reader.attachments(ask['attachments'], 'ask.attachments'),
  };
}

function readClause(value: unknown, reader: Reader): Clause {
  const { agreement, version, path, respondHours, resolveHours } = (value ?? {}) as Record<string, unknown>;
  const hours = [respondHours, resolveHours].every(
    (n) => n === null || (Number.isInteger(n) && (n as number) > 0),
  );
  if (
    typeof agreement !== 'string' ||
    !isId(agreement, 'agreement') ||
    !Number.isInteger(version) ||
    typeof path !== 'string' ||
    !/^services\[\d{1,3}\]$/.test(path) ||
    !hours
  )
    reader.fault('clause', 'agreement, version, path and hours of the service clause');
  return { agreement, version, path, respondHours, resolveHours } as Clause;
}

type Body = Record<string, unknown>;

const READERS: { readonly [K in StepKind]: (body: Body, reader: Reader) => StepBodies[K] } = {
  drafted: (body, reader) => ({ ask: readAsk(body['ask'], reader) }),
  reviewed: (body, reader) => ({
    decision: reader.oneOf(body['decision'], ['clear', 'hold'], 'decision'),
    basis: reader.text(body['basis'], 'basis', TEXT_MAX),
  }),
  sent: (body, reader) => ({
    ask: readAsk(body['ask'], reader),
    review: reader.digest(body['review'], 'review'),
    calendar: parseCalendar(body['calendar']),
    clause: readClause(body['clause'], reader),
  }),
  acknowledged: (body) => ({ calendar: parseCalendar(body['calendar']) }),
  accepted(body, reader) {
    const expert = body['expert'] as { id?: unknown; clearance?: unknown } | undefined;
    return {
      review: reader.digest(body['review'], 'review'),
      text: reader.text(body['text'], 'text', TEXT_MAX, 0),
      ...(expert === undefined
        ? {}
        : {
            expert: {
              id: reader.text(expert.id, 'expert.id', 100),
              clearance: reader.oneOf(expert.clearance, CLEARANCES, 'expert.clearance'),
            },
          }),
    };
  },
  declined: (body, reader) => ({
    reason: reader.oneOf(body['reason'], DECLINE_REASONS, 'reason'),
    text: reader.text(body['text'], 'text', TEXT_MAX),
  }),
  working: (body, reader) => ({ text: reader.text(body['text'], 'text', TEXT_MAX, 0) }),
  message: (body, reader) => readMessage(body, reader),
  answered: (body, reader) => readMessage(body, reader),
  closed: (body, reader) => ({
    outcome: reader.oneOf(body['outcome'], CLOSE_OUTCOMES, 'outcome'),
    text: reader.text(body['text'], 'text', TEXT_MAX, 0),
  }),
  withdrawn: (body, reader) => ({ text: reader.text(body['text'], 'text', TEXT_MAX, 0) }),
  seated(body, reader) {
    const { until, supervised } = body;
    if (typeof until !== 'string' || !isTimestamp(until)) reader.fault('until', 'a time');
    if (typeof supervised !== 'boolean') reader.fault('supervised', 'true or false');
    return {
      seat: readSeat(body, reader),
      until: until as string,
      supervised: supervised as boolean,
    };
  },
  unseated: (body, reader) => ({
    seat: readSeat(body, reader),
    reason: reader.text(body['reason'], 'reason', REASON_MAX),
  }),
};

function readSeat({ seat }: Body, reader: Reader): string {
  if (typeof seat !== 'string' || !isId(seat, 'seat')) reader.fault('seat', 'the identifier of a seat');
  return seat as string;
}

function readMessage(body: Body, reader: Reader): StepBodies['message'] {
  return {
    text: reader.text(body['text'], 'text', TEXT_MAX),
    marking: reader.marking(body['marking'], 'marking'),
    attachments: reader.attachments(body['attachments'], 'attachments'),
  };
}

/** Only what is known is kept. @throws EntenteError `usage` with every fault */
export function parseBody<K extends StepKind>(kind: K, value: unknown): StepBodies[K] {
  const reader = new Reader();
  const body = READERS[kind]((value ?? {}) as Body, reader) as StepBodies[K];
  const first = reader.issues[0];
  if (first) throw new EntenteError('usage', `${first.path}: ${first.message}`, { issues: reader.issues });
  return body;
}

/** A step as it arrived, its signature verified. @throws EntenteError `message-invalid` */
export function parseStep(value: Record<string, unknown>): Step {
  const { v, id, request, kind, by, at, after, body } = value;
  const sound =
    v === 1 &&
    typeof id === 'string' &&
    isId(id, 'step') &&
    typeof request === 'string' &&
    isId(request, 'request') &&
    Object.hasOwn(READERS, String(kind)) &&
    typeof by === 'string' &&
    typeof at === 'string' &&
    isTimestamp(at) &&
    (after === null || typeof after === 'string');
  if (!sound) throw new EntenteError('message-invalid', 'the signed statement is no step of a request');
  try {
    return { v: 1, id, request, kind, by, at, after, body: parseBody(kind as StepKind, body) } as Step;
  } catch (error) {
    if (!(error instanceof EntenteError) || error.code !== 'usage') throw error;
    throw new EntenteError('message-invalid', `the step "${String(kind)}" is not sound: ${error.message}`, {
      issues: error.issues,
    });
  }
}
