/**
 * What an evidence bundle holds: a BagIt bag (RFC 8493) that proves itself.
 *
 *     bagit.txt, bag-info.txt, manifest-sha256.txt, tagmanifest-sha256.txt     RFC 8493
 *     signature.jws                 the node's signature over the tag manifest
 *     verify.html                   checks the bundle in a browser, offline
 *     data/case.json                the case, the node and its key, the exhibits, what is withheld and why
 *     data/custody.jsonl            every signed custody event, in order, by exhibit
 *     data/carried/EXHIBIT.json     the custody of an exhibit at the node that handed it over, with its proofs
 *     data/runs.jsonl               what was run on what, with digests
 *     data/findings.jsonl           the findings, or the commitment to one that is withheld, one a line
 *     data/consents.jsonl           what agreements say about using the findings as evidence
 *     data/agreements/ID.json       each agreement relied on: signed text and notices
 *     data/exhibits/SHA256          the bytes
 *     data/ledger/checkpoint        the signed head that the proofs lead to, with cosignatures
 *     data/ledger/witnessed.json    an earlier head that witnesses cosigned, and the proof that this one continues it
 *     data/ledger/timestamps.jsonl  what time-stamping authorities said of heads of this ledger (RFC 3161)
 *     data/ledger/leaves.jsonl      each leaf of this case: leaf, salt, body, inclusion proof
 *     data/ledger/proofs/N.tlog-proof   the same proofs as C2SP tlog-proof, for other tools
 *     data/case-uco.jsonld          the case in CASE/UCO
 *     data/report/LANGUAGE.html     the report for people
 *
 * Nothing of Node is used here.
 */
import type { DecidingClause } from '../../agreement/index.ts';
import type { LeafProof, PublicJwk } from '../../registry/index.ts';
import type { Case } from '../cases.ts';
import type { Exhibit } from '../exhibits.ts';
import type { Finding } from '../findings.ts';
import type { RunRecord } from '../runs.ts';

export const BUNDLE_VERSION = 1;

export interface NodeName {
  readonly name: string;
  readonly kid: string;
  readonly key: PublicJwk;
}

export type Withheld =
  /** The exhibit with its record, custody and findings. */
  | { readonly what: 'exhibit'; readonly number: number; readonly why: string }
  /** Its bytes; record, custody and digests are there. */
  | { readonly what: 'bytes'; readonly number: number; readonly why: string };

export interface CaseFile {
  readonly v: typeof BUNDLE_VERSION;
  readonly case: Case;
  readonly node: NodeName;
  /** Peers whose cosignatures are in the bundle, with the keys they cosign with. */
  readonly witnesses: readonly NodeName[];
  readonly exhibits: readonly Exhibit[];
  readonly withheld: readonly Withheld[];
  /** What the case has in all, disclosed here or not. */
  readonly totals: { readonly exhibits: number; readonly runs: number; readonly findings: number };
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
  readonly run: RunRecord;
}

export type FindingLine =
  | {
      readonly run: string;
      /** Opens the commitment; base64. */
      readonly salt: string;
      readonly finding: Finding;
      /** Line of consents.jsonl, from 0; null for this organisation's own intelligence. */
      readonly consent: number | null;
    }
  | { readonly run: string; readonly withheld: string; readonly why: string };

/** What the agreement with a contributor says about using its intelligence as evidence, when the bundle was made. */
export interface Consent {
  readonly contributor: string;
  readonly contributorKey: string;
  /** `ask`: only with a permission that the contributor has still to give. `deny`: the findings are left out. */
  readonly verdict: 'allow' | 'ask' | 'deny';
  readonly agreement: { readonly id: string; readonly version: number } | null;
  readonly clauses: readonly DecidingClause[];
  readonly at: string;
  readonly findings: number;
}

export interface AgreementFile {
  readonly signed: unknown;
  readonly notices: readonly unknown[];
}

export type LeafLine = LeafProof;

/** A head of the ledger that witnesses cosigned before the one that the proofs lead to. */
export interface WitnessedFile {
  readonly checkpoint: string;
  /** Consistency with the checkpoint of the bundle; base64. */
  readonly proof: readonly string[];
}

/** A head of the ledger that an authority time-stamped. */
export interface TimestampLine {
  /** The signed checkpoint, exactly as stamped. */
  readonly checkpoint: string;
  /** The token, DER in base64. */
  readonly token: string;
  /** Consistency between it and the checkpoint of the bundle, from the smaller to the larger; base64. */
  readonly proof: readonly string[];
}

/** The custody of an exhibit at the node that handed it over, which vouches for it with its own key and ledger. */
export interface CarriedChain {
  readonly v: 1;
  readonly node: NodeName;
  readonly exhibit: Exhibit;
  readonly custody: readonly CustodyLine[];
  readonly checkpoint: string;
  readonly leaves: readonly LeafLine[];
  /** Where that node had it from. */
  readonly carried: CarriedChain | null;
}

export const PATHS = {
  case: 'data/case.json',
  custody: 'data/custody.jsonl',
  carried: (exhibit: string) => `data/carried/${exhibit}.json`,
  runs: 'data/runs.jsonl',
  findings: 'data/findings.jsonl',
  consents: 'data/consents.jsonl',
  agreement: (id: string) => `data/agreements/${id}.json`,
  exhibit: (sha256: string) => `data/exhibits/${sha256}`,
  checkpoint: 'data/ledger/checkpoint',
  witnessed: 'data/ledger/witnessed.json',
  timestamps: 'data/ledger/timestamps.jsonl',
  leaves: 'data/ledger/leaves.jsonl',
  proof: (index: number) => `data/ledger/proofs/${index}.tlog-proof`,
  caseUco: 'data/case-uco.jsonld',
  report: (language: string) => `data/report/${language}.html`,
  page: 'verify.html',
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
