/**
 * The registry of one node: its data folder, identity, store and blobs, opened together. Every act of every room goes through it,
 * so that what a room does and the ledger leaf that proves it are one transaction.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, EntenteError } from '../base/index.ts';
import { type Blobs, type Database, MIGRATIONS, migrate, openBlobs, openSqlite } from '../store/index.ts';
import { generateKey, type Identity, identityFrom, readKeyFile, writeKeyFile } from './identity.ts';
import { appendLeaf } from './ledger.ts';

export interface Registry {
  readonly folder: string;
  /** The organisation's name, as its peers see it. */
  readonly name: string;
  readonly identity: Identity;
  /** Signs agreements for the organisation; kept apart from the node's key, which only speaks for the machine. */
  readonly signatory: Identity;
  /** Cosigns the checkpoints of peers. A key of its own, so that a cosignature is never taken for this ledger's signature. */
  readonly witness: Identity;
  readonly db: Database;
  readonly blobs: Blobs;
  readonly clock: Clock;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Creates the node when the folder holds none, under this name. */
  readonly createAs?: string;
  readonly clock?: Clock;
}

/** Names are shown in lists and put into agreements. */
const NAME_LENGTH_MAX = 120;

const KEYS = ['node', 'signatory', 'witness'] as const;

const keyPath = (folder: string, key: (typeof KEYS)[number]) => join(folder, 'keys', `${key}.jwk`);

export function isNode(folder: string): boolean {
  return existsSync(join(folder, 'entente.db'));
}

/**
 * @throws EntenteError `not-found` when the folder holds no node and none is to be created; `store-damaged`, `store-newer`.
 */
export async function openRegistry(folder: string, options: OpenOptions = {}): Promise<Registry> {
  const clock = options.clock ?? (() => new Date());
  if (!isNode(folder) && options.createAs === undefined) {
    throw new EntenteError(
      'not-found',
      `${folder} holds no node; \`entente up --name "Your organisation"\` creates one`,
      {
        where: folder,
      },
    );
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Keys first: a crash between the keys and the first row leaves keys that the next start adopts.
  for (const key of KEYS) {
    if (!existsSync(keyPath(folder, key))) {
      if (isNode(folder))
        throw new EntenteError('store-damaged', `the ${key} key is missing`, { where: keyPath(folder, key) });
      writeKeyFile(keyPath(folder, key), generateKey());
    }
  }
  const identity = identityFrom(readKeyFile(keyPath(folder, 'node')));
  const signatory = identityFrom(readKeyFile(keyPath(folder, 'signatory')));
  const witness = identityFrom(readKeyFile(keyPath(folder, 'witness')));
  const db = openSqlite(join(folder, 'entente.db'));
  try {
    await migrate(db, MIGRATIONS);
    const name = await claimFolder(db, identity, options.createAs, clock);
    const blobs = await openBlobs(join(folder, 'blobs'));
    return { folder, name, identity, signatory, witness, db, blobs, clock, close: () => db.close() };
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** The first start writes the node's name and the first leaf; later ones check that key and store belong together. */
async function claimFolder(
  db: Database,
  identity: Identity,
  createAs: string | undefined,
  clock: Clock,
): Promise<string> {
  const known = await readMeta(db);
  if (known.kid === undefined) {
    const name = (createAs ?? '').trim();
    if (name === '' || name.length > NAME_LENGTH_MAX) {
      throw new EntenteError('usage', `a node needs a name of 1 to ${NAME_LENGTH_MAX} characters (--name)`);
    }
    await db.transaction(async (tx) => {
      if (await tx.get('SELECT 1 FROM meta WHERE key = ?', 'kid')) return; // another process was first
      await tx.run('INSERT INTO meta (key, value) VALUES (?, ?)', 'kid', identity.kid);
      await tx.run('INSERT INTO meta (key, value) VALUES (?, ?)', 'name', name);
      await appendLeaf(tx, clock, 'node-created', { kid: identity.kid, name });
    });
    return (await readMeta(db)).name ?? name;
  }
  if (known.kid !== identity.kid) {
    throw new EntenteError(
      'store-damaged',
      `the store belongs to node ${known.kid}, the key file to ${identity.kid}`,
    );
  }
  return known.name ?? '';
}

async function readMeta(db: Database): Promise<{ kid?: string; name?: string }> {
  const rows = await db.all<{ key: string; value: string }>('SELECT key, value FROM meta');
  return Object.fromEntries(rows.map((row) => [row.key, row.value]));
}
