/**
 * The organisation's identity provider, as an administrator of the machine sets it. Its groups become roles by this configuration alone; none becomes
 * administrator, so that whoever runs the provider does not thereby run the node.
 */
import { EntenteError } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import { isRole, type Role } from './roles.ts';

export interface OpenIdSettings {
  /** As in the provider's discovery document. */
  readonly issuer: string;
  readonly clientId: string;
  /** File with the client's secret; the secret itself is in no store and no backup. Null: a public client, with PKCE alone. */
  readonly secretFile: string | null;
  /** Where browsers find this node: `https://node.example`. The redirect address is made from it, never from a request. */
  readonly url: string;
  /** As the button says it. */
  readonly name: string;
  /** The claim of the ID token that lists a person's groups. */
  readonly groupsClaim: string;
  readonly roles: Readonly<Record<string, readonly Role[]>>;
}

const SETTING = 'openid';
const GROUPS_MAX = 200;
const TEXT_MAX = 500;

export const CALLBACK_PATH = '/api/v1/sign-in/openid/callback';

export async function openIdSettings(registry: Registry): Promise<OpenIdSettings | null> {
  const row = await registry.db.get<{ value: string }>('SELECT value FROM meta WHERE key = ?', SETTING);
  return row ? (JSON.parse(row.value) as OpenIdSettings) : null;
}

/** Null: nobody signs in that way any more. @throws EntenteError `usage` */
export async function setOpenId(registry: Registry, settings: OpenIdSettings | null): Promise<void> {
  if (settings) assertSettings(settings);
  await registry.db.transaction(async (tx) => {
    if (settings === null) await tx.run('DELETE FROM meta WHERE key = ?', SETTING);
    else
      await tx.run(
        'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
        SETTING,
        JSON.stringify(settings),
      );
    const { issuer = null, roles = {} } = settings ?? {};
    await appendLeaf(tx, registry.clock, 'administration', { setting: 'openid', issuer, roles });
  });
}

function assertSettings({
  issuer,
  url,
  clientId,
  name,
  groupsClaim,
  secretFile,
  roles,
}: OpenIdSettings): void {
  const wrong = (what: string) => new EntenteError('usage', what);
  for (const [what, text] of [
    ['the issuer', issuer],
    ['the address of the node', url],
  ] as const)
    if (!isSafeUrl(text))
      throw wrong(`${what} is an https address (http on this machine only), not "${text.slice(0, 80)}"`);
  const { pathname, search } = new URL(url);
  if (pathname !== '/' || search !== '')
    throw wrong('the address of the node is its origin, like https://node.example');
  for (const [what, text] of [
    ['client id', clientId],
    ['name', name],
    ['groups claim', groupsClaim],
    ['secret file', secretFile ?? 'none'],
  ] as const)
    if (text.trim() === '' || text.length > TEXT_MAX)
      throw wrong(`the ${what} has 1 to ${TEXT_MAX} characters`);
  const groups = Object.entries(roles);
  if (groups.length === 0 || groups.length > GROUPS_MAX)
    throw wrong(`map 1 to ${GROUPS_MAX} groups to roles`);
  for (const [group, list] of groups) {
    const unknown = list.find((role) => !isRole(role));
    if (group === '' || group.length > TEXT_MAX || list.length === 0 || unknown !== undefined)
      throw wrong(
        `the group "${group.slice(0, 80)}" has ${unknown === undefined ? 'no role' : `no such role as "${unknown}"`}`,
      );
    if (list.includes('administrator'))
      throw wrong('no group makes administrators: they are invited by one, with `entente invite`');
  }
}

const isLoopback = (host: string) => host === 'localhost' || host === '127.0.0.1' || host === '[::1]';

export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, hash } = new URL(text);
  return (
    username === '' &&
    hash === '' &&
    (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname)))
  );
}
