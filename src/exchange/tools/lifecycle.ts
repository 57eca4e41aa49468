/** A tool's way from one node to another: published, fetched, accepted, retired. The desk decides and records; here is what needs the line and the engines. */
import type { Purpose } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import {
  acceptHeld,
  assertAcceptable,
  type HeldTool,
  keepHeld,
  listHeld,
  parsePackage,
  publishPackage,
  repositoryFault,
  requireHeld,
  retireHeld,
  retireUnlisted,
  type TellSeats,
  type ToolPackage,
  targetName,
  whyNotOffered,
} from '../../desk/index.ts';
import type { GetFile, ListedTool } from '../../desk/tools/trusted.ts';
import type { Peer, Registry } from '../../registry/index.ts';
import { queueMessage } from '../messages.ts';
import { assertSelfTests, runSelfTests, type SelfTestReport, sourcesOfSet } from './content.ts';
import { repositoryOf } from './fetch.ts';

export const tellSeats =
  (registry: Registry): TellSeats =>
  (tx, peer, body) =>
    queueMessage(tx, registry, peer, 'tool-seat', body);

/** Keeps bytes that are in memory. */
export const stored = (registry: Registry, bytes: Uint8Array) =>
  registry.blobs.put(
    (async function* () {
      yield bytes;
    })(),
  );

/** The package of a tool that is held. @throws EntenteError `store-damaged` */
export async function packageOf(registry: Registry, sha256: string): Promise<ToolPackage> {
  const parts: Uint8Array[] = [];
  await registry.blobs.path(sha256);
  for await (const part of registry.blobs.read(sha256)) parts.push(part);
  const pkg = parsePackage(new Uint8Array(Buffer.concat(parts)));
  if (pkg.sha256 !== sha256)
    throw new EntenteError('store-damaged', `the package ${sha256} was changed on disk`, { where: sha256 });
  return pkg;
}

/** A package must hold what it says before anybody else sees it. */
async function testWhole(pkg: ToolPackage): Promise<readonly SelfTestReport[]> {
  if (pkg.manifest.kind === 'indicator-set')
    sourcesOfSet(pkg, { contributor: '', contributorKey: '', agreement: null, clause: '' });
  const reports = await runSelfTests(pkg);
  assertSelfTests(pkg, reports);
  return reports;
}

/**
 * Publishes a package to peers whose agreement gives it, and holds it here as well, for a second person to accept.
 * @throws EntenteError `tool-package`, `conflict`
 */
export async function publishTool(registry: Registry, bytes: Uint8Array, person: string): Promise<HeldTool> {
  const pkg = parsePackage(bytes);
  await testWhole(pkg);
  await stored(registry, bytes);
  return registry.db.transaction(async (tx) => {
    await publishPackage(tx, registry, pkg, person);
    return keepHeld(tx, registry, '', pkg, person);
  });
}

export interface FetchReport {
  readonly fetched: readonly HeldTool[];
  /** On the peer's list, and not fetched; why, with the clause. */
  readonly left: readonly { readonly tool: string; readonly why: string }[];
  /** Held of the peer before, and taken back there. */
  readonly retired: readonly HeldTool[];
}

/** Of one call: a list that is signed and has no end would fill the disk. */
const FETCH_BYTES_MAX = 512 * 1024 * 1024;

export interface ListedOffer extends ListedTool {
  readonly isHeld: boolean;
  /** Why the agreement does not give it for this purpose; null when it does. */
  readonly whyNot: string | null;
}

/** What a peer offers now, verified as when it is fetched, and nothing fetched. @throws EntenteError as `fetchTools` */
export async function listOffered(
  registry: Registry,
  peer: Peer,
  purpose: Purpose,
  get: GetFile = repositoryOf(registry, peer),
): Promise<ListedOffer[]> {
  const { withTrusted } = await import('../../desk/tools/trusted.ts');
  return withTrusted(registry, peer, get, async ({ tools }) => {
    const held = await listHeld(registry.db);
    const offers: ListedOffer[] = [];
    for (const listed of tools)
      offers.push({
        ...listed,
        isHeld: isHeldOf(held, peer, listed),
        whyNot: await whyNotOffered(registry, peer, listed.title, purpose),
      });
    return offers;
  });
}

const isHeldOf = (held: readonly HeldTool[], peer: Peer, { sha256 }: ListedTool) =>
  held.some((one) => one.peer === peer.kid && one.sha256 === sha256 && !one.retired);

export interface FetchWish {
  readonly purpose: Purpose;
  /** Only this tool, by its name. */
  readonly tool?: string;
}

/** An older peer's list says only what the file is called. */
function isCalled(listed: ListedTool, tool: string): boolean {
  return listed.tool === '' ? listed.path.startsWith(`${tool}-`) : listed.tool === tool;
}

/**
 * Refreshes what a peer offers and fetches what is new. Nothing of it can be used before a second person has accepted it.
 * @throws EntenteError `tool-repository` naming the attack, `tool-package`, `agreement-denied`, `peer-unreachable`
 */
export async function fetchTools(
  registry: Registry,
  peer: Peer,
  person: string,
  wish: FetchWish,
  get: GetFile | undefined = repositoryOf(registry, peer),
): Promise<FetchReport> {
  const fetched: HeldTool[] = [];
  let bytesFetched = 0;
  const left: { tool: string; why: string }[] = [];
  const { withTrusted } = await import('../../desk/tools/trusted.ts');
  return withTrusted(registry, peer, get, async ({ tools, fetch }) => {
    const retired = await retireUnlisted(
      registry,
      peer,
      new Set(tools.map(({ sha256 }) => sha256)),
      tellSeats(registry),
    );
    const held = await listHeld(registry.db);
    for (const listed of tools) {
      if (isHeldOf(held, peer, listed)) continue;
      if (wish.tool !== undefined && !isCalled(listed, wish.tool)) continue;
      const why = await whyNotOffered(registry, peer, listed.title, wish.purpose);
      if (why !== null) {
        left.push({ tool: listed.path, why });
        continue;
      }
      bytesFetched += listed.sizeBytes;
      if (bytesFetched > FETCH_BYTES_MAX) {
        left.push({ tool: listed.path, why: `more than ${FETCH_BYTES_MAX} bytes at once; fetch again` });
        continue;
      }
      const bytes = await fetch(listed);
      const pkg = parsePackage(bytes);
      const { id, version, title } = pkg.manifest;
      if (targetName({ tool: id, version }) !== listed.path || title !== listed.title)
        throw repositoryFault(
          peer,
          'mix-and-match',
          new Error(`${listed.path} is a package of "${title}" ${version}, called ${id}`),
        );
      await stored(registry, bytes);
      fetched.push(await registry.db.transaction((tx) => keepHeld(tx, registry, peer.kid, pkg, person)));
    }
    return { fetched, left, retired };
  });
}

/**
 * Runs the self-tests of a fetched tool here, and accepts it when they hold.
 * @throws EntenteError `forbidden` for the person who fetched it, `tool-package`, `agreement-denied`, `conflict`
 */
export async function acceptTool(
  registry: Registry,
  asked: string,
  person: string,
  wish: { readonly purpose: Purpose; readonly seats: number },
): Promise<HeldTool> {
  const held = await requireHeld(registry.db, asked);
  assertAcceptable(held, person); // before minutes of tests
  const reports = await testWhole(await packageOf(registry, held.sha256));
  const selfTests = reports.map(({ name }) => name);
  return acceptHeld(registry, held.id, person, { ...wish, selfTests }, tellSeats(registry));
}

export const retireTool = (
  registry: Registry,
  asked: string,
  person: string,
  reason: string,
): Promise<HeldTool> => retireHeld(registry, asked, person, reason, tellSeats(registry));
