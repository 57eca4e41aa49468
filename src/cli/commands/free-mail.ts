import { takePendingMail } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'free mail',
  usage: '',
  details: 'The node sends no mail. Give the lines to the mail system of your organisation.',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      for (const mail of await takePendingMail(registry)) terminal.out(JSON.stringify(mail));
      return 0;
    }),
};
