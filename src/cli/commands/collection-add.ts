import { EntenteError } from '../../base/index.ts';
import { addCollection } from '../../exchange/index.ts';
import { requirePeer } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'collection add',
  usage: 'ALIAS --title TITLE [--description TEXT] [--root ROOT] [--peer PEER]',
  details: `
A collection groups objects; it permits nothing. What a peer gets of it is decided by the agreements, what an account of your own tools
gets by its rights (\`entente account add\`).`,
  options: {
    title: { type: 'string', value: 'TITLE', help: 'what people read' },
    description: { type: 'string', value: 'TEXT', help: 'what it holds' },
    root: { type: 'string', value: 'ROOT', help: 'the API root it belongs to, made when new (default root)' },
    'root-title': { type: 'string', value: 'TITLE', help: 'the title of a new API root' },
    peer: { type: 'string', value: 'PEER', help: 'the only peer that may see it' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const alias = invocation.positionals[0];
      if (!alias || invocation.positionals.length > 1)
        throw new EntenteError(
          'usage',
          'name one collection, e.g. entente collection add phishing --title Phishing',
        );
      const optional = (name: string) => {
        const text = invocation.string(name);
        return text === undefined ? {} : { [name === 'root-title' ? 'rootTitle' : name]: text };
      };
      const peer = invocation.string('peer');
      const made = await addCollection(registry, {
        alias,
        title: invocation.required('title'),
        ...optional('description'),
        ...optional('root'),
        ...optional('root-title'),
        ...(peer === undefined ? {} : { peer: (await requirePeer(registry.db, peer)).kid }),
      });
      const { id, root, title } = made;
      const path = `/taxii2/${root}/collections/${alias}/`;
      if (invocation.json) terminal.out(JSON.stringify({ id, alias, title, root, path, peer: made.peer }));
      else terminal.out(`${title} is at ${path}`);
      return 0;
    }),
};
