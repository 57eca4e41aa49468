import { pipeline } from 'node:stream/promises';
import { EntenteError } from '../../base/index.ts';
import { readExhibit, requireExhibit } from '../../cases/index.ts';
import { caseNamed } from '../case-named.ts';
import { CIRCUMSTANCES, circumstancesOf } from '../circumstances.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'evidence show',
  usage: 'CASE NUMBER',
  details: `
Writes the bytes to standard output. Before the first of them, an access event with the digest of exactly what is read is in the
exhibit's chain of custody and in the ledger. With \`--json\` the bytes come in base64, at most 16 MiB.`,
  options: {
    file: { type: 'string', value: 'PATH', help: 'a file of a folder exhibit' },
    offset: { type: 'string', value: 'BYTES', help: 'where to begin (default: at the beginning)' },
    length: { type: 'string', value: 'BYTES', help: 'how many bytes (default: to the end)' },
    ...CIRCUMSTANCES,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const [name, number] = invocation.positionals;
      if (!name || !number) throw new EntenteError('usage', 'name the case and the number of the exhibit');
      const whole = { min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 };
      const path = invocation.string('file');
      const file = await caseNamed(registry, name, invocation, terminal);
      const reading = await readExhibit(
        registry,
        await requireExhibit(registry, file.id, number),
        {
          ...(path === undefined ? {} : { path }),
          offset: invocation.integer('offset', whole),
          ...(invocation.string('length') === undefined
            ? {}
            : { length: invocation.integer('length', whole) }),
        },
        circumstancesOf(invocation, 'examination'),
      );
      if (!invocation.json) {
        await pipeline(reading.bytes, process.stdout, { end: false });
        return 0;
      }
      if (reading.length > JSON_BYTES_MAX)
        throw new EntenteError(
          'input-limit',
          `--json gives ${JSON_BYTES_MAX} bytes at most; ask for a range`,
        );
      const chunks: Uint8Array[] = [];
      for await (const chunk of reading.bytes) chunks.push(chunk);
      const { offset, length, sha256 } = reading;
      const base64 = Buffer.concat(chunks).toString('base64');
      terminal.out(JSON.stringify({ file: reading.file.name, offset, length, sha256, base64 }));
      return 0;
    }),
};

/** Base64 of this is still a line that a program reads at once. */
const JSON_BYTES_MAX = 16 * 1024 * 1024;
