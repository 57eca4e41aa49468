import { sendInOperation } from '../../exchange/index.ts';
import { answerInvitation } from '../../operations/index.ts';
import { operationCommand } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation leave',
    usage: 'OPERATION',
    options: {},
  },
  async ({ registry, operation }) => {
    await answerInvitation(registry, operation, 'leave', '', sendInOperation(registry));
    return {
      value: { operation: operation.name, left: true },
      lines: [`this organisation has left "${operation.name}"`],
    };
  },
);
