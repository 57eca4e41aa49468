/**
 * What arrives of an operation. A message names its operation and its act; the lead takes some acts, parties take others, and nobody takes
 * anything of an operation in which the sender has no part. Runs inside the transaction that keeps the message.
 */
import { EntenteError, isId } from '../base/index.ts';
import { appendLeaf, type Peer, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { receiveRecall, receiveTargets, receiveWithdrawal } from './contribute.ts';
import { receiveInterest, receivePointer, receiveQuery } from './deconfliction.ts';
import { receiveOutcomes, receiveTold } from './operation-outcomes.ts';
import {
  assertOpen,
  assertUnderAgreement,
  findOperation,
  insertOperation,
  listParties,
  type Operation,
  type Party,
  parseOperation,
  parseTerms,
  type Send,
  saveFacts,
  saveParty,
} from './operations.ts';
import { receivePackage, receiveReceipt } from './package/receive.ts';
import { receiveReminder } from './reminders.ts';
import { receivePost } from './rooms.ts';
import { receiveTask, receiveTaskDone } from './tasks.ts';

interface Arrived {
  readonly tx: Queries;
  readonly registry: Registry;
  readonly operation: Operation;
  readonly peer: Peer;
  readonly body: Record<string, unknown>;
  readonly send: Send;
}

/** What the lead takes from a party. */
const FROM_PARTY: Readonly<Record<string, (arrived: Arrived, party: Party) => Promise<void>>> = {
  join: (arrived, party) => answered(arrived, party, 'joined'),
  leave: (arrived, party) => answered(arrived, party, 'left'),
  targets: ({ tx, registry, operation, peer, body }) => receiveTargets(tx, registry, operation, peer, body),
  withdraw: ({ tx, registry, operation, peer, body, send }) =>
    receiveWithdrawal(tx, registry, operation, peer, body, send),
  outcomes: ({ tx, registry, operation, peer, body, send }) =>
    receiveOutcomes(tx, registry, operation, peer, body, send),
  'task-done': ({ tx, registry, operation, peer, body }) =>
    receiveTaskDone(tx, registry, operation, peer.kid, body),
  interest: ({ tx, registry, operation, peer, body }) => receiveInterest(tx, registry, operation, peer, body),
  query: ({ tx, registry, operation, peer, body, send }, party) =>
    receiveQuery(tx, registry, operation, peer, party, body, send),
  receipt: ({ tx, registry, operation, peer, body }) => receiveReceipt(tx, registry, operation, peer, body),
  post: ({ tx, registry, operation, peer, body, send }, party) =>
    receivePost(tx, registry, operation, peer, party, body, send),
};

/** Acts that may come after the operation is closed or the party has left it: taking back, and telling what came of it. */
const ALWAYS = new Set(['leave', 'withdraw', 'recall', 'outcomes', 'told', 'receipt']);

/** What a party takes from the lead. */
const FROM_LEAD: Readonly<Record<string, (arrived: Arrived) => Promise<void>>> = {
  state: changed,
  package: ({ tx, registry, operation, peer, body }) => receivePackage(tx, registry, operation, peer, body),
  told: ({ tx, registry, operation, peer, body }) => receiveTold(tx, registry, operation, peer, body),
  task: ({ tx, registry, operation, body }) => receiveTask(tx, registry, operation, body),
  remind: ({ tx, registry, operation, body }) => receiveReminder(tx, registry, operation, body),
  pointer: ({ tx, registry, operation, body }) => receivePointer(tx, registry, operation, body),
  recall: ({ tx, registry, operation, body }) => receiveRecall(tx, registry, operation, body),
  post: ({ tx, registry, operation, peer, body, send }) =>
    receivePost(tx, registry, operation, peer, null, body, send),
};

/** @throws EntenteError `message-invalid`, `forbidden`, `agreement-denied`, `conflict`, or what the act found wrong */
export async function receiveOperationMessage(
  tx: Queries,
  registry: Registry,
  peer: Peer,
  body: Record<string, unknown>,
  send: Send,
): Promise<void> {
  const { act, operation: id } = body;
  if (typeof act !== 'string' || typeof id !== 'string' || !isId(id, 'operation'))
    throw new EntenteError('message-invalid', 'the message names no operation and act');
  if (act === 'invite') return invited(tx, registry, peer, id, body);
  const operation = await findOperation(tx, id);
  const arrived = { tx, registry, operation, peer, body, send };
  if (!ALWAYS.has(act)) assertOpen(operation);
  if (operation.lead === peer.kid && Object.hasOwn(FROM_LEAD, act)) return FROM_LEAD[act]!(arrived);
  if (operation.lead === '' && Object.hasOwn(FROM_PARTY, act)) {
    const party = (await listParties(tx, operation)).find((one) => one.peer === peer.kid);
    const mayAct =
      party && (act === 'join' || party.state === 'joined' || (party.state === 'left' && ALWAYS.has(act)));
    if (!mayAct) throw new EntenteError('forbidden', `${peer.name} has no part in "${operation.name}"`);
    return FROM_PARTY[act]!(arrived, party);
  }
  throw new EntenteError(
    'forbidden',
    `"${act.slice(0, 40)}" does not come from ${peer.name} in this operation`,
  );
}

async function invited(
  tx: Queries,
  registry: Registry,
  peer: Peer,
  id: string,
  body: Record<string, unknown>,
): Promise<void> {
  const facts = parseOperation(
    { ...(body['facts'] as Record<string, unknown> | undefined), id },
    'message-invalid',
  );
  const terms = parseTerms((body['terms'] ?? {}) as Record<string, unknown>, 'message-invalid');
  await assertUnderAgreement(registry, peer);
  const at = registry.clock().toISOString();
  const known = await tx.get<{ lead: string }>('SELECT lead FROM operation WHERE id = ?', id);
  if (known && known.lead !== peer.kid)
    throw new EntenteError('conflict', 'another node leads that operation');
  const operation: Operation = { ...facts, lead: peer.kid, state: 'open', at, databases: [], remindDays: 0 };
  if (known) await saveFacts(tx, operation);
  else await insertOperation(tx, operation);
  await saveParty(tx, operation, { ...terms, peer: '', state: 'invited', at });
  await appendLeaf(tx, registry.clock, 'operation', { act: 'invitation', id, lead: peer.kid, ...terms });
}

async function answered(
  { tx, registry, operation, peer, body }: Arrived,
  party: Party,
  state: 'joined' | 'left',
): Promise<void> {
  const contact = body['contact'];
  if (typeof contact !== 'string') throw new EntenteError('message-invalid', 'the answer has no contact');
  parseTerms({ ...party, contact }, 'message-invalid');
  if (state === 'joined') await assertUnderAgreement(registry, peer);
  await saveParty(tx, operation, { ...party, contact, state, at: registry.clock().toISOString() });
  await appendLeaf(tx, registry.clock, 'operation', { act: state, id: operation.id, peer: peer.kid });
}

async function changed({ tx, registry, operation, body }: Arrived): Promise<void> {
  const { state, actionDay } = body;
  if (state !== 'open' && state !== 'closed')
    throw new EntenteError('message-invalid', 'the message has no state of an operation');
  const now: Operation = { ...operation, state, actionDay: actionDay as string | null };
  parseOperation({ ...now }, 'message-invalid');
  await saveFacts(tx, now);
  await appendLeaf(tx, registry.clock, 'operation', {
    act: 'changed',
    id: operation.id,
    state,
    actionDay: now.actionDay,
  });
}
