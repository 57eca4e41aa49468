import { EntenteError } from '../../base/index.ts';
import { findTarget, holdTarget } from '../../operations/index.ts';
import { BY, operationCommand, personOf } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation hold',
    usage: 'OPERATION TARGET --reason TEXT [--release]',
    options: { ...BY, release: { type: 'boolean', help: 'let it go on' } },
  },
  async ({ registry, operation, invocation, rest }) => {
    const [asked] = rest;
    if (!asked) throw new EntenteError('usage', 'name the target');
    const target = await findTarget(registry.db, operation, asked);
    const hold = !invocation.flag('release');
    await holdTarget(registry, operation, target, hold, invocation.required('reason'), personOf(invocation));
    return {
      value: { target: target.id, held: hold },
      lines: [`${target.value} ${hold ? 'is held' : 'goes on'}`],
    };
  },
);
