/**
 * The TUF repository that a peer sees: what its agreements give it now, and nothing else exists for it. There is one for each peer, over the same
 * files and under the same root, so that even the names of other tools do not cross. It is brought up to date when the peer asks for its
 * timestamp: what the agreement opens, what it closes, what was published or taken back makes new versions of the lists, signed and stored in one
 * transaction; what was signed once stays, so that a peer that reads slowly finds the versions that its timestamp names.
 */
import { createHash } from 'node:crypto';
import { MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp } from '@tufjs/models';
import { EntenteError } from '../../base/index.ts';
import { appendLeaf, type Counterpart, type Registry } from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';
import { assertGivenSomething, offersFor, requireOffer } from './offers.ts';
import { type Published, targetName } from './published.ts';
import {
  expiry,
  LIFE_MS,
  makeRoleKeys,
  nodeKey,
  ROLES,
  ROOT_THRESHOLD,
  roleKey,
  type SignedRole,
  SPEC_VERSION,
  signRole,
  type TufRole,
} from './signing.ts';

interface Stored {
  readonly version: number;
  readonly body: string;
}

async function newest(queries: Queries, peer: string, role: TufRole): Promise<Stored | null> {
  const sql =
    'SELECT version, body FROM tool_metadata WHERE peer = ? AND role = ? ORDER BY version DESC LIMIT 1';
  return (await queries.get<Stored>(sql, peer, role)) ?? null;
}

function isStale({ body }: Stored, role: TufRole, now: Date): boolean {
  const { expires } = (JSON.parse(body) as { signed: { expires: string } }).signed;
  return Date.parse(expires) - now.getTime() < LIFE_MS[role] / 2;
}

const store = (tx: Queries, peer: string, role: TufRole, { version, body }: Stored) =>
  tx.run(
    'INSERT INTO tool_metadata (peer, role, version, body) VALUES (?, ?, ?, ?)',
    peer,
    role,
    version,
    body,
  );

/** Versions of each list that stay for peers that are in the middle of reading; of the timestamp nobody asks for an old one. */
const KEPT = { targets: 10, snapshot: 10, timestamp: 0 } as const;

const forgetOld = (tx: Queries, peer: string, role: TufRole, upTo: number) =>
  tx.run('DELETE FROM tool_metadata WHERE peer = ? AND role = ? AND version < ?', peer, role, upTo);

/** The next version of a role, signed and stored. */
async function signNext(
  tx: Queries,
  registry: Registry,
  peer: string,
  role: TufRole,
  before: Stored | null,
  make: (common: { version: number; specVersion: string; expires: string }) => SignedRole,
): Promise<Stored> {
  const version = (before?.version ?? 0) + 1;
  const signed = make({ version, specVersion: SPEC_VERSION, expires: expiry(registry.clock(), role) });
  const keys = [roleKey(registry, role), ...(role === 'root' ? [nodeKey(registry)] : [])];
  const made = { version, body: signRole(signed, keys) };
  await store(tx, peer, role, made);
  if (role !== 'root') await forgetOld(tx, peer, role, version - KEPT[role]);
  return made;
}

/** One root for all peers. */
async function bringRoot(tx: Queries, registry: Registry): Promise<void> {
  const before = await newest(tx, '', 'root');
  if (before && !isStale(before, 'root', registry.clock())) return;
  if (!before) makeRoleKeys(registry);
  const made = await signNext(tx, registry, '', 'root', before, (common) => {
    const root = new Root({ ...common, consistentSnapshot: true });
    for (const role of ROLES) root.addKey(roleKey(registry, role).key, role);
    root.addKey(nodeKey(registry).key, 'root');
    const { root: own, ...others } = root.toJSON()['roles'] as Record<string, { keyids: string[] }>;
    const roles = { ...others, root: { ...own, threshold: ROOT_THRESHOLD } };
    return Root.fromJSON({ ...root.toJSON(), roles });
  });
  await appendLeaf(tx, registry.clock, 'tool', {
    act: 'root-signed',
    version: made.version,
    sha256: createHash('sha256').update(made.body).digest('hex'),
  });
}

const metaOf = ({ version, body }: Stored): MetaFile =>
  new MetaFile({
    version,
    length: Buffer.byteLength(body),
    hashes: { sha256: createHash('sha256').update(body).digest('hex') },
  });

function targetsOf(offered: readonly Published[]): Record<string, TargetFile> {
  return Object.fromEntries(
    offered.map((one) => {
      const path = targetName(one);
      const { id, version, kind, title, licence } = one.manifest;
      const custom = { custom: { id, version, kind, title, licence } };
      return [
        path,
        new TargetFile({
          path,
          length: one.sizeBytes,
          hashes: { sha256: one.sha256 },
          unrecognizedFields: custom,
        }),
      ];
    }),
  );
}

function listsTheSame({ body }: Stored, targets: Record<string, TargetFile>): boolean {
  const before = (JSON.parse(body) as { signed: { targets: unknown } }).signed.targets;
  const now = Object.fromEntries(Object.entries(targets).map(([path, file]) => [path, file.toJSON()]));
  return JSON.stringify(before) === JSON.stringify(now);
}

/** Brings a peer's repository up to date, and gives its timestamp. @throws EntenteError as `offersFor` does */
async function bringUpToDate(registry: Registry, peer: Counterpart): Promise<string> {
  const offered = await offersFor(registry, peer);
  const now = registry.clock();
  return registry.db.transaction(async (tx) => {
    await bringRoot(tx, registry);
    const next = (role: TufRole, before: Stored | null, make: Parameters<typeof signNext>[5]) =>
      signNext(tx, registry, peer.kid, role, before, make);
    const targets = targetsOf(offered);
    let list = await newest(tx, peer.kid, 'targets');
    let changed = !list || !listsTheSame(list, targets) || isStale(list, 'targets', now);
    if (changed) list = await next('targets', list, (common) => new Targets({ ...common, targets }));
    let snapshot = await newest(tx, peer.kid, 'snapshot');
    changed ||= !snapshot || isStale(snapshot, 'snapshot', now);
    if (changed)
      snapshot = await next(
        'snapshot',
        snapshot,
        (common) => new Snapshot({ ...common, meta: { 'targets.json': metaOf(list!) } }),
      );
    let timestamp = await newest(tx, peer.kid, 'timestamp');
    changed ||= !timestamp || isStale(timestamp, 'timestamp', now);
    if (changed)
      timestamp = await next(
        'timestamp',
        timestamp,
        (common) => new Timestamp({ ...common, snapshotMeta: metaOf(snapshot!) }),
      );
    return timestamp!.body;
  });
}

const FILE = /^(?:(?<version>[1-9][0-9]{0,8})\.(?<role>root|targets|snapshot)|timestamp)\.json$/;

/**
 * One file of a peer's repository: `timestamp.json`, `3.targets.json`.
 * @throws EntenteError `agreement-denied`, `not-found`
 */
export async function metadataFor(registry: Registry, peer: Counterpart, file: string): Promise<string> {
  const asked = FILE.exec(file)?.groups;
  if (!asked) throw new EntenteError('not-found', 'the repository has no such file');
  if (!asked['role']) return bringUpToDate(registry, peer);
  await assertGivenSomething(registry, peer);
  if (asked['role'] === 'root') await registry.db.transaction((tx) => bringRoot(tx, registry));
  const row = await registry.db.get<{ body: string }>(
    'SELECT body FROM tool_metadata WHERE peer = ? AND role = ? AND version = ?',
    asked['role'] === 'root' ? '' : peer.kid,
    asked['role'],
    Number(asked['version']),
  );
  if (!row) throw new EntenteError('not-found', 'the repository has no such file');
  return row.body;
}

/**
 * The package behind a file of the repository, `DIGEST.NAME`. That it crosses is in the ledger before its first byte leaves.
 * @throws EntenteError `agreement-denied`, `not-found`
 */
export async function packageFor(registry: Registry, peer: Counterpart, file: string): Promise<Published> {
  const found = await requireOffer(registry, peer, file);
  const at = registry.clock().toISOString();
  const known = 'SELECT 1 FROM tool_delivery WHERE peer = ? AND sha256 = ?';
  if (await registry.db.get(known, peer.kid, found.sha256)) return found;
  await registry.db.transaction(async (tx) => {
    const changed = await tx.run(
      'INSERT INTO tool_delivery (peer, sha256, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      peer.kid,
      found.sha256,
      at,
    );
    if (changed === 0) return;
    await appendLeaf(tx, registry.clock, 'tool', {
      act: 'delivered',
      to: peer.kid,
      tool: found.tool,
      version: found.version,
      sha256: found.sha256,
      agreement: found.clause.agreement,
      clause: found.clause.path,
    });
  });
  return found;
}
