import { readFile } from 'node:fs/promises';
import { EntenteError } from '../../base/index.ts';
import { isRenderedHere, verifyPackage } from '../../operations/index.ts';
import { markExercise } from '../case-named.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'operation verify',
  usage: 'FILE.html',
  details: 'Whose key it is, the agreement says (`entente agreement show`, or `entente peer list`).',
  options: {},
  async run(invocation, terminal) {
    const [path] = invocation.positionals;
    if (!path) throw new EntenteError('usage', 'name the file of a package');
    const file = await readFile(path).catch((cause) => {
      throw new EntenteError('file-unreadable', `${path} cannot be read`, { where: path, cause });
    });
    const verified = await verifyPackage(file);
    const { statement, contents, signer } = verified;
    markExercise(contents.operation.title, invocation, terminal);
    const asMade = isRenderedHere(file, verified);
    if (invocation.json)
      terminal.out(
        JSON.stringify({ ok: true, signer, asMade, ...statement, from: contents.from, to: contents.to }),
      );
    else {
      terminal.out(
        `${path} is unchanged: ${contents.items.length} items for ${contents.scope}, made ${contents.at} by "${contents.from}"`,
      );
      terminal.out(`signed with the key ${signer}; compare it with the one in your agreement`);
      if (!asMade)
        terminal.note(
          'the page differs from what this version makes of its data: another version of the program made it, or its signer changed it',
        );
    }
    return 0;
  },
};
