/**
 * Looking through what is held, page by page, the newest first. A page costs a bounded number of rows whatever is asked: a search that has not
 * found enough within it says where it stopped, and goes on there.
 */

import type { ReleaseClass } from '../agreement/index.ts';
import { EntenteError, isId } from '../base/index.ts';
import type { Registry } from '../registry/index.ts';
import type { WITHDRAWN } from './classes.ts';
import { describeClass } from './release.ts';
import { objectsAbout, readingsOf } from './values.ts';

export interface ObjectSearch {
  /** A value (in any of its forms, defanged too), an identifier, or words that stand in the object. */
  readonly text?: string;
  readonly type?: string;
  /** The key of a peer; empty for this organisation's own. */
  readonly contributor?: string;
  /** Where the page before ended. */
  readonly before?: number;
  /** Objects passed over, counted from the newest; without `text`, where every object counts. */
  readonly offset?: number;
  readonly limit: number;
}

export interface ObjectLine {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly version: string;
  /** What people call it: name, value or pattern. */
  readonly title: string;
  readonly contributor: string;
  readonly addedAt: string;
  readonly withdrawnAt: string | null;
  readonly handling: string;
}

export interface ObjectPage {
  readonly objects: readonly ObjectLine[];
  /** Where to go on; null at the end. */
  readonly next: number | null;
}

/** Rows looked at for one page: some ten milliseconds. */
const LOOKED_AT_MAX = 4_000;
const LOOKED_AT_ONCE = 500;
const TITLE_LENGTH_MAX = 300;

interface Row {
  seq: number;
  id: string;
  type: string;
  version: string;
  contributor: string;
  added_at: string;
  withdrawn_at: string | null;
  class: string;
  body: string;
}

const SELECT = `SELECT o.seq, o.id, o.type, o.version, o.contributor, o.added_at, o.withdrawn_at, c.class, o.body
  FROM object o JOIN release_class c ON c.id = o.class_id`;

export async function searchObjects(registry: Registry, asked: ObjectSearch): Promise<ObjectPage> {
  const text = asked.text?.trim() ?? '';
  if (text !== '' && isId(text))
    return exactly(registry, asked, 'o.id_key = id_key(?) AND o.id = ?', [text, text]);
  const known = await aboutValue(registry, text);
  if (known.length > 0)
    return exactly(registry, asked, `o.seq IN (${known.map(() => '?').join(', ')})`, known);
  const words = text.toLowerCase();
  const found: Row[] = [];
  let before = asked.before ?? Number.MAX_SAFE_INTEGER;
  if (words === '' && asked.offset) {
    const last = await seqAt(registry, asked, asked.offset - 1);
    if (last === null) return { objects: [], next: null };
    before = last;
  }
  for (let looked = 0; looked < LOOKED_AT_MAX; looked += LOOKED_AT_ONCE) {
    const { where, parameters } = filters(asked);
    const rows = await registry.db.all<Row>(
      `${SELECT} WHERE o.seq < ? AND o.latest = 1${where} ORDER BY o.seq DESC LIMIT ?`,
      before,
      ...parameters,
      words === '' ? asked.limit : LOOKED_AT_ONCE,
    );
    for (const row of rows) {
      before = row.seq;
      if (words === '' || row.body.toLowerCase().includes(words)) found.push(row);
      if (found.length === asked.limit) return { objects: found.map(lineOf), next: before };
    }
    if (rows.length < (words === '' ? asked.limit : LOOKED_AT_ONCE))
      return { objects: found.map(lineOf), next: null };
  }
  return { objects: found.map(lineOf), next: before };
}

/** The object with a number, counted from the newest. The index has the latest versions only, so that nothing else is read. */
async function seqAt(registry: Registry, asked: ObjectSearch, offset: number): Promise<number | null> {
  const { where, parameters } = filters(asked);
  const row = await registry.db.get<{ seq: number }>(
    `SELECT o.seq FROM object o WHERE o.latest = 1${where} ORDER BY o.seq DESC LIMIT 1 OFFSET ?`,
    ...parameters,
    offset,
  );
  return row?.seq ?? null;
}

async function aboutValue(registry: Registry, text: string): Promise<number[]> {
  const seqs = new Set<number>();
  for (const value of readingsOf(armed(text)))
    for (const { seq } of await objectsAbout(registry, value)) seqs.add(seq);
  return [...seqs];
}

/** People paste values as reports print them: `hxxps://evil[.]example`. */
const armed = (text: string) =>
  text.replace(/[[({]\.[\])}]|\[dot\]/gi, '.').replace(/^hxxp(s?)(?:\[:\]|:)\/\//i, 'http$1://');

async function exactly(
  registry: Registry,
  asked: ObjectSearch,
  condition: string,
  values: readonly (string | number)[],
): Promise<ObjectPage> {
  const { where, parameters } = filters(asked);
  const rows = await registry.db.all<Row>(
    `${SELECT} WHERE ${condition} AND o.seq < ? AND o.latest = 1${where} ORDER BY o.seq DESC LIMIT ?`,
    ...values,
    asked.before ?? Number.MAX_SAFE_INTEGER,
    ...parameters,
    asked.limit,
  );
  return { objects: rows.map(lineOf), next: rows.length === asked.limit ? rows.at(-1)!.seq : null };
}

function filters({ type, contributor }: ObjectSearch): { where: string; parameters: string[] } {
  return {
    where: `${type === undefined ? '' : ' AND o.type = ?'}${contributor === undefined ? '' : ' AND o.contributor = ?'}`,
    parameters: [type, contributor].filter((value) => value !== undefined),
  };
}

const lineOf = (row: Row): ObjectLine => ({
  seq: row.seq,
  id: row.id,
  type: row.type,
  version: row.version,
  title: titleOf(JSON.parse(row.body) as Record<string, unknown>),
  contributor: row.contributor,
  addedAt: row.added_at,
  withdrawnAt: row.withdrawn_at,
  handling: describeClass(JSON.parse(row.class) as ReleaseClass | typeof WITHDRAWN),
});

const titleOf = (object: Record<string, unknown>): string => nameOf(object) ?? String(object['id']);

/** What people call an object; null where it has nothing but its identifier. */
export function nameOf({ name, value, pattern, relationship_type }: Record<string, unknown>): string | null {
  const words = [name, value, pattern, relationship_type].find(
    (text): text is string => typeof text === 'string' && text !== '',
  );
  return words?.slice(0, TITLE_LENGTH_MAX) ?? null;
}

/** Types that are held, with the number of objects. */
export function countTypes(registry: Registry): Promise<{ type: string; objects: number }[]> {
  return registry.db.all<{ type: string; objects: number }>(
    'SELECT type, count(*) AS objects FROM object WHERE latest = 1 GROUP BY type ORDER BY objects DESC, type',
  );
}

export interface ObjectVersion {
  readonly version: string;
  readonly addedAt: string;
  readonly withdrawnAt: string | null;
  readonly contributor: string;
  readonly object: Record<string, unknown>;
}

export interface ObjectRelation {
  /** Of a relationship, the object at its other end. */
  readonly id: string;
  readonly type: string;
  readonly title: string;
  /** `to`: this object names it; `from`: it names this object. */
  readonly direction: 'to' | 'from';
  /** What a relationship says, as in `indicates`; null where one object names the other by itself. */
  readonly says: string | null;
}

export interface ObjectPicture {
  readonly line: ObjectLine;
  readonly agreementId: string;
  /** The newest first. */
  readonly versions: readonly ObjectVersion[];
  readonly relations: readonly ObjectRelation[];
  /** Others who sent the same object. */
  readonly corroborations: readonly { readonly contributor: string; readonly at: string }[];
  /** Deliveries in which it crossed. */
  readonly crossings: readonly {
    readonly delivery: string;
    readonly direction: 'in' | 'out';
    readonly peer: string;
    readonly at: string;
    readonly under: string;
  }[];
  readonly findings: number;
}

/** Shown of one object; a hub has more. */
const RELATIONS_MAX = 200;
const VERSIONS_MAX = 100;

/** Everything that is known here of one object. @throws EntenteError `not-found` */
export async function pictureObject(registry: Registry, id: string): Promise<ObjectPicture> {
  const { db } = registry;
  const row = await db.get<Row & { agreement_id: string }>(
    `${SELECT.replace('o.body', 'o.body, o.agreement_id')} WHERE o.id_key = id_key(?) AND o.id = ? AND o.latest = 1`,
    id,
    id,
  );
  if (!row) throw new EntenteError('not-found', `there is no object ${id.slice(0, 100)} here`);
  const versions = await db.all<{
    version: string;
    addedAt: string;
    withdrawnAt: string | null;
    contributor: string;
    body: string;
  }>(
    `SELECT version, added_at AS "addedAt", withdrawn_at AS "withdrawnAt", contributor, body FROM object
     WHERE id_key = id_key(?) AND id = ? ORDER BY version DESC LIMIT ${VERSIONS_MAX}`,
    id,
    id,
  );
  const related = await db.all<{ id: string; type: string; direction: 'to' | 'from'; body: string }>(
    `SELECT o.id, o.type, 'to' AS direction, o.body FROM object_reference r JOIN object o ON o.id_key = id_key(r.to_id) AND o.id = r.to_id AND o.latest = 1 WHERE r.from_seq = ?
     UNION ALL
     SELECT o.id, o.type, 'from' AS direction, o.body FROM object_reference r JOIN object o ON o.seq = r.from_seq AND o.latest = 1 WHERE r.to_id = ?
     LIMIT ${RELATIONS_MAX}`,
    row.seq,
    id,
  );
  const findings = await db.get<{ n: number }>(
    'SELECT count(*) AS n FROM finding WHERE indicator_id = ?',
    id,
  );
  return {
    line: lineOf(row),
    agreementId: row.agreement_id,
    versions: versions.map(({ body, ...version }) => ({
      ...version,
      object: JSON.parse(body) as Record<string, unknown>,
    })),
    relations: await Promise.all(related.map((relation) => relationOf(registry, id, relation))),
    corroborations: await db.all(
      'SELECT contributor, at FROM object_corroboration WHERE object_id = ? ORDER BY at',
      id,
    ),
    crossings: await db.all(
      `SELECT d.id AS delivery, d.direction, d.peer, d.at, o.under FROM delivery_object o JOIN delivery d ON d.id = o.delivery_id
       WHERE o.object_id = ? ORDER BY d.at DESC LIMIT ${RELATIONS_MAX}`,
      id,
    ),
    findings: Number(findings?.n ?? 0),
  };
}

/** A relationship is shown as the tie that it is: what it says, and the object at its other end. */
async function relationOf(
  registry: Registry,
  id: string,
  row: { id: string; type: string; direction: 'to' | 'from'; body: string },
): Promise<ObjectRelation> {
  const object = JSON.parse(row.body) as Record<string, unknown>;
  const plain = { id: row.id, type: row.type, title: titleOf(object), direction: row.direction, says: null };
  if (row.type !== 'relationship' || row.direction === 'to') return plain;
  const isSource = object['source_ref'] === id;
  const otherId = String(object[isSource ? 'target_ref' : 'source_ref']);
  const other = await registry.db.get<{ type: string; body: string }>(
    'SELECT type, body FROM object WHERE id_key = id_key(?) AND id = ? AND latest = 1',
    otherId,
    otherId,
  );
  if (!other) return plain;
  const end = JSON.parse(other.body) as Record<string, unknown>;
  return {
    id: String(end['id']),
    type: other.type,
    title: titleOf(end),
    direction: isSource ? 'to' : 'from',
    says: String(object['relationship_type']),
  };
}
