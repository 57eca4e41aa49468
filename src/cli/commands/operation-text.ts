import { EntenteError } from '../../base/index.ts';
import { decideText, findTarget } from '../../operations/index.ts';
import { BY, operationCommand, personOf } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation text',
    usage: 'OPERATION TARGET keep|drop --reason TEXT',
    details:
      'A note with names is sent only where a clause lets personal data of suspects cross, also when it is kept.',
    options: BY,
  },
  async ({ registry, operation, invocation, rest }) => {
    const [asked, decision] = rest;
    if (!asked || !decision)
      throw new EntenteError(
        'usage',
        'name the target, and say keep or drop; `entente operation package` shows the notes that wait',
      );
    const target = await findTarget(registry.db, operation, asked);
    await decideText(registry, target, decision, invocation.required('reason'), personOf(invocation));
    return {
      value: { target: target.id, text: decision },
      lines: [`${target.value}: the note is ${decision === 'keep' ? 'kept' : 'dropped'}`],
    };
  },
);
