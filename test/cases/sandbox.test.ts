/** What a tool can reach and take: nothing but one exhibit's files, within limits that are named when it meets them. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EntenteError } from '../../src/base/index.ts';
import { SandboxHost } from '../../src/cases/sandbox/host.ts';
import {
  assertModule,
  isOutputName,
  runInSandbox,
  type SandboxLimits,
} from '../../src/cases/sandbox/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { constant, type Hand, handMade, section } from './wat.ts';

const LIMITS: SandboxLimits = { memoryPages: 16, timeMs: 10_000, outputBytes: 100_000 };
/** `br 0` inside `loop`. */
const LOOP = [0x03, 0x40, 0x0c, 0, 0x0b, ...constant(0)];
const CREATE = ['entente', 'create'] as const;

function execute(
  context: TestContext,
  hand: Hand,
  limits: Partial<SandboxLimits> = {},
  content = 'evidence',
) {
  const path = join(temporaryFolder(context), 'exhibit');
  writeFileSync(path, content);
  const files = [{ name: 'exhibit', location: { path, key: null, sizeBytes: content.length } }];
  return runInSandbox({ module: handMade(hand), files, parameters: {}, limits: { ...LIMITS, ...limits } });
}

const meets = (code: string, words: RegExp) => (error: EntenteError) =>
  error.code === 'tool-stopped' && error.issues[0]?.code === code && words.test(error.message);

test('an endless loop is ended when its time is over', async (context) => {
  await assert.rejects(
    execute(context, { run: LOOP }, { timeMs: 300 }),
    meets('time-limit', /not done within 0\.3 seconds/),
  );
});

test('a memory hog gets no more than its limit', async (context) => {
  // Grows by one page until that fails, and then executes `unreachable`.
  const hog = [0x03, 0x40, ...constant(1), 0x40, 0, ...constant(-1), 0x47, 0x0d, 0, 0x0b, 0x00];
  await assert.rejects(execute(context, { run: hog }), meets('memory-limit', /its limit of 16 pages/));
  await assert.rejects(
    execute(context, { run: constant(0), memory: [1, 17, 18] }),
    meets('memory-limit', /17 pages of memory, and its limit is 16/),
  );
});

test('what would spawn threads, open files, ask the clock or roll dice is refused before it runs', async (context) => {
  for (const [from, what] of [
    ['wasi', 'thread-spawn'],
    ['wasi_snapshot_preview1', 'path_open'],
    ['wasi_snapshot_preview1', 'sock_accept'],
    ['wasi_snapshot_preview1', 'clock_time_get'],
    ['wasi_snapshot_preview1', 'random_get'],
    ['env', 'abort'],
    ['entente', 'eval'],
  ] as const)
    await assert.rejects(
      execute(context, { imports: [[from, what]], run: LOOP }),
      meets('import', new RegExp(`asks for .${from}\\.${what}`)),
    );
});

test('memories, tables, types and features beyond the bounded ones are refused', () => {
  const refused = (hand: Hand, code: string) =>
    assert.throws(() => assertModule(handMade(hand), 16), meets(code, /refused/), code);
  refused({ run: constant(0), memory: [3, 1, 2] }, 'shared-memory');
  refused({ run: constant(0), memory: [4, 1] }, 'shared-memory');
  refused({ run: constant(0), more: [section(5, [1, 0, 1])] }, 'own-memory');
  refused({ run: constant(0), more: [section(4, [1, 0x70, 0, 1])] }, 'table');
  refused({ run: constant(0), more: [section(4, [2, 0x70, 1, 1, 1, 0x70, 1, 1, 1])] }, 'table');
  refused({ run: constant(0), more: [section(13, [1, 0, 0])] }, 'feature');
  refused({ run: constant(0), more: [section(1, [1, 0x5f, 0])] }, 'feature');
  const whole = handMade({ run: constant(0) });
  // The last eight bytes are the code, which the compiler reads.
  for (let length = 0; length < whole.length - 8; length += 3)
    assert.throws(() => assertModule(whole.subarray(0, length), 16), { code: 'tool-stopped' });
});

test('a name that leads out of the output folder ends the tool, even one that catches it', async (context) => {
  for (const data of ['../../etc/passwd', '/etc/passwd', 'a/../../b', 'c:\\x', 'a//b', '..', 'a\nb']) {
    const run = [...constant(0), ...constant(data.length), 0x10, 0];
    await assert.rejects(
      execute(context, { imports: [CREATE], run, data }),
      meets('path-escape', /no name in its folder/),
      data,
    );
  }
  const caught = [0x06, 0x7f, ...constant(0), ...constant(2), 0x10, 0, 0x19, ...constant(0), 0x0b];
  await assert.rejects(
    execute(context, { imports: [CREATE], run: caught, data: '..' }),
    meets('path-escape', /no name in its folder/),
  );
  assert.equal(isOutputName('folder/file.txt'), true);
  assert.equal(isOutputName('تقرير.txt'), true);
});

test('output, addresses and calls are bounded', async (context) => {
  const twice = [...constant(0), ...constant(1), 0x10, 0, 0x1a, ...constant(0), ...constant(1), 0x10, 0];
  await assert.rejects(
    execute(context, { imports: [CREATE], run: twice, data: 'x' }),
    meets('output-name', /twice/),
  );
  const far = [...constant(-8), ...constant(20), 0x10, 0];
  await assert.rejects(
    execute(context, { imports: [CREATE], run: far }),
    meets('address', /outside its memory/),
  );
  const nested = [0x10, 0];
  await assert.rejects(execute(context, { run: nested }), meets('trap', /stack/i));
});

test('a module that does not compile is told as such', async (context) => {
  await assert.rejects(execute(context, { run: [0x6a] }), meets('module-format', /function/));
});

test('a tool that does nothing makes nothing, and one that says it failed is told', async (context) => {
  assert.deepEqual((await execute(context, { run: constant(0) })).outputs, []);
  await assert.rejects(execute(context, { run: constant(7) }), meets('failed', /with the code 7/));
});

test('what is written byte by byte costs the memory of its bytes', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  new Uint8Array(memory.buffer).set(Buffer.from('out0123456789'));
  const host = new SandboxHost(memory, [], {}, { ...LIMITS, outputBytes: 3e6 });
  const { create, write } = host.functions() as unknown as Record<string, (...given: number[]) => number>;
  const output = create!(0, 3);
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 2_000_000; i++) write!(output, 3 + (i % 10), 1);
  assert.ok(process.memoryUsage().heapUsed - before < 64e6);
  const { bytes } = host.outputs()[0]!;
  assert.equal(bytes.length, 2_000_000);
  assert.equal(Buffer.from(bytes.subarray(1_999_990)).toString(), '0123456789');
  assert.throws(
    () => {
      for (;;) write!(output, 0, 60_000);
    },
    meets('output-limit', /3000000 bytes/),
  );
  assert.throws(() => write!(output, 0, 1), meets('output-limit', /3000000 bytes/), 'and it stays ended');
});

test('a damaged module is refused, or is one that asks for no more', () => {
  const whole = readFileSync(join(import.meta.dirname, '../../tools/toy-decryptor/tool.wasm'));
  let state = 7;
  for (let i = 0; i < 3_000; i++) {
    const damaged = new Uint8Array(whole);
    for (let n = 0; n < 3; n++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      damaged[(state >>> 4) % (n === 0 ? 300 : damaged.length)] = state >>> 20;
    }
    try {
      const { initial, maximum } = assertModule(damaged, 64);
      assert.ok(initial <= 64 && maximum <= 64);
    } catch (error) {
      assert.equal((error as EntenteError).code, 'tool-stopped');
    }
  }
});
