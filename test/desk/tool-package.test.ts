/** A package has one byte form, and says of itself what is true; each way of lying is refused by name. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { canonicalJson, concatBytes, type EntenteError, utf8 } from '../../src/base/index.ts';
import { runInSandbox } from '../../src/cases/sandbox/index.ts';
import {
  compareVersions,
  generateEvidence,
  type Manifest,
  packTool,
  parsePackage,
  requireExercise,
  type ToolPackage,
} from '../../src/desk/index.ts';
import { assertSelfTests, runSelfTests } from '../../src/exchange/tools/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const TOOLS = join(import.meta.dirname, '../../tools');
const RULE = 'rule marked { strings: $a = "EXERCISE-MARK" condition: $a }\n';

/** A package of a tool that this repository has. */
function packageOf(name: string): ToolPackage {
  const manifest = JSON.parse(readFileSync(join(TOOLS, name, 'tool.json'), 'utf8')) as Manifest;
  const paths = [...manifest.content, ...manifest.selfTests.flatMap(({ inputs }) => inputs)];
  const files = new Map(paths.map((path) => [path, new Uint8Array(readFileSync(join(TOOLS, name, path)))]));
  return parsePackage(packTool(manifest, files));
}

const manifest = (more: Partial<Manifest> = {}): Manifest => ({
  v: 1,
  id: 'marks',
  version: '1.0.0',
  kind: 'yara-pack',
  title: 'Marks',
  licence: 'Apache-2.0',
  author: 'Northlight',
  description: 'Finds marks.',
  inputs: 'Any files.',
  outputs: 'Findings.',
  content: ['rules/marks.yar'],
  selfTests: [{ name: 'a mark', inputs: ['tests/marked.txt'], outputs: [] }],
  ...more,
});
const FILES = new Map([
  ['rules/marks.yar', utf8(RULE)],
  ['tests/marked.txt', utf8('here is EXERCISE-MARK')],
]);

const names = (code: string, words: RegExp) => (error: EntenteError) =>
  error.code === 'tool-package' && error.issues[0]?.code === code && words.test(error.message);

for (const name of ['ransomware-triage', 'toy-decryptor', 'credential-theft'])
  test(`the tool ${name} gives what its manifest says`, async () => {
    const pkg = packageOf(name);
    assertSelfTests(pkg, await runSelfTests(pkg));
    assert.ok(pkg.manifest.selfTests.some(({ outputs }) => outputs.length > 0));
    const text = Buffer.concat([...pkg.files.values()]).toString('latin1');
    if (name === 'credential-theft') assert.match(text, /not-a-real-one/);
  });

test('the same content gives the same bytes, whatever order it came in', () => {
  const bytes = packTool(manifest(), FILES);
  assert.deepEqual(packTool(manifest(), new Map([...FILES].reverse())), bytes);
  const pkg = parsePackage(bytes);
  assert.deepEqual(pkg.manifest, manifest());
  assert.deepEqual(packTool(pkg.manifest, pkg.files), bytes);
});

test('rule packs and indicator sets are tested with the engines that run them', async () => {
  const line = `${JSON.stringify({
    file: 'tests/marked.txt',
    offset: 8,
    kind: 'domain',
    value: 'evil.example',
    indicator: 'indicator--00000000-0000-4000-8000-000000000001',
  })}\n`;
  const set = manifest({
    kind: 'indicator-set',
    content: ['set.json'],
    selfTests: [
      {
        name: 'one domain',
        inputs: ['tests/marked.txt'],
        outputs: [{ name: 'indicator-set.jsonl', sha256: createHash('sha256').update(line).digest('hex') }],
      },
    ],
  });
  const bundle = {
    type: 'bundle',
    id: 'bundle--00000000-0000-4000-8000-000000000002',
    objects: [
      {
        type: 'indicator',
        spec_version: '2.1',
        id: 'indicator--00000000-0000-4000-8000-000000000001',
        created: '2026-11-01T00:00:00.000Z',
        modified: '2026-11-01T00:00:00.000Z',
        indicator_types: ['malicious-activity'],
        pattern: "[domain-name:value = 'evil.example']",
        pattern_type: 'stix',
        valid_from: '2026-11-01T00:00:00Z',
      },
    ],
  };
  const pkg = parsePackage(
    packTool(
      set,
      new Map([
        ['set.json', utf8(JSON.stringify(bundle))],
        ['tests/marked.txt', utf8('look at evil.example now')],
      ]),
    ),
  );
  assertSelfTests(pkg, await runSelfTests(pkg));
  const yara = parsePackage(packTool(manifest(), FILES));
  const [report] = await runSelfTests(yara);
  assert.equal(report!.outputs[0]!.name, 'yara-pack.jsonl');
});

test('self-tests that do not give what the manifest says are named, with what came', async () => {
  const pkg = parsePackage(
    packTool(
      manifest({
        selfTests: [
          {
            name: 'a mark',
            inputs: ['tests/marked.txt'],
            outputs: [{ name: 'yara-pack.jsonl', sha256: 'a'.repeat(64) }],
          },
        ],
      }),
      FILES,
    ),
  );
  const reports = await runSelfTests(pkg);
  assert.throws(
    () => assertSelfTests(pkg, reports),
    names('self-test', /fails its own self-test "a mark".*the manifest says aaaa/),
  );
  const broken = parsePackage(
    packTool(manifest(), new Map([...FILES, ['rules/marks.yar', utf8('rule x {')]])),
  );
  const failed = await runSelfTests(broken);
  assert.throws(() => assertSelfTests(broken, failed), names('rule', /rules\/marks\.yar cannot be loaded/));
});

test('paths that leave the package are refused, packed or sent', () => {
  for (const path of [
    '../rules.yar',
    '/etc/passwd',
    'a/../../b',
    'a\\b',
    'a//b',
    '.hidden',
    'a/.',
    'nul:',
    'a. ',
  ]) {
    const files = new Map([...FILES, [path, utf8(RULE)]]);
    assert.throws(
      () => packTool(manifest({ content: [path] }), files),
      names('path-escape', /no path inside/),
      path,
    );
  }
  const list = [{ path: '../out', sha256: 'a'.repeat(64), sizeBytes: 0 }];
  assert.throws(() => parsePackage(sealed(manifest(), list, '')), names('path-escape', /no path inside/));
});

/** A package as a liar would make it. */
function sealed(about: unknown, files: unknown, content: string): Uint8Array {
  return concatBytes([utf8(`entente-tool/1\n${canonicalJson({ manifest: about, files })}\n`), utf8(content)]);
}

test('a lying list is refused: sizes, digests, order, what is missing and what came along', () => {
  const sha256 = createHash('sha256').update(RULE).digest('hex');
  const rule = { path: 'rules/marks.yar', sha256, sizeBytes: RULE.length };
  const empty = { path: 'tests/marked.txt', sha256: createHash('sha256').digest('hex'), sizeBytes: 0 };
  assert.ok(parsePackage(sealed(manifest(), [rule, empty], RULE)));
  const lies: [unknown, unknown, string, string, RegExp][] = [
    [manifest(), [{ ...rule, sizeBytes: 1e9 }, empty], RULE, 'lying-manifest', /ends before/],
    [manifest(), [{ ...rule, sha256: 'b'.repeat(64) }, empty], RULE, 'lying-manifest', /another digest/],
    [manifest(), [rule, empty], `${RULE}more`, 'stowaway', /4 bytes follow/],
    [manifest(), [empty, rule], RULE, 'manifest', /not in the order/],
    [manifest(), [rule, rule], RULE + RULE, 'manifest', /not in the order/],
    [manifest(), [rule], RULE, 'missing', /tests\/marked\.txt/],
    [
      manifest({ selfTests: [{ name: 'x', inputs: ['rules/marks.yar'], outputs: [] }] }),
      [rule, empty],
      RULE,
      'stowaway',
      /nothing in the manifest uses it/,
    ],
    [manifest(), [{ ...rule, sizeBytes: -1 }], '', 'manifest', /no path, size and digest/],
    [{ ...manifest(), kind: 'rootkit' }, [rule, empty], RULE, 'manifest', /kind/],
    [{ ...manifest(), kind: 'wasm-parser' }, [rule, empty], RULE, 'manifest', /limits/],
    [{ ...manifest(), extra: 1 }, [rule, empty], RULE, 'manifest', /not in order/],
  ];
  for (const [about, files, content, code, words] of lies)
    assert.throws(() => parsePackage(sealed(about, files, content)), names(code, words), String(words));
});

test('damage to a package is an error of the catalogue, or another package by another digest', () => {
  const whole = packTool(manifest(), FILES);
  const { sha256 } = parsePackage(whole);
  for (let at = 0; at < whole.length; at++) {
    const damaged = whole.slice();
    damaged[at]! ^= 0x21;
    try {
      assert.notEqual(parsePackage(damaged).sha256, sha256);
    } catch (error) {
      assert.equal((error as EntenteError).code, 'tool-package', `byte ${at}`);
    }
    assert.throws(() => parsePackage(whole.subarray(0, at)), { code: 'tool-package' }, `cut at ${at}`);
  }
});

test('versions are compared by their numbers', () => {
  assert.deepEqual(['1.10.0', '1.2.0', '0.9.9', '1.2.10'].sort(compareVersions), [
    '0.9.9',
    '1.2.0',
    '1.2.10',
    '1.10.0',
  ]);
});

test('what the exercises lock, the decryptor opens', async () => {
  const file = generateEvidence(requireExercise('ransomware')).find(({ name }) =>
    name.endsWith('.locked42'),
  )!;
  const pkg = packageOf('toy-decryptor');
  const content = 'ward,patient,bed\nA,example-1,12\nB,example-2,47\nB,example-3,48\n';
  const selfTests = [
    {
      name: 'the exercise',
      inputs: ['locked'],
      parameters: { key: 'harbour-9-lantern' },
      outputs: [{ name: 'patients.csv', sha256: createHash('sha256').update(content).digest('hex') }],
    },
  ];
  const files = new Map([
    ['tool.wasm', pkg.files.get('tool.wasm')!],
    ['locked', utf8(file.text)],
  ]);
  const again = parsePackage(packTool({ ...pkg.manifest, selfTests }, files));
  assertSelfTests(again, await runSelfTests(again));
});

test('the tools bear any bytes: none of them is stopped by what an exhibit holds', async (context) => {
  const folder = temporaryFolder(context);
  const beginnings = [
    '',
    'LOCKED42\n',
    'LOCKED42\n../../x\n00000000\nzz',
    'URL: http://',
    'URL:\nuser:\npass:',
    '\x1f\x8b',
    '\t\t\t\t\t\t',
  ];
  let state = 20_261_128;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const files = Array.from({ length: 60 }, (_, i) => {
    const beginning = Buffer.from(beginnings[i % beginnings.length]!, 'latin1');
    const noise = Buffer.from(
      Array.from({ length: random(i % 10 === 0 ? 200_000 : 4_000) }, () => random(i % 3 === 0 ? 256 : 90)),
    );
    const path = join(folder, String(i));
    writeFileSync(path, Buffer.concat([beginning, noise]));
    return { name: `${'a/'.repeat(i)}${i}.txt`, location: { path, key: null, sizeBytes: 0 } };
  });
  for (const name of ['ransomware-triage', 'toy-decryptor', 'credential-theft']) {
    const pkg = packageOf(name);
    const task = {
      module: pkg.files.get('tool.wasm')!,
      files,
      parameters: { key: 'x' },
      limits: { memoryPages: 1_024, timeMs: 60_000, outputBytes: 16e6 },
    };
    const [once, again] = [await runInSandbox(task), await runInSandbox(task)];
    assert.deepEqual(again, once, 'and gives the same again');
  }
});
