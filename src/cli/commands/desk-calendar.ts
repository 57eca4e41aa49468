import { readFileSync } from 'node:fs';
import { EntenteError } from '../../base/index.ts';
import { calendarOf, parseCalendar, setCalendar } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'desk calendar',
  usage: '[FILE]',
  details: `Without a file it shows what is set. The file is JSON:

  { "timeZone": "Asia/Riyadh", "hours": { "sun": ["08:00", "16:00"], "mon": ["08:00", "16:00"] }, "holidays": ["2026-09-23"] }`,
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const path = invocation.positionals[0];
      if (path !== undefined) {
        let value: unknown;
        try {
          value = JSON.parse(readFileSync(path, 'utf8'));
        } catch (cause) {
          throw new EntenteError('file-unreadable', `${path} is no JSON file that can be read`, {
            where: path,
            cause,
          });
        }
        await setCalendar(registry, parseCalendar(value));
      }
      terminal.out(JSON.stringify(await calendarOf(registry.db, registry.identity.kid)));
      return 0;
    }),
};
