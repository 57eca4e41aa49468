/** Writes small artefacts for tests: a shell link, a prefetch file, a registry hive, a browser's database. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { baseChecksum } from '../../src/forensics/registry/hive.ts';
import { ticks, utf16 } from './evtx-builder.ts';

export function buildLnk(): Buffer {
  const header = Buffer.alloc(76);
  header.writeUInt32LE(76, 0);
  Buffer.from('0114020000000000c000000000000046', 'hex').copy(header, 4);
  header.writeUInt32LE(2 | 4 | 32 | 128, 20);
  for (const [i, at] of [28, 36, 44].entries()) header.writeBigUInt64LE(ticks(i), at);
  header.writeUInt32LE(1_234, 52);
  const path = Buffer.from('C:\\Tools\\run.exe\0', 'latin1');
  const volume = Buffer.alloc(17);
  volume.writeUInt32LE(17, 0);
  volume.writeUInt32LE(3, 4);
  volume.writeUInt32LE(0xabcd1234, 8);
  volume.writeUInt32LE(16, 12);
  const info = Buffer.alloc(28);
  info.writeUInt32LE(28 + volume.length + path.length + 1, 0);
  info.writeUInt32LE(28, 4);
  info.writeUInt32LE(1, 8);
  info.writeUInt32LE(28, 12);
  info.writeUInt32LE(28 + volume.length, 16);
  info.writeUInt32LE(28 + volume.length + path.length, 24);
  const text = (value: string) => {
    const length = Buffer.alloc(2);
    length.writeUInt16LE(value.length);
    return Buffer.concat([length, utf16(value)]);
  };
  const tracker = Buffer.alloc(96);
  tracker.writeUInt32LE(96, 0);
  tracker.writeUInt32LE(0xa0000003, 4);
  tracker.writeUInt32LE(88, 8);
  tracker.write('host-1', 16, 'latin1');
  return Buffer.concat([
    header,
    info,
    volume,
    path,
    Buffer.alloc(1),
    text('A tool'),
    text('-q now'),
    tracker,
    Buffer.alloc(4),
  ]);
}

/** Version 17, as Windows XP wrote it. */
export function buildPrefetch(): Buffer {
  const files = utf16(
    '\\DEVICE\\HARDDISKVOLUME1\\TOOLS\\RUN.EXE\0\\DEVICE\\HARDDISKVOLUME1\\WINDOWS\\SYSTEM32\\NTDLL.DLL\0',
  );
  const device = utf16('\\DEVICE\\HARDDISKVOLUME1');
  const b = Buffer.alloc(220 + files.length + 40 + device.length);
  b.writeUInt32LE(17, 0);
  b.write('SCCA', 4, 'latin1');
  utf16('RUN.EXE').copy(b, 16);
  b.writeUInt32LE(0xdeadbeef, 76);
  b.writeUInt32LE(152, 84);
  b.writeUInt32LE(220, 100);
  b.writeUInt32LE(files.length, 104);
  b.writeUInt32LE(220 + files.length, 108);
  b.writeUInt32LE(1, 112);
  b.writeBigUInt64LE(ticks(5), 120);
  b.writeUInt32LE(9, 144);
  files.copy(b, 220);
  const volume = 220 + files.length;
  b.writeUInt32LE(40, volume);
  b.writeUInt32LE(device.length / 2, volume + 4);
  b.writeBigUInt64LE(ticks(1), volume + 8);
  b.writeUInt32LE(0x12345678, volume + 16);
  device.copy(b, volume + 40);
  return b;
}

export interface HiveKey {
  readonly name: string;
  readonly values?: Readonly<Record<string, readonly [number, Buffer]>>;
  readonly keys?: readonly HiveKey[];
  /** Not in its parent's list, and its cell freed. */
  readonly deleted?: boolean;
}

export function buildHive(root: HiveKey): Buffer {
  const bins = Buffer.alloc(4_096 * 4);
  bins.write('hbin', 0, 'latin1');
  bins.writeUInt32LE(bins.length, 8);
  let at = 32;
  const cell = (content: Buffer, free = false): number => {
    const size = (content.length + 4 + 7) & ~7;
    const place = at;
    bins.writeInt32LE(free ? size : -size, place);
    content.copy(bins, place + 4);
    at += size;
    return place;
  };
  const write = (key: HiveKey, parent: number, isRoot: boolean): number => {
    const name = Buffer.from(key.name, 'latin1');
    const nk = Buffer.alloc(76 + name.length);
    nk.write('nk', 0, 'latin1');
    nk.writeUInt16LE(0x20 | (isRoot ? 4 : 0), 2);
    nk.writeBigUInt64LE(ticks(name.length), 4);
    nk.writeUInt32LE(parent, 16);
    nk.writeUInt32LE(0xffffffff, 28);
    nk.writeUInt32LE(0xffffffff, 40);
    nk.writeUInt16LE(name.length, 72);
    name.copy(nk, 76);
    const place = cell(nk, key.deleted);
    const values = Object.entries(key.values ?? {}).map(([valueName, [type, data]]) => {
      const vk = Buffer.alloc(20 + valueName.length);
      vk.write('vk', 0, 'latin1');
      vk.writeUInt16LE(valueName.length, 2);
      vk.writeUInt32LE(type, 12);
      vk.writeUInt16LE(1, 16);
      vk.write(valueName, 20, 'latin1');
      if (data.length <= 4) {
        vk.writeUInt32LE((0x80000000 | data.length) >>> 0, 4);
        data.copy(vk, 8);
      } else {
        vk.writeUInt32LE(data.length, 4);
        vk.writeUInt32LE(cell(data), 8);
      }
      return cell(vk);
    });
    if (values.length > 0) {
      const list = Buffer.alloc(4 * values.length);
      for (const [i, value] of values.entries()) list.writeUInt32LE(value, 4 * i);
      bins.writeUInt32LE(values.length, place + 4 + 36);
      bins.writeUInt32LE(cell(list), place + 4 + 40);
    }
    const children = (key.keys ?? [])
      .map((child) => ({ child, place: write(child, place, false) }))
      .filter(({ child }) => !child.deleted);
    if (children.length > 0) {
      const list = Buffer.alloc(4 + 8 * children.length);
      list.write('lh', 0, 'latin1');
      list.writeUInt16LE(children.length, 2);
      for (const [i, { place: child }] of children.entries()) list.writeUInt32LE(child, 4 + 8 * i);
      bins.writeUInt32LE(children.length, place + 4 + 20);
      bins.writeUInt32LE(cell(list), place + 4 + 28);
    }
    return place;
  };
  const rootCell = write(root, 0, true);
  bins.writeInt32LE(bins.length - at, at);
  const base = Buffer.alloc(4_096);
  base.write('regf', 0, 'latin1');
  base.writeUInt32LE(1, 4);
  base.writeUInt32LE(1, 8);
  base.writeUInt32LE(1, 20);
  base.writeUInt32LE(5, 24);
  base.writeUInt32LE(rootCell, 36);
  base.writeUInt32LE(bins.length, 40);
  base.writeUInt32LE(baseChecksum(base), 508);
  return Buffer.concat([base, bins]);
}

/** The base block's sequence numbers made to differ, and a log with one page of new bins. */
export function makeDirty(hive: Buffer, page: Buffer, offset: number): { hive: Buffer; log: Buffer } {
  const dirty = Buffer.from(hive);
  dirty.writeUInt32LE(7, 4);
  dirty.writeUInt32LE(6, 8);
  dirty.writeUInt32LE(baseChecksum(dirty), 508);
  const size = (48 + page.length + 511) & ~511;
  const log = Buffer.alloc(512 + size);
  dirty.copy(log, 0, 0, 512);
  log.write('HvLE', 512, 'latin1');
  log.writeUInt32LE(size, 516);
  log.writeUInt32LE(6, 524);
  log.writeUInt32LE(dirty.length - 4_096, 528);
  log.writeUInt32LE(1, 532);
  log.writeUInt32LE(offset, 552);
  log.writeUInt32LE(page.length, 556);
  page.copy(log, 560);
  return { hive: dirty, log };
}

/** A database written by SQLite itself; with `wal`, the last statements are only in its write-ahead log. */
export function buildDatabase(
  statements: readonly string[],
  wal: readonly string[] = [],
): { file: Buffer; wal: Buffer | null } {
  const folder = mkdtempSync(join(tmpdir(), 'entente-test-'));
  try {
    const path = join(folder, 'db');
    const database = new DatabaseSync(path);
    if (wal.length > 0) database.exec('PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0');
    for (const statement of statements) database.exec(statement);
    if (wal.length > 0) database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    for (const statement of wal) database.exec(statement);
    const result = { file: readFileSync(path), wal: wal.length > 0 ? readFileSync(`${path}-wal`) : null };
    database.close();
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Microseconds from 1601, as Chromium counts: `seconds` after 2026-01-31T12:00:00 UTC. */
export const chromiumTime = (seconds: number) =>
  (1_769_860_800n + BigInt(seconds) + 11_644_473_600n) * 1_000_000n;

export const CHROMIUM_HISTORY: readonly string[] = [
  'CREATE TABLE urls(id INTEGER PRIMARY KEY AUTOINCREMENT,url LONGVARCHAR,title LONGVARCHAR,visit_count INTEGER DEFAULT 0 NOT NULL,typed_count INTEGER DEFAULT 0 NOT NULL,last_visit_time INTEGER NOT NULL,hidden INTEGER DEFAULT 0 NOT NULL)',
  'CREATE TABLE visits(id INTEGER PRIMARY KEY,url INTEGER NOT NULL,visit_time INTEGER NOT NULL,from_visit INTEGER,transition INTEGER DEFAULT 0 NOT NULL,segment_id INTEGER,visit_duration INTEGER DEFAULT 0 NOT NULL)',
  `INSERT INTO urls VALUES(1,'https://x.example/','Title',2,1,0,0),(2,'https://y.example/${'long/'.repeat(2_000)}','',1,0,0,0)`,
  `INSERT INTO visits VALUES(1,1,${chromiumTime(0)},0,0,0,0),(2,2,${chromiumTime(5)},1,0,0,0)`,
];

export function buildEvt(records: number): Buffer {
  const header = Buffer.alloc(48);
  header.writeUInt32LE(48, 0);
  header.write('LfLe', 4, 'latin1');
  header.writeUInt32LE(48, 44);
  const built = Array.from({ length: records }, (_, i) => {
    const names = utf16('Source\0HOST\0');
    const strings = utf16('one\0two\0');
    const size = (56 + names.length + strings.length + 4 + 3) & ~3;
    const b = Buffer.alloc(size);
    b.writeUInt32LE(size, 0);
    b.write('LfLe', 4, 'latin1');
    b.writeUInt32LE(i + 1, 8);
    b.writeUInt32LE(1_250_000_000 + i, 12);
    b.writeUInt32LE(0x40000007, 20);
    b.writeUInt16LE(4, 24);
    b.writeUInt16LE(2, 26);
    b.writeUInt32LE(56 + names.length, 36);
    names.copy(b, 56);
    strings.copy(b, 56 + names.length);
    b.writeUInt32LE(size, size - 4);
    return b;
  });
  return Buffer.concat([header, ...built]);
}

export function buildUtmp(records: number): Buffer {
  return Buffer.concat(
    Array.from({ length: records }, (_, i) => {
      const b = Buffer.alloc(384);
      b.writeUInt32LE(7, 0);
      b.writeUInt32LE(100 + i, 4);
      b.write('pts/0', 8, 'latin1');
      b.write('ana', 44, 'latin1');
      b.write('192.0.2.7', 76, 'latin1');
      b.writeUInt32LE(1_769_860_800 + i, 340);
      Buffer.from([192, 0, 2, 7]).copy(b, 348);
      return b;
    }),
  );
}

/** `$I`, version 2. */
export function buildRecycled(path: string): Buffer {
  const head = Buffer.alloc(28);
  head.writeBigUInt64LE(2n, 0);
  head.writeBigUInt64LE(1_234n, 8);
  head.writeBigUInt64LE(ticks(0), 16);
  head.writeUInt32LE(path.length + 1, 24);
  return Buffer.concat([head, utf16(`${path}\0`)]);
}

export const MESSAGE = [
  'Received: from mail.example ([192.0.2.9]) by mx.example;',
  '\tSat, 31 Jan 2026 13:00:05 +0100',
  'Authentication-Results: mx.example; spf=pass smtp.mailfrom=x.example; dkim=fail',
  'From: =?utf-8?Q?Ren=C3=A9?= <rene@x.example>',
  'To: ana@example.org',
  'Subject: =?utf-8?B?UmVj?= =?utf-8?B?aG51bmc=?=',
  'Date: Sat, 31 Jan 2026 13:00:00 +0100',
  'Message-ID: <1@x.example>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary="b1"',
  '',
  'preamble',
  '--b1',
  'Content-Type: text/plain; charset=iso-8859-1',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'caf=E9 is =',
  'open',
  '--b1',
  'Content-Type: application/octet-stream',
  'Content-Disposition: attachment; filename*0*=utf-8\'\'r%C3%A9; filename*1="sum.exe"',
  'Content-Transfer-Encoding: base64',
  '',
  'TVqQ',
  'AAM=',
  '--b1--',
  '',
].join('\r\n');
