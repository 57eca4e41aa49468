import { listAccounts } from '../../exchange/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'account list',
  usage: '',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const accounts = await listAccounts(registry);
      if (invocation.json) for (const account of accounts) terminal.out(JSON.stringify(account));
      else if (accounts.length === 0) terminal.out('no accounts yet; `entente account add` makes one');
      else {
        const rows = accounts.map(({ username, createdAt, collections }) => [
          username,
          createdAt,
          collections
            .map(({ collection, canRead, canWrite }) => {
              const rights = [...(canRead ? ['read'] : []), ...(canWrite ? ['write'] : [])];
              return `${collection}=${rights.join('-') || 'none'}`;
            })
            .join(' '),
        ]);
        for (const line of table(['account', 'since', 'collections'], rows)) terminal.out(line);
      }
      return 0;
    }),
};
