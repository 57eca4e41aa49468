/**
 * Tools held here: fetched by one person, accepted by another, used under the clause that gives them, and retired. Whether a tool may be used is
 * asked of the agreement at every use, and how many seats it takes is counted on both sides.
 */
import type { Purpose } from '../../agreement/index.ts';
import { EntenteError, newId } from '../../base/index.ts';
import {
  appendLeaf,
  assertServiceAllowed,
  type Counterpart,
  decideService,
  findAgreement,
  findPeer,
  type Peer,
  partyOfNode,
  type Registry,
  type ServiceVerdict,
} from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';
import { countUse, recordUse } from '../service-use.ts';
import type { Manifest } from './manifest.ts';
import type { ToolPackage } from './package.ts';
import type { Retirement } from './published.ts';

export interface Acceptance {
  readonly at: string;
  readonly by: string;
  /** What it is for; asked with every use. */
  readonly purpose: Purpose;
  readonly seats: number;
  /** Null for the node's own tools. */
  readonly agreement: string | null;
  readonly clause: string | null;
  /** The self-tests that held. */
  readonly selfTests: readonly string[];
}

export interface HeldTool {
  readonly id: string;
  /** The node that it came from; empty for the node's own. */
  readonly peer: string;
  readonly tool: string;
  readonly version: string;
  readonly sha256: string;
  readonly manifest: Manifest;
  readonly at: string;
  readonly by: string;
  readonly accepted: Acceptance | null;
  readonly retired: Retirement | null;
}

export type HeldState = 'fetched' | 'accepted' | 'retired';

export const stateOf = ({ accepted, retired }: HeldTool): HeldState =>
  retired ? 'retired' : accepted ? 'accepted' : 'fetched';

type Row = Omit<HeldTool, 'manifest' | 'accepted' | 'retired'> & {
  manifest: string;
  accepted: string | null;
  retired: string | null;
};

const fromRow = ({ manifest, accepted, retired, ...row }: Row): HeldTool => ({
  ...row,
  manifest: JSON.parse(manifest) as Manifest,
  accepted: accepted === null ? null : (JSON.parse(accepted) as Acceptance),
  retired: retired === null ? null : (JSON.parse(retired) as Retirement),
});

export async function listHeld(queries: Queries): Promise<HeldTool[]> {
  const sql =
    'SELECT id, peer, tool, version, sha256, manifest, at, by, accepted, retired FROM tool_held ORDER BY tool, at, id';
  return (await queries.all<Row>(sql)).map(fromRow);
}

/** By its identifier, or by its name where one that is not retired has it, `marks` or `marks@1.2.0`. @throws EntenteError `not-found`, `usage` */
export async function requireHeld(queries: Queries, asked: string): Promise<HeldTool> {
  const all = await listHeld(queries);
  const exact = all.find(({ id }) => id === asked);
  if (exact) return exact;
  const [tool, version] = asked.split('@');
  const fits = all.filter(
    (one) => one.tool === tool && (version === undefined || one.version === version) && !one.retired,
  );
  const accepted = fits.filter(({ accepted }) => accepted);
  if (fits.length === 1) return fits[0]!;
  if (accepted.length === 1 && version === undefined) return accepted[0]!;
  if (fits.length > 1)
    throw new EntenteError(
      'usage',
      `several tools are called ${asked.slice(0, 80)}; name one: ${fits.map(({ id, version: v }) => `${id} (${v})`).join(', ')}`,
    );
  throw new EntenteError('not-found', `there is no tool ${asked.slice(0, 80)} in use here`);
}

function askForSeats(
  registry: Registry,
  queries: Queries,
  peer: Counterpart,
  question: { title: string; purpose: Purpose; seats: number; grantedAt?: string },
): Promise<ServiceVerdict> {
  return decideService(
    registry,
    peer,
    {
      act: 'tool-seat',
      giver: 'peer',
      purpose: question.purpose,
      amount: question.seats,
      tool: question.title,
      ...(question.grantedAt === undefined ? {} : { seatGrantedAt: question.grantedAt }),
    },
    countUse(queries),
  );
}

/** Whether the agreement gives the tool at all: before anything of it is fetched. Returns the refusal in words, or null. */
export async function whyNotOffered(
  registry: Registry,
  peer: Counterpart,
  title: string,
  purpose: Purpose,
): Promise<string | null> {
  const { verdict } = await askForSeats(registry, registry.db, peer, { title, purpose, seats: 0 });
  if (verdict.verdict === 'allow') return null;
  const [clause] = verdict.clauses;
  return `${clause!.path}: ${clause!.words}`;
}

/** Keeps a package that was fetched, or is the node's own. What another process kept in the meantime is returned as it is. */
export async function keepHeld(
  tx: Queries,
  registry: Registry,
  peer: string,
  { manifest, sha256 }: ToolPackage,
  person: string,
): Promise<HeldTool> {
  const known = (await listHeld(tx)).find(
    (one) => one.peer === peer && one.sha256 === sha256 && !one.retired,
  );
  if (known) return known;
  const held: HeldTool = {
    id: newId('tool'),
    peer,
    tool: manifest.id,
    version: manifest.version,
    sha256,
    manifest,
    at: registry.clock().toISOString(),
    by: person,
    accepted: null,
    retired: null,
  };
  await tx.run(
    'INSERT INTO tool_held (id, peer, tool, version, sha256, manifest, at, by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    held.id,
    held.peer,
    held.tool,
    held.version,
    held.sha256,
    JSON.stringify(manifest),
    held.at,
    held.by,
  );
  await leaf(tx, registry, 'fetched', held);
  return held;
}

const leaf = (
  tx: Queries,
  registry: Registry,
  act: 'fetched' | 'accepted' | 'retired',
  { id, peer, tool, version, sha256 }: HeldTool,
  more: object = {},
) => appendLeaf(tx, registry.clock, 'tool', { act, id, from: peer, tool, version, sha256, ...more });

/** Tells the node that a tool came from how many of its seats are taken; queued in the transaction of the act. */
export type TellSeats = (
  tx: Queries,
  peer: string,
  body: SeatNotice & Record<string, unknown>,
) => Promise<unknown>;

/** What crosses about seats: the tool and a number, no person and no case. */
export interface SeatNotice {
  readonly act: 'taken' | 'given-back';
  readonly seat: string;
  readonly tool: string;
  readonly version: string;
  readonly agreement: string;
  readonly clause: string;
  readonly seats: number;
}

export interface AcceptWish {
  readonly purpose: Purpose;
  readonly seats: number;
  /** The self-tests, which held. */
  readonly selfTests: readonly string[];
}

const SEATS_MAX = 10_000;

const sameName = (a: string, b: string) =>
  a.normalize('NFKC').trim().toLowerCase() === b.normalize('NFKC').trim().toLowerCase();

/** @throws EntenteError `conflict` when it was decided before; `forbidden` for the person who fetched it */
export function assertAcceptable(held: HeldTool, person: string): void {
  if (held.retired)
    throw new EntenteError('conflict', `the tool was retired at ${held.retired.at}: ${held.retired.reason}`);
  if (held.accepted) throw new EntenteError('conflict', `the tool was accepted at ${held.accepted.at}`);
  if (sameName(held.by, person))
    throw new EntenteError('forbidden', 'whoever fetched a tool does not accept it: a second person does');
}

/**
 * Accepts a tool whose self-tests held, and takes its seats. An older version of it that is in use gives its seats back in the same act.
 * @throws EntenteError `conflict`, `forbidden`, `agreement-denied` with the clause
 */
export async function acceptHeld(
  registry: Registry,
  id: string,
  person: string,
  { purpose, seats, selfTests }: AcceptWish,
  tell: TellSeats,
): Promise<HeldTool> {
  if (!Number.isInteger(seats) || seats < 1 || seats > SEATS_MAX)
    throw new EntenteError('usage', `a tool takes 1 to ${SEATS_MAX} seats`);
  await registry.db.transaction(async (tx) => {
    const held = await requireHeld(tx, id);
    assertAcceptable(held, person);
    const at = registry.clock().toISOString();
    for (const older of await listHeld(tx))
      if (older.peer === held.peer && older.tool === held.tool && older.accepted && !older.retired)
        await retireIn(tx, registry, older, { at, by: person, reason: `${held.version} was accepted` }, tell);
    let clause: ServiceVerdict['clause'] = null;
    if (held.peer !== '') {
      const peer = await requirePeerOf(tx, held);
      const found = await askForSeats(registry, tx, peer, { title: held.manifest.title, purpose, seats });
      assertServiceAllowed(found.verdict, { asked: false });
      clause = found.clause!;
      await recordUse(tx, registry, {
        about: held.id,
        agreement: clause.agreement,
        service: clause.path,
        amount: seats,
      });
      const { tool, version } = held;
      const { agreement, path } = clause;
      await tell(tx, peer.kid, {
        act: 'taken',
        seat: held.id,
        tool,
        version,
        agreement,
        clause: path,
        seats,
      });
    }
    const accepted: Acceptance = {
      at,
      by: person,
      purpose,
      seats: clause ? seats : 0,
      agreement: clause?.agreement ?? null,
      clause: clause?.path ?? null,
      selfTests,
    };
    await tx.run('UPDATE tool_held SET accepted = ? WHERE id = ?', JSON.stringify(accepted), held.id);
    await leaf(tx, registry, 'accepted', held, {
      seats: accepted.seats,
      clause: accepted.clause,
      selfTests: selfTests.length,
    });
  });
  return requireHeld(registry.db, id);
}

async function requirePeerOf(queries: Queries, { peer: kid }: HeldTool): Promise<Peer> {
  const peer = await findPeer(queries, kid);
  if (!peer) throw new EntenteError('not-found', 'the node that the tool came from is no longer known here');
  return peer;
}

/** Asked at every use. Returns the clause, `services[1]`; for the node's own tools, that it is its own. @throws EntenteError `conflict`, `agreement-denied` */
export async function assertUsable(
  registry: Registry,
  held: HeldTool,
): Promise<{
  readonly clause: string;
  readonly agreement: { id: string; version: number } | null;
  readonly peer: Peer | null;
}> {
  if (held.retired)
    throw new EntenteError('conflict', `the tool was retired at ${held.retired.at}: ${held.retired.reason}`);
  if (!held.accepted)
    throw new EntenteError(
      'conflict',
      'the tool is not accepted yet; a second person does that (`entente tool accept`)',
    );
  if (held.peer === '') return { clause: 'own tool', agreement: null, peer: null };
  const peer = await requirePeerOf(registry.db, held);
  const { verdict, clause } = await askForSeats(registry, registry.db, peer, {
    title: held.manifest.title,
    purpose: held.accepted.purpose,
    seats: 0,
    grantedAt: held.accepted.at,
  });
  assertServiceAllowed(verdict, { asked: false });
  return { clause: clause?.path ?? verdict.clauses[0]!.path, agreement: verdict.agreement, peer };
}

/** Ends the use of a tool here, and gives its seats back. @throws EntenteError `conflict`, `not-found` */
export async function retireHeld(
  registry: Registry,
  id: string,
  by: string,
  reason: string,
  tell: TellSeats,
): Promise<HeldTool> {
  const { id: exact } = await requireHeld(registry.db, id);
  await registry.db.transaction(async (tx) => {
    const held = await requireHeld(tx, exact);
    if (held.retired) throw new EntenteError('conflict', `the tool was retired at ${held.retired.at}`);
    await retireIn(tx, registry, held, { at: registry.clock().toISOString(), by, reason }, tell);
  });
  return requireHeld(registry.db, exact);
}

async function retireIn(
  tx: Queries,
  registry: Registry,
  held: HeldTool,
  retired: Retirement,
  tell: TellSeats,
): Promise<void> {
  await tx.run('UPDATE tool_held SET retired = ? WHERE id = ?', JSON.stringify(retired), held.id);
  await leaf(tx, registry, 'retired', held);
  const { accepted, tool, version } = held;
  if (!accepted?.agreement) return;
  await tx.run('DELETE FROM service_use WHERE about = ?', held.id);
  const { agreement, clause, seats } = accepted;
  await tell(tx, held.peer, {
    act: 'given-back',
    seat: held.id,
    tool,
    version,
    agreement,
    clause: clause!,
    seats,
  });
}

/** What is held of a peer and is not on its list any more was taken back there, and is not used here from then on. */
export async function retireUnlisted(
  registry: Registry,
  peer: Peer,
  listed: ReadonlySet<string>,
  tell: TellSeats,
): Promise<HeldTool[]> {
  const gone = (await listHeld(registry.db)).filter(
    (held) => held.peer === peer.kid && !held.retired && !listed.has(held.sha256),
  );
  for (const { id } of gone)
    await retireHeld(registry, id, peer.name, `${peer.name} does not offer it any more`, tell);
  return gone;
}

/** At the node that gives it: a peer says what it took. It is counted as said, for a package that the peer was given. @throws EntenteError `message-invalid`, `forbidden` */
export async function receiveSeatNotice(
  tx: Queries,
  registry: Registry,
  peer: Peer,
  body: Record<string, unknown>,
): Promise<void> {
  const { act, seat, tool, version, agreement, clause, seats } = body;
  const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 200;
  if (
    (act !== 'taken' && act !== 'given-back') ||
    ![seat, tool, version, agreement, clause].every(isText) ||
    !Number.isInteger(seats) ||
    (seats as number) < 1 ||
    (seats as number) > SEATS_MAX
  )
    throw new EntenteError('message-invalid', 'the message says nothing of the seats of a tool');
  const given = await tx.get(
    `SELECT 1 FROM tool_published p JOIN tool_delivery d ON d.sha256 = p.sha256 WHERE p.tool = ? AND p.version = ? AND d.peer = ?`,
    tool as string,
    version as string,
    peer.kid,
  );
  if (!given)
    throw new EntenteError('forbidden', 'the message is about a tool that its sender was not given');
  // Nobody takes up seats of an agreement between others.
  const now = registry.clock().toISOString();
  const { verified, notices } = await findAgreement(tx, agreement as string, now);
  const service = /^services\[(\d{1,3})\]$/.exec(clause as string);
  if (
    verified.agreement.services[Number(service?.[1] ?? -1)]?.kind !== 'tools' ||
    ![peer.kid, registry.identity.kid].every((kid) => partyOfNode(verified.agreement, kid, notices, now))
  )
    throw new EntenteError(
      'forbidden',
      'the message names no clause on tools between its sender and this node',
    );
  const about = `${peer.kid}:${seat as string}`;
  if (act === 'given-back') await tx.run('DELETE FROM service_use WHERE about = ?', about);
  else {
    await recordUse(tx, registry, {
      about,
      agreement: agreement as string,
      service: clause as string,
      amount: seats as number,
    });
  }
  await appendLeaf(tx, registry.clock, 'tool', {
    act: act === 'taken' ? 'seats-taken' : 'seats-given-back',
    by: peer.kid,
    tool,
    version,
    seats,
  });
}
