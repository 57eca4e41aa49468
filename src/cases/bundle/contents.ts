/**
 * What an evidence bundle holds: a BagIt bag (RFC 8493) that proves itself.
 *
 *     bagit.txt, bag-info.txt, manifest-sha256.txt, tagmanifest-sha256.txt     RFC 8493
 *     signature.jws                 the node's signature over the tag manifest
 *     data/case.json                the case, the node and its key, the exhibits
 *     data/custody.jsonl            every signed custody event, in order, by exhibit
 *     data/runs.jsonl               what was run on what, with digests
 *     data/findings.jsonl           the findings, one a line
 *     data/agreements/ID.json       each agreement that a finding relies on: signed text and notices
 *     data/exhibits/SHA256          the bytes
 *     data/ledger/checkpoint        the signed head that the proofs lead to
 *     data/ledger/leaves.jsonl      each leaf of this case: leaf, salt, body, inclusion proof
 */
import type { LeafProof, PublicJwk } from '../../registry/index.ts';
import type { Case } from '../cases.ts';
import type { Exhibit } from '../exhibits.ts';

export const BUNDLE_VERSION = 1;

export interface CaseFile {
  readonly v: typeof BUNDLE_VERSION;
  readonly case: Case;
  readonly node: { readonly name: string; readonly kid: string; readonly key: PublicJwk };
  readonly exhibits: readonly Exhibit[];
  readonly madeAt: string;
}

export interface CustodyLine {
  readonly exhibit: string;
  readonly seq: number;
  readonly leaf: number;
  /** Compact JWS. */
  readonly event: string;
}

export interface RunLine {
  readonly leaf: number;
  readonly run: Record<string, unknown>;
}

export type LeafLine = LeafProof;

export const PATHS = {
  case: 'data/case.json',
  custody: 'data/custody.jsonl',
  runs: 'data/runs.jsonl',
  findings: 'data/findings.jsonl',
  agreement: (id: string) => `data/agreements/${id}.json`,
  exhibit: (sha256: string) => `data/exhibits/${sha256}`,
  checkpoint: 'data/ledger/checkpoint',
  leaves: 'data/ledger/leaves.jsonl',
  declaration: 'bagit.txt',
  info: 'bag-info.txt',
  manifest: 'manifest-sha256.txt',
  tagManifest: 'tagmanifest-sha256.txt',
  signature: 'signature.jws',
} as const;

export const BAG_DECLARATION = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';

/** RFC 8493 §2.1.3: digest, two spaces, path; sorted here so that a bag has one form. */
export function encodeManifest(digests: ReadonlyMap<string, string>): string {
  return [...digests]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, digest]) => `${digest}  ${path}\n`)
    .join('');
}

/** Null when a line is not one. */
export function parseManifest(text: string): Map<string, string> | null {
  const digests = new Map<string, string>();
  for (const line of text.split('\n').slice(0, -1)) {
    const match = /^([0-9a-f]{64}) {2}([^\r\n]+)$/.exec(line);
    if (!match || digests.has(match[2]!)) return null;
    digests.set(match[2]!, match[1]!);
  }
  return text === '' || text.endsWith('\n') ? digests : null;
}
