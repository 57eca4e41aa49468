import { EntenteError } from '../../base/index.ts';
import { fetchNodeCard } from '../../exchange/index.ts';
import { addPeer } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'peer add',
  summary: 'make another organisation’s node known to this one',
  usage: 'URL [--key KEY]',
  details: `
Reads the other node's name and keys from its address. Compare the key with its administrator by another channel, or give
the key you were told with --key. Knowing a peer permits nothing: only an agreement does.`,
  options: { key: { type: 'string', value: 'KEY', help: 'refuse unless the node has this key' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const url = invocation.positionals[0];
      if (!url || !URL.canParse(url))
        throw new EntenteError('usage', 'name the peer’s address, e.g. https://node.example.org');
      const address = new URL(url).origin;
      const card = await fetchNodeCard(address);
      const expected = invocation.string('key');
      if (expected !== undefined && expected !== card.kid) {
        throw new EntenteError('conflict', `${address} has the key ${card.kid}, not ${expected}`);
      }
      const peer = await addPeer(registry, card, address);
      if (invocation.json) terminal.out(JSON.stringify({ kid: peer.kid, name: peer.name, url: peer.url }));
      else terminal.out(`${peer.name} is known now, key ${peer.kid}`);
      return 0;
    }),
};
