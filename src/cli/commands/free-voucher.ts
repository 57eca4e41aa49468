import { ownVoucher } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'free voucher',
  usage: '',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const voucher = await ownVoucher(registry);
      terminal.out(invocation.json ? JSON.stringify({ voucher }) : voucher);
      return 0;
    }),
};
