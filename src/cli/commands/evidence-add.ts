import { lstat } from 'node:fs/promises';
import { EntenteError } from '../../base/index.ts';
import { addExhibit } from '../../cases/index.ts';
import { caseNamed } from '../case-named.ts';
import { CIRCUMSTANCES, circumstancesOf, counterpartyOf } from '../circumstances.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';
import { formatBytes } from '../terminal.ts';

export const command: Command = {
  name: 'evidence add',
  isLean: true,
  usage: 'CASE PATH…',
  details: `
Each path becomes one exhibit: streamed once, hashed with SHA-256 and BLAKE3 on the way, and kept by digest. The originals are
only read. Links inside a folder are not followed; what could not be taken in is listed in the custody event.`,
  options: {
    from: {
      type: 'string',
      value: 'ORGANISATION/PERSON',
      help: 'who handed it over; the event is then "receive", not "collect"',
    },
    encrypted: {
      type: 'boolean',
      help: 'encrypt it on disk under a key of its own (always so in an encrypted case)',
    },
    ...CIRCUMSTANCES,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const [caseName, ...paths] = invocation.positionals;
      if (!caseName || paths.length === 0)
        throw new EntenteError('usage', 'name the case and at least one file or folder');
      const said = circumstancesOf(invocation, 'collection of evidence');
      const from = invocation.string('from');
      for (const path of paths) {
        if ((await lstat(path)).isSymbolicLink()) {
          throw new EntenteError(
            'path-outside',
            `${path} is a link; name the file or folder that it leads to`,
            { where: path },
          );
        }
      }
      const file = await caseNamed(registry, caseName, invocation, terminal);
      const added = [];
      for (const path of paths) {
        const progress = terminal.progress(path, { unit: 'bytes' });
        try {
          added.push(
            await addExhibit(registry, file, path, {
              ...said,
              ...(from === undefined ? {} : { receivedFrom: counterpartyOf(from) }),
              encrypted: invocation.flag('encrypted'),
              onBytes: (done) => progress.update(done),
            }),
          );
        } finally {
          progress.end();
        }
      }
      if (invocation.json) for (const exhibit of added) terminal.out(JSON.stringify(exhibit));
      else {
        const rows = added.map((exhibit) => [
          String(exhibit.number),
          exhibit.name,
          exhibit.media,
          formatBytes(exhibit.sizeBytes),
          exhibit.sha256,
        ]);
        for (const line of table(['exhibit', 'name', 'kind', 'size', 'SHA-256'], rows)) terminal.out(line);
      }
      return 0;
    }),
};
