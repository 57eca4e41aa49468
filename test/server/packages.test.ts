/** Packages over lines that break: between nodes piece by piece, and in a browser by ranges. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { EntenteError } from '../../src/base/index.ts';
import { fetchPackages, sendInOperation } from '../../src/exchange/index.ts';
import { findOperation, listPackages, preparePackages, sendPackage } from '../../src/operations/index.ts';
import { findPeer } from '../../src/registry/index.ts';
import { buildApp, invite } from '../../src/server/index.ts';
import { readRange } from '../../src/server/ranges.ts';
import { redeem } from '../../src/server/sessions.ts';
import { deliver, endAgreement } from '../operations/nodes.ts';
import { HEAD, NAME, world } from '../operations/world.ts';

const MANY = `${HEAD}\n${Array.from(
  { length: 1_200 },
  (_, i) =>
    `11.0.${i >> 8}.${i & 255},${i % 3 === 0 ? 'suspect' : 'victim'},B,2,,infected-host,loader ${i * 7919}`,
).join('\n')}`;

/** A line that breaks after so many bytes of answer on each connection, and counts them all. */
async function breakingLine(context: TestContext, port: number, bytes: number) {
  const line = { url: '', bytes: 0, broke: 0 };
  const server = createServer((near) => {
    let left = bytes;
    const far = connect(port, '127.0.0.1');
    near.pipe(far);
    far.on('data', (chunk) => {
      line.bytes += Math.min(left, chunk.length);
      near.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0) return;
      line.broke++;
      near.destroy();
      far.destroy();
    });
    far.on('close', () => near.destroy());
    near.on('close', () => far.destroy());
    near.on('error', () => {});
    far.on('error', () => {});
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  context.after(() => server.close());
  line.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return line;
}

async function announced(context: TestContext) {
  const all = await world(context, MANY);
  const operation = await findOperation(all.lead.db, NAME);
  for (const one of await preparePackages(all.lead, operation))
    if (one.contents) await sendPackage(all.lead, operation, one, sendInOperation(all.lead));
  await deliver(all.nodes);
  const app = await buildApp(all.lead);
  context.after(() => app.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { ...all, operation, app, port: (app.server.address() as AddressInfo).port };
}

test('a package comes over a line that breaks every 60 kB, and no piece that came is asked for again', async (context) => {
  const { lead, france, operation, port } = await announced(context);
  const line = await breakingLine(context, port, 60_000);
  const peer = { ...(await findPeer(france.db, lead.identity.kid))!, url: line.url };
  let calls = 0;
  for (let fetched = 0; fetched === 0; ) {
    assert.ok(++calls < 40, 'it goes forward');
    ({ fetched } = await fetchPackages(france, peer).catch((error: EntenteError) => {
      assert.equal(error.code, 'peer-unreachable', error.message);
      return { fetched: 0 };
    }));
  }
  const there = await findOperation(france.db, NAME);
  assert.notEqual((await listPackages(france.db, there))[0]!.receivedAt, null);
  const { size } = (await lead.db.get<{ size: number }>(
    `SELECT json_extract(statement, '$.file.sizeBytes') AS size FROM operation_package WHERE peer = ? AND operation_id = ?`,
    france.identity.kid,
    operation.id,
  ))!;
  assert.ok(line.broke >= 2, `the line broke ${line.broke} times`);
  assert.ok(line.bytes < size / 2, `${line.bytes} bytes crossed for a file of ${size}`);
  context.diagnostic(`${size} bytes came as ${line.bytes} over a line that broke ${line.broke} times`);
});

test('an agreement that ends while the package is half fetched stops the rest', async (context) => {
  const { time, lead, france, agreements, port } = await announced(context);
  const line = await breakingLine(context, port, 60_000);
  const peer = { ...(await findPeer(france.db, lead.identity.kid))!, url: line.url };
  await assert.rejects(fetchPackages(france, peer), { code: 'peer-unreachable' });
  await endAgreement(time, lead, agreements.get(france)!, [lead, france]);
  const refused = async () => {
    const { fetched, problems } = await fetchPackages(france, peer);
    assert.equal(fetched, 0);
    assert.match(problems.join(), /^package--[^,]*$/);
  };
  await refused();
  const before = line.bytes;
  await refused();
  assert.ok(line.bytes - before < 4_000, 'an answer with a reason, and no bytes of the package');
  assert.equal((await listPackages(france.db, await findOperation(france.db, NAME)))[0]!.receivedAt, null);
});

test('a browser goes on with a download by ranges, and never puts halves of two files together', async (context) => {
  const { lead, operation, app } = await announced(context);
  const { invitation } = await invite(lead, { name: 'Analyst', roles: ['analyst'] });
  const session = await redeem(lead, invitation, 'test');
  const packages = await listPackages(lead.db, operation);
  const get = (id: string, headers: Record<string, string> = {}) =>
    app.inject({
      url: `/api/v1/operations/${NAME}/packages/${id}`,
      headers: { cookie: `entente_session=${session!.token}`, ...headers },
    });
  const [first, second] = packages;
  const whole = await get(first!.id);
  assert.equal(whole.statusCode, 200);
  const { etag, 'accept-ranges': ranges, 'repr-digest': digest } = whole.headers;
  assert.equal(ranges, 'bytes');
  assert.equal(digest, `sha-256=:${createHash('sha256').update(whole.rawPayload).digest('base64')}:`);
  const begun = whole.rawPayload.subarray(0, 1_000);
  const rest = await get(first!.id, { range: 'bytes=1000-', 'if-range': String(etag) });
  assert.equal(rest.statusCode, 206);
  assert.equal(
    rest.headers['content-range'],
    `bytes 1000-${whole.rawPayload.length - 1}/${whole.rawPayload.length}`,
  );
  assert.deepEqual(Buffer.concat([begun, rest.rawPayload]), whole.rawPayload);
  const other = await get(second!.id, { range: 'bytes=1000-', 'if-range': String(etag) });
  assert.equal(other.statusCode, 200, 'the tag is another file’s: all of this one');
  assert.equal((await get(first!.id, { range: 'bytes=99999999-' })).statusCode, 416);
});

test('ranges are read as RFC 9110 has them; what makes no sense gets the whole', () => {
  const cases: readonly [string | undefined, unknown][] = [
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=5-', { start: 5, end: 10 }],
    ['bytes=-3', { start: 7, end: 10 }],
    ['bytes=-30', { start: 0, end: 10 }],
    ['bytes=4-900', { start: 4, end: 10 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=6-5', null],
    ['bytes=0-1,4-5', null],
    ['items=0-1', null],
    ['bytes=-', null],
    [`bytes=${'9'.repeat(400)}-`, null],
    [undefined, null],
  ];
  for (const [header, expected] of cases) assert.deepEqual(readRange(header, 10), expected, header);
});
