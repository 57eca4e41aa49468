/**
 * Work that takes longer than a request: an import, a match run, a bundle. It goes on when the page is closed, and is found again by
 * whoever began it. What it does is durable in its own room; what is remembered here is only how far it is, until the node ends.
 */
import { EntenteError, newId } from '../base/index.ts';
import { asEntenteError, type Problem, problemOf } from './problems.ts';

export const WORK_KINDS = [
  'import',
  'exhibit',
  'run',
  'examination',
  'bundle',
  'sync',
  'ledger-check',
  'targets',
  'slicing',
] as const;
export type WorkKind = (typeof WORK_KINDS)[number];

export interface WorkView {
  readonly id: string;
  readonly kind: WorkKind;
  /** What it is about, as people call it: a file, a case, a peer. */
  readonly subject: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly state: 'running' | 'done' | 'failed' | 'stopped';
  /** Its person has asked it to stop; it does at its next step. */
  readonly stopping: boolean;
  readonly done: number;
  /** Null when nobody knows yet how much it is. */
  readonly total: number | null;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly problem: Problem | null;
}

/** Kept of one person; the oldest that has ended goes first. */
const KEPT_MAX = 50;
/** Running at once at one node; each has its own threads. */
const RUNNING_MAX = 8;

export type Progress = (done: number, total?: number) => void;

/** Thrown into work by its next report of progress. Every room undoes or keeps what it had, as it does when a node ends in the middle. */
class Stopped extends Error {}

export interface Work {
  /** @throws EntenteError `busy` */
  begin(
    person: string,
    kind: WorkKind,
    subject: string,
    act: (progress: Progress) => Promise<Readonly<Record<string, unknown>>>,
  ): WorkView;
  list(person: string): WorkView[];
  /** @throws EntenteError `not-found`, also for the work of others */
  find(person: string, id: string): WorkView;
  /** Asks work to stop. What reports no progress, or is about to end, ends as it would have. @throws EntenteError `not-found` */
  stop(person: string, id: string): WorkView;
  /** Resolves when nothing runs any more. */
  settled(): Promise<void>;
}

export function openWork(clock: () => Date): Work {
  type Entry = { person: string; view: WorkView };
  const entries = new Map<string, Entry>();
  const running = new Set<Promise<void>>();

  const forget = (person: string) => {
    const mine = [...entries.values()].filter((entry) => entry.person === person);
    for (const { view } of mine.slice(0, Math.max(0, mine.length - KEPT_MAX)))
      if (view.state !== 'running') entries.delete(view.id);
  };

  const entryOf = (person: string, id: string): Entry => {
    const entry = entries.get(id);
    if (entry?.person !== person) throw new EntenteError('not-found', 'there is no such work of yours');
    return entry;
  };

  return {
    begin(person, kind, subject, act) {
      if (running.size >= RUNNING_MAX)
        throw new EntenteError('busy', `${RUNNING_MAX} long pieces of work are under way already`);
      const id = newId('work');
      const startedAt = clock().toISOString();
      const fresh = {
        id,
        kind,
        subject,
        startedAt,
        endedAt: null,
        done: 0,
        total: null,
        stopping: false,
      } as const;
      const entry: Entry = { person, view: { ...fresh, state: 'running', result: null, problem: null } };
      entries.set(id, entry);
      forget(person);
      const change = (more: Partial<WorkView>) => {
        entry.view = { ...entry.view, ...more };
      };
      const going = act((done, total) => {
        if (entry.view.stopping) throw new Stopped();
        change({ done, total: total ?? entry.view.total });
      })
        .then((result) => change({ state: 'done', result }))
        .catch((raw) => {
          if (raw instanceof Stopped || raw?.cause instanceof Stopped) return change({ state: 'stopped' });
          const error = asEntenteError(raw);
          if (error.code === 'internal') console.error(error.cause ?? error);
          change({ state: 'failed', problem: problemOf(error) });
        })
        .finally(() => {
          change({ endedAt: clock().toISOString() });
          running.delete(going);
        });
      running.add(going);
      return entry.view;
    },
    list: (person) =>
      [...entries.values()]
        .filter((entry) => entry.person === person)
        .map(({ view }) => view)
        .reverse(),
    find: (person, id) => entryOf(person, id).view,
    stop(person, id) {
      const entry = entryOf(person, id);
      if (entry.view.state === 'running') entry.view = { ...entry.view, stopping: true };
      return entry.view;
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
