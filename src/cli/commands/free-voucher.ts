import { PURPOSES } from '../../agreement/index.ts';
import { ownVoucher } from '../../desk/index.ts';
import { requirePeer } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { word } from '../request-step-command.ts';
import { PURPOSE } from '../tool-view.ts';

export const command: Command = {
  name: 'free voucher',
  usage: '[--peer PEER [--purpose WORD]]',
  details: `
The agency that registers with it is in at once; a voucher works once, within a week. With --peer the agency has the quota and period of the service clause for
look-ups in the agreement with that peer; without, the terms for everybody.`,
  options: {
    peer: { type: 'string', value: 'PEER', help: 'the agency is one of this peer' },
    ...PURPOSE,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const name = invocation.string('peer');
      const purpose = word(invocation, 'purpose', PURPOSES, 'investigation');
      const under =
        name === undefined ? undefined : { peer: (await requirePeer(registry.db, name)).kid, purpose };
      const voucher = await ownVoucher(registry, under);
      terminal.out(invocation.json ? JSON.stringify({ voucher }) : voucher);
      return 0;
    }),
};
