/**
 * What a match run was given beside the evidence: every indicator with its origin, one a line, in order. Kept as a blob, so that the
 * run can be executed again when the intelligence has long moved on. It stays in this node; no bundle carries it.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, EntenteError } from '../base/index.ts';
import type { Entry } from '../match/index.ts';
import type { Registry } from '../registry/index.ts';

/** An indicator ready for matching, and what a finding says about where it came from. */
export interface MatchSource extends Entry {
  readonly indicator: string;
  readonly name: string;
  readonly contributor: string;
  readonly contributorKey: string;
  readonly agreement: { readonly id: string; readonly version: number } | null;
  readonly clause: string;
  /** Names of the warninglists that have the value: a mark, not a verdict. Absent when none has. */
  readonly warninglists?: readonly string[];
  /** The contributor's own, 0 to 100; absent when it gives none. */
  readonly confidence?: number;
  /** From when on its contributor does not vouch for it; absent when that is open. */
  readonly validUntil?: string;
}

/** Lines are handed to the store in pieces of about this many bytes. */
const PIECE_BYTES = 1 << 20;

/** Returns the digest by which the run names them. */
export async function keepMaterials(registry: Registry, sources: readonly object[]): Promise<string> {
  const { sha256 } = await registry.blobs.put(linesOf(sources));
  return sha256;
}

async function* linesOf(sources: readonly object[]): AsyncGenerator<Uint8Array> {
  let piece = '';
  for (const source of sources) {
    piece += `${canonicalJson(source)}\n`;
    if (piece.length < PIECE_BYTES) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  yield Buffer.from(piece);
}

/** @throws EntenteError `store-damaged` when they are gone or were changed */
export async function readMaterials<Source = MatchSource>(
  registry: Registry,
  sha256: string,
): Promise<Source[]> {
  await registry.blobs.path(sha256);
  const hash = createHash('sha256');
  const decoder = new TextDecoder();
  const sources: Source[] = [];
  let rest = '';
  for await (const chunk of registry.blobs.read(sha256)) {
    hash.update(chunk);
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) sources.push(JSON.parse(line) as Source);
  }
  if (hash.digest('hex') !== sha256)
    throw new EntenteError('store-damaged', `what the run was given was changed on disk: ${sha256}`, {
      where: sha256,
    });
  return sources;
}
