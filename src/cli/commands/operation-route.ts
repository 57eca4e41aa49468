import { EntenteError } from '../../base/index.ts';
import { sendInOperation } from '../../exchange/index.ts';
import { REASONS } from '../../geography/index.ts';
import { findTarget, routeConflicts, routeTarget } from '../../operations/index.ts';
import { BY, operationCommand, personOf } from '../operation.ts';
import { formatCount } from '../terminal.ts';

export const command = operationCommand(
  {
    name: 'operation route',
    usage: 'OPERATION TARGET COUNTRY --reason TEXT | OPERATION --conflicts GROUND --reason TEXT',
    details: 'Routing again recalls the target from packages of the country where it was before.',
    options: {
      ...BY,
      conflicts: {
        type: 'string',
        value: 'GROUND',
        help: `decide all conflicts for what this ground says: ${REASONS.join(', ')}`,
      },
    },
  },
  async ({ registry, operation, invocation, rest }) => {
    const prefer = invocation.string('conflicts');
    const reason = invocation.required('reason');
    if (prefer !== undefined) {
      const ground = REASONS.find((one) => one === prefer);
      if (!ground) throw new EntenteError('usage', `--conflicts takes one of ${REASONS.join(', ')}`);
      const routed = await routeConflicts(registry, operation, ground, reason, personOf(invocation));
      return {
        value: { routed, prefer },
        lines: [`${formatCount(routed)} conflicts are decided for ${prefer}`],
      };
    }
    const [asked, country] = rest;
    if (!asked || !country) throw new EntenteError('usage', 'name the target and the country');
    const target = await findTarget(registry.db, operation, asked);
    await routeTarget(
      registry,
      operation,
      target,
      country,
      reason,
      personOf(invocation),
      sendInOperation(registry),
    );
    return {
      value: { target: target.id, was: target.country, country },
      lines: [`${target.value}: ${target.country ?? '?'} → ${country.toUpperCase()}`],
    };
  },
);
