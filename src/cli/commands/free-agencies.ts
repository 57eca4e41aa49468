import { blockAgency, listAgencies } from '../../desk/index.ts';
import { listPeers } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';
import { printable } from '../terminal.ts';

export const command: Command = {
  name: 'free agencies',
  usage: '[--block AGENCY]',
  options: { block: { type: 'string', value: 'AGENCY', help: 'its identifier' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const block = invocation.string('block');
      if (block !== undefined) await blockAgency(registry, block);
      const peers = new Map((await listPeers(registry.db)).map(({ kid, name }) => [kid, name]));
      const agencies = (await listAgencies(registry.db)).filter(({ state }) => state !== 'voucher');
      if (invocation.json) for (const agency of agencies) terminal.out(JSON.stringify(agency));
      else if (agencies.length === 0) terminal.out('no agencies');
      else
        for (const line of table(
          ['agency', 'state', 'domain', 'since', 'by', 'name', 'agreement with'],
          agencies.map((one) => [
            one.id,
            one.state,
            one.domain,
            one.registeredAt,
            one.by,
            one.name,
            one.under ? printable(peers.get(one.under.peer) ?? one.under.peer) : '',
          ]),
        ))
          terminal.out(line);
      return 0;
    }),
};
