import { contradictions, listTargetOutcomes } from '../../operations/index.ts';
import { listPeers } from '../../registry/index.ts';
import { operationCommand } from '../operation.ts';
import { table } from '../table.ts';

export const command = operationCommand(
  {
    name: 'operation outcomes',
    usage: 'OPERATION',
    options: {},
  },
  async ({ registry, operation }) => {
    const names = new Map((await listPeers(registry.db)).map(({ kid, name }) => [kid, name]));
    const outcomes = await listTargetOutcomes(registry.db, operation);
    const contradicting = contradictions(outcomes);
    const rows = outcomes.map((one) => [
      one.at,
      { in: 'from', out: 'to', told: 'told by' }[one.direction],
      one.peer === '' ? 'here' : (names.get(one.peer) ?? one.peer),
      one.value.slice(0, 60),
      one.kind,
      String(one.quantity),
      one.superseded === null ? '' : `does not count: ${one.superseded}`,
    ]);
    return {
      value: { outcomes, contradictions: contradicting.map((list) => list.map(({ id }) => id)) },
      lines: [
        ...(rows.length === 0
          ? ['no outcomes yet']
          : table(['when', '', 'party', 'target', 'outcome', 'how many', ''], rows)),
        ...contradicting.map(
          (list) =>
            `${list[0]!.value}: ${list.map(({ kind, id }) => `${kind} (${id})`).join(' against ')}; decide with --supersede`,
        ),
      ],
    };
  },
);
