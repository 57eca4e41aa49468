import { readFileSync } from 'node:fs';
import { TLP_LEVELS, type Tlp } from '../../agreement/index.ts';
import { EntenteError, isEntenteError } from '../../base/index.ts';
import { addServer, fetchNodeCard } from '../../exchange/index.ts';
import { addPeer, type NodeCard, type Registry } from '../../registry/index.ts';
import type { Command, Invocation } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import type { Terminal } from '../terminal.ts';

export const command: Command = {
  name: 'peer add',
  usage:
    'URL [--key KEY] | URL --taxii [--username NAME --password-file FILE] [--name NAME] [--unmarked LEVEL]',
  details: `
Reads the other node's name and keys from its address. Compare the key with its administrator by another channel, or give
the key you were told with --key. Knowing a peer permits nothing: only an agreement does.

With --taxii or --username the address is that of a TAXII 2.1 server that is no Entente node: the server, one of its API roots, or one of
its collections. What comes from it is used inside this organisation and never passed on.`,
  options: {
    key: { type: 'string', value: 'KEY', help: 'refuse unless the node has this key' },
    taxii: { type: 'boolean', help: 'a TAXII 2.1 server that is no node' },
    username: { type: 'string', value: 'NAME', help: 'your account there (HTTP Basic)' },
    'password-file': {
      type: 'string',
      value: 'FILE',
      help: 'a file with its password; - reads standard input',
    },
    name: { type: 'string', value: 'NAME', help: 'what to call the server here (default its host)' },
    unmarked: {
      type: 'string',
      value: 'LEVEL',
      help: `what its objects without a TLP marking count as: ${TLP_LEVELS.join(', ')} (default red)`,
    },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const url = invocation.positionals[0];
      if (!url || !URL.canParse(url))
        throw new EntenteError('usage', 'name the peer’s address, e.g. https://node.example.org');
      const isServer = invocation.flag('taxii') || invocation.string('username') !== undefined;
      return isServer
        ? addTaxii(registry, url, invocation, terminal)
        : addNode(registry, url, invocation, terminal);
    }),
};

async function addNode(registry: Registry, url: string, invocation: Invocation, terminal: Terminal) {
  const address = new URL(url).origin;
  let card: NodeCard;
  try {
    card = await fetchNodeCard(address);
  } catch (error) {
    if (!isEntenteError(error) || error.code !== 'peer-nonsense' || invocation.string('key') !== undefined)
      throw error;
    try {
      return await addTaxii(registry, url, invocation, terminal); // no node: perhaps a TAXII server that asks for no account
    } catch (other) {
      if (!isEntenteError(other) || other.code !== 'peer-nonsense') throw other;
      const words = `${error.message}, nor does it answer TAXII 2.1 without an account (--username, --password-file)`;
      throw new EntenteError('peer-nonsense', words, { where: address, cause: other });
    }
  }
  const expected = invocation.string('key');
  if (expected !== undefined && expected !== card.kid) {
    throw new EntenteError('conflict', `${address} has the key ${card.kid}, not ${expected}`);
  }
  const peer = await addPeer(registry, card, address);
  if (invocation.json) terminal.out(JSON.stringify({ kid: peer.kid, name: peer.name, url: peer.url }));
  else terminal.out(`${peer.name} is known now, key ${peer.kid}`);
  return 0;
}

async function addTaxii(registry: Registry, url: string, invocation: Invocation, terminal: Terminal) {
  const username = invocation.string('username');
  const name = invocation.string('name');
  const unmarked = invocation.string('unmarked');
  const { server, collections } = await addServer(registry, {
    url,
    ...(username === undefined
      ? {}
      : { credential: { username, password: readPassword(invocation.required('password-file')) } }),
    ...(name === undefined ? {} : { name }),
    ...(unmarked === undefined ? {} : { unmarked: unmarked as Tlp }),
  });
  const { name: called, url: address } = server;
  const titles = collections.map(({ id, title }) => ({ id, title }));
  if (invocation.json) terminal.out(JSON.stringify({ name: called, url: address, collections: titles }));
  else {
    terminal.out(`${called} is known now; \`entente sync ${called}\` reads what you may read there:`);
    for (const { id, title } of titles) terminal.out(`  ${title}  ${id}`);
  }
  return 0;
}

/** The file's first line. */
function readPassword(file: string): string {
  try {
    const password = readFileSync(file === '-' ? 0 : file, 'utf8').split(/\r?\n/, 1)[0]!;
    if (password !== '') return password;
  } catch (cause) {
    throw new EntenteError('file-unreadable', `${file} cannot be read`, { where: file, cause });
  }
  throw new EntenteError('usage', `${file} holds no password in its first line`);
}
