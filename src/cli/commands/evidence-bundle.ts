import { EntenteError } from '../../base/index.ts';
import { makeBundle, requireCase } from '../../cases/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { formatBytes } from '../terminal.ts';

export const command: Command = {
  name: 'evidence bundle',
  summary: 'put a case into one file that anyone can verify',
  usage: 'CASE --out FILE.zip',
  details: `
The bundle holds the exhibits, their chain of custody, runs and findings, the agreements relied on, and inclusion proofs under a signed
checkpoint of this node's ledger. \`entente verify FILE.zip\` checks it anywhere, offline.`,
  options: { out: { type: 'string', value: 'FILE', help: 'where to write it' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const name = invocation.positionals[0];
      if (!name) throw new EntenteError('usage', 'name the case');
      const made = await makeBundle(registry, await requireCase(registry, name), invocation.required('out'));
      if (invocation.json) terminal.out(JSON.stringify(made));
      else {
        terminal.out(
          `${made.file}  ${formatBytes(made.sizeBytes)}, ${made.exhibits} exhibits, ${made.findings} findings, ${made.leaves} proofs`,
        );
        terminal.out(`SHA-256 ${made.sha256}`);
      }
      return 0;
    }),
};
