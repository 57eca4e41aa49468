import { readFileSync } from 'node:fs';
import { EntenteError } from '../../base/index.ts';
import { publishTool } from '../../exchange/tools/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { PERSON, personOf } from '../request-step-command.ts';
import { heldView } from '../tool-view.ts';

export const command: Command = {
  name: 'tool publish',
  usage: 'FILE [--person NAME]',
  details: `
Its self-tests are run first. Peers see it with their next \`entente tool fetch\`, each only what its own agreement gives; the clause names tools by
their titles. A version is one content forever: what was wrong is taken back (\`entente tool retire TOOL@VERSION --published\`) and followed by another.`,
  options: PERSON,
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const path = invocation.positionals[0];
      if (!path) throw new EntenteError('usage', 'name the package (`entente tool pack` makes one)');
      let bytes: Uint8Array;
      try {
        bytes = new Uint8Array(readFileSync(path));
      } catch (cause) {
        throw new EntenteError('file-unreadable', `${path} cannot be read`, { where: path, cause });
      }
      const held = await publishTool(registry, bytes, personOf(invocation));
      if (invocation.json) terminal.out(JSON.stringify(heldView(held)));
      else terminal.out(`published ${held.tool} ${held.version}, "${held.manifest.title}"\n${held.sha256}`);
      return 0;
    }),
};
