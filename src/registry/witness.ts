/**
 * Witnessing between nodes (C2SP tlog-witness): this node cosigns the ledgers of the peers it knows, and keeps the cosignatures
 * that they give its own. A ledger that shows different histories to different peers then fails to get cosigned by one of them,
 * and that one holds the proof.
 */
import { EntenteError, isEntenteError } from '../base/index.ts';
import {
  type AcceptedCosignature,
  addSignatures,
  consistencyProof,
  cosignCheckpoint,
  decideAddCheckpoint,
  encodeAddCheckpoint,
  encodeCosignatures,
  encodeTreeSize,
  formatNote,
  parseAddCheckpoint,
  parseCheckpoint,
  parseCosignatures,
  parseNote,
  parseSignatureLines,
  TREE_SIZE_MEDIA_TYPE,
  verifyConsistency,
} from '../ledger/index.ts';
import { ledgerKey, ledgerOrigin, witnessKey } from './key-names.ts';
import { appendLeaf, currentCheckpoint, hashReader, verifyEd25519 } from './ledger.ts';
import { findPeer, listPeers, type Peer } from './peers.ts';
import type { Registry } from './registry.ts';

export interface WitnessAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Answers a peer's request to cosign its checkpoint. Comparing, storing and cosigning are one transaction, so two requests can
 * never both be granted on the same old head.
 */
export async function answerAddCheckpoint(registry: Registry, input: string): Promise<WitnessAnswer> {
  const request = parseAddCheckpoint(input);
  const { origin } = request.unverifiedCheckpoint;
  const peer = await findPeer(registry.db, origin.slice(ledgerOrigin('').length));
  return registry.db.transaction(async (tx) => {
    const head = await tx.get<{ size: number; root: Uint8Array; note: string }>(
      'SELECT size, root, note FROM witnessed_log WHERE origin = ?',
      origin,
    );
    const log = peer && {
      origin: ledgerOrigin(peer.kid),
      logKeys: [ledgerKey(peer.kid, peer.jwk)],
      head: head ?? null,
    };
    const decision = await decideAddCheckpoint(request, log, verifyEd25519);
    if (decision.status === 200) {
      const { size, root } = decision.head;
      const note = formatNote(request.note);
      await tx.run(
        `INSERT INTO witnessed_log (origin, size, root, note) VALUES (?, ?, ?, ?)
         ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note`,
        origin,
        size,
        root,
        note,
      );
      const { identity, witness, clock } = registry;
      const timeS = Math.floor(clock().getTime() / 1000);
      const key = witnessKey(identity.kid, witness.publicJwk);
      const line = await cosignCheckpoint(request.note, key, timeS, witness.sign);
      return { status: 200, type: 'text/plain; charset=utf-8', body: encodeCosignatures([line]) };
    }
    if ('isFork' in decision && decision.isFork) {
      const note = formatNote(request.note);
      await tx.run(
        'INSERT INTO fork_seen (origin, note, held, seen_at) VALUES (?, ?, ?, ?)',
        origin,
        note,
        head!.note,
        registry.clock().toISOString(),
      );
      await appendLeaf(tx, registry.clock, 'fork-detected', { origin, note, held: head!.note });
    }
    if (decision.status === 409)
      return { status: 409, type: TREE_SIZE_MEDIA_TYPE, body: encodeTreeSize(decision.size) };
    return { status: decision.status, type: 'text/plain; charset=utf-8', body: `${decision.reason}\n` };
  });
}

/** A request to `peer` to cosign the present checkpoint, which continues the one of `oldSize` leaves. */
export async function askToCosign(
  registry: Registry,
  oldSize: number,
): Promise<{ checkpoint: string; size: number; body: string }> {
  const checkpoint = await currentCheckpoint(registry);
  const size = Number(checkpoint.split('\n')[1]);
  const proof =
    oldSize === 0 || oldSize > size ? [] : await consistencyProof(oldSize, size, hashReader(registry.db));
  return { checkpoint, size, body: encodeAddCheckpoint(oldSize, proof, checkpoint) };
}

/** The size of this ledger that `peer` cosigned last; 0 when none. */
export async function lastCosigned(registry: Registry, peer: Peer): Promise<number> {
  const row = await registry.db.get<{ size: number | null }>(
    'SELECT max(size) AS size FROM cosignature WHERE witness = ?',
    peer.kid,
  );
  return Number(row?.size ?? 0);
}

/** Keeps a witness's answer. @throws EntenteError `ledger-format`, `signature-invalid` */
export async function keepCosignature(
  registry: Registry,
  peer: Peer,
  checkpoint: string,
  size: number,
  answer: Uint8Array,
): Promise<AcceptedCosignature> {
  const note = parseNote(checkpoint);
  const [cosignature] = await parseCosignatures(
    answer,
    note,
    [witnessKey(peer.kid, peer.witnessJwk)],
    verifyEd25519,
  );
  if (!cosignature) throw new EntenteError('signature-invalid', `${peer.name} answered no cosignature`);
  await registry.db.transaction((tx) =>
    tx.run(
      'INSERT INTO cosignature (size, witness, line, time_s) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      size,
      peer.kid,
      encodeCosignatures([cosignature.signature]),
      cosignature.timeSeconds,
    ),
  );
  return cosignature;
}

/**
 * Whether this ledger still continues the checkpoint of `oldSize` leaves that `peer` cosigned, as the cosignature kept here shows. A
 * witness that refuses is right only if it does not: anybody can say that a ledger forked.
 */
export async function continuesCheckpoint(registry: Registry, peer: Peer, oldSize: number): Promise<boolean> {
  const kept = await registry.db.get<{ note: string }>('SELECT note FROM checkpoint WHERE size = ?', oldSize);
  const cosigned = await registry.db.get<{ line: string }>(
    'SELECT line FROM cosignature WHERE size = ? AND witness = ?',
    oldSize,
    peer.kid,
  );
  if (!kept || !cosigned) return false;
  const old = parseCheckpoint(parseNote(kept.note).text);
  const now = parseCheckpoint(parseNote(await currentCheckpoint(registry)).text);
  if (now.size < old.size) return false;
  try {
    const note = parseNote(kept.note);
    await parseCosignatures(cosigned.line, note, [witnessKey(peer.kid, peer.witnessJwk)], verifyEd25519);
    const proof = await consistencyProof(old.size, now.size, hashReader(registry.db));
    verifyConsistency({ oldSize: old.size, oldRoot: old.root, newSize: now.size, newRoot: now.root, proof });
    return true;
  } catch (error) {
    if (isEntenteError(error)) return false;
    throw error;
  }
}

export interface WitnessView {
  readonly witness: string;
  readonly name: string;
  /** The newest size it has cosigned, and when by its own clock; null when it never did. */
  readonly size: number | null;
  readonly at: string | null;
}

export async function listWitnesses(registry: Registry): Promise<WitnessView[]> {
  const views: WitnessView[] = [];
  for (const peer of await listPeers(registry.db)) {
    const row = await registry.db.get<{ size: number; time_s: number }>(
      'SELECT size, time_s FROM cosignature WHERE witness = ? ORDER BY size DESC LIMIT 1',
      peer.kid,
    );
    views.push({
      witness: peer.kid,
      name: peer.name,
      size: row?.size ?? null,
      at: row ? new Date(row.time_s * 1000).toISOString() : null,
    });
  }
  return views;
}

/** The newest checkpoint that a witness has cosigned, with all cosignatures over it; null when there is none. */
export async function cosignedCheckpoint(
  registry: Registry,
): Promise<{ checkpoint: string; size: number } | null> {
  const newest = await registry.db.get<{ size: number | null }>('SELECT max(size) AS size FROM cosignature');
  if (newest?.size == null) return null;
  const { note } = (await registry.db.get<{ note: string }>(
    'SELECT note FROM checkpoint WHERE size = ?',
    newest.size,
  ))!;
  const lines = await registry.db.all<{ line: string }>(
    'SELECT line FROM cosignature WHERE size = ? ORDER BY witness',
    newest.size,
  );
  return {
    checkpoint: addSignatures(
      parseNote(note),
      lines.flatMap(({ line }) => parseSignatureLines(line)),
    ),
    size: newest.size,
  };
}

/** Histories of peers that contradict each other, as seen by this node. */
export function listForks(
  registry: Registry,
): Promise<{ origin: string; note: string; held: string; seen_at: string }[]> {
  return registry.db.all('SELECT origin, note, held, seen_at FROM fork_seen ORDER BY seen_at');
}
