import { EntenteError } from '../../base/index.ts';
import { writeRepository } from '../../exchange/tools/index.ts';
import { requirePeer } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'tool export',
  usage: 'PEER --out FOLDER',
  details:
    'There, `entente tool fetch PEER --from FOLDER` checks and takes it like a fetched one. It has to arrive within a day.',
  options: { out: { type: 'string', value: 'FOLDER', help: 'where it goes' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const name = invocation.positionals[0];
      if (!name) throw new EntenteError('usage', 'name the peer (`entente peer list`)');
      const out = invocation.required('out');
      const tools = await writeRepository(registry, await requirePeer(registry.db, name), out);
      if (invocation.json) terminal.out(JSON.stringify({ folder: out, tools }));
      else terminal.out(`${out}  ${tools.length} tools: ${tools.join(', ')}`);
      return 0;
    }),
};
