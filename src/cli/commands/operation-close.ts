import { sendInOperation } from '../../exchange/index.ts';
import { changeOperation } from '../../operations/index.ts';
import { operationCommand } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation close',
    usage: 'OPERATION',
    options: {},
  },
  async ({ registry, operation }) => {
    const { name, state } = await changeOperation(
      registry,
      operation,
      { state: 'closed' },
      sendInOperation(registry),
    );
    return { value: { operation: name, state }, lines: [`"${name}" is closed`] };
  },
);
