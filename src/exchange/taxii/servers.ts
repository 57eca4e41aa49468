/**
 * TAXII servers that are no Entente nodes: feeds and communities. They state no deliveries and stand under no agreement, so what comes
 * from them is for use inside this organisation, under a name of its own (`taxii:NAME`) instead of an agreement, and is never passed on
 * (see docs/decisions/062-plain-taxii-servers.md).
 *
 * The password is kept in a file of the keys' folder that only the node's user can read; it is sent to the server's own origin only.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TLP_LEVELS, type Tlp } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { appendLeaf, type Registry } from '../../registry/index.ts';
import { type Answer, call } from '../http-client.ts';
import { type Get, type RemoteCollection, readApiRoots, readCollection, readRoot } from './client.ts';
import { TAXII_MEDIA_TYPE } from './media.ts';

export interface TaxiiServer {
  readonly name: string;
  readonly url: string;
  readonly username: string | null;
  /** What objects without a TLP marking count as. */
  readonly unmarked: Tlp;
}

/** Instead of a contributor's key and of an agreement. */
export function sourceOf(server: TaxiiServer): string {
  return `taxii:${server.name}`;
}

/** With `taxii:` before it, it must fit where the name of an agreement does. */
const NAME = /^[a-z0-9][a-z0-9.-]{0,49}$/;

const passwordPath = (registry: Registry, name: string) =>
  join(registry.folder, 'keys', `taxii-${name}.password`);

const COLUMNS = 'name, url, username, unmarked';

export function listServers(registry: Registry): Promise<TaxiiServer[]> {
  return registry.db.all<TaxiiServer>(`SELECT ${COLUMNS} FROM taxii_server ORDER BY name`);
}

export async function findServer(registry: Registry, name: string): Promise<TaxiiServer | null> {
  const row = await registry.db.get<TaxiiServer>(
    `SELECT ${COLUMNS} FROM taxii_server WHERE name = ? OR url = ?`,
    name,
    name,
  );
  return row ?? null;
}

export interface NewServer {
  readonly url: string;
  /** The server's host when not given. */
  readonly name?: string;
  readonly credential?: { readonly username: string; readonly password: string };
  readonly unmarked?: Tlp;
}

/**
 * Makes a server known after asking it once. `url` is its address, its discovery, one API root or one collection.
 * @throws EntenteError `usage`, `conflict`, `peer-unreachable`, `peer-nonsense` when there is no TAXII 2.1 server
 */
export async function addServer(
  registry: Registry,
  asked: NewServer,
): Promise<{ server: TaxiiServer; collections: readonly RemoteCollection[] }> {
  const url = new URL(asked.url);
  if (!['https:', 'http:'].includes(url.protocol) || url.username !== '' || url.search !== '')
    throw new EntenteError('usage', 'a server’s address is https://HOST/…, without a user or a query');
  const name = (asked.name ?? url.hostname).toLowerCase();
  if (!NAME.test(name))
    throw new EntenteError(
      'usage',
      'a server’s name has small letters, digits, dots and hyphens, 50 at most',
    );
  const unmarked = asked.unmarked ?? 'red';
  if (!(TLP_LEVELS as readonly string[]).includes(unmarked))
    throw new EntenteError('usage', `--unmarked takes one of: ${TLP_LEVELS.join(', ')}`);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  const username = asked.credential?.username ?? null;
  const server: TaxiiServer = { name, url: url.href, username, unmarked };
  const { collections } = await discover(server, asked.credential?.password ?? null);
  if (await registry.db.get('SELECT 1 FROM taxii_server WHERE name = ? AND url <> ?', name, url.href))
    throw new EntenteError('conflict', `another server is called "${name}"; give this one another --name`);
  if (asked.credential) {
    // The password is in place before the row that needs it.
    const path = passwordPath(registry, name);
    writeFileSync(`${path}.new`, asked.credential.password, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } else rmSync(passwordPath(registry, name), { force: true });
  await registry.db.transaction(async (tx) => {
    await tx.run(
      `INSERT INTO taxii_server (name, url, username, unmarked, added_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET username = excluded.username, unmarked = excluded.unmarked`,
      name,
      server.url,
      username,
      unmarked,
      registry.clock().toISOString(),
    );
    await appendLeaf(tx, registry.clock, 'administration', {
      what: 'taxii-server-added',
      name,
      url: server.url,
      unmarked,
    });
  });
  return { server, collections };
}

/** The password of a server that has one. @throws EntenteError `store-damaged` */
export function passwordOf(registry: Registry, server: TaxiiServer): string | null {
  if (server.username === null) return null;
  try {
    return readFileSync(passwordPath(registry, server.name), 'utf8');
  } catch (cause) {
    throw new EntenteError(
      'store-damaged',
      `the password of ${server.name} is missing; add the server again`,
      {
        cause,
      },
    );
  }
}

/** Collections that can be read, and API roots that are not asked because they lie elsewhere. */
export async function discover(
  server: TaxiiServer,
  password: string | null,
): Promise<{ get: Get; collections: RemoteCollection[]; problems: string[] }> {
  const get = serverGet(server, password);
  const refused = refusal(server);
  const { pathname } = new URL(server.url);
  if (/\/collections\/[^/]+\/$/.test(pathname))
    return { get, collections: await readCollection(get, pathname, refused), problems: [] };
  const isDiscovery = pathname === '/' || pathname === '/taxii2/';
  const roots = isDiscovery ? await readApiRoots(get, '/taxii2/', refused) : [pathname];
  const collections: RemoteCollection[] = [];
  const problems: string[] = [];
  const origin = new URL(server.url).origin;
  for (const root of new Set(roots)) {
    if (new URL(root, server.url).origin !== origin) {
      problems.push(
        `${server.name} names the API root ${root.slice(0, 200)} of another server; add that by itself`,
      );
      continue;
    }
    try {
      collections.push(...(await readRoot(get, new URL(root, server.url).pathname, refused)));
    } catch (error) {
      if (!(error instanceof EntenteError) || roots.length === 1) throw error;
      problems.push(error.message); // the others may still answer
    }
  }
  return { get, collections, problems };
}

/** How long to wait before the second, third and fourth attempt when a server is busy or gone for a moment. */
const WAITS_MS = [500, 2_000, 8_000];
/** A server that asks for more patience is asked again at the next synchronisation. */
const RETRY_AFTER_MAX_S = 30;
const BUSY = new Set([429, 502, 503, 504]);

function serverGet(server: TaxiiServer, password: string | null): Get {
  const authorization =
    server.username === null
      ? {}
      : { authorization: `Basic ${Buffer.from(`${server.username}:${password}`).toString('base64')}` };
  let answered = false;
  return async (path, accept) => {
    for (let attempt = 0; ; attempt++) {
      const wait = WAITS_MS[attempt];
      let answer: Answer;
      try {
        answer = await call(new URL(path, server.url).href, { accept, ...authorization });
      } catch (error) {
        // A server that never answered is away; one that answered before may only have stumbled.
        const isAway = error instanceof EntenteError && error.code === 'peer-unreachable';
        if (!isAway || !answered || wait === undefined) throw error;
        await sleep(wait);
        continue;
      }
      answered = true;
      if (!BUSY.has(answer.status) || wait === undefined) return answer;
      const asked = Number(answer.headers.get('retry-after') ?? Number.NaN);
      if (asked > RETRY_AFTER_MAX_S) return answer;
      await sleep(Number.isFinite(asked) && asked >= 0 ? asked * 1000 : wait);
    }
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const WORDS_MAX = 300;

/** What a refusal means, with the server's own words, bounded. */
export function refusal(server: TaxiiServer): (answer: Awaited<ReturnType<Get>>) => EntenteError {
  return (answer) => {
    let words = '';
    try {
      const { title, description } = (answer.json() ?? {}) as Record<string, unknown>;
      words = [title, description].filter((text) => typeof text === 'string').join(': ');
    } catch {
      // a refusal without a body in JSON still is one
    }
    const meaning =
      answer.status === 401 || answer.status === 403
        ? 'refuses this account'
        : BUSY.has(answer.status)
          ? 'is busy; what came is kept, and the next synchronisation goes on from there'
          : `answers no ${TAXII_MEDIA_TYPE}`;
    return new EntenteError(
      'peer-nonsense',
      `${server.name} ${meaning} (${answer.status})${words ? `: ${words.slice(0, WORDS_MAX)}` : ''}`,
      { where: server.url },
    );
  };
}
