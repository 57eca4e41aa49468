import { readFileSync } from 'node:fs';
import { EntenteError } from '../../base/index.ts';
import { revokeCredential, statusList } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'credential revoke',
  usage: '[FILE] > LIST',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const path = invocation.positionals[0];
      if (path !== undefined) {
        let text: string;
        try {
          text = readFileSync(path, 'utf8');
        } catch (cause) {
          throw new EntenteError('file-unreadable', `${path} cannot be read`, { where: path, cause });
        }
        await revokeCredential(registry, text);
      }
      const list = await statusList(registry);
      terminal.out(invocation.json ? JSON.stringify({ statusList: list }) : list);
      return 0;
    }),
};
