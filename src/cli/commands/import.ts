import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { TLP_LEVELS, type Tlp } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { ownCollection } from '../../exchange/index.ts';
import { importBundle } from '../../intel/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { formatCount } from '../terminal.ts';

export const command: Command = {
  name: 'import',
  summary: 'take in intelligence (STIX 2.1 bundles)',
  usage: 'FILE… [--unmarked LEVEL]',
  details: `
Files are streamed. Every object is checked, kept byte for byte, and classified for release; those that break a rule are refused by name, the others are kept.
Importing the same file again changes nothing, so an interrupted import is simply repeated.`,
  options: {
    unmarked: {
      type: 'string',
      value: 'LEVEL',
      help: `what objects without a TLP marking count as: ${TLP_LEVELS.join(', ')} (default red: nobody said they may leave)`,
    },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      if (invocation.positionals.length === 0) throw new EntenteError('usage', 'name at least one file');
      const unmarked = invocation.string('unmarked');
      if (unmarked !== undefined && !(TLP_LEVELS as readonly string[]).includes(unmarked)) {
        throw new EntenteError('usage', `--unmarked takes one of: ${TLP_LEVELS.join(', ')}`);
      }
      const collection = await ownCollection(registry);
      let accepted = 0;
      let unchanged = 0;
      let refused = 0;
      for (const file of invocation.positionals) {
        const progress = terminal.progress(file, { total: (await stat(file)).size, unit: 'bytes' });
        try {
          const report = await importBundle(
            registry,
            collection.id,
            file,
            createReadStream(file, { highWaterMark: 1 << 18 }),
            {
              ...(unmarked === undefined ? {} : { unmarked: unmarked as Tlp }),
              onBytes: (done) => progress.update(done),
              onRefused: (refusal) => {
                refused++;
                progress.end();
                terminal.note(
                  `${terminal.style.red('refused')} ${file}: objects[${refusal.index}]${refusal.id ? ` ${refusal.id}` : ''}: ${refusal.issues.map((issue) => `${issue.path ? `${issue.path} ` : ''}${issue.message}`).join('; ')}`,
                );
              },
            },
          );
          accepted += report.accepted;
          unchanged += report.unchanged;
        } finally {
          progress.end();
        }
      }
      if (invocation.json) terminal.out(JSON.stringify({ accepted, unchanged, refused }));
      else
        terminal.out(
          `${formatCount(accepted)} accepted, ${formatCount(unchanged)} unchanged, ${formatCount(refused)} refused`,
        );
      return 0;
    }),
};
