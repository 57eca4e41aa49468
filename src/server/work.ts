/**
 * Work that takes longer than a request: an import, a match run, a bundle. It goes on when the page is closed, and is found again by
 * whoever began it, also after the node was started again: what was under way then is `interrupted`, and says so. What work does is
 * durable in its own room; here stands that it was begun and how it ended. How far it is, is known only while it runs.
 */
import { EntenteError, newId } from '../base/index.ts';
import type { Registry } from '../registry/index.ts';
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
  /** `interrupted`: the node ended in the middle, or so shortly after its end that this was not written down. */
  readonly state: 'running' | 'done' | 'failed' | 'stopped' | 'interrupted';
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
  /** Resolves when it is written down that the work was begun. @throws EntenteError `busy` */
  begin(
    person: string,
    kind: WorkKind,
    subject: string,
    act: (progress: Progress) => Promise<Readonly<Record<string, unknown>>>,
  ): Promise<WorkView>;
  list(person: string): WorkView[];
  /** @throws EntenteError `not-found`, also for the work of others */
  find(person: string, id: string): WorkView;
  /** Asks work to stop. What reports no progress, or is about to end, ends as it would have. @throws EntenteError `not-found` */
  stop(person: string, id: string): WorkView;
  /** Resolves when nothing runs any more. */
  settled(): Promise<void>;
}

interface Row {
  readonly id: string;
  readonly person: string;
  readonly kind: WorkKind;
  readonly subject: string;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly state: WorkView['state'];
  readonly result: string | null;
  readonly problem: string | null;
}

/** The work of a node that starts: nothing that its store calls running runs any more. */
export async function openWork({ db, clock }: Registry): Promise<Work> {
  type Entry = { person: string; view: WorkView };
  const entries = new Map<string, Entry>();
  const running = new Set<Promise<void>>();

  await db.transaction((tx) =>
    tx.run(
      "UPDATE work SET state = 'interrupted', ended_at = ? WHERE state = 'running'",
      clock().toISOString(),
    ),
  );
  for (const row of await db.all<Row>('SELECT * FROM work ORDER BY started_at, id'))
    entries.set(row.id, {
      person: row.person,
      view: {
        id: row.id,
        kind: row.kind,
        subject: row.subject,
        startedAt: row.started_at,
        endedAt: row.ended_at,
        state: row.state,
        stopping: false,
        done: 0,
        total: null,
        result: row.result === null ? null : JSON.parse(row.result),
        problem: row.problem === null ? null : JSON.parse(row.problem),
      },
    });

  /** Returns what is no longer kept. */
  const forget = (person: string): string[] => {
    const mine = [...entries.values()].filter((entry) => entry.person === person);
    const old = mine
      .slice(0, Math.max(0, mine.length - KEPT_MAX))
      .filter(({ view }) => view.state !== 'running')
      .map(({ view }) => view.id);
    for (const id of old) entries.delete(id);
    return old;
  };

  const entryOf = (person: string, id: string): Entry => {
    const entry = entries.get(id);
    if (entry?.person !== person) throw new EntenteError('not-found', 'there is no such work of yours');
    return entry;
  };

  return {
    async begin(person, kind, subject, act) {
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
      const old = forget(person);
      try {
        await db.transaction(async (tx) => {
          for (const one of old) await tx.run('DELETE FROM work WHERE id = ?', one);
          await tx.run(
            `INSERT INTO work (id, person, kind, subject, started_at, state) VALUES (?, ?, ?, ?, ?, 'running')`,
            ...[id, person, kind, subject, startedAt],
          );
        });
      } catch (error) {
        entries.delete(id);
        throw error;
      }
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
        .then(async () => {
          const { state, result, problem } = entry.view;
          const endedAt = clock().toISOString();
          await db.transaction((tx) =>
            tx.run(
              'UPDATE work SET state = ?, ended_at = ?, result = ?, problem = ? WHERE id = ?',
              ...[state, endedAt, result && JSON.stringify(result), problem && JSON.stringify(problem), id],
            ),
          );
          change({ endedAt });
        })
        .catch((error) => console.error(`how work ended was not written down: ${error.message}`))
        .finally(() => running.delete(going));
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
