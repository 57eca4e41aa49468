/**
 * Which keys count when. An agreement names them; afterwards a party may rotate one (its successor's key, signed with the key it
 * replaces) or revoke one (which needs any signatory, since a stolen key cannot wait for an amendment).
 *
 * What a revoked signatory's key signed before the revocation was received stays valid: nothing attests the time of a
 * signature but the ledger of whoever received it.
 */
import type { Agreement, Party, PublicKey, Signatory } from './document.ts';
import { instantNs } from './instant.ts';
import type { Notice } from './notice.ts';

export function findSignatory(agreement: Agreement, party: string, signatory: string): Signatory | undefined {
  return agreement.parties.find(({ id }) => id === party)?.signatories.find(({ id }) => id === signatory);
}

/** Within the key's own span. */
export function keyCounts(key: Pick<PublicKey, 'from' | 'until'>, at: bigint): boolean {
  return (
    (key.from === undefined || at >= instantNs(key.from)!) &&
    (key.until === undefined || at < instantNs(key.until)!)
  );
}

export interface KeyState {
  /** The key in use; the one of the document, or the last it was rotated to. */
  readonly key: PublicKey;
  /** Keys used before, latest first. */
  readonly earlier: readonly PublicKey[];
  /** The notice that revoked `key`, if it is effective. */
  readonly revoked: Notice | undefined;
}

/** What became of a key of the document by `at`. `notices` are verified. */
export function keyStateAt(
  agreement: Agreement,
  key: PublicKey,
  notices: readonly Notice[],
  at: bigint,
): KeyState {
  const effective = notices
    .filter((notice) => notice.agreement.id === agreement.id && instantNs(notice.effective)! <= at)
    .toSorted((a, b) => Number(instantNs(a.effective)! - instantNs(b.effective)!));
  let state: KeyState = { key, earlier: [], revoked: undefined };
  for (const notice of effective) {
    if (notice.kid !== state.key.kid) continue;
    if (notice.kind === 'revoke-key') state = { ...state, revoked: state.revoked ?? notice };
    else if (notice.kind === 'rotate-key' && !state.revoked && notice.key) {
      state = { key: notice.key, earlier: [state.key, ...state.earlier], revoked: undefined };
    }
  }
  return state;
}

/** The key of a party's machine by its thumbprint, as it stands at `at`; undefined when it is none of theirs. */
export function nodeKeyAt(
  agreement: Agreement,
  party: Party,
  kid: string,
  notices: readonly Notice[],
  at: bigint,
): KeyState | undefined {
  return party.nodes.map((key) => keyStateAt(agreement, key, notices, at)).find(({ key }) => key.kid === kid);
}

/** Every key that a party's machines and signatories use at `at`, and that counts. */
export function keysInUse(
  agreement: Agreement,
  party: Party,
  notices: readonly Notice[],
  at: bigint,
): PublicKey[] {
  const keys = [...party.nodes, ...party.signatories.map(({ key }) => key)];
  return keys.flatMap((key) => {
    const state = keyStateAt(agreement, key, notices, at);
    return state.revoked || !keyCounts(state.key, at) ? [] : [state.key];
  });
}
