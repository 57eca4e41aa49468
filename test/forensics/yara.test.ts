/** YARA: many files in one scan give what each gives alone; rules that do not compile are named; nothing is included from disk. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { initSync } from '@virustotal/yara-x';
import { memoryReader } from '../../src/forensics/index.ts';
import { compilePack, type YaraHit, YaraScanner } from '../../src/forensics/yara/index.ts';
import { relaxedCondition } from '../../src/forensics/yara/relax.ts';
import { readSource } from '../../src/forensics/yara/rule-text.ts';
import { generator, mutate } from './fuzz.ts';

const folder = dirname(fileURLToPath(import.meta.resolve('@virustotal/yara-x')));
initSync({ module: readFileSync(join(folder, 'yara_x_js_bg.wasm')) });

const RULES = `
import "hash"
rule word : found { meta: author = "x" level = 3 strings: $a = "needle" nocase condition: $a }
rule start { strings: $a = "MZ" condition: $a at 0 and filesize < 20 }
rule two { strings: $a = "alpha" $b = "beta" condition: all of them }
rule many { strings: $a = "dot" condition: #a >= 3 }
rule without { strings: $a = "safe" condition: not $a and filesize < 12 }
rule size { condition: filesize == 7 }
private rule hidden { strings: $a = "secret" condition: $a }
rule refers { strings: $b = "door" condition: hidden and $b }
rule only_refers { condition: hidden }
rule whole { strings: $a = "cat" fullword condition: $a }
rule anchored { strings: $a = /^begin/ condition: $a }
rule hush { strings: $a = "beta" private condition: $a }
rule loop { strings: $a = "dot" $b = "beta" condition: for any of them : ( # == 2 ) }
rule bytes { strings: $h = { 00 01 ?? 03 /* a comment with } */ } condition: $h or (uint16(0) == 0x5A4D and $h) }
rule md5 { strings: $a = "needle" condition: $a and hash.md5(0, filesize) == "00000000000000000000000000000000" }
`;

function scanAll(rules: string, contents: readonly Uint8Array[], together: boolean) {
  const pack = compilePack([{ path: 'rules.yar', text: rules }]);
  assert.deepEqual(pack.rejected, []);
  const found: [number, YaraHit[]][] = [];
  const take = (content: number, hits: readonly YaraHit[]) => void found.push([content, [...hits]]);
  if (together) {
    const scanner = new YaraScanner<number>(pack, take);
    for (const [i, bytes] of contents.entries()) scanner.add(i, memoryReader(bytes));
    scanner.flush();
  } else
    for (const [i, bytes] of contents.entries()) {
      const scanner = new YaraScanner<number>({ ...pack, relaxed: null }, take);
      scanner.add(i, memoryReader(bytes));
    }
  return found.sort(([a], [b]) => a - b);
}

test('files scanned together give what each gives alone, for every kind of condition', () => {
  let state = 7;
  const random = (n: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * n);
  };
  const words = [
    'needle',
    'NEEDLE',
    'MZ',
    'alpha',
    'beta',
    'dot',
    'safe',
    'secret',
    'door',
    'cat',
    'concat',
    'begin',
    '\0\x01\x02\x03',
    ' ',
    'x',
  ];
  const contents = Array.from({ length: 40 }, () =>
    Buffer.from(
      Array.from({ length: random(6) }, () => words[random(words.length)]).join(random(2) ? '' : ' '),
      'latin1',
    ),
  );
  for (const text of ['dot dot dot', 'MZ', 'beta dot dot', 'secret door', 'a cat', 'begin', 'alphabeta'])
    contents.push(Buffer.from(text));
  const together = scanAll(RULES, contents, true);
  assert.deepEqual(together, scanAll(RULES, contents, false));
  const names = new Set(together.flatMap(([, hits]) => hits.map(({ rule }) => rule)));
  for (const rule of [
    'word',
    'start',
    'two',
    'many',
    'without',
    'refers',
    'only_refers',
    'whole',
    'anchored',
    'loop',
    'bytes',
  ])
    assert.ok(names.has(rule), `${rule} was hit`);
  assert.ok(!names.has('hidden'), 'private rules are not told');
});

test('a finding names rule, tags, meta, offsets and bytes', () => {
  const [[, [hit]]] = scanAll(RULES, [Buffer.from('a needle here')], true) as [[number, [YaraHit]]];
  assert.deepEqual(hit, {
    rule: 'word',
    source: 'rules.yar',
    tags: ['found'],
    meta: { author: 'x', level: 3 },
    matches: [{ pattern: '$a', offset: 2, length: 6, bytes: Buffer.from('needle').toString('hex') }],
    matchCount: 1,
  });
});

test('rules that do not compile are named with the reason, and the others stay; nothing is included', () => {
  const pack = compilePack([
    {
      path: 'a.yar',
      text: 'rule good { condition: true } rule bad { condition: nothing } rule also { condition: good }',
    },
    { path: 'b.yar', text: 'include "/etc/passwd" rule x { condition: true }' },
    { path: 'c.yar', text: 'this is no rule' },
    { path: 'd.yar', text: 'rule slow { strings: $a = /.*x.*y/s condition: $a }' },
  ]);
  assert.equal(pack.rules, 2);
  assert.deepEqual(
    pack.rejected.map(({ path, rule }) => [path, rule]),
    [
      ['a.yar', 'bad'],
      ['b.yar', null],
      ['c.yar', null],
      ['d.yar', 'slow'],
    ],
  );
  assert.match(pack.rejected[0]!.reason, /unknown identifier/);
  assert.match(pack.rejected[1]!.reason, /including file/);
});

test('rules that were damaged are rejected with a reason or compile, and never throw', () => {
  const random = generator(11);
  for (let i = 0; i < 12; i++) {
    const text = Buffer.from(mutate(Buffer.from(RULES), random)).toString('utf8');
    const { rules, rejected } = compilePack([{ path: 'x', text }]);
    assert.ok(rules > 0 || rejected.length > 0);
    for (const { reason } of rejected) assert.notEqual(reason, '');
  }
});

test('conditions are relaxed to what many files together can tell, or not at all', () => {
  const relaxed = (condition: string, strings = '$a = "x" $b = "y"') =>
    relaxedCondition(readSource(`rule r { strings: ${strings} condition: ${condition} }`)!.rules[0]!);
  assert.equal(relaxed('$a at 0 and filesize < 10'), '($a and true)');
  assert.equal(
    relaxed('uint16(0) == 0x5A4D and (2 of ($a, $b) or any of ($*))'),
    '(true and (2 of ($a,$b) or any of ($*)))',
  );
  assert.equal(relaxed('#a > 3'), '#a >= 4');
  assert.equal(relaxed('$a and not $b'), '($a and true)');
  for (const none of [
    'not $a',
    '$a or filesize > 1',
    '#a == 0',
    'none of them',
    '0 of them',
    'for all i in (1..#a) : (@a[i] > 1)',
    'other',
  ])
    assert.equal(relaxed(none), null, none);
  assert.equal(relaxed('$a', '$a = /^x/'), null);
  assert.equal(relaxed('$a', '$a = /[^x]y/'), '$a');
});

test('what is too large for one look is scanned in windows that overlap', () => {
  const pack = compilePack([{ path: 'r', text: 'rule word { strings: $a = "needle" condition: $a }' }]);
  const sizeBytes = 130 * 1024 * 1024;
  const at = 64 * 1024 * 1024 - 3; // across the first border
  const needle = Buffer.from('needle');
  const reader = {
    sizeBytes,
    read(offset: number, length: number) {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, sizeBytes - offset)));
      for (let i = 0; i < needle.length; i++) {
        const place = at + i - offset;
        if (place >= 0 && place < bytes.length) bytes[place] = needle[i]!;
      }
      return bytes;
    },
  };
  const found: YaraHit[] = [];
  new YaraScanner<null>(pack, (_, hits) => void found.push(...hits)).add(null, reader);
  assert.deepEqual(
    found.map(({ matches, window }) => [matches[0]!.offset, window!.from]),
    [[at, 63 * 1024 * 1024]],
  );
});
