/**
 * Trust policies (C2SP tlog-policy): which logs are known, which witnesses, and how many of them must have cosigned before a
 * checkpoint counts. A policy is written by whoever verifies; one that came with the material proves nothing.
 *
 *     log <vkey> [<url>]
 *     witness <name> <vkey> [<url>]
 *     group <name> all|any|<k> <name>…
 *     quorum <name>|none
 */
import { decodeUtf8Strict, EntenteError, encodeHex, utf8 } from '../base/index.ts';
import { parseCheckpoint, type VerifiedCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { parseVerifierKey, type SignatureType, type VerifierKey } from './key.ts';
import { parseNote, type VerifyEd25519 } from './note.ts';
import { formatError, quote } from './text.ts';

export interface PolicyLog {
  readonly key: VerifierKey;
  readonly url?: string;
}

export interface PolicyWitness extends PolicyLog {
  readonly name: string;
}

/** Fulfilled by one witness, by `threshold` of the members, or (threshold 0) always. */
export type Quorum =
  | { readonly witness: VerifierKey }
  | { readonly threshold: number; readonly members: readonly Quorum[] };

export interface Policy {
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  readonly quorum: Quorum;
}

/** Hundreds of lines; implementations should take 32 logs, witnesses and groups ("Implementation limits"). */
export const POLICY_BYTES_MAX = 64 * 1024;

/** Groups nest by reference to earlier lines, so nesting is bounded by their number. */
const GROUPS_MAX = 128;

const NONE: Quorum = { threshold: 0, members: [] };

/** @throws EntenteError `ledger-format` naming the line. */
export function parsePolicy(input: Uint8Array | string): Policy {
  const octets = typeof input === 'string' ? utf8(input) : input;
  if (octets.length > POLICY_BYTES_MAX)
    throw formatError('the policy', `longer than ${POLICY_BYTES_MAX} bytes`);
  // One character for each octet: names are octet strings ("Character set"), only keys are read as UTF-8.
  let text = '';
  for (const octet of octets) text += String.fromCharCode(octet);
  if (/[^\t\n\u0020-\u007e\u0080-\u00ff]/.test(text))
    throw formatError('the policy', 'holds a control character');
  const lines = text.split('\n');
  if (lines.pop() !== '') throw formatError('the policy', 'does not end with a newline');
  const builder = new PolicyBuilder();
  for (const [i, line] of lines.entries()) {
    const items = line.split(/[ \t]+/).filter((item) => item !== '');
    if (items.length === 0 || items[0]!.startsWith('#')) continue;
    try {
      builder.add(items as [string, ...string[]]);
    } catch (error) {
      throw formatError('the policy', `line ${i + 1}: ${(error as Error).message}`);
    }
  }
  return builder.finish();
}

class PolicyBuilder {
  readonly #logs: PolicyLog[] = [];
  readonly #witnesses: PolicyWitness[] = [];
  readonly #defined = new Map<string, Quorum>();
  readonly #listed = new Set<string>();
  #groups = 0;
  #quorum: Quorum | null = null;

  add([keyword, ...items]: [string, ...string[]]): void {
    if (keyword === 'log') this.#log(items);
    else if (keyword === 'witness') this.#witness(items);
    else if (keyword === 'group') this.#group(items);
    else if (keyword === 'quorum') this.#setQuorum(items);
    else throw new Error(`${quote(keyword)} is none of log, witness, group, quorum`);
  }

  finish(): Policy {
    if (!this.#quorum) throw formatError('the policy', 'has no quorum line');
    return { logs: this.#logs, witnesses: this.#witnesses, quorum: this.#quorum };
  }

  #log(items: string[]): void {
    const [vkey = '', url, ...rest] = items;
    if (items.length === 0 || rest.length > 0) throw new Error('write: log <vkey> [<url>]');
    this.#logs.push({ key: readKey(vkey, 'ed25519', this.#logs), ...readUrl(url) });
  }

  #witness(items: string[]): void {
    const [name = '', vkey = '', url, ...rest] = items;
    if (items.length < 2 || rest.length > 0) throw new Error('write: witness <name> <vkey> [<url>]');
    const key = readKey(vkey, 'cosignature', this.#witnesses);
    this.#define(name, { witness: key });
    this.#witnesses.push({ name, key, ...readUrl(url) });
  }

  #group(items: string[]): void {
    const [name = '', count = '', ...members] = items;
    if (members.length === 0) throw new Error('write: group <name> all|any|<k> <name>…');
    if (++this.#groups > GROUPS_MAX) throw new Error(`more than ${GROUPS_MAX} groups`);
    const quorums = members.map((member) => {
      const quorum = this.#defined.get(member);
      if (!quorum) throw new Error(`${quote(member)} is not defined above`);
      if (this.#listed.has(member)) throw new Error(`${quote(member)} is already member of a group`);
      this.#listed.add(member);
      return quorum;
    });
    const threshold = count === 'all' ? members.length : count === 'any' ? 1 : Number(count);
    const isThreshold = /^(all|any|[1-9][0-9]*)$/.test(count) && threshold <= members.length;
    if (!isThreshold) throw new Error(`${quote(count)} is none of all, any, 1…${members.length}`);
    this.#define(name, { threshold, members: quorums });
  }

  #setQuorum(items: string[]): void {
    const [name = '', ...rest] = items;
    if (items.length === 0 || rest.length > 0) throw new Error('write: quorum <name>');
    if (this.#quorum) throw new Error('there is a quorum line already');
    const quorum = name === 'none' ? NONE : this.#defined.get(name);
    if (!quorum) throw new Error(`${quote(name)} is not defined above`);
    this.#quorum = quorum;
  }

  #define(name: string, quorum: Quorum): void {
    if (name === 'none' || this.#defined.has(name)) throw new Error(`${quote(name)} is defined already`);
    this.#defined.set(name, quorum);
  }
}

const octetsOf = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

function readKey(vkey: string, type: SignatureType, present: readonly PolicyLog[]): VerifierKey {
  const key = parseVerifierKey(decodeUtf8Strict(octetsOf(vkey)));
  if (key.type !== type) throw new Error(`a key of type ${type} is due, this one is ${key.type}`);
  const bare = encodeHex(key.publicKey);
  if (present.some((other) => encodeHex(other.key.publicKey) === bare))
    throw new Error('this public key is listed already');
  return key;
}

function readUrl(url: string | undefined): { url?: string } {
  return url === undefined ? {} : { url: decodeUtf8Strict(octetsOf(url)) };
}

/** Whether the cosigners, by key id and name, are enough. */
export function isQuorum(quorum: Quorum, cosigners: readonly VerifierKey[]): boolean {
  if ('witness' in quorum) return cosigners.some((key) => isSameKey(key, quorum.witness));
  let fulfilled = 0;
  for (const member of quorum.members) if (isQuorum(member, cosigners)) fulfilled++;
  return fulfilled >= quorum.threshold;
}

const isSameKey = (a: VerifierKey, b: VerifierKey) =>
  a.name === b.name && a.id === b.id && encodeHex(a.publicKey) === encodeHex(b.publicKey);

/**
 * A checkpoint that the policy accepts: signed by the listed log whose key bears its origin's name, cosigned by the quorum.
 * @throws EntenteError `ledger-format`, `signature-invalid`, `verification-failed`.
 */
export async function verifyByPolicy(
  input: Uint8Array | string,
  policy: Policy,
  verify: VerifyEd25519,
): Promise<VerifiedCheckpoint> {
  const { origin } = parseCheckpoint(parseNote(input).text);
  const logKeys = policy.logs.map((log) => log.key).filter((key) => key.name === origin);
  if (logKeys.length === 0)
    throw new EntenteError('verification-failed', `the policy does not list the log ${quote(origin)}`);
  const witnessKeys = policy.witnesses.map((witness) => witness.key);
  const head = await verifyCheckpoint(input, { origin, logKeys, witnessKeys, verify });
  const cosigners = head.cosignatures.map((cosignature) => cosignature.key);
  if (!isQuorum(policy.quorum, cosigners))
    throw new EntenteError(
      'verification-failed',
      `the cosignatures (${cosigners.length}) do not fulfil the policy’s quorum`,
    );
  return head;
}
