import { listDeliveries } from '../../exchange/index.ts';
import { listPeers } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'delivery list',
  usage: '',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const deliveries = await listDeliveries(registry);
      const names = new Map((await listPeers(registry.db)).map((peer) => [peer.kid, peer.name]));
      if (invocation.json) for (const delivery of deliveries) terminal.out(JSON.stringify(delivery));
      else if (deliveries.length === 0) terminal.out('nothing has crossed yet');
      else {
        const rows = deliveries.map((delivery) => [
          delivery.at,
          delivery.direction === 'out' ? 'to' : 'from',
          names.get(delivery.peer) ?? delivery.peer,
          String(delivery.objects),
          delivery.direction === 'in' ? 'receipt given' : (delivery.receiptAt ?? 'NO RECEIPT'),
          delivery.agreement,
        ]);
        for (const line of table(['when', '', 'peer', 'objects', 'receipt', 'agreement'], rows))
          terminal.out(line);
      }
      return 0;
    }),
};
