/**
 * The filters of TAXII 2.1 §3.4 as SQL. Every query is restricted to the reveal sets the caller may see, so an object that may
 * not cross is never read, counted or hinted at.
 */
import { createHmac } from 'node:crypto';
import { EntenteError, formatMicros, timestampNs } from '../../base/index.ts';
import type { Registry } from '../../registry/index.ts';
import type { SqlValue } from '../../store/index.ts';

/** Largest page, whatever `limit` asks for (TAXII 2.1 §3.4.2 lets the server choose). */
const PAGE_MAX = 1_000;
/** Values in one `match` parameter. */
const MATCH_VALUES_MAX = 200;

export interface ObjectQuery {
  readonly collectionId: string;
  /** Reveal sets that the caller may see. */
  readonly reveals: readonly number[];
  readonly limit: number;
  readonly afterUs: bigint | null;
  readonly ids: readonly string[] | null;
  readonly types: readonly string[] | null;
  /** `last`, `first`, `all` or timestamps. */
  readonly versions: readonly string[];
  readonly specVersions: readonly string[] | null;
}

export interface ObjectRow {
  readonly seq: number;
  readonly id: string;
  readonly version: string;
  readonly class_id: number;
  readonly digest: string;
  readonly body: string;
  readonly added_us: number;
}

export interface Page {
  readonly rows: readonly ObjectRow[];
  readonly more: boolean;
}

/** Repeated parameters and unknown values are refused rather than guessed at. @throws EntenteError `usage` */
export function parseObjectQuery(
  query: Record<string, unknown>,
  collectionId: string,
  reveals: readonly number[],
  nextPosition: (token: string) => bigint,
): ObjectQuery {
  const one = (name: string): string | null => {
    const value = query[name];
    if (value === undefined) return null;
    if (typeof value !== 'string' || value === '')
      throw new EntenteError('usage', `"${name}" must be given once, with a value`);
    return value;
  };
  const list = (name: string): string[] | null => {
    const text = one(name);
    if (text === null) return null;
    const values = text.split(',');
    if (values.length > MATCH_VALUES_MAX)
      throw new EntenteError('usage', `"${name}" takes ${MATCH_VALUES_MAX} values at most`);
    return values;
  };
  const limitText = one('limit');
  if (limitText !== null && !/^[1-9]\d{0,8}$/.test(limitText))
    throw new EntenteError('usage', '"limit" must be a positive whole number');
  const after = one('added_after');
  let afterUs: bigint | null = null;
  if (after !== null) {
    const ns = timestampNs(after);
    if (ns === null) throw new EntenteError('usage', '"added_after" must be an RFC 3339 timestamp in UTC');
    afterUs = ns / 1000n;
  }
  const next = one('next');
  if (next !== null) {
    const position = nextPosition(next);
    if (afterUs === null || position > afterUs) afterUs = position;
  }
  const versions = list('match[version]') ?? ['last'];
  for (const version of versions) {
    if (!['last', 'first', 'all'].includes(version) && timestampNs(version) === null) {
      throw new EntenteError(
        'usage',
        `"match[version]" takes last, first, all or timestamps, not "${version.slice(0, 40)}"`,
      );
    }
  }
  return {
    collectionId,
    reveals,
    limit: Math.min(Number(limitText ?? PAGE_MAX), PAGE_MAX),
    afterUs,
    ids: list('match[id]'),
    types: list('match[type]'),
    versions,
    specVersions: list('match[spec_version]'),
  };
}

export async function pageOfObjects(registry: Registry, query: ObjectQuery): Promise<Page> {
  if (query.reveals.length === 0) return { rows: [], more: false };
  const { where, parameters } = conditions(query);
  const rows = await registry.db.all<ObjectRow>(
    `SELECT o.seq, o.id, o.version, o.class_id, o.digest, o.body, c.added_us FROM collection_object c JOIN object o ON o.seq = c.object_seq
     WHERE ${where} ORDER BY c.added_us LIMIT ?`,
    ...parameters,
    query.limit + 1,
  );
  const more = rows.length > query.limit;
  return { rows: more ? rows.slice(0, query.limit) : rows, more };
}

function conditions(query: ObjectQuery): { where: string; parameters: SqlValue[] } {
  const parameters: SqlValue[] = [query.collectionId];
  const where = ['c.collection_id = ?', `o.reveal_id IN (${query.reveals.map(Number).join(',')})`];
  const among = (column: string, values: readonly string[]) => {
    where.push(`${column} IN (${values.map(() => '?').join(',')})`);
    parameters.push(...values);
  };
  if (query.afterUs !== null) {
    where.push('c.added_us > ?');
    parameters.push(query.afterUs);
  }
  if (query.ids) among('o.id', query.ids);
  if (query.types) among('o.type', query.types);
  // Every object held is STIX 2.1: what came as 2.0 was upgraded by the import.
  if (query.specVersions && !query.specVersions.includes('2.1')) where.push('1 = 0');
  if (!query.versions.includes('all')) {
    const choices: string[] = [];
    if (query.versions.includes('last')) choices.push('o.latest = 1');
    if (query.versions.includes('first')) {
      choices.push(
        'NOT EXISTS (SELECT 1 FROM object p WHERE p.id = o.id AND p.seq <> o.seq AND p.version < o.version)',
      );
    }
    const exact = query.versions.filter((version) => version !== 'last' && version !== 'first');
    if (exact.length > 0) {
      choices.push(`o.version IN (${exact.map(() => '?').join(',')})`);
      parameters.push(...exact);
    }
    where.push(`(${choices.join(' OR ')})`);
  }
  return { where: where.join(' AND '), parameters };
}

/** TAXII 2.1 §3.2: six fractional digits. */
export function dateAdded(row: { added_us: number }): string {
  return formatMicros(BigInt(row.added_us));
}

/**
 * `next` tokens: a position, bound to the caller and the query by a keyed digest, so that a token made for one query gives
 * nothing on another.
 */
export function openNextTokens(registry: Registry): {
  issue(scope: string, positionUs: number): string;
  position(scope: string, token: string): bigint;
} {
  const mac = (scope: string, position: string) =>
    createHmac('sha256', registry.identity.privateJwk.d)
      .update(`taxii next\n${scope}\n${position}`)
      .digest('base64url')
      .slice(0, 22);
  return {
    issue: (scope, positionUs) => `${positionUs}.${mac(scope, String(positionUs))}`,
    position(scope, token) {
      const match = /^(\d{1,18})\.([\w-]{22})$/.exec(token);
      if (!match || mac(scope, match[1]!) !== match[2]) {
        throw new EntenteError('usage', '"next" was not made by this server for this query');
      }
      return BigInt(match[1]!);
    },
  };
}
