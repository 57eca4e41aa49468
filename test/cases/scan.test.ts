/** Scanning evidence on disk: what is read, what is named as not read, and that nothing depends on how the work was shared out. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  type EvidenceHit,
  type FinishedTask,
  journalPath,
  openFileJournal,
  type ScanAccount,
  type ScanEvidenceOptions,
  scanEvidence,
  walkEvidence,
} from '../../src/cases/scan/index.ts';
import { buildIndex, type Entry, openIndex } from '../../src/match/index.ts';
import { makeTar, makeZip } from '../forensics/make-archives.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const ENTRIES: readonly Entry[] = [
  { kind: 'domain', value: 'evil.com' },
  { kind: 'file-name', value: 'dropper.exe' },
];

async function scanPaths(
  paths: readonly string[],
  options: Partial<ScanEvidenceOptions> & { entries?: readonly Entry[] } = {},
): Promise<{ hits: EvidenceHit[]; account: ScanAccount }> {
  const hits: EvidenceHit[] = [];
  const account = await scanEvidence({
    inputs: paths.map((path) => ({ path })),
    index: openIndex(buildIndex(options.entries ?? ENTRIES).bytes),
    jobs: 1,
    onHit: (hit) => void hits.push(hit),
    ...options,
  });
  return { hits, account };
}

const brief = (hits: readonly EvidenceHit[]) =>
  hits.map(({ file, container, where, matched, line }) => [file, container, where, matched, line]);

test('reads text, UTF-16, gzip and zip below a folder, and names each place', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'a.log'), 'first\nsee evil.com\n');
  writeFileSync(join(folder, 'b.txt'), Buffer.from('\ufeffone\r\ntwo www.evil.com', 'utf16le'));
  writeFileSync(join(folder, 'c.log.gz'), gzipSync('x\n\nevil.com'));
  mkdirSync(join(folder, 'd'));
  writeFileSync(
    join(folder, 'd', 'e.zip'),
    makeZip([{ name: 'in/Dropper.exe', content: Buffer.from('MZ evil.com') }]),
  );
  const { hits, account } = await scanPaths([folder]);
  const base = folder.split('/').at(-1);
  assert.deepEqual(brief(hits), [
    [`${base}/a.log`, null, 'content', 'evil.com', 2],
    [`${base}/b.txt`, null, 'content', 'www.evil.com', 2],
    [`${base}/c.log.gz`, 'c.log', 'content', 'evil.com', 3],
    [`${base}/d/e.zip`, 'in/Dropper.exe', 'name', 'Dropper.exe', null],
    [`${base}/d/e.zip`, 'in/Dropper.exe', 'content', 'evil.com', 1],
  ]);
  assert.equal(hits[0]!.offset, 10);
  assert.deepEqual(
    { files: account.files, members: account.members, issues: account.issues, partial: account.partial },
    { files: 4, members: 2, issues: [], partial: false },
  );
});

test('finds files and members by their digests', async (t) => {
  const folder = temporaryFolder(t);
  const content = Buffer.from('the sample');
  writeFileSync(join(folder, 'plain.bin'), content);
  writeFileSync(join(folder, 'packed.zip'), makeZip([{ name: 'm.bin', content }]));
  const sha256 = createHash('sha256').update(content).digest('hex');
  const md5 = createHash('md5')
    .update(readFileSync(join(folder, 'packed.zip')))
    .digest('hex');
  const { hits } = await scanPaths([join(folder, 'packed.zip'), join(folder, 'plain.bin')], {
    entries: [
      { kind: 'sha256', value: sha256.toUpperCase() },
      { kind: 'md5', value: md5 },
    ],
  });
  assert.deepEqual(
    hits.map(({ file, container, where, kind, length }) => [file, container, where, kind, length]),
    [
      ['packed.zip', 'm.bin', 'digest', 'sha256', 10],
      ['packed.zip', null, 'digest', 'md5', readFileSync(join(folder, 'packed.zip')).length],
      ['plain.bin', null, 'digest', 'sha256', 10],
    ],
  );
});

test('links, loops and pipes are named and not followed', async (t) => {
  const folder = temporaryFolder(t);
  const outside = temporaryFolder(t);
  writeFileSync(join(outside, 'secret.txt'), 'evil.com');
  symlinkSync(folder, join(folder, 'loop'));
  symlinkSync(join(outside, 'secret.txt'), join(folder, 'out'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const { hits, account } = await scanPaths([folder]);
  assert.deepEqual(hits, []);
  const said = account.issues.map(({ file, message }) => `${file.split('/').at(-1)} ${message}`);
  assert.deepEqual(said, [
    'loop is a link, which is not followed',
    'out is a link, which is not followed',
    'pipe is a device, socket or pipe',
  ]);
});

test('files and folders whose names are no UTF-8 are read', async (t) => {
  const folder = temporaryFolder(t);
  const below = Buffer.concat([Buffer.from(`${folder}/dir`), Buffer.from([0xff])]);
  mkdirSync(below);
  writeFileSync(Buffer.concat([below, Buffer.from('/a.log')]), 'evil.com');
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]), 'evil.com');
  const { hits, account } = await scanPaths([folder]);
  assert.deepEqual(
    hits.map(({ file }) => file.slice(file.indexOf('/') + 1)),
    ['caf\ufffd{e9}', 'dir\ufffd{ff}/a.log'],
  );
  assert.deepEqual(account.issues, []);
});

test('an empty member of a tar is found by its name and its digest', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'x.tar'), makeTar([{ name: 'dropper.exe', content: Buffer.alloc(0) }]));
  const { hits } = await scanPaths([join(folder, 'x.tar')], {
    entries: [
      { kind: 'md5', value: 'd41d8cd98f00b204e9800998ecf8427e' },
      { kind: 'file-name', value: 'dropper.exe' },
    ],
  });
  assert.deepEqual(
    hits.map(({ where, container }) => [where, container]),
    [
      ['name', 'dropper.exe'],
      ['digest', 'dropper.exe'],
    ],
  );
});

test('the path of a large file is looked at, whichever kind of name is asked for', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'opt', 'bad'), { recursive: true });
  const path = join(folder, 'opt', 'bad', 'huge.log');
  writeFileSync(path, '');
  truncateSync(path, 65 * 1024 * 1024);
  const { hits } = await scanPaths([folder], { entries: [{ kind: 'file-path', value: '/opt/bad' }] });
  assert.deepEqual(
    hits.map(({ where }) => where),
    ['name'],
  );
});

test('a path that is not there ends the scan before it begins', async (t) => {
  const folder = temporaryFolder(t);
  await assert.rejects(scanPaths([join(folder, 'none')]), { code: 'file-unreadable' });
});

test('a damaged archive is named, and the rest is read', async (t) => {
  const folder = temporaryFolder(t);
  const packed = gzipSync(
    Buffer.from(`evil.com ${Array.from({ length: 30_000 }, (_, i) => (i * 7919) % 997).join(' ')}`),
  );
  writeFileSync(join(folder, 'cut.gz'), packed.subarray(0, packed.length - 2000));
  writeFileSync(join(folder, 'good.txt'), 'evil.com');
  const { hits, account } = await scanPaths([join(folder, 'cut.gz'), join(folder, 'good.txt')]);
  assert.deepEqual(
    hits.map(({ file }) => file),
    ['cut.gz', 'good.txt'],
  );
  assert.deepEqual(
    account.issues.map(({ code, container }) => [code, container]),
    [['archive-damaged', 'cut']],
  );
});

test('a file that shrinks or vanishes between listing and reading is named', async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, name), 'evil.com\n'.repeat(10));
  let changed = false;
  const options = {
    get jobs() {
      // The number of workers is asked for after the evidence was listed.
      if (!changed) {
        truncateSync(join(folder, 'a'), 9);
        execFileSync('rm', [join(folder, 'b')]);
        appendFileSync(join(folder, 'c'), 'evil.com\n');
      }
      changed = true;
      return 1;
    },
  };
  const hits: EvidenceHit[] = [];
  const account = await scanEvidence(
    Object.defineProperties(
      {
        inputs: [{ path: folder }],
        index: openIndex(buildIndex(ENTRIES).bytes),
        onHit: (hit: EvidenceHit) => void hits.push(hit),
      },
      Object.getOwnPropertyDescriptors(options),
    ) as unknown as ScanEvidenceOptions,
  );
  assert.deepEqual(
    account.issues.map(({ code, file }) => [code, file.at(-1)]),
    [
      ['file-changed', 'a'],
      ['file-unreadable', 'b'],
      ['file-changed', 'c'],
    ],
  );
  assert.equal(hits.filter(({ file }) => file.endsWith('c')).length, 11);
});

test('ranges of a large file over two workers give the hits, lines and order of one', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'large.log');
  const block = `${'2026-11-23 an ordinary line of log that says nothing of interest\n'.repeat(15_000)}evil.com\n`;
  writeFileSync(path, block.repeat(80));
  truncateSync(path, 75_000_000);
  const expected = Array.from({ length: Math.floor(75_000_000 / block.length) }, (_, i) => [
    (i + 1) * block.length - 9,
    (i + 1) * 15_001,
  ]);
  const { hits, account } = await scanPaths([path], { jobs: 2, entries: ENTRIES.slice(0, 1) });
  assert.deepEqual(
    hits.map(({ offset, line }) => [offset, line]),
    expected,
  );
  assert.ok(account.bytes >= 75_000_000);
});

test('behind a range that was stopped, lines are not told rather than told wrong', async (t) => {
  const path = join(temporaryFolder(t), 'large.log');
  const block = `${'an ordinary line\n'.repeat(250_000)}evil.com\n`;
  writeFileSync(path, block.repeat(17));
  const finished = new Map<string, FinishedTask>();
  const entries = ENTRIES.slice(0, 1);
  await scanPaths([path], {
    entries,
    journal: { find: () => undefined, note: (key, task) => void finished.set(key, task) },
  });
  assert.ok(finished.size >= 4);
  const abort = new AbortController();
  let asked = 0;
  const { hits, account } = await scanPaths([path], {
    entries,
    signal: abort.signal,
    journal: {
      // The first range is given out and stopped before a worker has read it; the others are known from before.
      find(key) {
        if (++asked === finished.size) abort.abort();
        return asked === 1 ? undefined : finished.get(key);
      },
      note() {},
    },
  });
  assert.ok(account.partial);
  assert.ok(hits.some(({ line }) => line === null));
  for (const { offset, line } of hits)
    assert.ok(line === null || line === ((offset! + 9) / block.length) * 250_001, `${offset} ${line}`);
});

test('a file that gives bytes and says it has none is named', async (t) => {
  const path = '/proc/self/status';
  if (!existsSync(path)) return t.skip('this system has no such files');
  const { account } = await scanPaths([path]);
  assert.deepEqual(
    account.issues.map(({ code, message }) => [code, message]),
    [
      [
        'file-unreadable',
        'has a size of 0 bytes and yet gives some, as files of the system do; it was not read',
      ],
    ],
  );
});

test('a file of holes is read to its end', async (t) => {
  const path = join(temporaryFolder(t), 'sparse.img');
  writeFileSync(path, '');
  truncateSync(path, 40_000_000);
  appendFileSync(path, ' evil.com ');
  const { hits } = await scanPaths([path]);
  assert.deepEqual(
    hits.map(({ offset }) => offset),
    [40_000_001],
  );
});

test('a stopped scan says that it is partial, and its journal lets the next one go on', async (t) => {
  const folder = temporaryFolder(t);
  for (let i = 0; i < 40; i++)
    writeFileSync(join(folder, `${String(i).padStart(2, '0')}.log`), `${'x'.repeat(200_000)}\nevil.com\n`);
  const whole = await scanPaths([folder]);
  const index = openIndex(buildIndex(ENTRIES).bytes);
  const inputs = [{ path: folder }];
  const path = journalPath(
    join(folder, '..', `${folder.split('/').at(-1)}-journal`),
    index.digest,
    inputs,
    '',
  );
  const journal = openFileJournal(path, index.digest, false);
  const abort = new AbortController();
  let seen = 0;
  const first = await scanPaths([folder], {
    journal,
    signal: abort.signal,
    onHit: () => {
      if (++seen === 5) abort.abort();
    },
  });
  assert.ok(first.account.partial);
  assert.ok(seen < 40);
  journal.flush();
  // A line that a crash cut short is dropped.
  appendFileSync(path, '{"key":"half');
  const again = openFileJournal(path, index.digest, true);
  assert.ok(again.found >= 5 && again.found < 40, `${again.found} found`);
  const second = await scanPaths([folder], { journal: again });
  assert.deepEqual(second.hits, whole.hits);
  assert.ok(!second.account.partial);
  again.remove();
  assert.equal(openFileJournal(path, index.digest, true).found, 0);
});

test('the same file under two names is two files, each in its own name', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'b'), 'evil.com');
  linkSync(join(folder, 'b'), join(folder, 'a'));
  const names: string[] = [];
  for await (const entry of walkEvidence(folder)) names.push(entry.name);
  assert.deepEqual(names, ['a', 'b']);
});
