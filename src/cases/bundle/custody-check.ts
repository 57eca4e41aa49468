/**
 * Checking a chain of custody: every event is signed by the node, follows the one before it, is in the node's ledger, and saw the bytes
 * that the exhibit is registered with. The same for the chains that came with an exhibit from other nodes. Runs in a browser too.
 */
import { canonicalJson, decodeBase64, EntenteError } from '../../base/index.ts';
import {
  hashLeaf,
  parseLeaf,
  type VerifiedCheckpoint,
  type VerifyEd25519,
  verifyCheckpoint,
  verifyCommitment,
  verifyInclusion,
} from '../../ledger/index.ts';
import { ledgerKey, ledgerOrigin, thumbprint } from '../../registry/key-names.ts';
import { verifyStatement } from '../../registry/statements.ts';
import { type CustodyEvent, eventDigest, parseCustodyEvent } from '../custody-event.ts';
import type { Exhibit } from '../exhibits.ts';
import type { CarriedChain, CustodyLine, LeafLine, NodeName } from './contents.ts';

export function fail(cause: string): never {
  throw new EntenteError('verification-failed', cause);
}

const bytesOf = (text: string) => decodeBase64(text) ?? fail('the bundle has text that is no base64');

/** The leaves that a bundle discloses, each opened and proven to be under one checkpoint. */
export class ProvenLeaves {
  readonly #lines = new Map<number, { line: LeafLine; kind: string; at: string }>();
  readonly #checkpoint: VerifiedCheckpoint;

  constructor(checkpoint: VerifiedCheckpoint) {
    this.#checkpoint = checkpoint;
  }

  get size(): number {
    return this.#lines.size;
  }

  /** Returns the proof, decoded. */
  add(line: LeafLine): Uint8Array[] {
    const bytes = bytesOf(line.leaf);
    const leaf = parseLeaf(bytes);
    if (!Number.isSafeInteger(line.index) || this.#lines.has(line.index))
      fail(`leaf ${String(line.index)} is there twice`);
    if (line.salt !== null) verifyCommitment(leaf, bytesOf(line.salt), line.body);
    const proof = line.proof.map(bytesOf);
    const { size, root } = this.#checkpoint;
    verifyInclusion({ index: line.index, size, leafHash: hashLeaf(bytes), root, proof });
    this.#lines.set(line.index, { line, kind: leaf.kind, at: leaf.at });
    return proof;
  }

  /** The opened body of a leaf of the given kind. */
  body(index: number, kind: string): Record<string, unknown> {
    const found = this.#lines.get(index);
    if (!found) fail(`the proof of leaf ${index} is missing`);
    if (found.kind !== kind) fail(`leaf ${index} is no ${kind} leaf`);
    if (found.line.salt === null) fail(`the contents of leaf ${index} were erased`);
    return found.line.body as Record<string, unknown>;
  }

  /** Canonical texts of all opened bodies of one kind. */
  texts(kind: string): Set<string> {
    const texts = new Set<string>();
    for (const found of this.#lines.values())
      if (found.kind === kind && found.line.salt !== null) texts.add(canonicalJson(found.line.body));
    return texts;
  }

  /** Places and times, in the order of the ledger. */
  times(): { index: number; at: string }[] {
    return [...this.#lines].map(([index, { at }]) => ({ index, at })).sort((a, b) => a.index - b.index);
  }
}

/** @throws EntenteError `verification-failed`, `signature-invalid` */
export async function checkCustody(
  exhibit: Exhibit,
  lines: readonly CustodyLine[],
  node: NodeName,
  leaves: ProvenLeaves,
): Promise<CustodyEvent[]> {
  const events: CustodyEvent[] = [];
  let previous: string | null = null;
  for (const [i, line] of lines.entries()) {
    const words = `exhibit ${exhibit.number}: custody event ${i + 1}`;
    const event = parseCustodyEvent(await verifyStatement(line.event, 'custody', node.key));
    if (event.exhibit !== exhibit.id || event.exhibitNumber !== exhibit.number)
      fail(`${words} is about another exhibit`);
    if (event.rootExhibit !== exhibit.root.id) fail(`${words} names another root`);
    if (event.actor.key !== node.kid) fail(`${words} was not made at this node`);
    if (line.seq !== i + 1 || event.previous !== previous) fail(`${words} does not follow the one before it`);
    if (leaves.body(line.leaf, 'custody')['event'] !== eventDigest(line.event))
      fail(`${words} is not the one in the ledger`);
    if (i > 0 && lines[i - 1]!.leaf >= line.leaf) fail(`${words} is in the ledger before its predecessor`);
    if (events.at(-1)?.type === 'dispose') fail(`${words} comes after the exhibit was disposed of`);
    const destroyed = event.details['key'] as { commitment?: unknown } | undefined;
    if (event.type === 'dispose' && destroyed?.commitment !== exhibit.sealed?.commitment)
      fail(`${words} destroyed another key than the exhibit was encrypted with`);
    // An exhibit that was seen changed is told so by its event; everything else saw the registered bytes.
    const seen = event.after ?? event.before;
    if (event.comparison !== 'changed' && seen !== null && seen.sha256 !== exhibit.sha256)
      fail(`${words} saw other bytes`);
    previous = eventDigest(line.event);
    events.push(event);
  }
  if (events.length === 0) fail(`exhibit ${exhibit.number} has no custody event`);
  return events;
}

/**
 * A chain that came from another node: its own events under its own checkpoint, ending in the offer that `acceptedOffer` names.
 * @throws EntenteError `verification-failed`, `signature-invalid`, `ledger-format`
 */
export async function checkCarried(
  chain: CarriedChain,
  acceptedOffer: string,
  verify: VerifyEd25519,
): Promise<number> {
  const { node, exhibit } = chain;
  if (chain.v !== 1 || thumbprint(node.key) !== node.kid)
    fail('a chain of custody that came with an exhibit does not name the key of its node');
  const checkpoint = await verifyCheckpoint(chain.checkpoint, {
    origin: ledgerOrigin(node.kid),
    logKeys: [ledgerKey(node.kid, node.key)],
    verify,
  });
  const leaves = new ProvenLeaves(checkpoint);
  for (const line of chain.leaves) leaves.add(line);
  if (!leaves.texts('exhibit-registered').has(canonicalJson(exhibit)))
    fail(`exhibit ${exhibit.number} of ${node.name} is not registered in its ledger`);
  const events = await checkCustody(exhibit, chain.custody, node, leaves);
  const offers = chain.custody.filter((_, i) => ['transfer-offer', 'return'].includes(events[i]!.type));
  if (!offers.some((line) => eventDigest(line.event) === acceptedOffer))
    fail(
      `the custody of exhibit ${exhibit.number} at ${node.name} does not lead to the offer that was accepted`,
    );
  return events.length + (await checkOrigin(exhibit, events, chain.carried, verify));
}

/** The chain before this one, when the exhibit came from another node. Returns the number of events in it. */
export async function checkOrigin(
  exhibit: Exhibit,
  events: readonly CustodyEvent[],
  carried: CarriedChain | null,
  verify: VerifyEd25519,
): Promise<number> {
  if (exhibit.origin === null) return 0;
  if (carried === null) fail(`the custody of exhibit ${exhibit.number} before it came here is missing`);
  if (carried.node.kid !== exhibit.origin.node || carried.exhibit.id !== exhibit.origin.exhibit)
    fail(`exhibit ${exhibit.number} came from another exhibit than its custody tells of`);
  if (carried.exhibit.sha256 !== exhibit.sha256)
    fail(`exhibit ${exhibit.number} was another one at ${carried.node.name}`);
  const offer = events[0]!.details['offer'];
  if (events[0]!.type !== 'transfer-accept' || typeof offer !== 'string')
    fail(`exhibit ${exhibit.number} came from another node and was not accepted`);
  return checkCarried(carried, offer, verify);
}
