/**
 * A repository of tools in the hands of somebody hostile: the attacks that TUF 1.0 §1.5.2 lists, each contained and named. The peer's node is a real one; what
 * it says is recorded, changed, and played to the police node.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Metadata, MetadataKind, MetaFile, Root, Timestamp } from '@tufjs/models';
import { EntenteError } from '../../src/base/index.ts';
import { listHeld, type Manifest, packTool, type RepositoryFault } from '../../src/desk/index.ts';
import {
  makeRoleKeys,
  nodeKey,
  roleKey,
  type SigningKey,
  SPEC_VERSION,
  signRole,
} from '../../src/desk/tools/signing.ts';
import type { GetFile } from '../../src/desk/tools/trusted.ts';
import { repositoryOf } from '../../src/exchange/tools/fetch.ts';
import { acceptTool, fetchTools, publishTool } from '../../src/exchange/tools/index.ts';
import { generateKey, type Registry, verifyLedger } from '../../src/registry/index.ts';
import { startTestNode, type TwoNodes, twoNodes } from '../two-nodes.ts';

const TOOL = join(import.meta.dirname, '../../tools/toy-decryptor');
const TITLE = 'Northlight Unpacker';
const DAY_MS = 86_400_000;

function version(number: string, more: Partial<Manifest> = {}): Uint8Array {
  const read = (path: string) => new Uint8Array(readFileSync(join(TOOL, path)));
  const about = JSON.parse(Buffer.from(read('tool.json')).toString()) as Manifest;
  const manifest = { ...about, title: TITLE, version: number, ...more };
  const paths = [...manifest.content, ...manifest.selfTests.flatMap(({ inputs }) => inputs)];
  return packTool(manifest, new Map(paths.map((path) => [path, read(path)])));
}

type Files = Map<string, Uint8Array>;

/** Everything that the peer's node says at this moment. */
async function record(nodes: TwoNodes): Promise<Files> {
  const files: Files = new Map();
  const real = repositoryOf(nodes.police.registry, nodes.companyAtPolice);
  const keep = async (path: string, bytesMax = 1e6) => {
    const bytes = await real(path, bytesMax);
    files.set(path, bytes);
    return JSON.parse(Buffer.from(bytes).toString());
  };
  const timestamp = await keep('metadata/timestamp.json');
  const snapshot = timestamp.signed.meta['snapshot.json'].version;
  const { signed } = await keep(`metadata/${snapshot}.snapshot.json`);
  const list = await keep(`metadata/${signed.meta['targets.json'].version}.targets.json`);
  await keep('metadata/1.root.json');
  for (const [path, { length, hashes }] of Object.entries<{ length: number; hashes: { sha256: string } }>(
    list.signed.targets,
  ))
    files.set(`targets/${hashes.sha256}.${path}`, await real(`targets/${hashes.sha256}.${path}`, length));
  return files;
}

const play =
  (files: Files): GetFile =>
  async (path) => {
    const bytes = files.get(path);
    if (bytes) return bytes;
    throw new EntenteError('not-found', `there is no ${path}`);
  };

const fetchFrom = (nodes: TwoNodes, files: Files) =>
  fetchTools(
    nodes.police.registry,
    nodes.companyAtPolice,
    'Amira',
    { purpose: 'investigation' },
    play(files),
  );

async function attacked(context: TestContext): Promise<TwoNodes> {
  const nodes = await twoNodes(context);
  await publishTool(nodes.company.registry, version('1.0.0'), 'Noor');
  return nodes;
}

const named = (fault: RepositoryFault) => (error: EntenteError) => {
  assert.equal(error.code, 'tool-repository', error.message);
  assert.equal(error.issues[0]?.code, fault, error.message);
  assert.match(error.message, new RegExp(`^${fault}: the tools of Northlight Security are not taken`));
  return true;
};

const signedOf = (files: Files, path: string) => JSON.parse(Buffer.from(files.get(path)!).toString()).signed;
const metaOf = (bytes: Uint8Array, number: number) =>
  new MetaFile({
    version: number,
    length: bytes.length,
    hashes: { sha256: createHash('sha256').update(bytes).digest('hex') },
  });

test('rollback: an older list, a timestamp that points back, and an older version of the timestamp are refused', async (context) => {
  const nodes = await attacked(context);
  const { company } = nodes;
  const old = await record(nodes);
  await publishTool(company.registry, version('1.1.0'), 'Noor');
  const now = await record(nodes);
  assert.equal((await fetchFrom(nodes, now)).fetched.length, 2);
  await assert.rejects(fetchFrom(nodes, old), named('rollback'));
  // Whoever has the timestamp key alone still cannot bring the old lists back.
  const snapshot = signedOf(old, 'metadata/timestamp.json').meta['snapshot.json'].version as number;
  const forged = signRole(
    new Timestamp({
      version: 9,
      specVersion: SPEC_VERSION,
      expires: '2027-01-01T00:00:00Z',
      snapshotMeta: metaOf(old.get(`metadata/${snapshot}.snapshot.json`)!, snapshot),
    }),
    [roleKey(company.registry, 'timestamp')],
  );
  await assert.rejects(
    fetchFrom(nodes, new Map([...old, ['metadata/timestamp.json', Buffer.from(forged)]])),
    named('rollback'),
  );
});

test('freeze: what should have been renewed is refused, first seen or seen before', async (context) => {
  const nodes = await attacked(context);
  const old = await record(nodes);
  nodes.time.now = new Date(nodes.time.now.getTime() + 2 * DAY_MS);
  await assert.rejects(fetchFrom(nodes, old), named('freeze'));
  const now = await record(nodes);
  assert.equal((await fetchFrom(nodes, now)).fetched.length, 1);
  nodes.time.now = new Date(nodes.time.now.getTime() + 2 * DAY_MS);
  await assert.rejects(fetchFrom(nodes, now), named('freeze'));
  assert.deepEqual(await fetchFrom(nodes, await record(nodes)), { fetched: [], left: [], retired: [] });
});

test('expired: a root whose time is over is refused, and a new one is signed in time', async (context) => {
  const nodes = await attacked(context);
  const old = await record(nodes);
  nodes.time.now = new Date(nodes.time.now.getTime() + 300 * DAY_MS);
  const now = await record(nodes);
  nodes.time.now = new Date(nodes.time.now.getTime() + 100 * DAY_MS);
  await assert.rejects(fetchFrom(nodes, old), named('expired'));
  now.delete('metadata/2.root.json');
  await assert.rejects(fetchFrom(nodes, now), named('expired'));
  const { police, companyAtPolice } = nodes;
  const wish = { purpose: 'investigation' } as const;
  assert.equal((await fetchTools(police.registry, companyAtPolice, 'Amira', wish)).fetched.length, 1);
});

test('mix-and-match: parts of different states, and other bytes behind a name, are refused', async (context) => {
  const nodes = await attacked(context);
  const old = await record(nodes);
  await publishTool(nodes.company.registry, version('1.1.0'), 'Noor');
  const now = await record(nodes);
  const swapped = (path: string, bytes: Uint8Array): Files => new Map([...now, [path, bytes]]);
  await assert.rejects(
    fetchFrom(nodes, swapped('metadata/2.snapshot.json', old.get('metadata/1.snapshot.json')!)),
    named('mix-and-match'),
  );
  await assert.rejects(
    fetchFrom(nodes, swapped('metadata/2.targets.json', old.get('metadata/1.targets.json')!)),
    named('mix-and-match'),
  );
  const [first, second] = [...now.keys()].filter((path) => path.startsWith('targets/'));
  await assert.rejects(fetchFrom(nodes, swapped(second!, now.get(first!)!)), named('mix-and-match'));
  assert.ok((await listHeld(nodes.police.registry.db)).length < 2);
});

test('mix-and-match: a package that is not the tool its list says is refused', async (context) => {
  const nodes = await attacked(context);
  const { company } = nodes;
  const { registry } = company;
  await registry.db.transaction((tx) =>
    tx.run("UPDATE tool_published SET version = '3.0.0', manifest = replace(manifest, '1.0.0', '3.0.0')"),
  );
  await assert.rejects(fetchFrom(nodes, await record(nodes)), named('mix-and-match'));
});

test('wrong keys: a first root of somebody else, or one that a single key can change, is not trusted', async (context) => {
  const nodes = await attacked(context);
  const honest = await record(nodes);
  const stranger = await startTestNode(context, 'Stranger', nodes.time);
  makeRoleKeys(stranger.registry);
  const rootOf = (registry: Registry, extra: readonly SigningKey[], threshold: number) => {
    const root = new Root({
      version: 1,
      specVersion: SPEC_VERSION,
      expires: '2027-06-01T00:00:00Z',
      consistentSnapshot: true,
    });
    for (const role of ['root', 'targets', 'snapshot', 'timestamp'] as const)
      root.addKey(roleKey(registry, role).key, role);
    for (const { key } of extra) root.addKey(key, 'root');
    const json = root.toJSON() as { roles: { root: { threshold: number } } };
    json.roles.root.threshold = threshold;
    return Root.fromJSON(json as never);
  };
  const own = roleKey(stranger.registry, 'root');
  const theirs = nodeKey(stranger.registry);
  // The company's public key is no secret; its signature is what a stranger lacks.
  const claimed = { ...nodeKey(nodes.company.registry), jwk: generateKey() };
  for (const [root, keys] of [
    [rootOf(stranger.registry, [theirs], 2), [own, theirs]],
    [rootOf(stranger.registry, [claimed, theirs], 2), [own, theirs]],
    [rootOf(stranger.registry, [claimed], 2), [own, claimed]],
    [rootOf(nodes.company.registry, [nodeKey(nodes.company.registry)], 1), [nodeKey(nodes.company.registry)]],
  ] as const)
    await assert.rejects(
      fetchFrom(nodes, new Map([...honest, ['metadata/1.root.json', Buffer.from(signRole(root, keys))]])),
      named('wrong-keys'),
    );
  assert.equal(
    await nodes.police.registry.db.get("SELECT 1 FROM tool_trust WHERE role = 'root'"),
    undefined,
    'nothing of it is kept',
  );
});

test('wrong keys: lists and roots signed by others than the root names are refused', async (context) => {
  const nodes = await attacked(context);
  const honest = await record(nodes);
  const forger: SigningKey = { jwk: generateKey(), key: roleKey(nodes.company.registry, 'timestamp').key };
  const timestamp = Metadata.fromJSON(
    MetadataKind.Timestamp,
    JSON.parse(Buffer.from(honest.get('metadata/timestamp.json')!).toString()),
  ).signed;
  const forged = Buffer.from(signRole(timestamp, [forger]));
  await assert.rejects(
    fetchFrom(nodes, new Map([...honest, ['metadata/timestamp.json', forged]])),
    named('wrong-keys'),
  );
  // A next root that only new keys and one of the old two have signed.
  const before = Metadata.fromJSON(
    MetadataKind.Root,
    JSON.parse(Buffer.from(honest.get('metadata/1.root.json')!).toString()),
  ).signed;
  const next = Root.fromJSON({ ...before.toJSON(), version: 2 });
  const half = Buffer.from(signRole(next, [roleKey(nodes.company.registry, 'root')]));
  await assert.rejects(
    fetchFrom(nodes, new Map([...honest, ['metadata/2.root.json', half]])),
    named('wrong-keys'),
  );
  assert.equal((await fetchFrom(nodes, honest)).fetched.length, 1);
});

test('what is no repository at all is refused, and what was accepted before stays in use', async (context) => {
  const nodes = await attacked(context);
  const honest = await record(nodes);
  const { fetched } = await fetchFrom(nodes, honest);
  await acceptTool(nodes.police.registry, fetched[0]!.id, 'Bruno', { purpose: 'investigation', seats: 1 });
  for (const text of [
    '',
    '{',
    '[]',
    '{"signed":{"_type":"timestamp"}}',
    'null',
    '{"signatures":[],"signed":null}',
  ])
    await assert.rejects(
      fetchFrom(nodes, new Map([...honest, ['metadata/timestamp.json', Buffer.from(text)]])),
      { code: 'tool-repository' },
      text,
    );
  const [held] = await listHeld(nodes.police.registry.db);
  assert.equal(held!.retired, null);
  assert.equal((await verifyLedger(nodes.police.registry)).ok, true);
});

/** A server at the peer's address that answers as `act` does. */
async function serverOf(
  context: TestContext,
  nodes: TwoNodes,
  act: (path: string, reply: ServerResponse) => void,
) {
  const server = createServer((request, reply) => act(request.url ?? '', reply));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const peer = { ...nodes.companyAtPolice, url: `http://127.0.0.1:${port}` };
  const get = repositoryOf(nodes.police.registry, peer, 400);
  return () => fetchTools(nodes.police.registry, peer, 'Amira', { purpose: 'investigation' }, get);
}

test('endless data: a list or a package that does not end is cut off at the bytes it may have', async (context) => {
  const nodes = await attacked(context);
  const honest = await record(nodes);
  const endless = (reply: ServerResponse) => {
    const push = () => {
      while (!reply.destroyed && reply.write(Buffer.alloc(16_384, 0x20)));
      if (!reply.destroyed) reply.once('drain', push);
    };
    push();
  };
  for (const what of ['1.root.json', 'timestamp.json', '1.targets.json', '.tool']) {
    const act = await serverOf(context, nodes, (path, reply) => {
      const file = path.replace('/api/v1/exchange/tools/', '').split('?')[0]!;
      if (file.endsWith(what)) endless(reply);
      else if (honest.has(file)) reply.end(honest.get(file));
      else reply.writeHead(404).end();
    });
    await assert.rejects(act(), named('endless-data'), what);
  }
});

test('slow retrieval: who sends a byte now and then is given up', async (context) => {
  const nodes = await attacked(context);
  const honest = await record(nodes);
  const act = await serverOf(context, nodes, (_, reply) => {
    const timer = setInterval(() => reply.write(' '), 50);
    reply.on('close', () => clearInterval(timer));
  });
  await assert.rejects(act(), named('slow-retrieval'));
  const drop = await serverOf(context, nodes, (path, reply) => {
    const file = path.replace('/api/v1/exchange/tools/', '').split('?')[0]!;
    if (!honest.has(file)) reply.writeHead(404).end();
    else reply.end(file.startsWith('targets/') ? Buffer.from('e') : honest.get(file));
  });
  await assert.rejects(drop(), named('slow-retrieval'));
});
