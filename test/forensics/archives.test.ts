/** Containers: what is in them is read; what lies is named; what would never end is bounded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, createDeflateRaw, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import {
  CONTAINER_LIMITS,
  type ContainerIssue,
  type ContainerLimits,
  walkContent,
} from '../../src/forensics/archives/index.ts';
import { makeTar, makeZip } from './make-archives.ts';

interface Walked {
  readonly leaves: Record<string, string>;
  readonly members: readonly string[];
  readonly issues: readonly ContainerIssue[];
}

async function walk(
  content: Uint8Array,
  name: string,
  limits: Partial<ContainerLimits> = {},
): Promise<Walked> {
  const leaves: Record<string, string> = {};
  const members: string[] = [];
  const issues: ContainerIssue[] = [];
  const reader = {
    sizeBytes: content.length,
    read: async (at: number, length: number) => content.slice(at, at + length),
  };
  async function* stream() {
    for (let at = 0; at < content.length; at += 1000) yield content.slice(at, at + 1000);
  }
  await walkContent(
    reader,
    name,
    stream,
    {
      async leaf(path, bytes) {
        leaves[path] = '';
        for await (const chunk of bytes) leaves[path] += Buffer.from(chunk).toString('latin1');
      },
      member(path, bytes) {
        members.push(path);
        return bytes;
      },
      issue: (issue) => void issues.push(issue),
    },
    { ...CONTAINER_LIMITS, ...limits },
  );
  return { leaves, members, issues };
}

const text = (value: string) => Buffer.from(value);

test('a file that is no container is its own content', async () => {
  assert.deepEqual(await walk(text('hello'), 'a.txt'), { leaves: { '': 'hello' }, members: [], issues: [] });
});

test('gzip of several members, zstd, tar with long names, zip stored and deflated: all is read', async () => {
  const gzip = Buffer.concat([gzipSync('one '), gzipSync('two')]);
  assert.deepEqual((await walk(gzip, 'log.gz')).leaves, { log: 'one two' });
  assert.deepEqual((await walk(zstdCompressSync(text('three')), 'log.zst')).leaves, { log: 'three' });
  const long = `${'deep/'.repeat(40)}name.txt`;
  const tar = makeTar([
    { name: 'a.txt', content: text('A') },
    { name: long, content: text('B'.repeat(700)) },
  ]);
  assert.deepEqual((await walk(tar, 'x.tar')).leaves, { 'a.txt': 'A', [long]: 'B'.repeat(700) });
  const zip = makeZip([
    { name: 'stored.txt', content: text('S'), store: true },
    { name: 'dir/deflated.txt', content: text('D'.repeat(5000)) },
  ]);
  assert.deepEqual((await walk(zip, 'x.zip')).leaves, {
    'stored.txt': 'S',
    'dir/deflated.txt': 'D'.repeat(5000),
  });
});

test('containers in containers are opened, with the path of each member', async () => {
  const inner = makeZip([{ name: 'in.txt', content: text('deep') }]);
  const tgz = gzipSync(
    makeTar([
      { name: 'logs/inner.zip', content: inner },
      { name: 'z.gz', content: gzipSync('zed') },
    ]),
  );
  const { leaves, members, issues } = await walk(tgz, 'all.tgz');
  assert.deepEqual(leaves, { 'all.tar/logs/inner.zip/in.txt': 'deep', 'all.tar/z.gz/z': 'zed' });
  assert.deepEqual(members, [
    'all.tar',
    'all.tar/logs/inner.zip',
    'all.tar/logs/inner.zip/in.txt',
    'all.tar/z.gz',
    'all.tar/z.gz/z',
  ]);
  assert.deepEqual(issues, []);
});

test('what comes before damage is used, and the damage is named', async () => {
  const packed = gzipSync(Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * i * 31) & 255)));
  const cut = await walk(packed.subarray(0, packed.length >> 1), 'a.gz');
  assert.ok(cut.leaves['a']!.length > 1000);
  assert.deepEqual(
    cut.issues.map((issue) => issue.code),
    ['archive-damaged'],
  );
  const tar = makeTar([
    { name: 'a', content: text('first') },
    { name: 'b', content: text('x'.repeat(5000)) },
  ]);
  const half = await walk(tar.subarray(0, 3000), 'a.tar');
  assert.equal(half.leaves['a'], 'first');
  assert.deepEqual(
    half.issues.map((issue) => issue.code),
    ['archive-damaged'],
  );
});

/** What hardly shrinks, so that a step of input is near to what it unpacks to. */
const noise = (length: number) => {
  let state = 1;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return 97 + ((state >>> 16) % 26);
    }),
  );
};

test('all that comes before a fault is given, to the byte, in gzip, deflate and zstd', async () => {
  const content = noise(100_000);
  const sentence = text('the last words before the fault');
  for (const [name, pack] of [
    ['a.gz', gzipSync],
    ['a.zst', zstdCompressSync],
  ] as const) {
    // A whole member, and one whose data are nothing known.
    const fault =
      name === 'a.gz' ? Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 7]) : pack(content).subarray(0, 9);
    const { leaves, issues } = await walk(Buffer.concat([pack(sentence), fault]), name);
    assert.equal(leaves['a'], sentence.toString());
    assert.deepEqual(
      issues.map(({ code }) => code),
      ['archive-damaged'],
    );
  }
  // One member: flushed up to the sentence, and then a block of the reserved type.
  const deflate = createDeflateRaw();
  deflate.write(Buffer.concat([content, sentence]));
  await new Promise<void>((resolve) => deflate.flush(constants.Z_FULL_FLUSH, resolve));
  const broken = Buffer.concat([
    gzipSync('').subarray(0, 10),
    deflate.read() as Buffer,
    Buffer.alloc(300, 0xff),
  ]);
  const { leaves, issues } = await walk(broken, 'b.gz');
  assert.ok(leaves['b'] === content.toString() + sentence.toString(), `${leaves['b']?.length}`);
  assert.match(issues[0]!.message, /^is damaged or cut short after 100031 unpacked bytes$/);
});

test('a member that does not fit its checksum is named, and those behind it are read', async () => {
  const wrong = gzipSync('one ');
  wrong[wrong.length - 6]! ^= 1;
  const { leaves, issues } = await walk(Buffer.concat([wrong, gzipSync('two')]), 'a.gz');
  assert.deepEqual(leaves, { a: 'one two' });
  assert.match(issues[0]!.message, /does not fit its checksum/);
});

test('what lies behind the end of gzip, zstd or tar is no damage, and is read', async () => {
  const tar = (name: string) => makeTar([{ name, content: text(name) }]);
  for (const [name, content, leaves] of [
    ['g.gz', [gzipSync('one'), text('junk')], { g: 'one', '[from byte 23]': 'junk' }],
    ['g.gz', [gzipSync('one'), Buffer.alloc(512), gzipSync(' two')], { g: 'one two' }],
    ['z.zst', [zstdCompressSync(text('one')), text('junk')], { z: 'one', '[from byte 12]': 'junk' }],
    ['t.tar', [tar('a'), tar('b')], { a: 'a', '[from byte 2048]/b': 'b' }],
    ['t.tar', [tar('a'), text('junk')], { a: 'a', '[from byte 2048]': 'junk' }],
    ['t.tar', [tar('a'), gzipSync('one')], { a: 'a', '[from byte 2048]/content': 'one' }],
  ] as const) {
    const walked = await walk(Buffer.concat(content), name);
    assert.deepEqual(walked.leaves, leaves);
    assert.deepEqual(walked.issues, []);
  }
});

test('zstd of several frames, with skippable ones before and between', async () => {
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
  const large = Buffer.alloc(300_000, 'abc');
  const frames = [
    skippable,
    zstdCompressSync(text('one ')),
    skippable,
    zstdCompressSync(large),
    zstdCompressSync(text(' two')),
  ];
  const { leaves, issues } = await walk(Buffer.concat(frames), 'a.zst');
  assert.ok(leaves['a'] === `one ${large} two`);
  assert.deepEqual(issues, []);
});

test('a zip that lies about sizes, checksums or places, or is encrypted, is found out', async () => {
  const members = [
    { name: 'ok.txt', content: text('fine') },
    { name: 'bad.txt', content: text('y'.repeat(3000)) },
  ];
  const codes = async (zip: Uint8Array) =>
    (await walk(zip, 'x.zip')).issues.map((issue) => `${issue.path} ${issue.code}`);
  assert.deepEqual(await codes(makeZip(members, { size: { 'bad.txt': 10 } })), ['bad.txt archive-damaged']);
  assert.deepEqual(await codes(makeZip(members, { size: { 'bad.txt': 9000 } })), ['bad.txt archive-damaged']);
  assert.deepEqual(await codes(makeZip(members, { crc: { 'bad.txt': 1 } })), ['bad.txt archive-damaged']);
  // Where the list does not lead to a member, its bytes are read as they are.
  for (const place of [1 << 20, 0])
    assert.deepEqual(await codes(makeZip(members, { at: { 'bad.txt': place } })), [
      'bad.txt archive-damaged',
      '[from byte 42] archive-damaged',
    ]);
  assert.deepEqual(await codes(makeZip(members, { flags: { 'bad.txt': 1 } })), [
    'bad.txt archive-unsupported',
  ]);
  assert.deepEqual(await codes(makeZip(members, { method: { 'bad.txt': 14 } })), [
    'bad.txt archive-unsupported',
  ]);
});

test('bytes before, between and behind the members of a zip are read', async () => {
  const zip = makeZip([{ name: 'a.txt', content: text('A'.repeat(100)) }]);
  const end = (before: string) => `[from byte ${before.length + zip.length}]`;
  for (const [before, behind, more] of [
    ['MZ program', '', { '[from byte 0]': 'MZ program' }],
    ['', 'appended', { [end('')]: 'appended' }],
    ['MZ', 'appended', { '[from byte 0]': 'MZ', [end('MZ')]: 'appended' }],
    ['', '\0\0\0', {}],
  ] as const) {
    const { leaves, issues } = await walk(Buffer.concat([text(before), zip, text(behind)]), 'x.exe');
    assert.deepEqual(leaves, { 'a.txt': 'A'.repeat(100), ...more });
    assert.deepEqual(issues, []);
  }
  const other = makeZip([{ name: 'b.txt', content: text('B') }]);
  assert.deepEqual((await walk(Buffer.concat([other, zip]), 'x.zip')).leaves, {
    'a.txt': 'A'.repeat(100),
    '[from byte 0]/b.txt': 'B',
  });
});

test('empty members are members', async () => {
  const { members, leaves } = await walk(makeTar([{ name: 'dropper.exe', content: text('') }]), 'x.tar');
  assert.deepEqual([members, leaves], [['dropper.exe'], { 'dropper.exe': '' }]);
});

test('a tar whose next header is damaged is named, and the rest is read as it is', async () => {
  const tar = makeTar([
    { name: 'a', content: text('first') },
    { name: 'b', content: text('second') },
  ]);
  tar[1024 + 150]! ^= 1;
  const { leaves, issues } = await walk(tar, 'x.tar');
  assert.equal(leaves['a'], 'first');
  assert.match(leaves['[from byte 1024]']!, /second/);
  assert.match(issues[0]!.message, /has no tar header at byte 1024/);
});

test('files with holes in tar have the content they had on disk, in every form', async () => {
  const pieces = Array.from({ length: 30 }, (_, i) => ({ offset: 5000 * i + 100, content: `piece ${i}` }));
  const stored = text(pieces.map(({ content }) => content).join(''));
  const whole = Buffer.alloc(200_000);
  for (const { offset, content } of pieces) whole.write(content, offset);
  const octal = (value: number) => `${value.toString(8).padStart(11, '0')}\0`;
  const extents = pieces.map(({ offset, content }) => octal(offset) + octal(content.length));
  const extension = (from: number, more: number) => {
    const block = Buffer.alloc(512);
    block.write(extents.slice(from, from + 21).join(''));
    block[504] = more;
    return block;
  };
  const numbers = pieces.flatMap(({ offset, content }) => [offset, content.length]);
  const map = text(`${[30, ...numbers].join('\n')}\n`);
  const forms: Parameters<typeof makeTar>[0] = [
    {
      name: 'sparse',
      content: stored,
      type: 'S',
      header(head: Buffer) {
        head.fill(0, 257);
        head.write('ustar  \0', 257);
        head.write(extents.slice(0, 4).join(''), 386);
        head[482] = 1;
        head.write(octal(200_000), 483);
      },
      blocks: Buffer.concat([extension(4, 1), extension(25, 0)]),
    },
    {
      name: 'GNUSparseFile.1/sparse',
      content: Buffer.concat([map, Buffer.alloc(512 - (map.length % 512)), stored]),
      pax: {
        'GNU.sparse.major': '1',
        'GNU.sparse.minor': '0',
        'GNU.sparse.name': 'sparse',
        'GNU.sparse.realsize': '200000',
      },
    },
    {
      name: 'GNUSparseFile.1/sparse',
      content: stored,
      pax: { 'GNU.sparse.size': '200000', 'GNU.sparse.name': 'sparse', 'GNU.sparse.map': numbers.join(',') },
    },
  ];
  for (const form of forms) {
    const { leaves, issues } = await walk(makeTar([form, { name: 'after', content: text('z') }]), 'x.tar');
    assert.deepEqual(Object.keys(leaves), ['sparse', 'after']);
    assert.ok(leaves['sparse'] === whole.toString('latin1'));
    assert.deepEqual(issues, []);
  }
  const huge = { ...forms[2]!, pax: { ...forms[2]!.pax, 'GNU.sparse.size': '900000000000000' } };
  const { leaves, issues } = await walk(makeTar([huge]), 'x.tar');
  assert.equal(leaves['sparse'], stored.toString());
  assert.match(issues[0]!.message, /holes of \d+ bytes, which are left out/);
});

test('one budget covers a file with all that is nested in it', async () => {
  const inner = gzipSync(Buffer.alloc(4 << 20));
  const bomb = gzipSync(Buffer.concat(Array.from({ length: 20 }, () => inner)));
  const { leaves, issues } = await walk(bomb, 'b.gz');
  assert.deepEqual(
    issues.map(({ code }) => code),
    ['archive-limit'],
  );
  assert.ok(leaves['b/content']!.length < 2 << 20);
});

test('names that are no UTF-8 differ from each other and from all that are', async () => {
  const names = [Buffer.from('caf\xe9', 'latin1'), Buffer.from('caf\xe8', 'latin1'), 'caf\ufffd{e9}', 'café'];
  const { members } = await walk(makeTar(names.map((name) => ({ name, content: text('x') }))), 'x.tar');
  assert.deepEqual(members, [
    'caf\ufffd{e9}',
    'caf\ufffd{e8}',
    'caf\ufffd{ef}\ufffd{bf}\ufffd{bd}{e9}',
    'café',
  ]);
});

test('a zip without its end is named and read as it is', async () => {
  const zip = makeZip([{ name: 'a', content: text('stored text'), store: true }]);
  const { leaves, issues } = await walk(zip.subarray(0, zip.length - 30), 'x.zip');
  assert.match(leaves['']!, /stored text/);
  assert.match(issues[0]!.message, /no list of contents/);
});

test('bombs end at the bounds: ratio, bytes in all, members, depth', async () => {
  const zeros = gzipSync(Buffer.alloc(8 << 20));
  const codes = async (content: Uint8Array, limits: Partial<ContainerLimits>) =>
    (await walk(content, 'b.gz', limits)).issues.map((issue) => `${issue.code}: ${issue.message}`);
  assert.match((await codes(zeros, { ratioMax: 100 }))[0]!, /^archive-limit: unpacks to more than 100 times/);
  assert.match(
    (await codes(zeros, { bytesMax: 1 << 20 }))[0]!,
    /^archive-limit: unpacks to more than 1048576 bytes/,
  );
  const many = makeZip(Array.from({ length: 50 }, (_, i) => ({ name: `${i}`, content: text('x') })));
  assert.match((await codes(many, { membersMax: 20 }))[0]!, /^archive-limit: holds more than 20 members/);
  let nested: Uint8Array = text('core');
  for (let i = 0; i < 9; i++) nested = gzipSync(nested);
  const deep = await walk(nested, 'n.gz');
  assert.match(deep.issues[0]!.message, /nests deeper than 5/);
  assert.equal(Object.keys(deep.leaves).length, 1);
});

test('a large nested zip is read as it is and named', async () => {
  const inner = makeZip([
    {
      name: 'a',
      content: Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) & 255)),
      store: true,
    },
  ]);
  const { issues, leaves } = await walk(gzipSync(inner), 'o.zip.gz', { nestedZipBytesMax: 1000 });
  assert.match(issues[0]!.message, /nested zip of more than 1000 bytes/);
  assert.equal(leaves['o.zip']!.length, inner.length);
});

test('changed bytes anywhere in a container never crash the walk', async () => {
  const inner = makeZip([
    { name: 'in.txt', content: text('deep'.repeat(50)) },
    { name: 'b', content: deflateRawSync(text('x')), store: true },
  ]);
  const whole = makeTar([
    { name: 'i.zip', content: inner },
    { name: 'g.gz', content: gzipSync('zed'.repeat(100)) },
    { name: 'z.zst', content: zstdCompressSync(text('zstd')) },
  ]);
  let state = 7;
  for (let round = 0; round < 300; round++) {
    const changed = Buffer.from(round % 2 ? inner : whole);
    for (let i = 0; i < 3; i++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      changed[state % changed.length] = (state >>> 16) & 255;
    }
    await walk(changed, 'f');
  }
});

test('names in archives cannot speak to a terminal', async () => {
  const zip = makeZip([{ name: 'a\u001b[31m\nb', content: text('x') }]);
  assert.deepEqual((await walk(zip, 'x.zip')).members, ['a\ufffd{1b}[31m\ufffd{0a}b']);
});
