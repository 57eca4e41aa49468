/** Steps of requests go through the outbox, in the transaction that takes them. */
import type { QueueStep } from '../desk/index.ts';
import type { Registry } from '../registry/index.ts';
import { queueMessage } from './messages.ts';

export const queueStep =
  (registry: Registry): QueueStep =>
  (tx, peer, body) =>
    queueMessage(tx, registry, peer, 'request-step', { ...body });
