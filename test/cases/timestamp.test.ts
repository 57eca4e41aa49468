import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import { makeBundle, verifyBundle } from '../../src/cases/index.ts';
import { stampCheckpoint } from '../../src/exchange/index.ts';
import { listTimestamps, readLedger, verifyLedger } from '../../src/registry/index.ts';
import { refusal, type TimeAuthority, timeAuthority, toPem } from '../ledger/time-authority.ts';
import { addText, type Context, exampleCase } from './example-case.ts';

const refused = (code: string) => (error: unknown) => isEntenteError(error) && error.code === code;

/** An authority behind HTTP; `at` is the time it says, `broken` what it answers instead. */
async function serve(t: Context, authority: TimeAuthority) {
  const state: { at: Date; broken: Uint8Array | null; status: number } = {
    at: new Date('2026-12-01T08:00:01Z'),
    broken: null,
    status: 200,
  };
  const server = createServer(async (request, response) => {
    const parts: Uint8Array[] = [];
    for await (const part of request) parts.push(part as Uint8Array);
    response.statusCode = state.status;
    response.end(state.broken ?? (await authority.answer(Buffer.concat(parts), state.at)));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { state, known: { url, certificates: toPem(authority.root) } };
}

test('a bundle carries what an authority confirmed, and it is checked offline against the authority that the verifier knows', async (t) => {
  const example = await exampleCase(t);
  const { registry, file, folder } = example;
  const authority = await timeAuthority();
  const { known } = await serve(t, authority);
  await addText(example, 'a.txt', 'evidence');
  await stampCheckpoint(registry, known);
  await addText(example, 'b.txt', 'more');
  const out = join(folder, 'out.zip');
  const made = await makeBundle(registry, file, out, { stamp: () => stampCheckpoint(registry, known) });
  assert.equal(made.timestamps, 2);
  const verdict = await verifyBundle(out, { authorities: [authority.root] });
  assert.equal(verdict.ok, true, verdict.cause ?? '');
  assert.deepEqual(
    verdict.timestamps.map(({ authority: name, at, isTrusted }) => [name, at, isTrusted]),
    [1, 2].map(() => ['Time Authority of Arvenia', '2026-12-01T08:00:01.000Z', true]),
  );
  assert.ok(verdict.timestamps[1]!.leaves > verdict.timestamps[0]!.leaves);
  const alone = await verifyBundle(out);
  assert.equal(alone.ok, true);
  assert.ok(alone.remarks.some((remark) => remark.includes(verdict.timestamps[0]!.certificate)));
  const other = await timeAuthority({ name: 'Another' });
  const refusedBundle = await verifyBundle(out, { authorities: [other.root] });
  assert.match(refusedBundle.cause ?? '', /time-stamp does not count/);
  const stamps = (await readLedger(registry.db, 0, 100)).filter(({ kind }) => kind === 'timestamp');
  assert.equal(stamps.length, 2);
  assert.equal((await verifyLedger(registry)).ok, true);
});

test('a ledger whose leaves are later than an authority had confirmed them was dated, and the bundle does not verify', async (t) => {
  const example = await exampleCase(t);
  const { registry, file, folder } = example;
  const { known, state } = await serve(t, await timeAuthority());
  await addText(example, 'a.txt', 'evidence');
  state.at = new Date('2026-11-30T08:00:00Z');
  await stampCheckpoint(registry, known);
  const out = join(folder, 'out.zip');
  await makeBundle(registry, file, out);
  assert.match((await verifyBundle(out)).cause ?? '', /a time was made up/);
});

test('an authority that is away, refuses, or answers nonsense leaves nothing behind', async (t) => {
  const { registry } = await exampleCase(t);
  const { known, state } = await serve(t, await timeAuthority());
  state.status = 503;
  await assert.rejects(stampCheckpoint(registry, known), refused('peer-unreachable'));
  state.status = 200;
  for (const broken of [refusal('no'), Buffer.from('<html>'), Buffer.alloc(1 << 20)]) {
    state.broken = broken;
    await assert.rejects(stampCheckpoint(registry, known), refused('peer-nonsense'));
  }
  state.broken = null;
  const other = await timeAuthority({ name: 'Another' });
  await assert.rejects(
    stampCheckpoint(registry, { ...known, certificates: toPem(other.root) }),
    refused('signature-invalid'),
  );
  await assert.rejects(
    stampCheckpoint(registry, { ...known, url: 'http://127.0.0.1:1/' }),
    refused('peer-unreachable'),
  );
  assert.deepEqual(await listTimestamps(registry.db), []);
});

test('a bundle is never written over a file that is there', async (t) => {
  const example = await exampleCase(t);
  const { registry, file, folder } = example;
  await addText(example, 'a.txt', 'evidence');
  const out = join(folder, 'out.zip');
  writeFileSync(out, 'something dear');
  await assert.rejects(makeBundle(registry, file, out, { page: true }), refused('conflict'));
  assert.equal(readFileSync(out, 'utf8'), 'something dear');
  assert.equal(existsSync(join(folder, 'out.verify.html')), false);
  writeFileSync(join(folder, 'new.verify.html'), 'another page');
  const other = join(folder, 'new.zip');
  await assert.rejects(makeBundle(registry, file, other, { page: true }), refused('conflict'));
  assert.equal(existsSync(other), false);
});
