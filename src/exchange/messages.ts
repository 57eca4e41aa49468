/**
 * Messages between nodes: signed statements that one node owes another (an agreement to sign, a receipt, an outcome, a recall).
 *
 * A message is written to the outbox in the transaction of the act that causes it, and crosses in either of two ways: pushed to
 * the peer, or fetched by it, so that a node behind a closed firewall takes part too. Whoever gets it keeps it by its id
 * and answers 2xx only when its effect is durable; receiving it twice does nothing the second time.
 */
import { EntenteError, isEntenteError, isId, isTimestamp, newId } from '../base/index.ts';
import {
  appendLeaf,
  findPeer,
  type Peer,
  type Registry,
  signStatement,
  unverifiedSigner,
  verifyStatement,
} from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { callPeer, refusedBy } from './http-client.ts';

export const MESSAGE_KINDS = [
  'agreement',
  'agreement-notice',
  'receipt',
  'recall',
  'recall-receipt',
  'outcome',
  'evidence-offer',
  'evidence-answer',
  'operation',
  'request-step',
  'permission',
  'permission-answer',
  'erasure',
  'tool-seat',
] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export interface Message {
  readonly id: string;
  readonly kind: MessageKind;
  /** Keys of the nodes. */
  readonly from: string;
  readonly to: string;
  readonly at: string;
  readonly body: Record<string, unknown>;
}

/**
 * What a message of one kind does here. It runs inside the transaction that stores the message, and throws
 * EntenteError to refuse it; then nothing is kept.
 */
export type MessageHandler = (tx: Queries, message: Message, peer: Peer) => Promise<void>;
export type MessageHandlers = Readonly<Record<MessageKind, MessageHandler>>;

/** One signed message; a whole agreement with its text in four languages is the largest. */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

/** Messages fetched in one call. */
const FETCH_MAX = 100;

/** Queues a message within the transaction of the act that causes it. */
export async function queueMessage(
  tx: Queries,
  registry: Registry,
  to: string,
  kind: MessageKind,
  body: Record<string, unknown>,
): Promise<string> {
  const message: Message = {
    id: newId('message'),
    kind,
    from: registry.identity.kid,
    to,
    at: registry.clock().toISOString(),
    body,
  };
  await tx.run(
    'INSERT INTO outbox (id, peer, kind, message, created_at) VALUES (?, ?, ?, ?, ?)',
    message.id,
    to,
    kind,
    await signStatement(registry.identity, 'message', message),
    message.at,
  );
  return message.id;
}

/**
 * Verifies and applies a message of `peer`. Resolves when its effect is durable.
 * @throws EntenteError `signature-invalid`, `message-invalid`, `forbidden`, or what the handler found wrong
 */
export async function receiveMessage(
  registry: Registry,
  handlers: MessageHandlers,
  peer: Peer,
  jws: string,
): Promise<'applied' | 'known'> {
  if (jws.length > MESSAGE_BYTES_MAX)
    throw new EntenteError('input-limit', `a message may have ${MESSAGE_BYTES_MAX} bytes`);
  if (unverifiedSigner(jws) !== peer.kid)
    throw new EntenteError('signature-invalid', 'the message is not signed by the node that brings it');
  const message = parseMessage(await verifyStatement(jws, 'message', peer.jwk));
  if (message.from !== peer.kid || message.to !== registry.identity.kid) {
    throw new EntenteError('forbidden', 'the message is between other nodes');
  }
  return registry.db.transaction(async (tx) => {
    if (await tx.get('SELECT 1 FROM inbox WHERE id = ?', message.id)) return 'known';
    await handlers[message.kind](tx, message, peer);
    await tx.run(
      'INSERT INTO inbox (id, peer, kind, message, received_at) VALUES (?, ?, ?, ?, ?)',
      message.id,
      peer.kid,
      message.kind,
      jws,
      registry.clock().toISOString(),
    );
    await appendLeaf(tx, registry.clock, 'message', {
      id: message.id,
      kind: message.kind,
      from: message.from,
    });
    return 'applied';
  });
}

function parseMessage(value: Record<string, unknown>): Message {
  const { id, kind, from, to, at, body } = value;
  const known = MESSAGE_KINDS.find((name) => name === kind);
  const texts = [id, from, to, at].every((text) => typeof text === 'string');
  if (
    !texts ||
    !isId(id as string, 'message') ||
    !isTimestamp(at as string) ||
    !known ||
    typeof body !== 'object' ||
    body === null ||
    Array.isArray(body)
  ) {
    throw new EntenteError('message-invalid', 'the signed statement is no message that this version knows');
  }
  return {
    id: id as string,
    kind: known,
    from: from as string,
    to: to as string,
    at: at as string,
    body: body as Record<string, unknown>,
  };
}

/** What waits for a peer, oldest first. */
export function waitingFor(registry: Registry, kid: string): Promise<{ id: string; message: string }[]> {
  return registry.db.all(
    'SELECT id, message FROM outbox WHERE peer = ? AND delivered_at IS NULL ORDER BY seq LIMIT ?',
    kid,
    FETCH_MAX,
  );
}

export async function markDelivered(registry: Registry, kid: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await registry.db.transaction(async (tx) => {
    for (const id of ids) {
      await tx.run(
        'UPDATE outbox SET delivered_at = ? WHERE id = ? AND peer = ? AND delivered_at IS NULL',
        registry.clock().toISOString(),
        id,
        kid,
      );
    }
  });
}

export interface PushReport {
  readonly delivered: number;
  readonly waiting: number;
  /** Why the rest waits, a peer each. */
  readonly problems: readonly string[];
}

/** Offers every waiting message to its peer, in order. A peer that is away or refuses keeps its messages waiting; the others get theirs. */
export async function pushMessages(registry: Registry): Promise<PushReport> {
  const peers = await registry.db.all<{ peer: string }>(
    'SELECT DISTINCT peer FROM outbox WHERE delivered_at IS NULL',
  );
  let delivered = 0;
  const problems: string[] = [];
  for (const { peer: kid } of peers) {
    const peer = await findPeer(registry.db, kid);
    if (!peer) continue;
    try {
      for (const { id, message } of await waitingFor(registry, kid)) {
        const answer = await callPeer(registry, peer, '/api/v1/exchange/messages', {
          method: 'POST',
          contentType: 'application/json',
          body: JSON.stringify({ message }),
        });
        if (answer.status >= 300) {
          problems.push(refusedBy(peer, answer, 'a message').message); // the next one may still be welcome
          continue;
        }
        await markDelivered(registry, kid, [id]);
        delivered++;
      }
    } catch (error) {
      if (!(error instanceof EntenteError)) throw error;
      problems.push(error.message);
    }
  }
  const waiting = await registry.db.get<{ n: number }>(
    'SELECT count(*) AS n FROM outbox WHERE delivered_at IS NULL',
  );
  return { delivered, waiting: Number(waiting?.n ?? 0), problems };
}

export interface FetchReport {
  readonly applied: number;
  /** Messages that were refused here, with the reason; the peer keeps them waiting. */
  readonly problems: readonly string[];
}

/** Fetches and applies what a peer has waiting for this node, then tells it what has arrived. */
export async function fetchMessages(
  registry: Registry,
  handlers: MessageHandlers,
  peer: Peer,
): Promise<FetchReport> {
  let applied = 0;
  const problems: string[] = [];
  for (;;) {
    const answer = await callPeer(registry, peer, '/api/v1/exchange/messages');
    if (answer.status !== 200) throw refusedBy(peer, answer, 'its messages');
    const { messages } = (answer.json() ?? {}) as { messages?: unknown };
    if (!Array.isArray(messages) || messages.length > FETCH_MAX) {
      throw new EntenteError('peer-nonsense', `${peer.name} answered no list of messages`, {
        where: peer.url,
      });
    }
    const arrived: string[] = [];
    for (const entry of messages as { id?: unknown; message?: unknown }[]) {
      if (typeof entry?.id !== 'string' || typeof entry.message !== 'string') {
        throw new EntenteError('peer-nonsense', `${peer.name} answered no list of messages`, {
          where: peer.url,
        });
      }
      try {
        if ((await receiveMessage(registry, handlers, peer, entry.message)) === 'applied') applied++;
        arrived.push(entry.id);
      } catch (error) {
        if (!isEntenteError(error) || error.exit === 3) throw error;
        problems.push(error.message);
      }
    }
    if (arrived.length === 0) return { applied, problems };
    const done = await callPeer(registry, peer, '/api/v1/exchange/messages/arrived', {
      method: 'POST',
      contentType: 'application/json',
      body: JSON.stringify({ ids: arrived }),
    });
    if (done.status >= 300) throw refusedBy(peer, done, 'the list of arrived messages');
    if (problems.length > 0) return { applied, problems }; // those would only come again
  }
}
