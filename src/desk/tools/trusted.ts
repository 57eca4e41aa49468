/**
 * A peer's repository of tools as it is believed here (TUF 1.0 §5, by `tuf-js`). The peer may be hostile, and so may whoever sits between: what comes is
 * used only when it is signed by the keys that the root names, not older than what was seen before, not out of date, and all of one piece.
 *
 * The first root is not trusted on first use: it counts only when the peer's own key, which the agreement names for its party, is one of its
 * keys and has signed it, and when it takes two signatures. From then on roots follow each other by the rules of TUF.
 *
 * What was verified is kept in the store, even when what came after it failed: an attacker cannot make this node forget how far it was.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata, MetadataKind, type TargetFile } from '@tufjs/models';
import { Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { EntenteError, isEntenteError } from '../../base/index.ts';
import { appendLeaf, type Peer, type Registry } from '../../registry/index.ts';
import { PACKAGE_BYTES_MAX } from './package.ts';
import { type RepositoryFault, repositoryFault } from './repository-fault.ts';
import { ROOT_THRESHOLD, tufKey } from './signing.ts';

/** How the bytes of a peer's repository are had: `metadata/3.root.json`, `targets/DIGEST.NAME`. @throws EntenteError `not-found` */
export type GetFile = (path: string, bytesMax: number) => Promise<Uint8Array>;

/** Larger than any list of a node that is not trying something: a thousand tools take 300 kB. */
const BYTES_MAX = {
  rootMaxLength: 64 * 1024,
  timestampMaxLength: 16 * 1024,
  snapshotMaxLength: 64 * 1024,
  targetsMaxLength: 1024 * 1024,
} as const;
/** Roots follow each other once a year. */
const ROOT_ROTATIONS_MAX = 64;
const TARGETS_MAX = 10_000;

/** Nobody calls it: the fetcher takes the path from addresses below it. */
const BASE = 'https://repository.invalid';

/** What the client says of each, in its own words. The order matters: an old list that also expired is a freeze. */
const SIGNS: readonly (readonly [RegExp, RepositoryFault])[] = [
  [/(timestamp|snapshot)\.json is expired/, 'freeze'],
  [/is expired/, 'expired'],
  [/less than current version|Expected version \d+, got|Missing file .* in new snapshot/, 'rollback'],
  [/doesn't match timestamp|does not match snapshot version|[Hh]ash|[Ll]ength/, 'mix-and-match'],
  [/was signed by|signature|no delegation/, 'wrong-keys'],
];

function nameFault(peer: Peer, error: unknown): EntenteError {
  // Our own errors pass through the client inside others, or as their text.
  const { cause } = error as { cause?: unknown };
  const own = isEntenteError(error) ? error : isEntenteError(cause) ? cause : null;
  if (own) return own;
  const text = String(error instanceof Error ? error.message : error);
  const found = SIGNS.find(([sign]) => sign.test(text));
  return repositoryFault(peer, found?.[1] ?? 'format', error);
}

export interface ListedTool {
  /** As the repository calls it. */
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** By which the clause is asked before anything is fetched; held against the package afterwards. */
  readonly title: string;
  /** As the list says; what comes is held against the package alone. Empty where the list says nothing. */
  readonly tool: string;
  readonly version: string;
  readonly kind: string;
  readonly licence: string;
}

export interface TrustedRepository {
  readonly tools: readonly ListedTool[];
  /** The bytes of a package, as the lists say them. @throws EntenteError `tool-repository` */
  fetch(tool: ListedTool): Promise<Uint8Array>;
}

/** Refreshes what is believed of a peer's repository, and lets `use` fetch from it. @throws EntenteError `tool-repository`, and what `get` throws */
export async function withTrusted<Result>(
  registry: Registry,
  peer: Peer,
  get: GetFile,
  use: (repository: TrustedRepository) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'entente-tuf-'));
  try {
    // The client tells failures in words of its own; what the fetcher met is remembered beside it.
    let met: EntenteError | null = null;
    const fetch: GetFile = async (path, bytesMax) => {
      try {
        return await get(path, bytesMax);
      } catch (error) {
        if (isEntenteError(error)) {
          if (error.code === 'not-found') throw new DownloadHTTPError(`there is no ${path}`, 404);
          met = error;
        }
        throw error;
      }
    };
    await loadTrust(registry, peer, folder, fetch);
    const updater = clientOf(registry, folder, fetch);
    const named = (error: unknown) => met ?? nameFault(peer, error);
    try {
      await updater.refresh();
    } catch (error) {
      throw named(error);
    } finally {
      await keepTrust(registry, peer, folder);
    }
    const listed = readTargets(peer, folder);
    return await use({
      tools: listed.map(toolOf),
      async fetch({ path }) {
        const file = listed.find((one) => one.path === path)!;
        const to = join(folder, 'package');
        try {
          await updater.downloadTarget(file, to);
        } catch (error) {
          throw named(error);
        }
        return new Uint8Array(readFileSync(to));
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function clientOf(registry: Registry, folder: string, fetch: GetFile): Updater {
  const pathOf = (url: string) => url.slice(BASE.length + 1);
  const updater = new Updater({
    metadataDir: folder,
    metadataBaseUrl: `${BASE}/metadata`,
    targetDir: folder,
    targetBaseUrl: `${BASE}/targets`,
    config: { ...BYTES_MAX, maxRootRotations: ROOT_ROTATIONS_MAX, maxDelegations: 0 },
    fetcher: {
      downloadBytes: async (url, bytesMax) => Buffer.from(await fetch(pathOf(url), bytesMax)),
      async downloadFile(url, bytesMax, handle) {
        const path = join(folder, 'download');
        writeFileSync(path, await fetch(pathOf(url), bytesMax));
        return handle(path);
      },
    },
  });
  // The client reads the system's clock; this node has one clock for everything that it decides.
  const { trustedSet } = updater as unknown as { trustedSet?: { referenceTime?: Date } };
  if (!(trustedSet?.referenceTime instanceof Date))
    throw new EntenteError('internal', 'the TUF client keeps its reference time elsewhere');
  trustedSet.referenceTime = registry.clock();
  return updater;
}

const ROLE_FILES = ['root', 'timestamp', 'snapshot', 'targets'] as const;

/** Puts what was verified before where the client reads it. Without it, asks for the first root and holds it against the peer's key. */
async function loadTrust(registry: Registry, peer: Peer, folder: string, fetch: GetFile): Promise<void> {
  const rows = await registry.db.all<{ role: string; body: string }>(
    'SELECT role, body FROM tool_trust WHERE peer = ?',
    peer.kid,
  );
  for (const { role, body } of rows) writeFileSync(join(folder, `${role}.json`), body);
  if (rows.some(({ role }) => role === 'root')) return;
  let text: string;
  try {
    text = Buffer.from(await fetch('metadata/1.root.json', BYTES_MAX.rootMaxLength)).toString('utf8');
  } catch (error) {
    if (isEntenteError(error)) throw error;
    throw repositoryFault(peer, 'format', error);
  }
  assertFirstRoot(peer, text);
  writeFileSync(join(folder, 'root.json'), text);
}

/** @throws EntenteError `tool-repository` (`wrong-keys`, `format`) */
function assertFirstRoot(peer: Peer, text: string): void {
  let fault: RepositoryFault = 'format';
  try {
    const root = Metadata.fromJSON(MetadataKind.Root, JSON.parse(text));
    fault = 'wrong-keys';
    const { roles, keys } = root.signed;
    const { public: wanted } = tufKey(peer.jwk).keyVal;
    const role = roles['root']!;
    const own = role.keyIDs.map((id) => keys[id]).find((key) => key?.keyVal['public'] === wanted);
    if (own?.keyType !== 'ed25519')
      throw new Error('the key that the agreement names for the node is none of its root keys');
    if (role.threshold < ROOT_THRESHOLD)
      throw new Error(`its root takes fewer than ${ROOT_THRESHOLD} signatures`);
    own.verifySignature(root);
    root.verifyDelegate('root', root);
  } catch (error) {
    throw repositoryFault(peer, fault, error);
  }
}

/** The client writes each file when it has verified it, and nothing else. */
async function keepTrust(registry: Registry, peer: Peer, folder: string): Promise<void> {
  const present = readdirSync(folder);
  await registry.db.transaction(async (tx) => {
    for (const role of ROLE_FILES) {
      if (!present.includes(`${role}.json`)) continue;
      const body = readFileSync(join(folder, `${role}.json`), 'utf8');
      const before = await tx.get<{ body: string }>(
        'SELECT body FROM tool_trust WHERE peer = ? AND role = ?',
        peer.kid,
        role,
      );
      if (before?.body === body) continue;
      await tx.run(
        'INSERT INTO tool_trust (peer, role, body) VALUES (?, ?, ?) ON CONFLICT (peer, role) DO UPDATE SET body = excluded.body',
        peer.kid,
        role,
        body,
      );
      if (role === 'root')
        await appendLeaf(tx, registry.clock, 'tool', {
          act: 'root-trusted',
          from: peer.kid,
          sha256: createHash('sha256').update(body).digest('hex'),
        });
    }
  });
}

function readTargets(peer: Peer, folder: string): TargetFile[] {
  const text = readFileSync(join(folder, 'targets.json'), 'utf8');
  const targets = Object.values(Metadata.fromJSON(MetadataKind.Targets, JSON.parse(text)).signed.targets);
  const isOurs = ({ path, length, hashes }: TargetFile) =>
    /^[a-z0-9][a-z0-9.-]{1,100}\.tool$/.test(path) &&
    length <= PACKAGE_BYTES_MAX &&
    Object.keys(hashes).length === 1 &&
    /^[0-9a-f]{64}$/.test(hashes['sha256'] ?? '');
  if (targets.length > TARGETS_MAX || !targets.every(isOurs))
    throw repositoryFault(peer, 'format', new Error('its list names what is no tool package'));
  return targets;
}

function toolOf({ path, length, hashes, custom }: TargetFile): ListedTool {
  const { id, title, version, kind, licence } = custom;
  const said = (word: unknown) => (typeof word === 'string' ? word.slice(0, 120) : '');
  return {
    path,
    sha256: hashes['sha256']!,
    sizeBytes: length,
    title: said(title),
    tool: said(id),
    version: said(version),
    kind: said(kind),
    licence: said(licence),
  };
}
