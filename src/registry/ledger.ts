/**
 * The node's ledger, kept in the store: a leaf is appended in the transaction of the act that it proves, so an act without
 * its leaf, or a leaf without its act, cannot exist after a crash. Checkpoints are signed from what is committed.
 */
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { join } from 'node:path';
import { type Clock, canonicalJson, EntenteError, equalBytes, isEntenteError } from '../base/index.ts';
import {
  commitText,
  describeLogFault,
  encodeLeaf,
  type HashReader,
  hashesForAppend,
  hashLeaf,
  inclusionProof,
  type LeafKind,
  type LogFault,
  type NodeId,
  SALT_BYTES,
  signCheckpoint,
  treeRoot,
  type VerifyEd25519,
  verifyCheckpoint,
  verifyLog,
} from '../ledger/index.ts';
import type { Database, Queries } from '../store/index.ts';
import type { Identity } from './identity.ts';
import { ledgerKey, ledgerOrigin } from './key-names.ts';
import { assertOpens, readLedger } from './ledger-leaves.ts';
import { rebuildLedger } from './ledger-rebuild.ts';

/** Whose ledger it is: the store that holds it and the key that signs for it. */
export interface LedgerOwner {
  readonly db: Database;
  readonly identity: Identity;
  /** Where the store is, when it is a file that several threads can read at once. */
  readonly folder?: string;
}

/** Asking the system for randomness costs more than the hashes of a leaf; one request serves this many salts. */
const SALTS_AT_ONCE = 256;
let salts: Uint8Array = new Uint8Array(0);

/** Random, given out once, and kept nowhere else. */
export function newSalt(): Uint8Array {
  if (salts.length === 0) salts = randomBytes(SALTS_AT_ONCE * SALT_BYTES);
  const salt = Uint8Array.from(salts.subarray(0, SALT_BYTES));
  salts.fill(0, 0, SALT_BYTES);
  salts = salts.subarray(SALT_BYTES);
  return salt;
}

/** Appends one leaf in the caller's transaction; returns its index. */
export async function appendLeaf(tx: Queries, clock: Clock, kind: LeafKind, body: unknown): Promise<number> {
  const size = await ledgerSize(tx);
  const at = clock().toISOString();
  const salt = newSalt();
  const text = canonicalJson(body);
  const leaf = encodeLeaf({ kind, at, commitment: commitText(salt, text) });
  for (const { level, index, hash } of await hashesForAppend(size, [hashLeaf(leaf)], hashReader(tx))) {
    await tx.run('INSERT INTO ledger_node (level, idx, hash) VALUES (?, ?, ?)', level, index, hash);
  }
  await tx.run(
    'INSERT INTO ledger_leaf (idx, kind, at, leaf, salt, body) VALUES (?, ?, ?, ?, ?, ?)',
    size,
    kind,
    at,
    leaf,
    salt,
    text,
  );
  return size;
}

export async function ledgerSize(queries: Queries): Promise<number> {
  const row = await queries.get<{ size: number }>(
    'SELECT coalesce(max(idx) + 1, 0) AS size FROM ledger_leaf',
  );
  return Number(row?.size ?? 0);
}

export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) => {
  const x = Buffer.from(publicKey).toString('base64url');
  return verify(
    null,
    message,
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
    signature,
  );
};

/** The signed head of what is committed now. It is kept before it is given out: later verification holds this ledger to it. */
export async function currentCheckpoint(registry: LedgerOwner): Promise<string> {
  const { kid, publicJwk, sign } = registry.identity;
  return registry.db.transaction(async (tx) => {
    const size = await ledgerSize(tx);
    const known = await tx.get<{ note: string }>('SELECT note FROM checkpoint WHERE size = ?', size);
    if (known) return known.note;
    const root = await treeRoot(size, hashReader(tx));
    const note = await signCheckpoint(
      { origin: ledgerOrigin(kid), size, root },
      ledgerKey(kid, publicJwk),
      sign,
    );
    await tx.run('INSERT INTO checkpoint (size, note) VALUES (?, ?)', size, note);
    return note;
  });
}

/** Asked for fewer hashes than this, as proofs are, one query each is the cheaper way. */
const RANGE_FROM = 64;

export function hashReader(queries: Queries): HashReader {
  const one = async ({ level, index }: NodeId): Promise<Uint8Array> => {
    const row = await queries.get<{ hash: Uint8Array }>(
      'SELECT hash FROM ledger_node WHERE level = ? AND idx = ?',
      level,
      index,
    );
    if (!row) throw lacks(level, index);
    return row.hash;
  };
  return {
    async read(ids: readonly NodeId[]) {
      const ranges = ids.length < RANGE_FROM ? new Map() : await readRanges(queries, ids);
      const hashes: Uint8Array[] = [];
      for (const id of ids) {
        const range = ranges.get(id.level);
        const hash = range ? range.hashes[id.index - range.from] : await one(id);
        if (!hash) throw lacks(id.level, id.index);
        hashes.push(hash);
      }
      return hashes;
    },
  };
}

const lacks = (level: number, index: number) =>
  new EntenteError('store-damaged', `the ledger lacks node ${level}/${index}`);

/** Rebuilding asks for neighbours on each level: one query a level gets them all. Levels whose hashes lie far apart are left out. */
async function readRanges(
  queries: Queries,
  ids: readonly NodeId[],
): Promise<Map<number, { from: number; hashes: (Uint8Array | undefined)[] }>> {
  const ranges = new Map<number, { from: number; to: number; count: number }>();
  for (const { level, index } of ids) {
    const range = ranges.get(level);
    if (!range) ranges.set(level, { from: index, to: index, count: 1 });
    else {
      range.from = Math.min(range.from, index);
      range.to = Math.max(range.to, index);
      range.count++;
    }
  }
  const found = new Map<number, { from: number; hashes: (Uint8Array | undefined)[] }>();
  for (const [level, { from, to, count }] of ranges) {
    if (to - from + 1 > 2 * count) continue;
    const rows = await queries.all<{ idx: number; hash: Uint8Array }>(
      'SELECT idx, hash FROM ledger_node WHERE level = ? AND idx BETWEEN ? AND ?',
      level,
      from,
      to,
    );
    const hashes: (Uint8Array | undefined)[] = new Array(to - from + 1);
    for (const row of rows) hashes[row.idx - from] = row.hash;
    found.set(level, { from, hashes });
  }
  return found;
}

export interface LeafProof {
  readonly index: number;
  readonly leaf: string;
  readonly salt: string | null;
  readonly body: unknown;
  readonly proof: readonly string[];
}

/** A leaf, what opens it, and its inclusion in the tree of `size` leaves; bytes in base64. */
export async function proveLeaf(registry: LedgerOwner, index: number, size: number): Promise<LeafProof> {
  const entry = (await readLedger(registry.db, index, 1))[0];
  if (!entry || entry.index !== index || index >= size) {
    throw new EntenteError('not-found', `the ledger has no leaf ${index}; it has ${size}`);
  }
  const proof = await inclusionProof(index, size, hashReader(registry.db));
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return {
    index,
    leaf: base64(entry.leaf),
    salt: entry.salt && base64(entry.salt),
    body: entry.body,
    proof: proof.map(base64),
  };
}

export interface LedgerVerdict {
  readonly ok: boolean;
  readonly leaves: number;
  /** Leaves whose salt and body were erased; their place in the tree still stands. */
  readonly erased: number;
  /** The first bad leaf or node, and what is wrong with it. */
  readonly firstBad?: { readonly index: number; readonly why: string };
}

/** Leaves read at once while verifying. */
const VERIFY_PAGE = 2_000;
/** Of the checkpoints that were given out, the newest are compared; an older root is implied by any newer one. */
const CHECKPOINTS_COMPARED = 1_000;

/**
 * Rebuilds everything from the leaves: their form, what opens them, every stored hash, and every checkpoint that this ledger has
 * given out.
 */
export async function verifyLedger(
  registry: LedgerOwner,
  onProgress?: (done: number, total: number) => void,
): Promise<LedgerVerdict> {
  const { db, folder } = registry;
  const size = await ledgerSize(db);
  const path = folder === undefined ? null : join(folder, 'entente.db');
  const rebuilt = await rebuildLedger(db, size, path, (done) => onProgress?.(done, size));
  if (rebuilt.isWhole && (await continuesAll(registry, size)))
    return { ok: true, leaves: size, erased: rebuilt.erased };
  let erased = 0; // what is wrong, and where

  async function* leaves(): AsyncGenerator<Uint8Array> {
    let next = 0;
    while (next < size) {
      const page = await readLedger(db, next, Math.min(VERIFY_PAGE, size - next));
      for (const entry of page) {
        assertOpens(entry, next);
        if (entry.salt === null) erased++;
        next++;
        yield entry.leaf;
      }
      onProgress?.(next, size);
    }
  }

  try {
    const verdict = await verifyLog({
      entries: leaves(),
      checkpoint: { size, root: await treeRoot(size, hashReader(db)) },
      earlier: await givenOut(registry),
      kept: hashReader(db),
      readEntry: () => {}, // `leaves` has read each already
    });
    if (verdict.ok) return { ok: true, leaves: size, erased };
    return {
      ok: false,
      leaves: size,
      erased,
      firstBad: { index: placeOf(verdict.fault), why: describeLogFault(verdict.fault) },
    };
  } catch (error) {
    if (!isEntenteError(error) || error.offset === undefined) throw error;
    return { ok: false, leaves: size, erased, firstBad: { index: error.offset, why: error.message } };
  }
}

/** Every checkpoint that was given out is of this tree; its kept hashes have been rebuilt before. */
async function continuesAll(registry: LedgerOwner, size: number): Promise<boolean> {
  const reader = hashReader(registry.db);
  for (const earlier of await givenOut(registry)) {
    if (earlier.size > size || !equalBytes(await treeRoot(earlier.size, reader), earlier.root)) return false;
  }
  return true;
}

async function givenOut({ db, identity }: LedgerOwner): Promise<{ size: number; root: Uint8Array }[]> {
  const rows = await db.all<{ note: string }>(
    'SELECT note FROM checkpoint ORDER BY size DESC LIMIT ?',
    CHECKPOINTS_COMPARED,
  );
  const trust = {
    origin: ledgerOrigin(identity.kid),
    logKeys: [ledgerKey(identity.kid, identity.publicJwk)],
    verify: verifyEd25519,
  };
  return Promise.all(rows.map(({ note }) => verifyCheckpoint(note, trust)));
}

function placeOf(fault: LogFault): number {
  switch (fault.kind) {
    case 'shrank':
      return fault.size;
    case 'root':
      return fault.from;
    case 'kept-hash':
      return fault.index * 2 ** fault.level;
    default:
      return fault.index;
  }
}
