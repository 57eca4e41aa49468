/** Messages of joint operations go through the outbox, in the transaction of the act. */
import type { Send } from '../operations/index.ts';
import type { Registry } from '../registry/index.ts';
import { queueMessage } from './messages.ts';

export function sendInOperation(registry: Registry): Send {
  return (tx, to, body) => queueMessage(tx, registry, to, 'operation', body);
}
