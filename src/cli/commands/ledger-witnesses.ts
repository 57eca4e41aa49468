import { writeFile } from 'node:fs/promises';
import { forkFile, listForks, listWitnesses } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'ledger witnesses',
  usage: '[--evidence FILE.json]',
  details:
    'Peers cosign each other’s ledgers whenever they synchronise. Exit 1 when the ledger of a peer was seen to fork.',
  options: {
    evidence: {
      type: 'string',
      value: 'FILE',
      help: 'write the proof of the newest fork here; anybody verifies it with `entente verify`',
    },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const out = invocation.string('evidence');
      if (out !== undefined) await writeFile(out, await forkFile(registry), { flag: 'wx' });
      const witnesses = await listWitnesses(registry);
      const forks = await listForks(registry);
      if (invocation.json) terminal.out(JSON.stringify({ witnesses, forks }));
      else {
        const rows = witnesses.map((one) => [
          one.name,
          one.size === null ? 'never' : String(one.size),
          one.at ?? '',
          one.witness,
        ]);
        for (const line of table(['witness', 'leaves cosigned', 'at', 'key'], rows)) terminal.out(line);
        for (const fork of forks)
          terminal.out(
            `${terminal.style.red('FORK')}  ${fork.origin} signed two histories; seen ${fork.seen_at}`,
          );
      }
      return forks.length > 0 ? 1 : 0;
    }),
};
