/**
 * What a custody event says: who did what to an exhibit, with what, why, by which authority, and whether it was still the same
 * afterwards. The fields are those that ISO/IEC 27037 §6.6, NIST SP 800-86 §3 and the ACPO principles ask for.
 *
 * Events are signed, chained by digest, and each has a leaf in the ledger; none is ever changed or removed. Nothing of Node is used
 * here: the verifier in the browser reads the same events.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { EntenteError, encodeHex, isTimestamp, utf8 } from '../base/index.ts';

export const CUSTODY_EVENT_TYPES = [
  /** Taken in here, from where it was found. */
  'collect',
  /** Taken in here, handed over by somebody without a node. */
  'receive',
  /** Read. */
  'access',
  /** Bytes left the store, as in a bundle. */
  'copy',
  /** A tool ran over it. */
  'analyse',
  /** Offered to another node, which accepts or not. */
  'transfer-offer',
  /** Accepted: in the receiver's ledger as its own act, in the giver's as what it was told, each naming the other. */
  'transfer-accept',
  /** Offered back to the node it came from. */
  'return',
  /** Its bytes, or the key to them, were destroyed under an authority. */
  'dispose',
] as const;
export type CustodyEventType = (typeof CUSTODY_EVENT_TYPES)[number];

export interface Digests {
  readonly sha256: string;
  /** Null when only SHA-256 was computed again. */
  readonly blake3: string | null;
  readonly sizeBytes: number;
}

/** What digests before and after say of the act. `not-compared`: the bytes were not read whole. */
export type Comparison = 'first-seen' | 'unchanged' | 'changed' | 'destroyed' | 'not-compared';

export interface Counterparty {
  readonly organisation: string;
  readonly person: string | null;
  /** The key of its node; null when it has none. */
  readonly key: string | null;
}

export interface EventTool {
  readonly name: string;
  readonly version: string;
  /** Of the program that acted. */
  readonly sha256: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What people say about an act; the node adds the rest. */
export interface Circumstances {
  readonly person: string;
  readonly role?: string;
  readonly purpose: string;
  readonly authority?: string;
  readonly place?: string;
  readonly seal?: string;
  readonly storage?: string;
  readonly restrictions?: readonly string[];
  /** An act that changes anything must say what, and why it was right (ACPO principle 2). */
  readonly change?: { readonly what: string; readonly justification: string };
  /** How the time of the node is kept, and how far off it is known to be. */
  readonly clockSource?: string;
}

export interface CustodyEvent {
  readonly v: 1;
  readonly id: string;
  readonly exhibit: string;
  /** As people call it in its case. */
  readonly exhibitNumber: number;
  /** The exhibit that this one was derived from, at the beginning of the line; itself for an original. */
  readonly rootExhibit: string;
  readonly rootNumber: number;
  readonly type: CustodyEventType;
  readonly at: string;
  readonly clock: { readonly source: string };
  readonly actor: {
    readonly organisation: string;
    readonly person: string;
    readonly role: string | null;
    /** The key of the node that signs for the actor. */
    readonly key: string;
  };
  readonly counterparty: Counterparty | null;
  readonly place: string | null;
  readonly purpose: string;
  readonly authority: string | null;
  readonly before: Digests | null;
  readonly after: Digests | null;
  readonly comparison: Comparison;
  readonly tool: EventTool;
  /** SHA-256 of what went in and what came out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly seal: string | null;
  readonly storage: string | null;
  readonly change: { readonly what: string; readonly justification: string } | null;
  readonly restrictions: readonly string[];
  /** What is particular to the act: the run, the range that was read, the offer that was accepted. */
  readonly details: Readonly<Record<string, unknown>>;
  /** SHA-256 of the signed event before this one; null for the first. */
  readonly previous: string | null;
}

export function compareDigests(
  type: CustodyEventType,
  before: Digests | null,
  after: Digests | null,
): Comparison {
  if (type === 'dispose') return 'destroyed';
  if (after === null) return 'not-compared';
  if (before === null) return 'first-seen';
  return before.sha256 === after.sha256 && before.sizeBytes === after.sizeBytes ? 'unchanged' : 'changed';
}

/** The digest by which events, offers and acceptances name a signed event. */
export function eventDigest(jws: string): string {
  return encodeHex(sha256(utf8(jws)));
}

const CODE = /^[0-9a-f]{64}$/;

/** What verifiers rely on is there and makes sense. @throws EntenteError `verification-failed` */
export function parseCustodyEvent(value: Record<string, unknown>): CustodyEvent {
  const event = value as unknown as CustodyEvent;
  const bad = (what: string) =>
    new EntenteError('verification-failed', `a custody event has no proper ${what}`);
  if (event.v !== 1) throw bad('version');
  if (typeof event.id !== 'string') throw bad('id');
  if (typeof event.exhibit !== 'string' || !Number.isSafeInteger(event.exhibitNumber)) throw bad('exhibit');
  if (!CUSTODY_EVENT_TYPES.includes(event.type)) throw bad('type');
  if (typeof event.at !== 'string' || !isTimestamp(event.at)) throw bad('time');
  if (typeof event.actor?.person !== 'string' || typeof event.actor.key !== 'string') throw bad('actor');
  if (typeof event.purpose !== 'string') throw bad('purpose');
  for (const digests of [event.before, event.after]) {
    if (digests === null) continue;
    if (!CODE.test(digests?.sha256 ?? '') || !Number.isSafeInteger(digests.sizeBytes)) throw bad('digests');
  }
  if (event.comparison !== compareDigests(event.type, event.before, event.after)) throw bad('comparison');
  if (event.previous !== null && !CODE.test(event.previous)) throw bad('link to the event before');
  return event;
}

/** Longest text that a person may give for one field of an event. */
const TEXT_LENGTH_MAX = 2_000;

/** @throws EntenteError `usage` for a text that is missing, too long, or would turn lines where it is shown */
export function assertCircumstances(said: Circumstances): void {
  const texts: [string, string | undefined][] = [
    ['person', said.person],
    ['role', said.role],
    ['purpose', said.purpose],
    ['authority', said.authority],
    ['place', said.place],
    ['seal', said.seal],
    ['storage', said.storage],
    ['clock source', said.clockSource],
    ['change', said.change?.what],
    ['justification', said.change?.justification],
    ...(said.restrictions ?? []).map((text): [string, string] => ['restriction', text]),
  ];
  for (const [name, text] of texts) {
    if (text === undefined) continue;
    if (text.trim() === '') throw new EntenteError('usage', `the ${name} of a custody event is empty`);
    if (text.length > TEXT_LENGTH_MAX || /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(text)) {
      throw new EntenteError(
        'usage',
        `the ${name} of a custody event is longer than ${TEXT_LENGTH_MAX} characters, or has control characters`,
      );
    }
  }
}
