import { blockAgency, listAgencies } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'free agencies',
  usage: '[--block AGENCY]',
  options: { block: { type: 'string', value: 'AGENCY', help: 'its identifier' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const block = invocation.string('block');
      if (block !== undefined) await blockAgency(registry, block);
      const agencies = (await listAgencies(registry.db)).filter(({ state }) => state !== 'voucher');
      if (invocation.json) for (const agency of agencies) terminal.out(JSON.stringify(agency));
      else if (agencies.length === 0) terminal.out('no agencies');
      else
        for (const line of table(
          ['agency', 'state', 'domain', 'since', 'by', 'name'],
          agencies.map((one) => [one.id, one.state, one.domain, one.registeredAt, one.by, one.name]),
        ))
          terminal.out(line);
      return 0;
    }),
};
