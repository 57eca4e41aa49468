import { readFileSync } from 'node:fs';
import { EntenteError } from '../../base/index.ts';
import { addExpert, parseProfile } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'expert add',
  usage: 'FILE',
  details: `The file is JSON; the profile never leaves this node:

  { "name": "N. Light", "skills": ["malware"], "languages": ["en"], "clearance": "confidential",
    "calendar": { "timeZone": "Europe/Madrid", "hours": { "mon": ["09:00", "17:00"] }, "holidays": [] }, "away": [] }`,
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const path = invocation.positionals[0];
      if (!path) throw new EntenteError('usage', 'name the file with the profile');
      let value: unknown;
      try {
        value = JSON.parse(readFileSync(path, 'utf8'));
      } catch (cause) {
        throw new EntenteError('file-unreadable', `${path} is no JSON file that can be read`, {
          where: path,
          cause,
        });
      }
      const expert = await addExpert(registry, parseProfile(value));
      terminal.out(invocation.json ? JSON.stringify(expert) : `added ${expert.name}, ${expert.id}`);
      return 0;
    }),
};
