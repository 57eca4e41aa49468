/**
 * Operations and their parties. One node leads and runs the operation; every other party has its own node, joins under its own agreement with
 * the lead, and holds only what came to it. Nothing is kept of an invitation but what the lead says about the operation and this party.
 */
import { randomBytes } from 'node:crypto';
import { TLP_LEVELS, type Tlp } from '../agreement/index.ts';
import { EntenteError, encodeHex, isId, isTimestamp, isTimeZone, newId } from '../base/index.ts';
import { isCountry, readCountryCode } from '../geography/index.ts';
import { isRefused, normaliseIndicator } from '../match/index.ts';
import { appendLeaf, findPeer, openVerdicts, type Peer, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { isOneOf, ROLES, type Role } from './vocabulary.ts';

export const LANGUAGES = ['ar', 'en', 'fr', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What every party is told about an operation. */
export interface OperationFacts {
  readonly title: string;
  readonly purpose: string;
  readonly tlp: Tlp;
  /** The one instant of the action day; null when there is none. */
  readonly actionDay: string | null;
  /** Secret of the operation, hex: values are looked up by digests under it, so that nobody outside can try values. */
  readonly lookUpKey: string;
}

export interface Operation extends OperationFacts {
  readonly id: string;
  readonly name: string;
  /** Key of the node that leads it; empty when it is this one. */
  readonly lead: string;
  readonly state: 'open' | 'closed' | 'left';
  readonly at: string;
  /** The databases of countries it was last sliced with, each with its date. */
  readonly databases: readonly string[];
  /** Of the lead: silence of so many days is asked about by the running node; 0: never. */
  readonly remindDays: number;
}

/** What a party is in the operation. */
export interface PartyTerms {
  readonly role: Role;
  /** Country codes; for a CERT also autonomous systems (`AS64500`) and address ranges (CIDR): its constituency. */
  readonly covers: readonly string[];
  readonly language: Language;
  /** IANA name, for the clock of the action day. */
  readonly timeZone: string;
  /** Whom the others call, when the party says so on joining. */
  readonly contact: string;
}

export interface Party extends PartyTerms {
  /** Key of its node; empty for this one. */
  readonly peer: string;
  readonly state: 'invited' | 'joined' | 'left';
  readonly at: string;
}

/** Sends a message of the operation in the transaction of the act; given by the exchange. */
export type Send = (tx: Queries, to: string, body: Record<string, unknown>) => Promise<unknown>;

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,79}$/u;
export const TITLE_MAX = 200;
export const PURPOSE_MAX = 2_000;
const CONTACT_MAX = 300;
const COVERS_MAX = 300;
/** A week: long enough to act, short enough to be asked twice before logs are gone. */
const REMIND_DAYS = 7;
export const REMIND_DAYS_MAX = 365;

export async function createOperation(
  registry: Registry,
  given: { name: string; title?: string; purpose?: string; tlp?: string; actionDay?: string | null },
): Promise<Operation> {
  const operation = parseOperation(
    {
      id: newId('operation'),
      name: given.name,
      title: given.title ?? given.name,
      purpose: given.purpose ?? '',
      tlp: given.tlp ?? 'amber',
      actionDay: given.actionDay ?? null,
      lookUpKey: encodeHex(randomBytes(32)),
    },
    'usage',
  );
  const made: Operation = {
    ...operation,
    lead: '',
    state: 'open',
    at: registry.clock().toISOString(),
    databases: [],
    remindDays: REMIND_DAYS,
  };
  await registry.db.transaction(async (tx) => {
    await insertOperation(tx, made);
    await appendLeaf(tx, registry.clock, 'operation', { act: 'opened', id: made.id, name: made.name });
  });
  return made;
}

/** @throws EntenteError `code` naming what is wrong */
export function parseOperation(
  value: Record<string, unknown>,
  code: 'usage' | 'message-invalid',
): Omit<Operation, 'lead' | 'state' | 'at' | 'databases' | 'remindDays'> {
  const { id, name, title, purpose, tlp, actionDay, lookUpKey } = value;
  const wrong = (what: string) => new EntenteError(code, what);
  if (typeof name !== 'string' || !NAME.test(name))
    throw wrong(
      'the name of an operation has up to 80 letters, digits, spaces, dots, dashes, and begins with a letter or digit',
    );
  if (typeof id !== 'string' || !isId(id, 'operation')) throw wrong('an operation has an identifier');
  if (typeof title !== 'string' || title.length > TITLE_MAX)
    throw wrong(`a title has up to ${TITLE_MAX} characters`);
  if (typeof purpose !== 'string' || purpose.length > PURPOSE_MAX)
    throw wrong(`a purpose has up to ${PURPOSE_MAX} characters`);
  if (!isOneOf(TLP_LEVELS, tlp)) throw wrong(`a marking is one of ${TLP_LEVELS.join(', ')}`);
  if (actionDay !== null && (typeof actionDay !== 'string' || !isTimestamp(actionDay)))
    throw wrong('the action day is an instant in UTC, like 2026-12-03T05:00:00Z');
  if (typeof lookUpKey !== 'string' || !/^[0-9a-f]{64}$/.test(lookUpKey))
    throw wrong('the key for looking up is missing');
  return { id, name, title, purpose, tlp, actionDay, lookUpKey };
}

export async function insertOperation(tx: Queries, operation: Operation): Promise<void> {
  if (await tx.get('SELECT 1 FROM operation WHERE name = ?', operation.name))
    throw new EntenteError('conflict', `there is an operation "${operation.name}" here already`);
  const { id, name, lead, state, at, ...facts } = operation;
  await tx.run(
    'INSERT INTO operation (id, name, lead, state, at, body) VALUES (?, ?, ?, ?, ?, ?)',
    id,
    name,
    lead,
    state,
    at,
    JSON.stringify(facts),
  );
}

export async function saveFacts(tx: Queries, operation: Operation): Promise<void> {
  const { id, state, title, purpose, tlp, actionDay, lookUpKey, databases, remindDays } = operation;
  const facts = { title, purpose, tlp, actionDay, lookUpKey, databases, remindDays };
  await tx.run('UPDATE operation SET state = ?, body = ? WHERE id = ?', state, JSON.stringify(facts), id);
}

interface OperationRow {
  id: string;
  name: string;
  lead: string;
  state: Operation['state'];
  at: string;
  body: string;
}

const fromRow = ({ body, ...row }: OperationRow): Operation => ({
  ...row,
  remindDays: REMIND_DAYS,
  ...(JSON.parse(body) as OperationFacts & Pick<Operation, 'databases'>),
});

export async function listOperations(queries: Queries): Promise<Operation[]> {
  return (await queries.all<OperationRow>('SELECT * FROM operation ORDER BY name')).map(fromRow);
}

/** By name or identifier. @throws EntenteError `not-found` */
export async function findOperation(queries: Queries, asked: string): Promise<Operation> {
  const row = await queries.get<OperationRow>(
    'SELECT * FROM operation WHERE id = ? OR name = ?',
    asked,
    asked,
  );
  if (row) return fromRow(row);
  const known = (await listOperations(queries)).map(({ name }) => name).join(', ') || 'none';
  throw new EntenteError(
    'not-found',
    `no operation "${asked.slice(0, 100)}" here; known: ${known.slice(0, 500)}`,
  );
}

/** @throws EntenteError `forbidden`, `conflict` when it is closed */
export function assertLeads(operation: Operation): void {
  if (operation.lead !== '')
    throw new EntenteError(
      'forbidden',
      `"${operation.name}" is led by another node, and only its lead does this`,
    );
  assertOpen(operation);
}

export function assertOpen({ name, state }: Operation): void {
  if (state === 'closed') throw new EntenteError('conflict', `"${name}" is closed`);
  if (state === 'left') throw new EntenteError('conflict', `this organisation has left "${name}"`);
}

/** @throws EntenteError `code` naming what is wrong */
export function parseTerms(value: Record<string, unknown>, code: 'usage' | 'message-invalid'): PartyTerms {
  const wrong = (what: string) => new EntenteError(code, what);
  const { role, covers = [], language = 'en', timeZone = 'UTC', contact = '' } = value;
  if (!isOneOf(ROLES, role)) throw wrong(`a role is one of ${ROLES.join(', ')}`);
  if (!isOneOf(LANGUAGES, language)) throw wrong(`a language is one of ${LANGUAGES.join(', ')}`);
  if (!isTimeZone(timeZone))
    throw wrong(`"${String(timeZone).slice(0, 60)}" is no time zone; write it like Africa/Dakar`);
  if (typeof contact !== 'string' || contact.length > CONTACT_MAX)
    throw wrong(`a contact has up to ${CONTACT_MAX} characters`);
  if (!Array.isArray(covers) || covers.length > COVERS_MAX || !covers.every((one) => typeof one === 'string'))
    throw wrong(`"covers" is a list of up to ${COVERS_MAX} countries or networks`);
  const parsed = (covers as string[]).map((one) => coverOf(one, role, wrong));
  if (role === 'company' || role === 'observer') {
    if (parsed.length > 0) throw wrong(`a ${role} covers no country`);
  } else if (parsed.length === 0)
    throw wrong(`say which countries ${role === 'cert' ? 'or networks ' : ''}it covers`);
  return { role, covers: [...new Set(parsed)].sort(), language, timeZone, contact };
}

function coverOf(text: string, role: Role, wrong: (what: string) => EntenteError): string {
  if (text.includes('/')) {
    const range = normaliseIndicator('cidr', text);
    if (role !== 'cert') throw wrong('only a CERT covers networks');
    if (isRefused(range)) throw wrong(`"${text.slice(0, 60)}" ${range.refused}`);
    return range.canonical;
  }
  if (/^as\d/i.test(text)) {
    const network = normaliseIndicator('asn', text);
    if (role !== 'cert') throw wrong('only a CERT covers networks');
    if (isRefused(network)) throw wrong(`"${text.slice(0, 60)}" ${network.refused}`);
    return network.canonical;
  }
  const read = readCountryCode(text);
  if (read.state === 'withdrawn')
    throw wrong(`${read.code} no longer exists; it is ${read.successors.join(' or ')} now`);
  if (!isCountry(read.code)) throw wrong(`"${read.code}" is no country code (ISO 3166-1 alpha-2)`);
  return read.code;
}

/** There is an agreement in force with the peer; which flows it has decides what can be exchanged. @throws EntenteError `agreement-denied` */
export async function assertUnderAgreement(registry: Registry, peer: Peer): Promise<void> {
  const { refusal } = await openVerdicts(registry, peer);
  if (refusal)
    throw new EntenteError(
      'agreement-denied',
      `nothing of an operation crosses between this node and ${peer.name}: ${refusal.words}`,
      {
        clauses: [refusal],
      },
    );
}

/** @throws EntenteError `agreement-denied`, `conflict` when the peer has joined already */
export async function inviteParty(
  registry: Registry,
  operation: Operation,
  peer: Peer,
  given: Record<string, unknown>,
  send: Send,
): Promise<Party> {
  assertLeads(operation);
  const terms = parseTerms(given, 'usage');
  await assertUnderAgreement(registry, peer);
  const party: Party = { ...terms, peer: peer.kid, state: 'invited', at: registry.clock().toISOString() };
  await registry.db.transaction(async (tx) => {
    const known = await tx.get<{ state: string }>(
      'SELECT state FROM operation_party WHERE operation_id = ? AND peer = ?',
      operation.id,
      peer.kid,
    );
    if (known?.state === 'joined')
      throw new EntenteError('conflict', `${peer.name} has joined "${operation.name}" already`);
    await saveParty(tx, operation, party);
    await send(tx, peer.kid, {
      act: 'invite',
      operation: operation.id,
      facts: factsOf(operation),
      terms: { ...terms },
    });
    await appendLeaf(tx, registry.clock, 'operation', {
      act: 'invited',
      id: operation.id,
      peer: peer.kid,
      ...terms,
    });
  });
  return party;
}

const factsOf = ({ name, title, purpose, tlp, actionDay, lookUpKey }: Operation) => ({
  name,
  title,
  purpose,
  tlp,
  actionDay,
  lookUpKey,
});

export async function saveParty(tx: Queries, operation: Operation, party: Party): Promise<void> {
  const { peer, role, state, at, ...body } = party;
  await tx.run(
    `INSERT INTO operation_party (operation_id, peer, role, state, at, body) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (operation_id, peer) DO UPDATE SET role = excluded.role, state = excluded.state, at = excluded.at, body = excluded.body`,
    operation.id,
    peer,
    role,
    state,
    at,
    JSON.stringify(body),
  );
}

export async function listParties(queries: Queries, operation: Operation): Promise<Party[]> {
  const rows = await queries.all<{
    peer: string;
    role: Role;
    state: Party['state'];
    at: string;
    body: string;
  }>(
    'SELECT peer, role, state, at, body FROM operation_party WHERE operation_id = ? ORDER BY at, peer',
    operation.id,
  );
  return rows.map(({ body, ...row }) => ({ ...row, ...(JSON.parse(body) as Omit<PartyTerms, 'role'>) }));
}

/** A party that takes part now. @throws EntenteError `forbidden` */
export async function requireJoined(queries: Queries, operation: Operation, peer: string): Promise<Party> {
  const party = (await listParties(queries, operation)).find((one) => one.peer === peer);
  if (party?.state !== 'joined')
    throw new EntenteError('forbidden', `that organisation does not take part in "${operation.name}"`);
  return party;
}

/** This node's own terms in an operation of another lead. */
export async function ownTerms(queries: Queries, operation: Operation): Promise<Party | null> {
  return (await listParties(queries, operation)).find(({ peer }) => peer === '') ?? null;
}

/** Joins or leaves an operation that another node leads. @throws EntenteError `usage`, `agreement-denied`, `conflict` */
export async function answerInvitation(
  registry: Registry,
  operation: Operation,
  answer: 'join' | 'leave',
  contact: string,
  send: Send,
): Promise<void> {
  if (operation.lead === '')
    throw new EntenteError('usage', 'this node leads the operation; it is in it from the start');
  if (contact.length > CONTACT_MAX)
    throw new EntenteError('usage', `a contact has up to ${CONTACT_MAX} characters`);
  assertOpen(operation);
  const own = await ownTerms(registry.db, operation);
  if (!own) throw new EntenteError('not-found', 'there is no invitation');
  if (answer === 'join') await assertUnderAgreement(registry, (await findPeer(registry.db, operation.lead))!);
  const at = registry.clock().toISOString();
  await registry.db.transaction(async (tx) => {
    await saveParty(tx, operation, { ...own, contact, state: answer === 'join' ? 'joined' : 'left', at });
    if (answer === 'leave') await saveFacts(tx, { ...operation, state: 'left' });
    await send(tx, operation.lead, { act: answer, operation: operation.id, contact });
    await appendLeaf(tx, registry.clock, 'operation', { act: answer, id: operation.id });
  });
}

/** Sets the action day or closes the operation, and tells every party that has joined or is asked. */
export async function changeOperation(
  registry: Registry,
  operation: Operation,
  change: { actionDay?: string | null; state?: 'closed'; remindDays?: number },
  send: Send,
): Promise<Operation> {
  assertLeads(operation);
  const changed: Operation = { ...operation, ...change };
  parseOperation({ ...changed }, 'usage');
  if (!Number.isInteger(changed.remindDays) || changed.remindDays < 0 || changed.remindDays > REMIND_DAYS_MAX)
    throw new EntenteError(
      'usage',
      `silence is asked about after 1 to ${REMIND_DAYS_MAX} days, or never (0)`,
    );
  await registry.db.transaction(async (tx) => {
    await saveFacts(tx, changed);
    for (const party of await listParties(tx, operation)) {
      if (party.state === 'left') continue;
      await send(tx, party.peer, {
        act: 'state',
        operation: operation.id,
        state: changed.state,
        actionDay: changed.actionDay,
      });
    }
    await appendLeaf(tx, registry.clock, 'operation', { act: 'changed', id: operation.id, ...change });
  });
  return changed;
}
