/**
 * The board of an operation as people look at it: targets page by page, and how many there are of each mark, country and reason to wait. Both are
 * asked of the store, so that a set of any size costs what one page does.
 */
import { EntenteError } from '../base/index.ts';
import { centreOf } from '../geography/index.ts';
import type { Queries } from '../store/index.ts';
import type { Operation } from './operations.ts';
import { readTargets, type Target } from './targets.ts';
import { MARKS, type Mark, QUEUES, type Queue } from './vocabulary.ts';

/** Which targets; all that are said hold. */
export interface TargetQuestion {
  readonly mark?: Mark;
  readonly country?: string;
  readonly kind?: string;
  /** Only what waits for a person: for any reason, or for this one. */
  readonly waits?: Queue | 'any';
  /** Part of the value. */
  readonly text?: string;
}

export interface TargetPage {
  readonly targets: readonly Target[];
  readonly total: number;
  /** Continues behind the last one; null when there are no more. */
  readonly next: string | null;
}

export const TARGETS_MAX = 1_000;

const WAITS = `(queue IS NOT NULL OR decision = 'hold')`;

function conditionsOf({ mark, country, kind, waits, text }: TargetQuestion) {
  const conditions: [sql: string, ...values: string[]][] = [
    ...(mark === undefined ? [] : [['mark = ?', mark] as [string, string]]),
    ...(country === undefined ? [] : [['country = ?', country.toUpperCase()] as [string, string]]),
    ...(kind === undefined ? [] : [['kind = ?', kind] as [string, string]]),
    ...(waits === undefined ? [] : [waitsFor(waits)]),
    ...(text === undefined ? [] : [['instr(value, ?) > 0', text.trim().toLowerCase()] as [string, string]]),
  ];
  return {
    sql: conditions.map(([sql]) => ` AND ${sql}`).join(''),
    values: conditions.flatMap(([, ...values]) => values),
  };
}

function waitsFor(why: Queue | 'any'): [string, ...string[]] {
  if (why === 'any') return [WAITS];
  return why === 'held' ? [`decision = 'hold'`] : [`queue = ? AND decision IS NOT 'hold'`, why];
}

/** Targets in the order in which they came. @throws EntenteError `not-found` for a page that begins behind what is no target */
export async function pageOfTargets(
  queries: Queries,
  operation: Operation,
  question: TargetQuestion,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<TargetPage> {
  const { sql, values } = conditionsOf(question);
  const all = `FROM operation_target WHERE operation_id = ?${sql}`;
  const counted = await queries.get<{ n: number }>(`SELECT count(*) AS n ${all}`, operation.id, ...values);
  let seq = 0;
  if (after !== undefined) {
    const row = await queries.get<{ seq: number }>(
      'SELECT seq FROM operation_target WHERE operation_id = ? AND id = ?',
      operation.id,
      after,
    );
    if (!row) throw new EntenteError('not-found', 'the target to continue behind is not here');
    seq = Number(row.seq);
  }
  const size = Math.min(limit, TARGETS_MAX);
  const targets = await readTargets(
    queries,
    operation,
    `AND seq IN (SELECT seq ${all} AND seq > ? ORDER BY seq LIMIT ?)`,
    operation.id,
    ...values,
    seq,
    size,
  );
  const last = targets.length === size ? targets.at(-1)!.id : null;
  return { targets, total: Number(counted!.n), next: last };
}

export interface BoardCounts {
  readonly targets: number;
  readonly waiting: number;
  readonly marks: readonly { readonly mark: Mark; readonly targets: number }[];
  readonly kinds: readonly { readonly kind: string; readonly targets: number }[];
  readonly queues: readonly { readonly queue: Queue; readonly targets: number }[];
  readonly countries: readonly CountryCount[];
}

export interface CountryCount {
  readonly country: string;
  /** About its middle, in degrees; for maps. */
  readonly latitude: number;
  readonly longitude: number;
  readonly targets: number;
  readonly victims: number;
  /** Targets of which something came. */
  readonly outcomes: number;
}

/** One pass over an index that has everything that is counted, in the order of its columns. */
export async function countTargets(queries: Queries, operation: Operation): Promise<BoardCounts> {
  const rows = await queries.all<{
    mark: Mark;
    kind: string;
    country: string | null;
    queue: Queue | null;
    said: number;
    n: number;
  }>(
    `SELECT country, mark, kind, CASE WHEN decision = 'hold' THEN 'held' ELSE queue END AS queue, said, count(*) AS n
     FROM operation_target WHERE operation_id = ? GROUP BY country, mark, kind, decision, operation_target.queue, said`,
    operation.id,
  );
  const sum = (list: readonly { readonly n: number }[]) => list.reduce((all, { n }) => all + Number(n), 0);
  const waiting = rows.filter(({ queue }) => queue !== null);
  /** By one word of the rows, the most frequent first. */
  const by = <K extends string>(list: typeof rows, word: (row: (typeof rows)[number]) => K) =>
    [...Map.groupBy(list, word)]
      .map(([key, of]) => ({ key, targets: sum(of), of }))
      .sort((a, b) => b.targets - a.targets || (a.key < b.key ? -1 : 1));
  const queues = by(waiting, ({ queue }) => queue!);
  return {
    targets: sum(rows),
    waiting: sum(waiting),
    marks: MARKS.map((mark) => ({ mark, targets: sum(rows.filter((row) => row.mark === mark)) })),
    kinds: by(rows, ({ kind }) => kind).map(({ key, targets }) => ({ kind: key, targets })),
    queues: QUEUES.flatMap((queue) => {
      const found = queues.find(({ key }) => key === queue);
      return found ? [{ queue, targets: found.targets }] : [];
    }),
    countries: by(
      rows.filter(({ country }) => country !== null),
      ({ country }) => country!,
    ).map(({ key, targets, of }) => ({
      country: key,
      ...(centreOf(key) ?? { latitude: 0, longitude: 0 }),
      targets,
      victims: sum(of.filter(({ mark }) => mark === 'victim')),
      outcomes: sum(of.filter(({ said }) => Number(said) !== 0)),
    })),
  };
}
