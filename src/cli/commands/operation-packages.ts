import { listPackages } from '../../operations/index.ts';
import { listPeers } from '../../registry/index.ts';
import { operationCommand } from '../operation.ts';
import { table } from '../table.ts';

export const command = operationCommand(
  {
    name: 'operation packages',
    usage: 'OPERATION',
    options: {},
  },
  async ({ registry, operation }) => {
    const names = new Map((await listPeers(registry.db)).map(({ kid, name }) => [kid, name]));
    const packages = await listPackages(registry.db, operation);
    const rows = packages.map((one) => [
      one.id,
      one.direction === 'in' ? 'from' : 'to',
      names.get(one.peer) ?? one.peer,
      one.scope,
      String(one.items),
      one.receivedAt ?? 'not yet',
      one.readAt ?? 'not yet',
      String(one.recalled),
    ]);
    return {
      value: packages.map((one) => ({ ...one, peerName: names.get(one.peer) ?? null })),
      lines:
        rows.length === 0
          ? ['no packages yet']
          : table(['package', '', 'peer', 'scope', 'items', 'received', 'read', 'recalled'], rows),
    };
  },
);
