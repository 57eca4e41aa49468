import { EntenteError } from '../../base/index.ts';
import { invite, isRole, lastAddress, ROLES, type Role } from '../../server/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'invite',
  usage: '--name NAME --role ROLE… [--url URL]',
  details: `
The link works once, for a week. With it the person adds a passkey, by which they sign in from then on.

Roles: ${ROLES.join(', ')}.

Example: entente invite --name "Rana Aydin" --role analyst --role liaison`,
  options: {
    name: { type: 'string', value: 'NAME', help: 'the person’s name, as it will stand with what they do' },
    role: {
      type: 'string',
      value: 'ROLE',
      multiple: true,
      help: 'what the person does here; may be repeated',
    },
    url: {
      type: 'string',
      value: 'URL',
      help: 'where people reach this node (default: where it was last started)',
    },
  },
  run: (invocation, terminal) => {
    const name = invocation.required('name');
    const roles = rolesOf(invocation.strings('role'));
    return withRegistry(invocation, async (registry) => {
      const url = invocation.string('url') ?? (await lastAddress(registry)) ?? 'http://127.0.0.1:8440';
      const { person, invitation } = await invite(registry, { name, roles });
      const signIn = `${url}/sign-in?invitation=${invitation}`;
      terminal.out(invocation.json ? JSON.stringify({ person, name, roles, signIn }) : signIn);
      return 0;
    });
  },
};

function rolesOf(words: readonly string[]): Role[] {
  const unknown = words.find((word) => !isRole(word));
  if (unknown !== undefined)
    throw new EntenteError(
      'usage',
      `there is no role "${unknown.slice(0, 40)}"; there are: ${ROLES.join(', ')}`,
    );
  if (words.length === 0)
    throw new EntenteError('usage', `--role is missing; there are: ${ROLES.join(', ')}`);
  return words.filter(isRole);
}
