import { EntenteError } from '../../base/index.ts';
import { sendInOperation } from '../../exchange/index.ts';
import { OUTCOME_KINDS, reportOutcomes, supersedeOutcome } from '../../operations/index.ts';
import { BY, operationCommand, personOf } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation outcome',
    usage:
      'OPERATION TARGET KIND [--quantity N] [--at TIME] [--evidence REF] | OPERATION --supersede OUTCOME --reason TEXT',
    details: `KIND is one of: ${OUTCOME_KINDS.join(', ')}. It goes to the lead under the agreement, and from there to the contributors without the
reference to evidence and without who reported it.`,
    options: {
      ...BY,
      quantity: {
        type: 'string',
        value: 'N',
        help: 'how many: servers seized, arrests, victims notified (default 1)',
      },
      at: { type: 'string', value: 'TIME', help: 'when it happened, RFC 3339 (default now)' },
      evidence: { type: 'string', value: 'REF', help: 'number of the file or exhibit' },
      supersede: { type: 'string', value: 'OUTCOME', help: 'the report that does not count' },
    },
  },
  async ({ registry, operation, invocation, rest }) => {
    const send = sendInOperation(registry);
    const superseded = invocation.string('supersede');
    if (superseded !== undefined) {
      await supersedeOutcome(
        registry,
        operation,
        superseded,
        invocation.required('reason'),
        personOf(invocation),
        send,
      );
      return { value: { superseded }, lines: [`${superseded} does not count any more`] };
    }
    const [target, kind] = rest;
    if (!target || !kind)
      throw new EntenteError('usage', `name the target and what came of it: ${OUTCOME_KINDS.join(', ')}`);
    const quantity = invocation.integer('quantity', { min: 0, max: 1_000_000_000, default: 1 });
    const at = invocation.string('at');
    const [made] = await reportOutcomes(
      registry,
      operation,
      [
        {
          target,
          kind,
          quantity,
          evidence: invocation.string('evidence') ?? '',
          ...(at === undefined ? {} : { at }),
        },
      ],
      send,
    );
    return { value: made, lines: [`${target}: ${kind}${quantity === 1 ? '' : ` (${quantity})`}`] };
  },
);
