/**
 * The filters of TAXII 2.1 §3.4 as SQL. Every query is restricted to what the caller may see, so an object that may not cross is never
 * read, counted or hinted at: the first and last version of an object are the first and last that the caller may see.
 *
 * A page is read along an index from the position where it begins, in stretches of bounded length: whatever is asked, the event loop
 * waits for one stretch at most.
 */
import { EntenteError, formatMicros, timestampNs } from '../../base/index.ts';
import { idKey, type Queries, type SqlValue } from '../../store/index.ts';

/** Largest page, whatever `limit` asks for (TAXII 2.1 §3.4 lets the server choose). */
const PAGE_MAX = 1_000;
/** Bytes of objects in one page: a page is in memory whole, here and at whoever asked. A larger object comes alone. */
const PAGE_BYTES_MAX = 16 * 1024 * 1024;
/** Objects read before anything is known of their size. */
const FIRST_READ = 100;
/** Values in one `match` parameter. */
const MATCH_VALUES_MAX = 200;
/** Members of a collection that one statement looks at: some ten milliseconds when none of them fits. */
const STRETCH = 10_000;

export interface Visibility {
  /** Reveal sets that the caller may see; null for all. */
  readonly reveals: readonly number[] | null;
  /** The class of recalled objects, which `reveals: null` does not include. */
  readonly withdrawn: number | null;
}

export interface ObjectQuery {
  /** The collection's place. */
  readonly collection: number;
  readonly visibility: Visibility;
  readonly limit: number;
  readonly afterUs: bigint | null;
  readonly ids: readonly string[] | null;
  readonly types: readonly string[] | null;
  /** `last`, `first`, `all` or timestamps. */
  readonly versions: readonly string[];
  /** Null: for each object the newest that there is. */
  readonly specVersions: readonly string[] | null;
  /** Only what this peer has given no receipt for. */
  readonly unreceivedBy?: string;
}

export interface MemberRow {
  readonly seq: number;
  readonly id: string;
  readonly version: string;
  readonly spec: string;
  readonly class_id: number;
  readonly digest: string;
  readonly added_us: number;
}

export interface ObjectRow extends MemberRow {
  readonly body: string;
}

export interface Page<Row = MemberRow> {
  readonly rows: readonly Row[];
  readonly more: boolean;
}

/** What an endpoint takes beside `added_after`, `limit`, `next`, `match[version]` and `match[spec_version]`, or fixes. */
export interface Endpoint {
  /** The object of the path; `match[id]` and `match[type]` are then no filters of the endpoint and are ignored. */
  readonly object?: string;
  /** Fixed, whatever `match[version]` says. */
  readonly versions?: 'all';
}

/** Repeated parameters and malformed values are refused (TAXII 2.1 §3.4). @throws EntenteError `usage` */
export function parseObjectQuery(
  query: Record<string, unknown>,
  endpoint: Endpoint,
  collection: number,
  visibility: Visibility,
  nextPosition: (token: string) => bigint,
): ObjectQuery {
  const after = one(query, 'added_after');
  let afterUs: bigint | null = null;
  if (after !== null) {
    const ns = timestampNs(after);
    if (ns === null) throw new EntenteError('usage', '"added_after" must be an RFC 3339 timestamp in UTC');
    afterUs = ns / 1000n;
  }
  const limit = one(query, 'limit');
  if (limit !== null && (!/^\d{1,18}$/.test(limit) || Number(limit) === 0))
    throw new EntenteError('usage', '"limit" must be a positive whole number');
  const next = one(query, 'next');
  if (next !== null) {
    const position = nextPosition(next);
    if (afterUs === null || position > afterUs) afterUs = position;
  }
  return {
    collection,
    visibility,
    limit: Math.min(Number(limit ?? PAGE_MAX), PAGE_MAX),
    afterUs,
    ids: endpoint.object === undefined ? list(query, 'match[id]') : [endpoint.object],
    types: endpoint.object === undefined ? list(query, 'match[type]') : null,
    versions: endpoint.versions ? [endpoint.versions] : parseVersions(query, 'last'),
    specVersions: parseSpecVersions(query),
  };
}

export function parseVersions(query: Record<string, unknown>, otherwise: string): readonly string[] {
  const versions = list(query, 'match[version]') ?? [otherwise];
  const name = '"match[version]"';
  if (new Set(versions).size < versions.length)
    throw new EntenteError('usage', `${name} names a version twice`);
  if (versions.length > 1 && versions.includes('all'))
    throw new EntenteError('usage', `${name} takes "all" alone`);
  for (const version of versions) {
    if (['last', 'first', 'all'].includes(version) || timestampNs(version) !== null) continue;
    const shown = version.slice(0, 40);
    throw new EntenteError('usage', `${name} takes last, first, all or timestamps, not "${shown}"`);
  }
  return versions;
}

export function parseSpecVersions(query: Record<string, unknown>): readonly string[] | null {
  const versions = list(query, 'match[spec_version]');
  for (const version of versions ?? []) {
    if (!/^\d{1,3}\.\d{1,3}$/.test(version))
      throw new EntenteError('usage', '"match[spec_version]" takes versions of STIX, such as 2.1');
  }
  return versions;
}

function one(query: Record<string, unknown>, name: string): string | null {
  const value = query[name];
  if (value === undefined) return null;
  if (typeof value !== 'string' || value === '')
    throw new EntenteError('usage', `"${name}" must be given once, with a value`);
  return value;
}

function list(query: Record<string, unknown>, name: string): string[] | null {
  const text = one(query, name);
  if (text === null) return null;
  const values = text.split(',');
  if (values.length > MATCH_VALUES_MAX || values.includes(''))
    throw new EntenteError('usage', `"${name}" takes 1 to ${MATCH_VALUES_MAX} values, with commas between`);
  return values;
}

const MEMBER = 'o.seq, o.id, o.version, o.spec, o.class_id, o.digest, m.added_us';

export function pageOfMembers(queries: Queries, query: ObjectQuery): Promise<Page> {
  return readPage<MemberRow>(queries, query, MEMBER);
}

export function pageOfObjects(queries: Queries, query: ObjectQuery): Promise<Page<ObjectRow>> {
  return readPage<ObjectRow>(queries, query, `${MEMBER}, o.body`);
}

/** Objects alone, for a page that nobody needs to know more about. */
export function pageOfBodies(
  queries: Queries,
  query: ObjectQuery,
): Promise<Page<{ added_us: number; body: string }>> {
  return readPage(queries, query, 'm.added_us, o.body');
}

async function readPage<Row extends { readonly added_us: number }>(
  queries: Queries,
  query: ObjectQuery,
  columns: string,
): Promise<Page<Row>> {
  if (query.visibility.reveals?.length === 0) return { rows: [], more: false };
  const wanted = query.limit + 1;
  if (query.ids) {
    const found = await queries.all<Row>(...statement(query, columns, null, null, wanted));
    return cut(found, query.limit);
  }
  const rows: Row[] = [];
  let bytes = 0;
  let from = query.afterUs ?? -1n;
  for (;;) {
    const until = await endOfStretch(queries, query, from);
    for (;;) {
      const ask = Math.min(wanted - rows.length, affordable(rows.length, bytes));
      const found = await queries.all<Row>(...statement(query, columns, from, until, ask));
      for (const row of found) {
        bytes += (row as { body?: string }).body?.length ?? 0;
        rows.push(row);
        // What is read beyond the bound is given by the next page; one object is always given.
        if (bytes > PAGE_BYTES_MAX && rows.length > 1) return { rows: rows.slice(0, -1), more: true };
      }
      if (rows.length >= wanted) return cut(rows, query.limit);
      if (found.length < ask) break;
      from = BigInt(found.at(-1)!.added_us);
    }
    if (until === null) return cut(rows, query.limit);
    from = until;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Objects are read in few steps when they are small, and never many large ones at once. */
function affordable(rows: number, bytes: number): number {
  if (rows === 0) return FIRST_READ;
  return Math.max(1, Math.floor(((PAGE_BYTES_MAX - bytes) / Math.max(bytes, 1)) * rows));
}

function cut<Row>(rows: Row[], limit: number): Page<Row> {
  return rows.length > limit ? { rows: rows.slice(0, limit), more: true } : { rows, more: false };
}

/** Whether the caller may see any version of the object in the collection. */
export async function isVisible(
  queries: Queries,
  collection: number,
  id: string,
  visibility: Visibility,
): Promise<boolean> {
  if (visibility.reveals?.length === 0) return false;
  const sql = new Sql();
  sql.add('o.id_key = id_key(?) AND o.id = ?', id, id);
  sql.add('m.object_seq = o.seq');
  sql.add('m.collection = ?', collection);
  sql.see(visibility, 'o');
  return (
    (await queries.get(
      `SELECT 1 FROM object o CROSS JOIN collection_object m WHERE ${sql.text} LIMIT 1`,
      ...sql.parameters,
    )) !== undefined
  );
}

/** Where a stretch ends that begins after `from`; null when the collection ends first. */
async function endOfStretch(queries: Queries, query: ObjectQuery, from: bigint): Promise<bigint | null> {
  const type = query.types?.length === 1 ? query.types[0]! : null;
  const row = await queries.get<{ added_us: number }>(
    `SELECT added_us FROM collection_object WHERE collection = ? ${type === null ? '' : 'AND type = ?'} AND added_us > ?
     ORDER BY added_us LIMIT 1 OFFSET ${STRETCH - 1}`,
    query.collection,
    ...(type === null ? [] : [type]),
    from,
  );
  return row ? BigInt(row.added_us) : null;
}

/**
 * The statement of one stretch. CROSS JOIN keeps the tables in the order written: by identifier from the objects, otherwise along the
 * collection.
 */
function statement(
  query: ObjectQuery,
  columns: string,
  from: bigint | null,
  until: bigint | null,
  limit: number,
): [string, ...SqlValue[]] {
  const sql = new Sql();
  if (query.ids) {
    sql.among('o.id_key', query.ids.map(idKey));
    sql.among('o.id', query.ids);
  }
  sql.add('m.collection = ?', query.collection);
  const after = from ?? query.afterUs;
  if (after !== null) sql.add('m.added_us > ?', after);
  if (until !== null) sql.add('m.added_us <= ?', until);
  if (query.types) sql.among('m.type', query.types);
  sql.add('o.seq = m.object_seq');
  sql.see(query.visibility, 'o');
  if (query.specVersions) sql.among('o.spec', query.specVersions);
  if (query.unreceivedBy !== undefined)
    sql.add(
      `NOT EXISTS (SELECT 1 FROM delivery_object r JOIN delivery d ON d.id = r.delivery_id
         WHERE r.object_id = o.id AND r.version = o.version AND d.peer = ? AND d.direction = 'out' AND d.receipt IS NOT NULL)`,
      query.unreceivedBy,
    );
  chooseVersions(sql, query);
  const tables = query.ids
    ? 'object o CROSS JOIN collection_object m'
    : 'collection_object m CROSS JOIN object o';
  const select = `SELECT ${columns} FROM ${tables} WHERE ${sql.text} ORDER BY m.added_us`;
  // What is found by identifier is sorted, which costs several times as much when the bound is not known beforehand.
  return query.ids
    ? [`${select} LIMIT ${PAGE_MAX + 1}`, ...sql.parameters]
    : [`${select} LIMIT ?`, ...sql.parameters, limit];
}

/** The version's instant as text that sorts: timestamps of STIX have any number of digits after the second. */
const instantOf = (table: string) =>
  `substr(${table}.version, 1, 19) || substr(replace(substr(${table}.version, 21), 'Z', '') || '000000000', 1, 9)`;

function instantKey(version: string): string {
  return version.slice(0, 19) + `${version.slice(20).replace('Z', '')}000000000`.slice(0, 9);
}

/** TAXII 2.1 §3.4.1, `version` and `spec_version`: among the versions of one object in the collection that the caller may see. */
function chooseVersions(sql: Sql, query: ObjectQuery): void {
  const { versions, specVersions } = query;
  const exact = versions.filter((version) => !['first', 'last', 'all'].includes(version));
  const onlyExact = exact.length === versions.length;

  const isExactly = (inner: Sql, object: string, member: string) => {
    const either = new Sql(' OR ');
    either.among(`${instantOf(object)}`, exact.map(instantKey));
    // What has no version is known by the time at which it was added.
    const added = exact.map((version) => timestampNs(version)! / 1000n);
    either.all((both) => {
      both.add(`${object}.version = ''`);
      both.among(`${member}.added_us`, added);
    });
    inner.group(either);
  };
  const hasNone = (inner: Sql, condition: (sibling: Sql) => void) => {
    const sibling = new Sql();
    sibling.add('p.id_key = o.id_key AND p.id = o.id');
    sibling.add('q.object_seq = p.seq');
    sibling.add('q.collection = m.collection');
    sibling.see(query.visibility, 'p');
    if (specVersions) sibling.among('p.spec', specVersions);
    condition(sibling);
    inner.add(
      `NOT EXISTS (SELECT 1 FROM object p CROSS JOIN collection_object q WHERE ${sibling.text})`,
      ...sibling.parameters,
    );
  };

  if (specVersions === null) {
    const newest = new Sql(' OR ');
    newest.add(`o.spec = '2.1'`);
    hasNone(newest, (sibling) => {
      sibling.add(`p.spec = '2.1'`);
      if (onlyExact) isExactly(sibling, 'p', 'q');
    });
    sql.group(newest);
  }
  if (versions.includes('all')) return;
  const sameSpec = specVersions === null ? ' AND p.spec = o.spec' : '';
  const chosen = new Sql(' OR ');
  if (versions.includes('last')) {
    chosen.add('o.latest = 1'); // the newest of all that are held: nothing newer needs to be looked for
    hasNone(chosen, (sibling) => sibling.add(`${instantOf('p')} > ${instantOf('o')}${sameSpec}`));
  }
  if (versions.includes('first'))
    hasNone(chosen, (sibling) => sibling.add(`${instantOf('p')} < ${instantOf('o')}${sameSpec}`));
  if (exact.length > 0) isExactly(chosen, 'o', 'm');
  sql.group(chosen);
}

/** Conditions with their parameters, in the order in which they are written. */
class Sql {
  readonly #glue: string;
  readonly #conditions: string[] = [];
  readonly parameters: SqlValue[] = [];

  constructor(glue: ' AND ' | ' OR ' = ' AND ') {
    this.#glue = glue;
  }

  get text(): string {
    return this.#conditions.join(this.#glue);
  }

  add(condition: string, ...parameters: SqlValue[]): void {
    this.#conditions.push(condition);
    this.parameters.push(...parameters);
  }

  group(inner: Sql): void {
    this.add(`(${inner.text})`, ...inner.parameters);
  }

  all(fill: (inner: Sql) => void): void {
    const inner = new Sql();
    fill(inner);
    this.group(inner);
  }

  /** The list is filled up to a power of two, so that there are few different statements. */
  among(column: string, values: readonly SqlValue[]): void {
    const filled = [...values];
    while ((filled.length & (filled.length - 1)) !== 0) filled.push(filled[0]!);
    this.add(`${column} IN (${filled.map(() => '?').join(',')})`, ...filled);
  }

  see({ reveals, withdrawn }: Visibility, table: string): void {
    if (reveals) this.among(`${table}.reveal_id`, reveals);
    else if (withdrawn !== null) this.add(`${table}.class_id <> ?`, withdrawn);
  }
}

/** TAXII 2.1 §3.2: six fractional digits. */
export function dateAdded(row: { added_us: number | bigint }): string {
  return formatMicros(BigInt(row.added_us));
}

/** TAXII 2.1 §5.3.1: what has no timestamp of its own has the time at which it was added for its version. */
export function versionIn(row: { version: string; added_us: number }): string {
  return row.version || dateAdded(row);
}
