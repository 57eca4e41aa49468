import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isNode, openRegistry } from '../../registry/index.ts';
import { FIRST_ROLES, invite, startNode, wasEverInvited } from '../../server/index.ts';
import type { Command } from '../command.ts';
import { dataFolder } from '../data-folder.ts';

const PORT = 8440;

export const command: Command = {
  name: 'up',
  usage: '[--name NAME] [--port PORT] [--host HOST]',
  details: `
The first start creates the node's identity and store in the data folder and prints, once, the link by which the first
administrator signs in. The node listens on this machine only unless --host says otherwise; put a TLS-terminating proxy in
front of it before it meets a network. Ctrl-C stops it; nothing that was acknowledged is lost however it ends.`,
  options: {
    name: { type: 'string', value: 'NAME', help: 'your organisation’s name (needed at the first start)' },
    port: { type: 'string', value: 'PORT', help: `port to listen on (default ${PORT}; 0 takes a free one)` },
    host: { type: 'string', value: 'HOST', help: 'address to listen on (default 127.0.0.1)' },
  },
  async run(invocation, terminal) {
    const folder = dataFolder(invocation);
    const port = invocation.integer('port', { min: 0, max: 65_535, default: PORT });
    const name = invocation.string('name') ?? (isNode(folder) ? undefined : '');
    const registry = await openRegistry(folder, name === undefined ? {} : { createAs: name });
    if (name && name.trim() !== registry.name) {
      terminal.note(`"${registry.name}" is the name of the node here; --name is for the first start only`);
    }
    const node = await startNode(registry, {
      host: invocation.string('host') ?? '127.0.0.1',
      port,
      buildsWorkspace: true,
    }).catch(async (error) => {
      await registry.close();
      throw error;
    });
    // Written only once the node answers, so that the one link printed is one that works.
    const invitation = (await wasEverInvited(registry))
      ? null
      : await invite(registry, { name: 'Administrator', roles: FIRST_ROLES });
    // Passkeys belong to a name, not to a number.
    const address = node.url.replace('//127.0.0.1:', '//localhost:');
    const signIn = invitation && `${address}/sign-in?invitation=${invitation.invitation}`;
    if (invocation.json) {
      terminal.out(
        JSON.stringify({
          url: node.url,
          name: registry.name,
          kid: registry.identity.kid,
          ...(signIn ? { signIn } : {}),
        }),
      );
    } else {
      terminal.out(`${terminal.style.bold(registry.name)} is up at ${terminal.style.cyan(node.url)}`);
      terminal.out(`key   ${registry.identity.kid}`);
      terminal.out(`data  ${folder}`);
      if (signIn) {
        terminal.out('');
        terminal.out(
          'The first administrator signs in here (works once, for a week; `entente invite` is for further people):',
        );
        terminal.out(`  ${signIn}`);
      }
    }
    const trimming = setTimeout(trimHeap, TRIM_AFTER_MS);
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
    });
    clearTimeout(trimming);
    await node.stop();
    return 0;
  },
};

/** Loading leaves twice as much heap as the node then needs; given back once, so that a node that waits for work is small. */
const TRIM_AFTER_MS = 1_000;

function trimHeap(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (how: Record<string, string>) => void;
  // Gives pages back to the system, which an ordinary collection keeps for later.
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
