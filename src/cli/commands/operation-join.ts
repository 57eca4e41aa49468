import { sendInOperation } from '../../exchange/index.ts';
import { answerInvitation } from '../../operations/index.ts';
import { operationCommand } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation join',
    usage: 'OPERATION [--contact TEXT]',
    options: {
      contact: {
        type: 'string',
        value: 'TEXT',
        help: 'whom the lead and other parties call: name or office, e-mail, telephone',
      },
    },
  },
  async ({ registry, operation, invocation }) => {
    await answerInvitation(
      registry,
      operation,
      'join',
      invocation.string('contact') ?? '',
      sendInOperation(registry),
    );
    return {
      value: { operation: operation.name, joined: true },
      lines: [`this organisation has joined "${operation.name}"`],
    };
  },
);
