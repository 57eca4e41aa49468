import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EntenteError } from '../../base/index.ts';
import { seatOf } from '../../desk/index.ts';
import { readThroughSeat } from '../../exchange/index.ts';
import { caseNamed } from '../case-named.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'seat read',
  usage: 'EXHIBIT --token TOKEN --to FILE [--file PATH]',
  options: {
    token: { type: 'string', value: 'TOKEN', help: 'the token of the seat' },
    to: { type: 'string', value: 'FILE', help: 'where the bytes go; an existing file is not overwritten' },
    file: { type: 'string', value: 'PATH', help: 'a file inside a folder exhibit' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const number = Number(invocation.positionals[0]);
      if (!Number.isInteger(number)) throw new EntenteError('usage', 'name the exhibit by its number');
      const to = invocation.required('to');
      const path = invocation.string('file');
      const token = invocation.required('token');
      await caseNamed(registry, (await seatOf(registry.db, token)).case, invocation, terminal);
      const reading = await readThroughSeat(registry, { token }, number, path === undefined ? {} : { path });
      try {
        await pipeline(Readable.from(reading.bytes), createWriteStream(to, { flags: 'wx' }));
      } catch (cause) {
        throw new EntenteError('file-unreadable', `${to} cannot be written`, { where: to, cause });
      }
      const { file, length, sha256 } = reading;
      terminal.out(
        invocation.json
          ? JSON.stringify({ file: file.name, length, sha256 })
          : `${length} bytes of ${file.name}, SHA-256 ${sha256}`,
      );
      return 0;
    }),
};
