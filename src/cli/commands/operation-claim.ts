import { sendInOperation } from '../../exchange/index.ts';
import { registerInterest } from '../../operations/index.ts';
import { operationCommand } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation claim',
    usage: 'OPERATION VALUE… --contact TEXT [--notify both|owner-first]',
    details:
      'Only a digest of the value goes to the lead. With owner-first, whoever asks learns nothing; you get its contact card and decide.',
    options: {
      contact: { type: 'string', value: 'TEXT', help: 'whom to call: office, e-mail, telephone' },
      notify: { type: 'string', value: 'WHO', help: 'both (default), or owner-first' },
    },
  },
  async ({ registry, operation, invocation, rest }) => {
    const given = { notify: invocation.string('notify') ?? 'both', contact: invocation.required('contact') };
    await registerInterest(registry, operation, rest, given, sendInOperation(registry));
    return { value: { claimed: rest.length, notify: given.notify }, lines: [`${rest.length} registered`] };
  },
);
