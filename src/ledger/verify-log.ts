/**
 * Rebuilds a whole log from its entries and compares it with what was signed. Used on the node's own store and on what a peer
 * serves; memory is one hash for each tree level and one batch, however long the log.
 *
 * A root alone says that something is wrong, not where. The place is named as closely as the material allows: exactly, when an
 * entry is no leaf or when kept hashes that agree with the checkpoint tell the leaf that does not; otherwise as
 * the stretch between two checkpoints.
 */
import { equalBytes, isEntenteError, LEDGER_ENTRY_BYTES_MAX } from '../base/index.ts';
import type { Checkpoint } from './checkpoint.ts';
import { Frontier, treeRoot } from './frontier.ts';
import { parseLeaf } from './leaf.ts';
import { type HashReader, readHashes, type StoredHash } from './subtree.ts';
import { hashLeaf } from './tree-hash.ts';

export interface LogToVerify {
  readonly entries: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Already verified: what the log signed. */
  readonly checkpoint: Pick<Checkpoint, 'size' | 'root'>;
  /** Earlier checkpoints, verified, in any order: they show a rewrite, and narrow down its place. */
  readonly earlier?: readonly Pick<Checkpoint, 'size' | 'root'>[];
  /** The hashes that the log keeps; each is compared with the rebuilt one. */
  readonly kept?: HashReader;
  /** Whether entries after the checkpoint are in order, as in a node that signs less often than it writes. */
  readonly arePendingAllowed?: boolean;
  /** Refuses an entry by throwing an EntenteError; `parseLeaf` unless given. */
  readonly readEntry?: (entry: Uint8Array) => unknown;
  /** Called after every batch with the number of entries read; throws to stop. */
  readonly onProgress?: (entries: number) => void;
}

export type LogFault =
  /** A checkpoint signed earlier is larger: the log shrank. */
  | { readonly kind: 'shrank'; readonly size: number }
  /** Entry `index` is not a leaf. */
  | { readonly kind: 'malformed'; readonly index: number; readonly reason: string }
  /** Entry `index` is not what the tree under the checkpoint has there: changed, moved, added or dropped. */
  | { readonly kind: 'changed'; readonly index: number }
  /** An entry in [from, to) is not what was signed; `to` is the size of the first checkpoint that fails. */
  | { readonly kind: 'root'; readonly from: number; readonly to: number }
  /** The entries end before `index`. */
  | { readonly kind: 'truncated'; readonly index: number }
  /** Entry `index` is beyond the checkpoint. */
  | { readonly kind: 'surplus'; readonly index: number }
  /** The entries are whole; the kept hash of this node is not theirs. */
  | { readonly kind: 'kept-hash'; readonly level: number; readonly index: number };

export type LogVerification =
  | {
      readonly ok: true;
      readonly size: number /** Entries after the checkpoint. */;
      readonly pending: number;
    }
  | { readonly ok: false; readonly fault: LogFault };

/** Kept hashes are compared in batches of about this many: large enough for one query, small enough to hold. */
const BATCH = 1024;

/** Errors of the reader and of the source of entries pass through; a wrong log is an answer. */
export async function verifyLog(log: LogToVerify): Promise<LogVerification> {
  const { checkpoint, earlier = [], kept, readEntry = parseLeaf } = log;
  const shrunkFrom = earlier.find((known) => known.size > checkpoint.size);
  if (shrunkFrom) return fault({ kind: 'shrank', size: shrunkFrom.size });
  const heads = [...earlier, checkpoint].sort((a, b) => a.size - b.size);

  const frontier = new Frontier();
  let seen = 0;
  let malformed: (LogFault & { kind: 'malformed' }) | null = null;
  let firstBadHead: { size: number } | null = null;
  let lastGoodSize = 0;
  let nextHead = 0;
  let rebuilt: StoredHash[] = [];
  const differing: { leaf: number | null; node: StoredHash | null } = { leaf: null, node: null };

  const compareKept = async () => {
    if (!kept || rebuilt.length === 0) return;
    const batch = rebuilt;
    rebuilt = [];
    const hashes = await readHashes(batch, kept);
    for (const [i, node] of batch.entries()) {
      if (equalBytes(hashes[i]!, node.hash)) continue;
      differing.node ??= node;
      if (node.level === 0) differing.leaf ??= node.index;
    }
  };
  const checkHeads = () => {
    for (; nextHead < heads.length && heads[nextHead]!.size === frontier.size; nextHead++) {
      const head = heads[nextHead]!;
      if (equalBytes(frontier.root(), head.root)) {
        if (!firstBadHead) lastGoodSize = head.size;
      } else firstBadHead ??= head;
    }
  };

  checkHeads();
  for await (const entry of log.entries) {
    const index = seen++;
    if (index >= checkpoint.size) continue;
    try {
      readEntry(entry);
    } catch (error) {
      if (!isEntenteError(error)) throw error;
      malformed ??= { kind: 'malformed', index, reason: error.message };
    }
    if (entry.length > LEDGER_ENTRY_BYTES_MAX) {
      malformed ??= { kind: 'malformed', index, reason: 'longer than any ledger entry' };
      seen = index; // nothing after it can be placed
      break;
    }
    frontier.append(hashLeaf(entry), kept && ((stored) => rebuilt.push(stored)));
    if (rebuilt.length >= BATCH) await compareKept();
    if (frontier.size === heads[nextHead]?.size) checkHeads();
    if (seen % BATCH === 0) log.onProgress?.(seen);
  }
  await compareKept();

  const isWhole = seen >= checkpoint.size && firstBadHead === null;
  if (isWhole) {
    if (malformed) return fault(malformed);
    if (differing.node)
      return fault({ kind: 'kept-hash', level: differing.node.level, index: differing.node.index });
    const pending = seen - checkpoint.size;
    if (pending > 0 && !log.arePendingAllowed) return fault({ kind: 'surplus', index: checkpoint.size });
    return { ok: true, size: checkpoint.size, pending };
  }
  const isKeptSigned =
    kept !== undefined && equalBytes(await treeRoot(checkpoint.size, kept), checkpoint.root);
  const changed = isKeptSigned ? differing.leaf : null;
  if (malformed && malformed.index <= (changed ?? malformed.index)) return fault(malformed);
  if (changed !== null) return fault({ kind: 'changed', index: changed });
  if (firstBadHead)
    return fault({ kind: 'root', from: lastGoodSize, to: (firstBadHead as { size: number }).size });
  return fault({ kind: 'truncated', index: seen });
}

function fault(found: LogFault): LogVerification {
  return { ok: false, fault: found };
}

/** One sentence for people. */
export function describeLogFault(found: LogFault): string {
  switch (found.kind) {
    case 'shrank':
      return `the ledger shrank: a checkpoint of ${found.size} leaves was signed before`;
    case 'malformed':
      return `leaf ${found.index} is malformed: ${found.reason}`;
    case 'changed':
      return `leaf ${found.index} is not the one that was signed`;
    case 'root':
      return `a leaf from ${found.from} up to ${found.to - 1} is not the one that was signed`;
    case 'truncated':
      return `leaf ${found.index} is missing, and all after it`;
    case 'surplus':
      return `leaf ${found.index} and those after it are under no checkpoint`;
    case 'kept-hash':
      return `the kept hash of node ${found.level}/${found.index} is not that of its leaves`;
  }
}
