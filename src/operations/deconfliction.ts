/**
 * Deconfliction: before acting, see whether somebody else works on the same thing. The lead keeps who said so, under a digest of the value with the
 * operation's key, and answers with a contact card, never with content. Whoever registered chooses: both learn of each other at once, or the owner is told
 * first and answers if it wants. In the second case the asker's answer is the same as when nobody works on it.
 *
 * The parties of an operation know its key, and a patient one could try all IPv4 addresses; that is why every query is entered in the ledger, counted a
 * day and shown to everybody who may audit.
 */
import { createHmac } from 'node:crypto';
import { EntenteError, isId, newId } from '../base/index.ts';
import { appendLeaf, type Peer, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { type Operation, type Party, requireJoined, type Send } from './operations.ts';
import { readTargetLine } from './target-line.ts';

export const NOTIFY = ['both', 'owner-first'] as const;
export type Notify = (typeof NOTIFY)[number];

/** Whom to call. Names of organisations and desks; nothing about the matter. */
export interface ContactCard {
  readonly organisation: string;
  readonly contact: string;
}

/** Values asked about in one query, and queries of one party in a day: enough for a case, too few for trying addresses. */
export const QUERY_VALUES_MAX = 100;
export const QUERIES_A_DAY_MAX = 50;
const CONTACT_MAX = 300;
const DAY_MS = 86_400_000;

/** @throws EntenteError `usage` for something that is no target */
export function valueKey(operation: Operation, value: string): string {
  const line = readTargetLine({ value });
  if ('issues' in line) throw new EntenteError('usage', line.issues.join('; '));
  return createHmac('sha256', Buffer.from(operation.lookUpKey, 'hex'))
    .update(`${line.kind} ${line.value}`)
    .digest('hex');
}

const isKey = (text: unknown): text is string => typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);

/** Says that this organisation works on these values. */
export async function registerInterest(
  registry: Registry,
  operation: Operation,
  values: readonly string[],
  given: { notify: string; contact: string },
  send: Send,
): Promise<void> {
  const { notify, contact } = parseInterest(given, 'usage');
  const keys = values.map((value) => valueKey(operation, value));
  if (keys.length === 0 || keys.length > QUERY_VALUES_MAX)
    throw new EntenteError('usage', `name 1 to ${QUERY_VALUES_MAX} values`);
  if (operation.lead !== '') await requireJoined(registry.db, operation, '');
  await registry.db.transaction(async (tx) => {
    if (operation.lead === '')
      await saveInterest(tx, registry, operation, '', keys, {
        notify,
        card: { organisation: registry.name, contact },
      });
    else await send(tx, operation.lead, { act: 'interest', operation: operation.id, keys, notify, contact });
    await appendLeaf(tx, registry.clock, 'operation', { act: 'interest', id: operation.id, keys, notify });
  });
}

function parseInterest(
  given: Record<string, unknown>,
  code: 'usage' | 'message-invalid',
): { notify: Notify; contact: string } {
  const notify = NOTIFY.find((one) => one === given['notify']);
  const contact = given['contact'];
  if (!notify) throw new EntenteError(code, `notify is one of ${NOTIFY.join(', ')}`);
  if (typeof contact !== 'string' || contact.trim() === '' || contact.length > CONTACT_MAX)
    throw new EntenteError(code, `say whom to call, in up to ${CONTACT_MAX} characters`);
  return { notify, contact };
}

interface Interest {
  readonly notify: Notify;
  readonly card: ContactCard;
}

async function saveInterest(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  peer: string,
  keys: readonly string[],
  interest: Interest,
): Promise<void> {
  for (const key of keys)
    await tx.run(
      `INSERT INTO operation_interest (operation_id, value_key, peer, body, at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (operation_id, value_key, peer) DO UPDATE SET body = excluded.body`,
      operation.id,
      key,
      peer,
      JSON.stringify(interest),
      registry.clock().toISOString(),
    );
}

export async function receiveInterest(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  peer: Peer,
  body: Record<string, unknown>,
): Promise<void> {
  const keys = parseKeys(body);
  const { notify, contact } = parseInterest(body, 'message-invalid');
  await saveInterest(tx, registry, operation, peer.kid, keys, {
    notify,
    card: { organisation: peer.name, contact },
  });
  await appendLeaf(tx, registry.clock, 'operation', {
    act: 'interest',
    id: operation.id,
    peer: peer.kid,
    keys,
    notify,
  });
}

function parseKeys(body: Record<string, unknown>): string[] {
  const { keys } = body;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > QUERY_VALUES_MAX || !keys.every(isKey))
    throw new EntenteError('message-invalid', `a query has 1 to ${QUERY_VALUES_MAX} digests of values`);
  return keys as string[];
}

/** Asks who works on these values. The lead answers itself at once; a party gets its answer as pointers. Returns the query's identifier. */
export async function askWhoWorksOn(
  registry: Registry,
  operation: Operation,
  values: readonly string[],
  contact: string,
  send: Send,
): Promise<string> {
  const keys = values.map((value) => valueKey(operation, value));
  if (keys.length === 0 || keys.length > QUERY_VALUES_MAX)
    throw new EntenteError('usage', `name 1 to ${QUERY_VALUES_MAX} values`);
  const { contact: checked } = parseInterest({ notify: 'both', contact }, 'usage');
  if (operation.lead !== '') await requireJoined(registry.db, operation, '');
  const id = newId('query');
  await registry.db.transaction(async (tx) => {
    await logQuery(tx, registry, operation, id, '', 'out', keys);
    if (operation.lead !== '')
      await send(tx, operation.lead, {
        act: 'query',
        operation: operation.id,
        query: id,
        keys,
        contact: checked,
      });
    else
      await answerQuery(
        tx,
        registry,
        operation,
        { peer: '', card: { organisation: registry.name, contact: checked } },
        keys,
        send,
      );
  });
  return id;
}

async function logQuery(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  id: string,
  peer: string,
  direction: 'in' | 'out',
  keys: readonly string[],
): Promise<void> {
  await tx.run(
    'INSERT INTO operation_query (id, operation_id, peer, direction, at, value_keys, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
    id,
    operation.id,
    peer,
    direction,
    registry.clock().toISOString(),
    keys.length,
    JSON.stringify({ keys }),
  );
  await appendLeaf(tx, registry.clock, 'operation', {
    act: 'query',
    id: operation.id,
    query: id,
    peer,
    keys,
  });
}

/** @throws EntenteError `message-invalid`, `input-limit` when a party has asked too often today */
export async function receiveQuery(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  peer: Peer,
  party: Party,
  body: Record<string, unknown>,
  send: Send,
): Promise<void> {
  const keys = parseKeys(body);
  const { query, contact } = body;
  if (typeof query !== 'string' || !isId(query, 'query'))
    throw new EntenteError('message-invalid', 'the query has no identifier');
  if (party.role === 'observer')
    throw new EntenteError('forbidden', 'observers do not ask who works on what');
  const { contact: checked } = parseInterest({ notify: 'both', contact }, 'message-invalid');
  const since = new Date(registry.clock().getTime() - DAY_MS).toISOString();
  const row = await tx.get<{ n: number }>(
    `SELECT count(*) AS n FROM operation_query WHERE operation_id = ? AND peer = ? AND direction = 'in' AND at > ?`,
    operation.id,
    peer.kid,
    since,
  );
  if (Number(row?.n ?? 0) >= QUERIES_A_DAY_MAX)
    throw new EntenteError('input-limit', `${peer.name} has asked ${QUERIES_A_DAY_MAX} times within a day`);
  await logQuery(tx, registry, operation, query, peer.kid, 'in', keys);
  await answerQuery(
    tx,
    registry,
    operation,
    { peer: peer.kid, card: { organisation: peer.name, contact: checked } },
    keys,
    send,
  );
}

async function answerQuery(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  asker: { readonly peer: string; readonly card: ContactCard },
  keys: readonly string[],
  send: Send,
): Promise<void> {
  for (const key of keys) {
    const owners = await tx.all<{ peer: string; body: string }>(
      'SELECT peer, body FROM operation_interest WHERE operation_id = ? AND value_key = ? AND peer <> ?',
      operation.id,
      key,
      asker.peer,
    );
    for (const { peer, body } of owners) {
      const { notify, card } = JSON.parse(body) as Interest;
      await point(tx, registry, operation, peer, key, asker.card, send);
      if (notify === 'both') await point(tx, registry, operation, asker.peer, key, card, send);
    }
  }
}

async function point(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  to: string,
  key: string,
  card: ContactCard,
  send: Send,
): Promise<void> {
  if (to === '') await savePointer(tx, registry, operation, key, card);
  else await send(tx, to, { act: 'pointer', operation: operation.id, key, card });
}

async function savePointer(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  key: string,
  card: ContactCard,
): Promise<void> {
  await tx.run(
    'INSERT INTO operation_pointer (id, operation_id, value_key, at, body) VALUES (?, ?, ?, ?, ?)',
    newId('pointer'),
    operation.id,
    key,
    registry.clock().toISOString(),
    JSON.stringify(card),
  );
}

export async function receivePointer(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  body: Record<string, unknown>,
): Promise<void> {
  const { key, card } = body as { key?: unknown; card?: Partial<ContactCard> };
  const isLine = (text: unknown) => typeof text === 'string' && text.length <= CONTACT_MAX;
  if (!isKey(key) || !isLine(card?.organisation) || !isLine(card?.contact))
    throw new EntenteError('message-invalid', 'the message is no pointer');
  await savePointer(tx, registry, operation, key, {
    organisation: card!.organisation!,
    contact: card!.contact!,
  });
  await appendLeaf(tx, registry.clock, 'operation', { act: 'pointer', id: operation.id, key });
}

export interface Pointer extends ContactCard {
  readonly key: string;
  readonly at: string;
}

export async function listPointers(queries: Queries, operation: Operation): Promise<Pointer[]> {
  const rows = await queries.all<{ key: string; at: string; body: string }>(
    'SELECT value_key AS key, at, body FROM operation_pointer WHERE operation_id = ? ORDER BY at, id',
    operation.id,
  );
  return rows.map(({ body, ...row }) => ({ ...row, ...(JSON.parse(body) as ContactCard) }));
}

/** Queries so far, by party: what an auditor looks at first. */
export function countQueries(
  queries: Queries,
  operation: Operation,
): Promise<{ peer: string; queries: number; values: number }[]> {
  return queries.all(
    `SELECT peer, count(*) AS queries, sum(value_keys) AS "values" FROM operation_query WHERE operation_id = ? AND direction = 'in' GROUP BY peer ORDER BY peer`,
    operation.id,
  );
}
