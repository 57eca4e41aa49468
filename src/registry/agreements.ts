/**
 * The agreements of this node: every version whole, its signatures as they come in, and the notices given since. States are never
 * stored; they follow from these papers and the present time, so two nodes with the same papers agree.
 */
import {
  type Agreement,
  agreementDigest,
  amendmentIssues,
  assertDecidable,
  assertNotice,
  draftNotice,
  encodeSignedNotice,
  instantNs,
  type Notice,
  type NoticeKind,
  nodeKeyAt,
  parseAgreement,
  parseInstant,
  parseSignedAgreement,
  parseSignedNotice,
  type Reason,
  renewalWaitsFor,
  type Signature,
  type SignedAgreement,
  type SignedNotice,
  type State,
  signAgreement,
  signNotice,
  stateAt,
  unverifiedHeader,
  type VerifiedAgreement,
  verifyAgreement,
  verifyNotice,
  verifySignatures,
  versionInForce,
} from '../agreement/index.ts';
import { canonicalJson, EntenteError } from '../base/index.ts';
import type { LeafKind } from '../ledger/index.ts';
import type { Queries } from '../store/index.ts';
import { appendLeaf } from './ledger.ts';
import type { Peer } from './peers.ts';
import type { Registry } from './registry.ts';

/** One version of an agreement with everything that decides its state. */
export interface HeldAgreement {
  readonly verified: VerifiedAgreement;
  readonly notices: readonly SignedNotice[];
  /** The newest version here, when it is later than the one that decides. */
  readonly next: VerifiedAgreement | null;
}

/** What people see of an agreement. */
export interface AgreementView {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly parties: readonly string[];
  readonly from: string;
  readonly until: string;
  readonly state: State['state'];
  readonly because: string;
  /** Where that stands: `term.until`, `notice.suspend`. */
  readonly becausePath: string;
  readonly becauseReason: Reason;
  readonly digest: string;
  readonly predecessor: string | null;
  readonly signed: readonly { readonly party: string; readonly name: string; readonly at: string }[];
  readonly missing: readonly string[];
  /** A later version that waits for signatures or for its day. */
  readonly next: { readonly version: number; readonly missing: readonly string[] } | null;
  /** Parties that have not yet agreed to a prolongation that another has agreed to. */
  readonly renewalWaitsFor: readonly string[];
}

/**
 * The version of an agreement that decides at `now`: the last of the unbroken chain that all parties have signed; before that, the
 * newest draft. @throws EntenteError `not-found`
 */
export async function findAgreement(queries: Queries, id: string, now: string): Promise<HeldAgreement> {
  const versions = await loadVersions(queries, id);
  const newest = versions.at(-1);
  if (!newest) throw new EntenteError('not-found', `there is no agreement ${id.slice(0, 100)} here`);
  const { version } = versionInForce(
    versions.map(({ verified }) => verified),
    newest.notices.map(({ notice }) => notice),
    now,
  );
  const held = versions.find(({ verified }) => verified === version) ?? newest;
  return held === newest ? held : { ...held, next: newest.verified };
}

/** Every version that is here, the oldest first. @throws EntenteError `not-found` */
export async function agreementVersions(queries: Queries, id: string): Promise<VerifiedAgreement[]> {
  const versions = await loadVersions(queries, id);
  if (versions.length === 0)
    throw new EntenteError('not-found', `there is no agreement ${id.slice(0, 100)} here`);
  return versions.map(({ verified }) => verified);
}

async function loadVersions(queries: Queries, id: string): Promise<HeldAgreement[]> {
  const versions = await queries.all<{ version: number; document: string }>(
    'SELECT version, document FROM agreement WHERE id = ? ORDER BY version',
    id,
  );
  const notices = await loadNotices(queries, id);
  const held: HeldAgreement[] = [];
  for (const { version, document } of versions) {
    const signatures = await queries.all<{ signature: string }>(
      'SELECT signature FROM agreement_signature WHERE id = ? AND version = ? ORDER BY kid',
      id,
      version,
    );
    held.push({
      verified: await verified(
        document,
        signatures.map((row) => row.signature),
      ),
      notices,
      next: null,
    });
  }
  return held;
}

/**
 * Checking Ed25519 signatures costs far more than reading rows, and a text with its signatures always verifies alike, so the results are
 * remembered by exactly these bytes.
 */
const verifiedByText = new Map<string, VerifiedAgreement>();
const VERIFIED_MEMORY = 1_000;

async function verified(document: string, signatures: readonly string[]): Promise<VerifiedAgreement> {
  const key = `${document}\n${signatures.join('\n')}`;
  let result = verifiedByText.get(key);
  if (!result) {
    result = await verifyAgreement({
      agreement: parseAgreement(JSON.parse(document)),
      signatures: signatures.map((text) => JSON.parse(text) as Signature),
    });
    if (verifiedByText.size >= VERIFIED_MEMORY) verifiedByText.delete(verifiedByText.keys().next().value!);
    verifiedByText.set(key, result);
  }
  return result;
}

async function loadNotices(queries: Queries, id: string): Promise<SignedNotice[]> {
  const rows = await queries.all<{ notice: string }>(
    'SELECT notice FROM agreement_notice WHERE id = ? ORDER BY received_at, digest',
    id,
  );
  return rows.map((row) => JSON.parse(row.notice) as SignedNotice);
}

export async function allAgreements(queries: Queries, now: string): Promise<HeldAgreement[]> {
  const ids = await queries.all<{ id: string }>('SELECT DISTINCT id FROM agreement ORDER BY id');
  const held: HeldAgreement[] = [];
  for (const { id } of ids) held.push(await findAgreement(queries, id, now));
  return held;
}

/** The state of each agreement at one instant, with its parent and successors taken into account. */
export function statesAt(all: readonly HeldAgreement[], now: string): Map<string, State> {
  const states = new Map<string, State>();
  const byId = new Map(all.map((held) => [held.verified.agreement.id, held]));
  const visiting = new Set<string>();
  const stateOf = (held: HeldAgreement): State => {
    const { agreement } = held.verified;
    const known = states.get(agreement.id);
    if (known) return known;
    visiting.add(agreement.id);
    const above = agreement.under ? byId.get(agreement.under.agreement) : undefined;
    // An agreement that in the end stands under itself has no parent in force, and so is none.
    const parent = above && !visiting.has(above.verified.agreement.id) ? stateOf(above) : undefined;
    const successors = all
      .map((other) => other.verified)
      .filter((other) => other.agreement.predecessor?.agreement === agreement.id);
    const state = stateAt(
      held.verified,
      held.notices.map(({ notice }) => notice),
      now,
      { ...(parent ? { parent } : {}), successors },
    );
    visiting.delete(agreement.id);
    states.set(agreement.id, state);
    return state;
  };
  for (const held of all) stateOf(held);
  return states;
}

export async function listAgreements(registry: Registry): Promise<AgreementView[]> {
  const now = registry.clock().toISOString();
  const all = await allAgreements(registry.db, now);
  const states = statesAt(all, now);
  return all.map((held) => viewOf(held, states.get(held.verified.agreement.id)!, now));
}

/** @throws EntenteError `not-found` */
export async function showAgreement(
  registry: Registry,
  id: string,
): Promise<AgreementView & { document: Agreement }> {
  const held = await findAgreement(registry.db, id, registry.clock().toISOString());
  const view = (await listAgreements(registry)).find((other) => other.id === id)!;
  return { ...view, document: held.verified.agreement };
}

function viewOf({ verified, notices, next }: HeldAgreement, state: State, now: string): AgreementView {
  const { agreement, digest, parties } = verified;
  return {
    id: agreement.id,
    version: agreement.version,
    title: agreement.title,
    parties: agreement.parties.map((party) => party.name),
    from: agreement.term.from,
    until: state.until,
    state: state.state,
    because: state.because.words,
    becausePath: state.because.path,
    becauseReason: state.because.reason,
    digest,
    predecessor: agreement.predecessor?.agreement ?? null,
    signed: parties.flatMap((party) =>
      party.signed.map(({ name, at }) => ({ party: party.party, name, at })),
    ),
    missing: missingOf(verified),
    next: next && { version: next.agreement.version, missing: missingOf(next) },
    renewalWaitsFor:
      state.state === 'in-force' || state.state === 'suspended'
        ? renewalWaitsFor(
            agreement,
            notices.map(({ notice }) => notice),
            parseInstant(now),
          )
        : [],
  };
}

const missingOf = ({ parties }: VerifiedAgreement) =>
  parties.flatMap((party) => party.missing.map((signatory) => `${party.party}/${signatory}`));

/** Keeps a draft. @throws EntenteError `conflict` when another text has this version */
export async function saveDraft(registry: Registry, agreement: Agreement): Promise<void> {
  await registry.db.transaction((tx) => storeDocument(tx, registry, agreement));
}

async function storeDocument(tx: Queries, registry: Registry, agreement: Agreement): Promise<void> {
  const document = canonicalJson(agreement);
  const known = await tx.get<{ document: string }>(
    'SELECT document FROM agreement WHERE id = ? AND version = ?',
    agreement.id,
    agreement.version,
  );
  if (known?.document === document) return;
  if (known) {
    throw new EntenteError(
      'conflict',
      `another text is already here as version ${agreement.version} of ${agreement.id}; compare both with the other party`,
    );
  }
  if (agreement.version > 1) {
    const { verified: current } = await findAgreement(tx, agreement.id, registry.clock().toISOString());
    const issues = amendmentIssues(current, agreement);
    if (issues.length > 0)
      throw new EntenteError('agreement-state', `the amendment does not fit: ${issues[0]!.message}`, {
        issues,
      });
  }
  await tx.run(
    'INSERT INTO agreement (id, version, document, received_at) VALUES (?, ?, ?, ?)',
    agreement.id,
    agreement.version,
    document,
    registry.clock().toISOString(),
  );
  await appendLeaf(tx, registry.clock, 'agreement-proposed', {
    id: agreement.id,
    version: agreement.version,
    digest: agreementDigest(agreement),
  });
}

/** The party of an agreement for which the given key signs. */
function signatoryFor(agreement: Agreement, kid: string): { party: string; signatory: string } | null {
  for (const party of agreement.parties) {
    const signatory = party.signatories.find((one) => one.key.kid === kid);
    if (signatory) return { party: party.id, signatory: signatory.id };
  }
  return null;
}

/** The party that a node acts for now. A key that its party has revoked acts for nobody. */
export function partyOfNode(
  agreement: Agreement,
  nodeKid: string,
  notices: readonly SignedNotice[],
  now: string,
): Agreement['parties'][number] | null {
  const given = notices.map(({ notice }) => notice);
  const at = instantNs(now)!;
  return (
    agreement.parties.find((party) => {
      const state = nodeKeyAt(agreement, party, nodeKid, given, at);
      return state !== undefined && state.revoked === undefined;
    }) ?? null
  );
}

/** The nodes of the other parties. */
function otherNodes(agreement: Agreement, nodeKid: string): string[] {
  return agreement.parties
    .flatMap((party) => party.nodes.map((key) => key.kid))
    .filter((kid) => kid !== nodeKid);
}

/**
 * Signs the newest version with this organisation's signatory key and tells the other parties through `queue`.
 * @throws EntenteError `not-found`, `agreement-signature` when the agreement names no signatory with this key
 */
export async function signStored(
  registry: Registry,
  id: string,
  queue: (tx: Queries, to: string, body: Record<string, unknown>) => Promise<unknown>,
): Promise<void> {
  const { agreement } = await newestVersion(registry, id);
  const by = signatoryFor(agreement, registry.signatory.kid);
  if (!by)
    throw new EntenteError(
      'agreement-signature',
      'the agreement names no signatory with this node’s signing key',
    );
  const at = registry.clock().toISOString();
  const signature = await signAgreement(agreement, registry.signatory.privateJwk, { ...by, at });
  await keepSignature(registry, agreement, signature, by, registry.signatory.kid, queue);
}

async function newestVersion(registry: Registry, id: string): Promise<VerifiedAgreement> {
  const held = (await loadVersions(registry.db, id)).at(-1);
  if (!held) throw new EntenteError('not-found', `there is no agreement ${id.slice(0, 100)} here`);
  return held.verified;
}

/** What a signatory of this organisation signs with a key of their own: the newest version, and the party that they sign for. */
export async function versionToSign(
  registry: Registry,
  id: string,
): Promise<{ verified: VerifiedAgreement; party: string }> {
  const verified = await newestVersion(registry, id);
  const notices = await loadNotices(registry.db, id);
  const party = partyOfNode(
    verified.agreement,
    registry.identity.kid,
    notices,
    registry.clock().toISOString(),
  );
  if (!party) throw new EntenteError('forbidden', 'this node acts for no party of the agreement');
  return { verified, party: party.id };
}

/**
 * Keeps a signature that was made elsewhere, with the own key of a signatory of this organisation, over the newest version; and tells the other
 * parties through `queue`. The key itself is never here.
 * @throws EntenteError `conflict` when there is a newer version than the one that was signed; `agreement-signature`, `agreement-invalid`
 */
export async function takeSignature(
  registry: Registry,
  id: string,
  version: number,
  signature: Signature,
  queue: (tx: Queries, to: string, body: Record<string, unknown>) => Promise<unknown>,
): Promise<void> {
  const { verified, party } = await versionToSign(registry, id);
  const { agreement } = verified;
  if (agreement.version !== version)
    throw new EntenteError(
      'conflict',
      `the newest version is ${agreement.version}, not ${version}: read it first`,
    );
  assertDecidable(agreement);
  const { issues } = await verifySignatures(agreement, [signature]);
  if (issues.length > 0)
    throw new EntenteError('agreement-signature', `the signature ${issues[0]!.message}`, { issues });
  const header = unverifiedHeader(signature)!; // verified above
  if (header.party !== party)
    throw new EntenteError('forbidden', `${header.signatory} signs for another party than this node's`);
  const by = { party, signatory: header.signatory };
  await keepSignature(registry, agreement, signature, by, header.kid, queue);
}

/** Stores a signature of this organisation, and hands all that were made to the other parties' nodes, in one transaction. */
async function keepSignature(
  registry: Registry,
  agreement: Agreement,
  signature: Signature,
  by: { party: string; signatory: string },
  kid: string,
  queue: (tx: Queries, to: string, body: Record<string, unknown>) => Promise<unknown>,
): Promise<void> {
  await registry.db.transaction(async (tx) => {
    await storeSignature(tx, registry, agreement, signature, by, kid);
    const whole = await tx.all<{ signature: string }>(
      'SELECT signature FROM agreement_signature WHERE id = ? AND version = ? ORDER BY kid',
      agreement.id,
      agreement.version,
    );
    const signed = { agreement, signatures: whole.map((row) => JSON.parse(row.signature) as Signature) };
    for (const to of otherNodes(agreement, registry.identity.kid)) await queue(tx, to, { signed });
  });
}

async function storeSignature(
  tx: Queries,
  registry: Registry,
  agreement: Agreement,
  signature: Signature,
  by: { party: string; signatory: string },
  kid: string,
): Promise<void> {
  const changed = await tx.run(
    'INSERT INTO agreement_signature (id, version, kid, signature) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    agreement.id,
    agreement.version,
    kid,
    canonicalJson(signature),
  );
  if (changed === 0) return;
  await appendLeaf(tx, registry.clock, 'agreement-signed', {
    id: agreement.id,
    version: agreement.version,
    ...by,
  });
  const held = await loadVersions(tx, agreement.id);
  const now = held.find((version) => version.verified.agreement.version === agreement.version)!;
  if (now.verified.complete) {
    await appendLeaf(tx, registry.clock, 'agreement-in-force', {
      id: agreement.id,
      version: agreement.version,
      digest: now.verified.digest,
    });
  }
}

/**
 * Takes in an agreement from a file: signed elsewhere, on a machine without a network for example. Signatures that are wrong refuse it; missing
 * ones are still to come. @throws EntenteError `agreement-signature`, `forbidden` when this node is no party's
 */
export async function takeSigned(registry: Registry, signed: SignedAgreement): Promise<void> {
  await registry.db.transaction((tx) => takeIn(tx, registry, signed, [registry.identity.kid]));
}

/**
 * An agreement arrives from a peer, with the signatures made so far. The peer must be a party, this node too, and each
 * signature must be right. Nothing is in force by this; that takes every party's signature, this one's included.
 */
export async function receiveAgreement(
  tx: Queries,
  registry: Registry,
  body: Record<string, unknown>,
  peer: Peer,
): Promise<void> {
  await takeIn(tx, registry, parseSignedAgreement(body['signed'], 'the agreement'), [
    peer.kid,
    registry.identity.kid,
  ]);
}

async function takeIn(
  tx: Queries,
  registry: Registry,
  signed: SignedAgreement,
  nodes: readonly string[],
): Promise<void> {
  const { agreement } = signed;
  const now = registry.clock().toISOString();
  const notices = await loadNotices(tx, agreement.id);
  if (!nodes.every((kid) => partyOfNode(agreement, kid, notices, now))) {
    throw new EntenteError('forbidden', 'the agreement does not name this node and the one that brings it');
  }
  const report = await verifyAgreement(signed);
  if (report.issues.length > 0) {
    throw new EntenteError(
      'agreement-signature',
      `the agreement’s signatures are not in order: ${report.issues[0]!.message}`,
      {
        issues: report.issues,
      },
    );
  }
  await storeDocument(tx, registry, agreement);
  for (const signature of signed.signatures) {
    const header = unverifiedHeader(signature)!; // verified above
    await storeSignature(
      tx,
      registry,
      agreement,
      signature,
      { party: header.party, signatory: header.signatory },
      header.kid,
    );
  }
}

/**
 * Gives a notice for this organisation: suspend, resume or terminate. It takes effect here at once and is sent to the other parties.
 * @throws EntenteError `agreement-state` when the agreement does not allow it
 */
export async function recordNotice(
  registry: Registry,
  id: string,
  fields: Pick<Notice, 'kind' | 'reason'> & Partial<Pick<Notice, 'effective' | 'ground'>>,
  queue: (tx: Queries, to: string, body: Record<string, unknown>) => Promise<unknown>,
): Promise<Notice> {
  const held = await findAgreement(registry.db, id, registry.clock().toISOString());
  const { agreement } = held.verified;
  const by = signatoryFor(agreement, registry.signatory.kid);
  if (!by)
    throw new EntenteError(
      'agreement-signature',
      'the agreement names no signatory with this node’s signing key',
    );
  const at = registry.clock().toISOString();
  const notice = draftNotice(agreement, { ...fields, party: by.party, at });
  assertNotice(
    held.verified,
    held.notices.map((other) => other.notice),
    notice,
  );
  const signature = await signNotice(agreement, notice, registry.signatory.privateJwk, {
    signatory: by.signatory,
    at,
  });
  const signed: SignedNotice = { notice, signatures: [signature] };
  await registry.db.transaction(async (tx) => {
    await storeNotice(tx, registry, signed);
    for (const to of otherNodes(agreement, registry.identity.kid)) await queue(tx, to, { signed });
  });
  return notice;
}

const NOTICE_LEAF: Readonly<Record<NoticeKind, LeafKind>> = {
  suspend: 'agreement-suspended',
  resume: 'agreement-resumed',
  terminate: 'agreement-ended',
  renew: 'agreement-signed',
  'do-not-renew': 'agreement-signed',
  'rotate-key': 'key-changed',
  'revoke-key': 'key-changed',
};

async function storeNotice(tx: Queries, registry: Registry, signed: SignedNotice): Promise<void> {
  const { notice } = signed;
  const changed = await tx.run(
    'INSERT INTO agreement_notice (id, digest, notice, received_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    notice.agreement.id,
    canonicalJson(notice),
    encodeSignedNotice(signed),
    registry.clock().toISOString(),
  );
  if (changed === 0) return;
  await appendLeaf(tx, registry.clock, NOTICE_LEAF[notice.kind], { ...notice });
}

/** A notice arrives from another party. A notice about another text under the same version stops both sides. */
export async function receiveNotice(
  tx: Queries,
  registry: Registry,
  body: Record<string, unknown>,
  peer: Peer,
): Promise<void> {
  const signed = parseSignedNotice(body['signed'], 'the notice');
  const held = await findAgreement(tx, signed.notice.agreement.id, registry.clock().toISOString());
  const { agreement } = held.verified;
  if (
    partyOfNode(agreement, peer.kid, held.notices, registry.clock().toISOString())?.id !== signed.notice.party
  ) {
    throw new EntenteError('forbidden', 'the notice is not from the party whose node brings it');
  }
  const issues = await verifyNotice(
    agreement,
    signed,
    held.notices.map(({ notice }) => notice),
  );
  if (issues.length > 0)
    throw new EntenteError('agreement-signature', `the notice does not count: ${issues[0]!.message}`, {
      issues,
    });
  assertNotice(
    held.verified,
    held.notices.map((other) => other.notice),
    signed.notice,
  );
  await storeNotice(tx, registry, signed);
}
