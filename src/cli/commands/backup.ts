import { backupNode } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { formatBytes } from '../terminal.ts';

export const command: Command = {
  name: 'backup',
  usage: '--out FOLDER',
  details:
    'The copy holds the node’s private keys: keep it as you keep them. `entente restore FOLDER` brings it back.',
  options: { out: { type: 'string', value: 'FOLDER', help: 'an empty folder' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const progress = terminal.progress('copying', { unit: 'bytes' });
      const report = await backupNode(registry, invocation.required('out'), (done) =>
        progress.update(done),
      ).finally(() => progress.end());
      if (invocation.json) terminal.out(JSON.stringify(report));
      else
        terminal.out(
          `${report.files} files, ${formatBytes(report.bytes)}, ${report.leaves} ledger leaves in ${report.folder}`,
        );
      return 0;
    }),
};
