/** Leaves as the store keeps them: the leaf itself, and beside it what opens it, until that is erased. */
import { EntenteError, isEntenteError } from '../base/index.ts';
import { commit, commitText, parseLeaf, SALT_BYTES } from '../ledger/index.ts';
import type { Queries } from '../store/index.ts';

export interface LedgerEntry {
  readonly index: number;
  readonly kind: string;
  readonly at: string;
  readonly leaf: Uint8Array;
  /** Null where salt and body were erased. */
  readonly salt: Uint8Array | null;
  /** The body as it is stored: canonical since it is stored so, and otherwise what can be made so. */
  readonly text: string | null;
  readonly body: unknown;
}

interface LeafRow {
  idx: number;
  kind: string;
  at: string;
  leaf: Uint8Array;
  salt: Uint8Array | null;
  body: string | null;
}

/** One page of the ledger, from `start` on. */
export async function readLedger(queries: Queries, start: number, limit: number): Promise<LedgerEntry[]> {
  const rows = await queries.all<LeafRow>(
    'SELECT idx, kind, at, leaf, salt, body FROM ledger_leaf WHERE idx >= ? ORDER BY idx LIMIT ?',
    start,
    limit,
  );
  return rows.map(entryOf);
}

/** Reading a whole ledger needs the texts of bodies, not what they say. */
class StoredLeaf implements LedgerEntry {
  readonly index: number;
  readonly kind: string;
  readonly at: string;
  readonly leaf: Uint8Array;
  readonly salt: Uint8Array | null;
  readonly text: string | null;

  constructor(row: LeafRow) {
    this.index = row.idx;
    this.kind = row.kind;
    this.at = row.at;
    this.leaf = row.leaf;
    this.salt = row.salt;
    this.text = row.body;
  }

  get body(): unknown {
    return this.text === null ? null : JSON.parse(this.text);
  }
}

const entryOf = (row: LeafRow): LedgerEntry => new StoredLeaf(row);

export interface LedgerPage {
  /** Leaves with a smaller index. */
  readonly before?: number;
  readonly kind?: string;
  /** Times as the leaves have them, RFC 3339 in UTC; from the first on, until before the second. */
  readonly from?: string;
  readonly until?: string;
  readonly limit: number;
}

/** The newest leaves first. */
export async function pageOfLedger(queries: Queries, asked: LedgerPage): Promise<LedgerEntry[]> {
  const rows = await queries.all<LeafRow>(
    `SELECT idx, kind, at, leaf, salt, body FROM ledger_leaf
     WHERE idx < ? AND (? = '' OR kind = ?) AND at >= ? AND at < ? ORDER BY idx DESC LIMIT ?`,
    asked.before ?? Number.MAX_SAFE_INTEGER,
    asked.kind ?? '',
    asked.kind ?? '',
    asked.from ?? '',
    asked.until ?? '9999',
    asked.limit,
  );
  return rows.map(entryOf);
}

/** @throws EntenteError `verification-failed` with the leaf's index as `offset` */
export function assertOpens(entry: LedgerEntry, index: number): void {
  const bad = (why: string) => new EntenteError('verification-failed', why, { offset: index });
  if (entry.index !== index) throw bad(`leaf ${index} is missing`);
  try {
    const leaf = parseLeaf(entry.leaf);
    if (leaf.kind !== entry.kind || leaf.at !== entry.at)
      throw bad('the row beside the leaf says something else than the leaf');
    if (
      entry.salt !== null &&
      (entry.salt.length !== SALT_BYTES ||
        (commitText(entry.salt, entry.text ?? 'null') !== leaf.commitment &&
          commit(entry.salt, entry.body) !== leaf.commitment))
    )
      throw bad(`the ${leaf.kind} leaf commits to another body or salt`);
  } catch (error) {
    throw isEntenteError(error) ? bad(error.message) : error;
  }
}
