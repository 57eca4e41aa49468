/**
 * Signing notices. A notice is signed like an agreement and takes effect by itself: no answer is needed to suspend.
 */
import { canonicalJson, EntenteError, type Issue } from '../base/index.ts';
import {
  type PrivateKey,
  type Signature,
  signDetached,
  unverifiedHeader,
  verifyDetached,
} from './detached-jws.ts';
import { agreementDigest, keyThumbprint } from './digest.ts';
import type { Agreement, PublicKey, Signatory } from './document.ts';
import { instantNs, parseInstant } from './instant.ts';
import { findSignatory, keyCounts, keyStateAt } from './keys.ts';
import { type Notice, parseNotice } from './notice.ts';
import { parseSignatures, readCanonicalFile } from './signatures.ts';

export interface SignedNotice {
  readonly notice: Notice;
  readonly signatures: readonly Signature[];
}

const TYP = 'entente-agreement-notice+jws';

/**
 * `earlier` are the verified notices before this one: a rotated key signs in place of the one it replaced.
 * @throws EntenteError `agreement-signature` when the signatory uses another key.
 */
export async function signNotice(
  agreement: Agreement,
  notice: Notice,
  privateKey: PrivateKey,
  by: { readonly signatory: string; readonly at: string },
  earlier: readonly Notice[] = [],
): Promise<Signature> {
  const signatory = findSignatory(agreement, notice.party, by.signatory);
  const kid = keyThumbprint(privateKey);
  if (!signatory || !signingKey(agreement, signatory, kid, earlier, parseInstant(by.at, 'at'))) {
    throw new EntenteError(
      'agreement-signature',
      `"${by.signatory}" of ${notice.party} uses another key, or the agreement names no such signatory`,
    );
  }
  return signDetached(notice, privateKey, { ...by, party: notice.party, kid, typ: TYP });
}

/** The key of this thumbprint if it is the one the signatory uses at `at`. */
function signingKey(
  agreement: Agreement,
  signatory: Signatory,
  kid: string,
  earlier: readonly Notice[],
  at: bigint,
): PublicKey | null {
  const { key, revoked } = keyStateAt(agreement, signatory.key, earlier, at);
  return key.kid === kid && !revoked && keyCounts(key, at) ? key : null;
}

/**
 * Whether the notice is about this agreement and signed as its party signs. Suspending, resuming and changes of keys need one
 * signatory, since they may be urgent; what ends or prolongs needs those whom the agreement itself needed.
 * `earlier` are the verified notices before it. An empty list means it counts.
 */
export async function verifyNotice(
  agreement: Agreement,
  signed: SignedNotice,
  earlier: readonly Notice[] = [],
): Promise<Issue[]> {
  const issues: Issue[] = [];
  const report = (path: string, message: string) =>
    issues.push({ code: 'agreement-signature', path, message });
  const { notice, signatures } = signed;
  const party = agreement.parties.find(({ id }) => id === notice.party);
  if (notice.agreement.id !== agreement.id)
    report('notice.agreement.id', 'the notice is about another agreement');
  else if (
    notice.agreement.version === agreement.version &&
    notice.agreement.digest !== agreementDigest(agreement)
  ) {
    report(
      'notice.agreement.digest',
      'the party has another text under this version; compare both before going on',
    );
  }
  if (!party) report('notice.party', `"${notice.party}" is no party to the agreement`);
  if (!party || issues.length > 0) return issues;
  const signers = new Set<Signatory>();
  for (const [i, signature] of signatures.entries()) {
    const header = unverifiedHeader(signature);
    const signatory =
      header?.typ === TYP && header.party === party.id
        ? findSignatory(agreement, party.id, header.signatory)
        : undefined;
    const key =
      header && signatory && signingKey(agreement, signatory, header.kid, earlier, instantNs(header.at)!);
    if (signatory && key && !signers.has(signatory) && (await verifyDetached(notice, signature, key)))
      signers.add(signatory);
    else report(`signatures[${i}]`, `is no valid signature of ${party.name} over this notice`);
  }
  const needsAll = party.signing === 'all' && (notice.kind === 'terminate' || notice.kind === 'renew');
  const needed = needsAll ? party.signatories.length : 1;
  if (issues.length === 0 && signers.size < needed) {
    report('signatures', `${party.name} has given ${signers.size} of ${needed} signatures`);
  }
  return issues;
}

/** @throws EntenteError `agreement-invalid`, `agreement-signature` */
export function parseSignedNotice(value: unknown, where = 'signed notice'): SignedNotice {
  const { notice, signatures, ...rest } = (typeof value === 'object' ? (value ?? {}) : {}) as Record<
    string,
    unknown
  >;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) {
    throw new EntenteError(
      'agreement-signature',
      `${where}: "${unknown.slice(0, 80)}" is covered by no signature`,
      { where },
    );
  }
  return { notice: parseNotice(notice, where), signatures: parseSignatures(signatures, where) };
}

export function encodeSignedNotice({ notice, signatures }: SignedNotice): string {
  return `${canonicalJson({ notice, signatures })}\n`;
}

/** @throws EntenteError `json-syntax`, `input-limit`, `agreement-signature`, `agreement-invalid` */
export function decodeSignedNotice(bytes: Uint8Array, where = 'signed notice'): SignedNotice {
  return parseSignedNotice(readCanonicalFile(bytes, where), where);
}
