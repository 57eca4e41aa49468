/**
 * Signing an agreement and finding out who did. Every party signs with the keys that the agreement itself names; whether
 * those keys are really the parties' is for the node to compare with its peers, once, before it signs too.
 *
 * The signed file is one line of canonical JSON, `{"agreement":…,"signatures":[…]}` and a line feed. Nothing in it is
 * outside a signature's reach: any other byte form is refused, so that a change of any byte is detected.
 */
import { canonicalJson, decodeUtf8Strict, EntenteError, type Issue } from '../base/index.ts';
import { ISSUES_MAX, parseAgreement } from './check.ts';
import {
  type PrivateKey,
  type Signature,
  type SignatureHeader,
  signDetached,
  unverifiedHeader,
  verifyDetached,
} from './detached-jws.ts';
import { agreementDigest, keyThumbprint } from './digest.ts';
import { AGREEMENT_BYTES_MAX, type Agreement, type Party, type Signatory } from './document.ts';
import { instantNs, parseInstant } from './instant.ts';
import { findSignatory, keyCounts } from './keys.ts';
import { clauseIssues } from './policies.ts';

export interface SignedAgreement {
  readonly agreement: Agreement;
  readonly signatures: readonly Signature[];
}

/** What was found about the signatures of one party. */
export interface PartySignatures {
  readonly party: string;
  /** All that this party needs; an observer needs none. */
  readonly complete: boolean;
  readonly signed: readonly { readonly signatory: string; readonly name: string; readonly at: string }[];
  /** Signatories whose signature is still needed (any one of them, where the party's `signing` is `any`). */
  readonly missing: readonly string[];
}

export interface SignatureReport {
  /** Every party signed, and nothing is wrong with any signature. */
  readonly complete: boolean;
  readonly parties: readonly PartySignatures[];
  readonly issues: readonly Issue[];
}

/** An agreement whose signatures were checked. Only `verifyAgreement` makes one from outside data. */
export interface VerifiedAgreement extends SignedAgreement, SignatureReport {
  readonly digest: string;
  /** When the last signature was made by its own account; null while none was. */
  readonly signedAt: string | null;
}

const TYP = 'entente-agreement+jws';

/** Fifty parties with ten signatories each. */
const SIGNATURES_MAX = 500;

/**
 * What is signed must be decidable, so the policies made of it are validated first.
 * @throws EntenteError `agreement-signature` when the agreement names no such signatory, or another key for it;
 * `agreement-invalid` when a clause cannot be decided
 */
export async function signAgreement(
  agreement: Agreement,
  privateKey: PrivateKey,
  by: { readonly party: string; readonly signatory: string; readonly at: string },
): Promise<Signature> {
  const at = parseInstant(by.at, 'at');
  const signatory = findSignatory(agreement, by.party, by.signatory);
  if (!signatory) throw refuse(`${by.party} has no signatory "${by.signatory}" in this agreement`);
  if (keyThumbprint(privateKey) !== signatory.key.kid) {
    throw refuse(`the agreement names another key for ${signatory.name} (${signatory.key.kid})`);
  }
  if (!keyCounts(signatory.key, at)) throw refuse(`the key of ${signatory.name} does not count at ${by.at}`);
  assertDecidable(agreement);
  return signDetached(agreement, privateKey, { ...by, kid: signatory.key.kid, typ: TYP });
}

/** @throws EntenteError `agreement-invalid` when a clause cannot be decided: such a text is not to be signed */
export function assertDecidable(agreement: Agreement): void {
  const [issue] = clauseIssues(agreement);
  if (issue)
    throw new EntenteError('agreement-invalid', `${issue.path}: ${issue.message}`, { issues: [issue] });
}

/** Checks every signature against the keys the agreement names. Never throws for what is wrong with them. */
export async function verifySignatures(
  agreement: Agreement,
  signatures: readonly Signature[],
): Promise<SignatureReport> {
  const issues: Issue[] = [];
  const report = (path: string, message: string) => {
    if (issues.length < ISSUES_MAX) issues.push({ code: 'agreement-signature', path, message });
  };
  const found = new Map<Signatory, SignatureHeader>();
  for (const [i, signature] of signatures.slice(0, SIGNATURES_MAX).entries()) {
    const path = `signatures[${i}]`;
    const header = unverifiedHeader(signature);
    if (!header || header.typ !== TYP) {
      report(path, 'is no signature of an agreement');
      continue;
    }
    const signatory = findSignatory(agreement, header.party, header.signatory);
    if (!signatory)
      report(path, `the agreement names no signatory "${header.signatory}" of "${header.party}"`);
    else if (signatory.key.kid !== header.kid)
      report(path, `is made with another key than the agreement names`);
    else if (found.has(signatory)) report(path, `${signatory.name} signed twice`);
    else if (!keyCounts(signatory.key, instantNs(header.at)!)) {
      report(path, `the key of ${signatory.name} does not count at ${header.at}`);
    } else if (!(await verifyDetached(agreement, signature, signatory.key))) {
      report(path, `does not fit the text: the agreement or the signature of ${signatory.name} was changed`);
    } else found.set(signatory, header);
  }
  if (signatures.length > SIGNATURES_MAX) report('signatures', `has more than ${SIGNATURES_MAX} entries`);
  const parties = agreement.parties.map((party) => partySignatures(party, found));
  return {
    complete: issues.length === 0 && parties.every((party) => party.complete),
    parties,
    issues,
  };
}

function partySignatures(party: Party, found: ReadonlyMap<Signatory, SignatureHeader>): PartySignatures {
  const signed = party.signatories.flatMap((signatory) => {
    const header = found.get(signatory);
    return header ? [{ signatory: signatory.id, name: signatory.name, at: header.at }] : [];
  });
  const open = party.signatories
    .filter((signatory) => !found.has(signatory))
    .map((signatory) => signatory.id);
  const observer = party.roles.includes('observer');
  const complete = observer || (party.signing === 'any' ? signed.length > 0 : open.length === 0);
  return { party: party.id, complete, signed, missing: complete ? [] : open };
}

/** Checks signatures and keeps the result with the document. */
export async function verifyAgreement(signed: SignedAgreement): Promise<VerifiedAgreement> {
  const report = await verifySignatures(signed.agreement, signed.signatures);
  let signedAt: string | null = null;
  for (const { at } of report.parties.flatMap((party) => party.signed)) {
    if (signedAt === null || instantNs(at)! > instantNs(signedAt)!) signedAt = at;
  }
  return { ...signed, ...report, digest: agreementDigest(signed.agreement), signedAt };
}

/** For drafts in simulations: decides as if every party had signed. Never for anything that leaves the node. */
export function unsignedAsIfSigned(agreement: Agreement): VerifiedAgreement {
  const parties = agreement.parties.map((party) => ({
    party: party.id,
    complete: true,
    signed: [],
    missing: [],
  }));
  const digest = agreementDigest(agreement);
  return { agreement, signatures: [], complete: true, parties, issues: [], digest, signedAt: null };
}

/** @throws EntenteError `agreement-signature` naming everything that is missing or wrong. */
export function assertFullySigned(verified: VerifiedAgreement): void {
  if (verified.complete) return;
  const missing = verified.parties.flatMap((party) =>
    party.complete
      ? []
      : [
          {
            code: 'agreement-signature',
            path: 'signatures',
            message: missingWords(verified.agreement, party),
          },
        ],
  );
  const issues = [...verified.issues, ...missing];
  throw new EntenteError('agreement-signature', issues[0]?.message ?? 'the agreement is not fully signed', {
    issues,
  });
}

function missingWords(agreement: Agreement, { party, missing }: PartySignatures): string {
  const { name, signing, signatories } = agreement.parties.find(({ id }) => id === party)!;
  const names = missing.map((id) => signatories.find((signatory) => signatory.id === id)!.name);
  return `${name} has not signed (${names.join(signing === 'any' ? ' or ' : ', ')})`;
}

// ----------------------------------------------------------------------------------------- file form

/**
 * A signed agreement that came as a JSON value, inside a message for example.
 * @throws EntenteError `agreement-signature`, `agreement-invalid`
 */
export function parseSignedAgreement(value: unknown, where = 'signed agreement'): SignedAgreement {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(`${where}: is not {"agreement":…,"signatures":[…]}`, where);
  }
  const { agreement, signatures, ...rest } = value as Record<string, unknown>;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined)
    throw refuse(`${where}: "${unknown.slice(0, 80)}" is covered by no signature`, where);
  if (agreement === undefined) throw refuse(`${where}: "agreement" is missing`, where);
  return { agreement: parseAgreement(agreement, where), signatures: parseSignatures(signatures, where) };
}

export function parseSignatures(value: unknown, where: string): Signature[] {
  if (!Array.isArray(value)) throw refuse(`${where}: "signatures" is missing`, where);
  if (value.length > SIGNATURES_MAX) throw refuse(`${where}: more than ${SIGNATURES_MAX} signatures`, where);
  return value.map((entry: unknown, i) => {
    const { protected: header, signature, ...rest } = (entry ?? {}) as Record<string, unknown>;
    if (typeof header !== 'string' || typeof signature !== 'string' || Object.keys(rest).length > 0) {
      throw refuse(`${where}: signatures[${i}] is not {"protected":…,"signature":…}`, where);
    }
    return { protected: header, signature };
  });
}

/** The one byte form of a signed agreement, in the order of parties and signatories. */
export function encodeSignedAgreement({ agreement, signatures }: SignedAgreement): string {
  return `${canonicalJson({ agreement, signatures: sortSignatures(agreement, signatures) })}\n`;
}

/** @throws EntenteError `json-syntax`, `input-limit`, `agreement-signature`, `agreement-invalid` */
export function decodeSignedAgreement(bytes: Uint8Array, where = 'signed agreement'): SignedAgreement {
  const signed = parseSignedAgreement(readCanonicalFile(bytes, where), where);
  if (
    canonicalJson(sortSignatures(signed.agreement, signed.signatures)) !== canonicalJson(signed.signatures)
  ) {
    throw refuse(`${where}: the signatures are not in the order of the parties`, where);
  }
  return signed;
}

/** Reads one line of canonical JSON; shared with notices. */
export function readCanonicalFile(bytes: Uint8Array, where: string): unknown {
  if (bytes.length > AGREEMENT_BYTES_MAX) {
    throw new EntenteError(
      'input-limit',
      `${where}: has ${bytes.length} bytes, at most ${AGREEMENT_BYTES_MAX} are read`,
      {
        where,
      },
    );
  }
  let text: string;
  try {
    text = decodeUtf8Strict(bytes);
  } catch (cause) {
    throw new EntenteError('json-syntax', `${where}: is not UTF-8 text`, { where, cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new EntenteError('json-syntax', `${where}: is not JSON (${(cause as Error).message})`, {
      where,
      cause,
    });
  }
  if (`${canonicalJson(value)}\n` !== text) {
    throw refuse(
      `${where}: the bytes are not those that were signed (canonical JSON and a line feed)`,
      where,
    );
  }
  return value;
}

function sortSignatures(agreement: Agreement, signatures: readonly Signature[]): Signature[] {
  const order = agreement.parties.flatMap((party) => party.signatories.map(({ id }) => `${party.id} ${id}`));
  const keyOf = (signature: Signature) => {
    const header = unverifiedHeader(signature);
    const place = header ? order.indexOf(`${header.party} ${header.signatory}`) : -1;
    return [place < 0 ? order.length : place, signature.protected + signature.signature] as const;
  };
  return signatures
    .map((signature) => ({ signature, key: keyOf(signature) }))
    .sort((a, b) => a.key[0] - b.key[0] || (a.key[1] < b.key[1] ? -1 : a.key[1] > b.key[1] ? 1 : 0))
    .map(({ signature }) => signature);
}

function refuse(message: string, where?: string): EntenteError {
  return new EntenteError('agreement-signature', message, where === undefined ? {} : { where });
}
