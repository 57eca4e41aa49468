import { EntenteError } from '../../base/index.ts';
import { addAccount, type Grant, ownCollection, RIGHTS, type Right } from '../../exchange/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'account add',
  usage: 'NAME --collection ALIAS=read|write|read-write…',
  details: `
Prints the password once; the node keeps only a hash of it. An account is inside the organisation: it sees its collections whole, whatever
the agreements release. Use it for a SIEM or a script of your own, never for another organisation: that is what peers are for.`,
  options: {
    collection: {
      type: 'string',
      value: 'ALIAS=RIGHT',
      multiple: true,
      help: 'a collection (ALIAS or ROOT/ALIAS) with read, write or read-write; may be given several times',
    },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const name = invocation.positionals[0];
      if (!name || invocation.positionals.length > 1) throw new EntenteError('usage', 'name one account');
      const grants = invocation.strings('collection').map(parseGrant);
      if (grants.length === 0)
        throw new EntenteError('usage', 'name at least one collection, e.g. --collection intelligence=read');
      await ownCollection(registry); // so that it can be named before anything is imported
      const made = await addAccount(registry, name, grants);
      if (invocation.json) terminal.out(JSON.stringify(made));
      else {
        terminal.out(`username  ${made.username}`);
        terminal.out(`password  ${made.password}`);
        terminal.note('The password is not shown again.');
      }
      return 0;
    }),
};

function parseGrant(text: string): Grant {
  const split = text.lastIndexOf('=');
  const right = text.slice(split + 1);
  if (split < 1 || !Object.hasOwn(RIGHTS, right))
    throw new EntenteError(
      'usage',
      `--collection takes ALIAS=read, ALIAS=write or ALIAS=read-write, not "${text}"`,
    );
  return { collection: text.slice(0, split), right: right as Right };
}
