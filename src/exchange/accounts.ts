/**
 * Service accounts: how the organisation's own tools (a SIEM, a script) reach its collections, with HTTP Basic (RFC 7617) over the TLS of
 * the proxy in front. The node makes the password, shows it once, and keeps a scrypt hash.
 *
 * scrypt is meant to be slow, so a password that was verified is remembered, as a keyed digest that is worth nothing outside this
 * process, together with the hash that it was verified against: changing or removing the account takes effect with the next request.
 */
import { hash as digestOf, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { EntenteError } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import { requireCollection } from './taxii/collections.ts';

/** OWASP's recommendation for interactive sign-in: 32 MiB and some 80 ms a guess. The password itself has 192 random bits. */
const COST = { N: 2 ** 15, r: 8, p: 1 } as const;
const HASH_BYTES = 32;
const PASSWORD_BYTES = 24;
/** Verifications at once, so that wrong passwords take neither all memory nor all threads; and how many may wait for their turn. */
const VERIFYING_MAX = 2;
const WAITING_MAX = 64;

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;
/** Longer than any password given out here. */
const CREDENTIAL_LENGTH_MAX = 512;

export const RIGHTS = { read: [1, 0], write: [0, 1], 'read-write': [1, 1] } as const;
export type Right = keyof typeof RIGHTS;

export interface Grant {
  /** Alias, `ROOT/ALIAS` or id. */
  readonly collection: string;
  readonly right: Right;
}

export interface AccountView {
  readonly username: string;
  readonly collections: readonly {
    readonly collection: string;
    readonly canRead: boolean;
    readonly canWrite: boolean;
  }[];
  readonly createdAt: string;
}

/** @throws EntenteError `usage`, `not-found` (a collection), `conflict` (the name is taken) */
export async function addAccount(
  registry: Registry,
  username: string,
  grants: readonly Grant[],
): Promise<{ username: string; password: string }> {
  if (!NAME.test(username))
    throw new EntenteError(
      'usage',
      'an account’s name has letters, digits, dots, hyphens and underscores, 63 at most',
    );
  const places = new Map<number, readonly [number, number]>();
  for (const { collection, right } of grants) {
    const { place } = await requireCollection(registry.db, collection);
    if (places.has(place)) throw new EntenteError('usage', `the collection "${collection}" is named twice`);
    places.set(place, RIGHTS[right]);
  }
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  const hash = await hashPassword(password);
  await registry.db.transaction(async (tx) => {
    if (await tx.get('SELECT 1 FROM account WHERE name = ?', username))
      throw new EntenteError('conflict', `there is an account "${username}" already`);
    await tx.run(
      'INSERT INTO account (name, password, created_at) VALUES (?, ?, ?)',
      username,
      hash,
      registry.clock().toISOString(),
    );
    for (const [place, [canRead, canWrite]] of places) {
      await tx.run(
        'INSERT INTO account_collection (account, collection, can_read, can_write) VALUES (?, ?, ?, ?)',
        username,
        place,
        canRead,
        canWrite,
      );
    }
    await appendLeaf(tx, registry.clock, 'administration', {
      what: 'account-added',
      account: username,
      collections: grants.map(({ collection, right }) => `${collection}=${right}`),
    });
  });
  return { username, password };
}

/** @throws EntenteError `not-found` */
export async function removeAccount(registry: Registry, username: string): Promise<void> {
  await registry.db.transaction(async (tx) => {
    if ((await tx.run('DELETE FROM account WHERE name = ?', username)) === 0)
      throw new EntenteError('not-found', `there is no account "${username.slice(0, 100)}"`);
    await tx.run('DELETE FROM account_collection WHERE account = ?', username);
    await appendLeaf(tx, registry.clock, 'administration', { what: 'account-removed', account: username });
  });
}

export async function listAccounts(registry: Registry): Promise<AccountView[]> {
  const accounts = await registry.db.all<{ name: string; created_at: string }>(
    'SELECT name, created_at FROM account ORDER BY name',
  );
  const grants = await registry.db.all<{
    account: string;
    root: string;
    collection: string;
    can_read: number;
    can_write: number;
  }>(
    `SELECT a.account, c.root, coalesce(c.alias, c.id) AS collection, a.can_read, a.can_write
     FROM account_collection a JOIN collection c ON c.place = a.collection ORDER BY c.place`,
  );
  return accounts.map(({ name, created_at: createdAt }) => ({
    username: name,
    createdAt,
    collections: grants
      .filter((grant) => grant.account === name)
      .map((grant) => ({
        collection: `${grant.root}/${grant.collection}`,
        canRead: grant.can_read === 1,
        canWrite: grant.can_write === 1,
      })),
  }));
}

export interface AccountGate {
  /** The account's name. @throws EntenteError `unauthenticated`, `busy` */
  admit(authorization: string): Promise<string>;
}

export function openAccountGate(registry: Registry): AccountGate {
  const secret = randomBytes(32).toString('hex'); // of one length, so it may simply stand before the password
  const verified = new Map<string, { hash: string; digest: Buffer }>();
  const turns = openTurns();
  const refused = () => new EntenteError('unauthenticated', 'the account or its password is wrong');

  return {
    async admit(authorization) {
      const credential = decodeBasic(authorization);
      if (!credential) throw refused();
      const { username, password } = credential;
      const account = await registry.db.get<{ password: string }>(
        'SELECT password FROM account WHERE name = ?',
        username,
      );
      const digest = digestOf('sha256', secret + password, 'buffer');
      const known = account && verified.get(username);
      if (known && known.hash === account.password && timingSafeEqual(known.digest, digest)) return username;
      // An account that does not exist costs the same, so that time does not tell which ones do.
      const hash = account?.password ?? DUMMY_HASH;
      const right = await turns(() => verifyPassword(password, hash));
      if (!account || !right) throw refused();
      verified.set(username, { hash: account.password, digest });
      return username;
    },
  };
}

/** RFC 7617 §2: the name ends at the first colon. */
function decodeBasic(authorization: string): { username: string; password: string } | null {
  const encoded = /^basic +([A-Za-z0-9+/_=-]+) *$/i.exec(authorization)?.[1];
  if (encoded === undefined || encoded.length > CREDENTIAL_LENGTH_MAX) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 1 ? null : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Lets few do slow work at once; the others wait, and beyond a number are sent away. */
function openTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let working = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (working >= VERIFYING_MAX) {
      if (waiting.length >= WAITING_MAX)
        throw new EntenteError('busy', 'too many sign-ins are being checked; try again in a moment');
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    working++;
    try {
      return await work();
    } finally {
      working--;
      waiting.shift()?.();
    }
  };
}

const DUMMY_HASH = `scrypt$${COST.N}$${COST.r}$${COST.p}$${Buffer.alloc(16).toString('base64url')}$${Buffer.alloc(HASH_BYTES).toString('base64url')}`;

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, COST);
  return `scrypt$${COST.N}$${COST.r}$${COST.p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}

async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [, n, r, p, salt, hash] = stored.split('$');
  const derived = await derive(password, Buffer.from(salt!, 'base64url'), {
    N: Number(n),
    r: Number(r),
    p: Number(p),
  });
  return timingSafeEqual(derived, Buffer.from(hash!, 'base64url'));
}

/** scrypt needs 128 · N · r bytes. */
function derive(password: string, salt: Uint8Array, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(password, salt, HASH_BYTES, { ...cost, maxmem: 64 * 1024 * 1024 }, (error, hash) =>
      error ? reject(error) : resolve(hash),
    ),
  );
}
