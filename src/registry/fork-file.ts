/**
 * The proof that a peer's ledger has two histories, as a file for people who trust neither side: the evidence (`ledger/fork.ts`) and the
 * node's public key, which its ledger's name commits to.
 */
import { canonicalJson, EntenteError } from '../base/index.ts';
import { encodeFork, parseCheckpoint, parseFork, parseNote, verifyFork } from '../ledger/index.ts';
import { ledgerKey, ledgerOrigin, type PublicJwk, thumbprint } from './key-names.ts';
import { verifyEd25519 } from './ledger.ts';
import { findPeer } from './peers.ts';
import type { Registry } from './registry.ts';
import { listForks } from './witness.ts';

const KIND = 'entente-ledger-fork';

/** Of the newest fork that was seen here. @throws EntenteError `not-found` when there is none */
export async function forkFile(registry: Registry): Promise<string> {
  const fork = (await listForks(registry)).at(-1);
  const peer = fork && (await findPeer(registry.db, fork.origin.slice(ledgerOrigin('').length)));
  if (!fork || !peer) throw new EntenteError('not-found', 'no fork of a peer’s ledger was seen here');
  // Both are of one size: the tree under the larger is the larger.
  const evidence = encodeFork({
    smaller: fork.note,
    larger: fork.held,
    prefixRoot: parseCheckpoint(parseNote(fork.held).text).root,
    proof: [],
  });
  return `${canonicalJson({ v: 1, kind: KIND, key: peer.jwk, evidence: JSON.parse(evidence) })}\n`;
}

export interface ProvenFork {
  /** The key of the node that lied. */
  readonly node: string;
  readonly sizes: readonly [number, number];
}

/** @throws EntenteError `ledger-format` when it is no such file; `signature-invalid` or `verification-failed` when it proves nothing */
export async function verifyForkFile(text: string): Promise<ProvenFork> {
  let file: { v?: unknown; kind?: unknown; key?: PublicJwk; evidence?: unknown } | null;
  try {
    file = JSON.parse(text);
  } catch {
    file = null;
  }
  if (file?.v !== 1 || file.kind !== KIND || typeof file.key?.x !== 'string')
    throw new EntenteError('ledger-format', 'the file is no evidence of a fork');
  const evidence = parseFork(JSON.stringify(file.evidence ?? null));
  const node = thumbprint(file.key);
  const { smaller, larger } = await verifyFork(evidence, {
    origin: ledgerOrigin(node),
    logKeys: [ledgerKey(node, file.key)],
    verify: verifyEd25519,
  });
  return { node, sizes: [smaller.size, larger.size] };
}
