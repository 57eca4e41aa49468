import { writeFile } from 'node:fs/promises';
import { EntenteError } from '../../base/index.ts';
import { bundleText, convertToMisp, exportObjects } from '../../intel/index.ts';
import { requirePeer } from '../../registry/index.ts';
import type { StixObject } from '../../stix/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { formatCount, printable } from '../terminal.ts';

export const command: Command = {
  name: 'export',
  usage: '--out FILE (--own | --to PEER) [--format stix|misp]',
  details: `
--own writes what this organisation has of its own, for its own tools. --to writes what may go to a peer now, decided by the agreements in force
like any delivery. MISP has no words for everything: what is left out is counted by type. The ledger records that the file was made.`,
  options: {
    out: { type: 'string', value: 'FILE', help: 'the file to write; it must not exist yet' },
    own: { type: 'boolean', help: 'what this organisation has of its own' },
    to: { type: 'string', value: 'PEER', help: 'what may go to this peer' },
    format: { type: 'string', value: 'FORMAT', help: 'stix (default) or misp' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const out = invocation.required('out');
      const to = invocation.string('to');
      if ((to !== undefined) === invocation.flag('own'))
        throw new EntenteError('usage', 'say for whom the file is: --own or --to PEER');
      const format = invocation.string('format') ?? 'stix';
      if (format !== 'stix' && format !== 'misp')
        throw new EntenteError('usage', '--format takes stix or misp');
      const exported = await exportObjects(registry, {
        to: to === undefined ? null : await requirePeer(registry.db, to),
      });
      const objects = exported.texts;
      const misp =
        format === 'misp' ? convertToMisp(objects.map((text) => JSON.parse(text) as StixObject)) : null;
      const content = misp
        ? JSON.stringify({ response: misp.events.map((event) => ({ Event: event })) })
        : bundleText(exported);
      try {
        await writeFile(out, `${content}\n`, { flag: 'wx', mode: 0o600 });
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
        throw new EntenteError('usage', `${out} is there already`, { where: out, cause });
      }
      const dropped = Object.fromEntries(misp?.dropped ?? []);
      if (invocation.json)
        terminal.out(
          JSON.stringify({ out, format, objects: objects.length, events: misp?.events.length, dropped }),
        );
      else {
        terminal.out(
          `${formatCount(objects.length)} objects${misp ? ` as ${formatCount(misp.events.length)} events` : ''} written to ${printable(out)}`,
        );
        for (const [type, count] of Object.entries(dropped))
          terminal.out(`${formatCount(count)} left out: ${type}`);
      }
      return 0;
    }),
};
