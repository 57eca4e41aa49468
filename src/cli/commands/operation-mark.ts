import { EntenteError } from '../../base/index.ts';
import { sendInOperation } from '../../exchange/index.ts';
import { changeMark, findTarget } from '../../operations/index.ts';
import { BY, operationCommand, personOf } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation mark',
    usage: 'OPERATION TARGET suspect|victim|undetermined --reason TEXT',
    options: BY,
  },
  async ({ registry, operation, invocation, rest }) => {
    const [asked, mark] = rest;
    if (!asked || !mark) throw new EntenteError('usage', 'name the target and the mark');
    const target = await findTarget(registry.db, operation, asked);
    await changeMark(
      registry,
      operation,
      target,
      mark,
      invocation.required('reason'),
      personOf(invocation),
      sendInOperation(registry),
    );
    return {
      value: { target: target.id, was: target.mark, mark },
      lines: [`${target.value}: ${target.mark} → ${mark}`],
    };
  },
);
