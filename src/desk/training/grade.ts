/** Grading: points for findings, handling and actions, less the cost of hints. The same attempt gives the same grade. */
import {
  compileAgreement,
  fillTemplate,
  keyThumbprint,
  parseAgreement,
  unsignedAsIfSigned,
} from '../../agreement/index.ts';
import { TEMPLATES } from '../../agreement/templates/index.ts';
import type { ActionTask, Exercise, HandlingQuestion, Task } from './exercise.ts';

/** What happened in the case and operation of an attempt, as their rooms recorded it. */
export interface CaseActions {
  /** Names of the exhibits that were read. */
  readonly read: readonly string[];
  readonly runs: number;
  /** Targets of the operation by the country that they are routed to. */
  readonly routed: Readonly<Record<string, readonly string[]>>;
}

export interface AttemptRecord {
  /** The last answer counts. */
  readonly answers: ReadonlyMap<string, string>;
  readonly hints: ReadonlySet<string>;
  readonly injects: ReadonlySet<string>;
}

export interface TaskGrade {
  readonly task: string;
  readonly points: number;
  readonly of: number;
  /** For handling: what the agreement says, and the clause. Given with the grade, not before. */
  readonly because?: string;
}

export interface Grade {
  readonly points: number;
  readonly of: number;
  readonly percent: number;
  readonly passed: boolean;
  readonly tasks: readonly TaskGrade[];
}

export function gradeAttempt(exercise: Exercise, attempt: AttemptRecord, actions: CaseActions): Grade {
  const tasks = openTasks(exercise, attempt.injects).map((task) => gradeTask(task, attempt, actions));
  const points = tasks.reduce((sum, one) => sum + one.points, 0);
  const of = tasks.reduce((sum, one) => sum + one.of, 0);
  const percent = Math.floor((points * 100) / of);
  return { points, of, percent, passed: percent >= exercise.passPercent, tasks };
}

/** Tasks that are asked now. */
export const openTasks = (exercise: Exercise, injects: ReadonlySet<string>): readonly Task[] =>
  exercise.tasks.filter(({ after }) => after === undefined || injects.has(after));

function gradeTask(task: Task, attempt: AttemptRecord, actions: CaseActions): TaskGrade {
  const answer = fold(attempt.answers.get(task.id) ?? '');
  const cost = attempt.hints.has(task.id) ? (task.hint?.cost ?? 0) : 0;
  const give = (right: boolean, because?: string): TaskGrade => ({
    task: task.id,
    points: right ? Math.max(0, task.points - cost) : 0,
    of: task.points,
    ...(because === undefined ? {} : { because }),
  });
  switch (task.kind) {
    case 'finding':
      return give(task.answers.map(fold).includes(answer));
    case 'handling': {
      const { verdict, because } = decideHandling(task);
      return give(answer === verdict, `${verdict}: ${because}`);
    }
    case 'action':
      return give(isDone(task, actions));
  }
}

/** Whether what a task asks to be done is done now. */
export function isDone(task: ActionTask, actions: CaseActions): boolean {
  switch (task.action) {
    case 'run-tool':
      return actions.runs > 0;
    case 'read-exhibit':
      return actions.read.includes(task.exhibit);
    case 'route':
      return String([...(actions.routed[task.country] ?? [])].sort()) === String([...task.targets].sort());
  }
}

/** How people write values: defanged, with spaces, in any case, with a full stop behind. */
const fold = (text: string) =>
  text
    .trim()
    .toLowerCase()
    .replace(/\[\.\]|\(\.\)/g, '.')
    .replace(/^hxxp/, 'http')
    .replace(/\s+/g, ' ')
    .replace(/[\s.]+$/, '');

/** Keys of the example agreement that handling is decided by; they sign nothing. */
const key = (n: number) => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.alloc(32, n).toString('base64url') } as const;
  return { ...jwk, kid: keyThumbprint(jwk) };
};

/** By the real engine, under the contribution agreement that Entente ships as a template. */
export function decideHandling({ act, releaseClass, onwardTo }: HandlingQuestion): {
  verdict: string;
  because: string;
} {
  const party = (name: string, n: number) => ({
    name,
    node: key(n),
    signatory: key(n + 1),
    'signatory-name': name,
    'signatory-title': 'Director',
    'signatory-authority': 'statutes',
  });
  const draft = fillTemplate(TEMPLATES.contribution, {
    id: 'agreement--00000000-0000-4000-8000-0000000000ee',
    from: '2026-01-01T00:00:00Z',
    until: '2031-01-01T00:00:00Z',
    contributor: party('Northlight Security', 1),
    recipient: party('Interlink Police Organisation', 3),
  });
  const at = '2026-12-01T00:00:00Z';
  const { verdict, clauses } = compileAgreement(unsignedAsIfSigned(parseAgreement(draft))).decide({
    act,
    at,
    from: 'contributor',
    to: 'recipient',
    purpose: 'investigation',
    releaseClass,
    receivedAt: at,
    ...(onwardTo === undefined ? {} : { onwardTo }),
  });
  return { verdict, because: clauses.map(({ path, words }) => `${path}: ${words}`).join('; ') };
}
