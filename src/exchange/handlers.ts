/** What each kind of message does when it arrives. Each runs inside the transaction that keeps the message. */
import { EntenteError, isTimestamp } from '../base/index.ts';
import { findingsOn, receiveAnswer, receiveOffer } from '../cases/index.ts';
import { receiveSeatNotice, receiveStep } from '../desk/index.ts';
import {
  acceptRecallReceipt,
  parseRecall,
  type RecallAnswer,
  receiveErasure,
  withdraw,
} from '../intel/index.ts';
import {
  assertOutcomeMayCross,
  parseOutcome,
  receiveOperationMessage,
  storeOutcome,
} from '../operations/index.ts';
import {
  type Registry,
  receiveAgreement,
  receiveNotice,
  receivePermission,
  receivePermissionAnswer,
} from '../registry/index.ts';
import { acceptReceipt } from './deliveries.ts';
import { type MessageHandlers, queueMessage } from './messages.ts';
import { sendInOperation } from './operations.ts';
import { queueRecall } from './recalls.ts';
import { queueStep } from './requests.ts';

export function messageHandlers(registry: Registry): MessageHandlers {
  return {
    agreement: (tx, message, peer) => receiveAgreement(tx, registry, message.body, peer),

    'agreement-notice': (tx, message, peer) => receiveNotice(tx, registry, message.body, peer),

    'evidence-offer': (tx, message, peer) => receiveOffer(tx, registry, peer, message.body),

    'evidence-answer': (tx, message, peer) => receiveAnswer(tx, registry, peer, message.body),

    operation: (tx, message, peer) =>
      receiveOperationMessage(tx, registry, peer, message.body, sendInOperation(registry)),
    'request-step': (tx, message, peer) => receiveStep(tx, registry, peer, message.body, queueStep(registry)),

    permission: (tx, message, peer) => receivePermission(tx, registry, message.body, peer),

    'permission-answer': (tx, message, peer) => receivePermissionAnswer(tx, registry, message.body, peer),

    erasure: (tx, message, peer) => receiveErasure(tx, registry, message.body, peer),

    'tool-seat': (tx, message, peer) => receiveSeatNotice(tx, registry, peer, message.body),

    receipt: (tx, message) => acceptReceipt(tx, registry, message),

    async recall(tx, message) {
      const recall = parseRecall(message.body);
      const held = await tx.get<{ n: number }>(
        'SELECT count(*) AS n FROM object WHERE id_key = id_key(?) AND id = ? AND contributor = ?',
        recall.object,
        recall.object,
        message.from,
      );
      if (Number(held?.n ?? 0) === 0)
        throw new EntenteError('forbidden', 'the recalled object did not come from the sender');
      await withdraw(tx, registry, 'in', recall, queueRecall(registry));
      const answer: RecallAnswer = {
        recall: recall.id,
        object: recall.object,
        withdrawn: Number(held!.n),
        findings: await findingsOn(tx, recall.object),
        at: registry.clock().toISOString(),
      };
      await queueMessage(tx, registry, message.from, 'recall-receipt', { ...answer });
    },

    async 'recall-receipt'(tx, message) {
      const { recall, object, withdrawn, findings, at } = message.body;
      if (
        ![recall, object, at].every((text) => typeof text === 'string') ||
        !isTimestamp(at as string) ||
        !Number.isInteger(withdrawn) ||
        !Number.isInteger(findings)
      ) {
        throw new EntenteError('message-invalid', 'the message is no recall receipt');
      }
      await acceptRecallReceipt(tx, registry, message.from, {
        recall,
        object,
        withdrawn,
        findings,
        at,
      } as RecallAnswer);
    },

    async outcome(tx, message) {
      const outcome = parseOutcome(message.body);
      await assertOutcomeMayCross(registry, message.from, 'peer');
      const delivered = await tx.get(
        `SELECT 1 FROM delivery_object o JOIN delivery d ON d.id = o.delivery_id
         WHERE o.object_id = ? AND d.peer = ? AND d.direction = 'out' LIMIT 1`,
        outcome.object,
        message.from,
      );
      if (!delivered)
        throw new EntenteError(
          'forbidden',
          'the outcome is about an object that was not delivered to its sender',
        );
      await storeOutcome(tx, registry, 'in', message.from, outcome);
    },
  };
}
