import { stat } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { TLP_LEVELS, type Tlp } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { ownCollection, recallNarrowedCopies } from '../../exchange/index.ts';
import { importFile } from '../../intel/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { formatCount } from '../terminal.ts';

export const command: Command = {
  name: 'import',
  summary: 'take in intelligence: STIX bundles, MISP events, lists of values',
  usage: 'FILE… [--unmarked LEVEL]',
  details: `
Files are streamed. Every object is checked, kept byte for byte, and classified for release; those that break a rule are refused by name,
the others are kept. MISP events and lists (one value a line, or CSV) become STIX indicators; what STIX cannot say is counted and named.
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
      // Nearly everything that an import allocates is garbage soon: collecting it earlier takes no longer, and saves 100 MB.
      setFlagsFromString('--heap-growing-percent=30');
      if (invocation.positionals.length === 0) throw new EntenteError('usage', 'name at least one file');
      const unmarked = invocation.string('unmarked');
      if (unmarked !== undefined && !(TLP_LEVELS as readonly string[]).includes(unmarked)) {
        throw new EntenteError('usage', `--unmarked takes one of: ${TLP_LEVELS.join(', ')}`);
      }
      const collection = await ownCollection(registry);
      const total = { accepted: 0, unchanged: 0, refused: 0 };
      const changes = new Map<string, number>();
      const dropped = new Map<string, number>();
      for (const file of invocation.positionals) {
        const size = (await stat(file)).size;
        const progress = terminal.progress(file, { total: size, unit: 'bytes' });
        try {
          const report = await importFile(registry, collection.id, file, {
            ...(unmarked === undefined ? {} : { unmarked: unmarked as Tlp }),
            onBytes: (done) => progress.update(done),
            onRefused: ({ index, id, issues }) => {
              const why = issues
                .map((issue) => `${issue.path ? `${issue.path} ` : ''}${issue.message}`)
                .join('; ');
              terminal.note(
                `${terminal.style.red('refused')} ${file}: objects[${index}]${id ? ` ${id}` : ''}: ${why}`,
              );
            },
          });
          if (report.accepted + report.unchanged === 0 && (report.refused > 0 || report.format !== 'stix')) {
            throw new EntenteError(
              report.refused > 0 ? 'stix-invalid' : 'intelligence-format',
              report.refused > 0
                ? `${file}: nothing in it can be kept; all ${report.refused} objects are refused`
                : `${file} holds no intelligence`,
              { where: file },
            );
          }
          total.accepted += report.accepted;
          total.unchanged += report.unchanged;
          total.refused += report.refused;
          for (const [words, count] of report.changes) changes.set(words, (changes.get(words) ?? 0) + count);
          for (const [what, count] of report.dropped) dropped.set(what, (dropped.get(what) ?? 0) + count);
        } finally {
          progress.end();
        }
      }
      const takenBack = await recallNarrowedCopies(registry);
      if (takenBack > 0)
        terminal.note(
          `${formatCount(takenBack)} copies at peers are recalled: newer versions have markings under which they may not be held there`,
        );
      if (invocation.json)
        terminal.out(
          JSON.stringify({
            ...total,
            takenBack,
            changes: Object.fromEntries(changes),
            dropped: Object.fromEntries(dropped),
          }),
        );
      else {
        terminal.out(
          `${formatCount(total.accepted)} accepted, ${formatCount(total.unchanged)} unchanged, ${formatCount(total.refused)} refused`,
        );
        for (const [words, count] of changes)
          terminal.out(`STIX 2.0 made 2.1, ${formatCount(count)} times: ${words}`);
        for (const [what, count] of dropped) terminal.out(`${formatCount(count)} not taken over: ${what}`);
      }
      return 0;
    }),
};
