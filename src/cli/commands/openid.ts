import { resolve } from 'node:path';
import { EntenteError } from '../../base/index.ts';
import { CALLBACK_PATH, openIdSettings, type Role, setOpenId } from '../../server/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'openid',
  usage:
    '[--issuer URL --client-id ID --url URL --role GROUP=ROLE[,ROLE] … [--secret-file FILE] [--groups-claim NAME] [--name NAME]] [--off]',
  details: `
A member of a mapped group who signs in becomes a person of this node with the roles of the group; at each sign-in the roles follow the groups. No group makes
administrators. Register the redirect address that this command prints with the provider. The secret is read from FILE when it is needed and is stored nowhere.`,
  options: {
    issuer: { type: 'string', value: 'URL', help: 'issuer, as in the provider’s discovery document' },
    'client-id': { type: 'string', value: 'ID', help: 'this node at the provider' },
    'secret-file': {
      type: 'string',
      value: 'FILE',
      help: 'file with the client’s secret; without it: a public client with PKCE',
    },
    url: { type: 'string', value: 'URL', help: 'where browsers find this node, https://node.example' },
    role: { type: 'string', value: 'GROUP=ROLE[,ROLE]', multiple: true, help: 'the roles of a group' },
    'groups-claim': {
      type: 'string',
      value: 'NAME',
      help: 'claim of the ID token that lists the groups (default groups)',
    },
    name: { type: 'string', value: 'NAME', help: 'what the button says (default: the issuer’s host)' },
    off: { type: 'boolean', help: 'nobody signs in that way any more; the people stay' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      if (invocation.flag('off')) await setOpenId(registry, null);
      else if (invocation.string('issuer') !== undefined) {
        const issuer = invocation.required('issuer');
        const file = invocation.string('secret-file');
        await setOpenId(registry, {
          issuer,
          clientId: invocation.required('client-id'),
          secretFile: file === undefined ? null : resolve(file),
          url: invocation.required('url'),
          name: invocation.string('name') ?? (URL.canParse(issuer) ? new URL(issuer).host : issuer),
          groupsClaim: invocation.string('groups-claim') ?? 'groups',
          roles: rolesOf(invocation.strings('role')),
        });
      }
      const settings = await openIdSettings(registry);
      if (invocation.json) terminal.out(JSON.stringify(settings));
      else if (!settings) terminal.out('off: people sign in with passkeys');
      else {
        terminal.out(`${settings.name}: ${settings.issuer}, client ${settings.clientId}`);
        terminal.out(`redirect address: ${new URL(CALLBACK_PATH, settings.url).href}`);
        for (const [group, roles] of Object.entries(settings.roles))
          terminal.out(`  ${group}: ${roles.join(', ')}`);
      }
      return 0;
    }),
};

/** The last `=` parts them: names of groups have some (`CN=liaison,OU=cyber`). */
function rolesOf(given: readonly string[]): Record<string, Role[]> {
  const roles: Record<string, Role[]> = {};
  for (const text of given) {
    const at = text.lastIndexOf('=');
    if (at < 1) throw new EntenteError('usage', `write GROUP=ROLE, not "${text.slice(0, 80)}"`);
    roles[text.slice(0, at)] = text.slice(at + 1).split(',') as Role[];
  }
  return roles;
}
