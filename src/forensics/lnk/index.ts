/**
 * Shell links ([MS-SHLLINK]): what a shortcut pointed to, with the times and size the target had then, the volume or share it was on, and
 * the machine it was made on. Offsets inside the structures are the writer's to choose and are checked.
 */
import { Account } from '../account.ts';
import type { FieldValue } from '../event.ts';
import type { FormatParser } from '../parser.ts';
import { asBuffer, fileTime, guidText, uint16, uint32, uint64, utf16Text } from '../windows-values.ts';

const HEADER_BYTES = 76;
/** Links are a few kilobytes; icons and environment blocks included. */
const SIZE_MAX = 1024 * 1024;
const EXTRA_MAX = 64;

const FLAG = {
  idList: 1,
  info: 2,
  name: 4,
  relativePath: 8,
  workingFolder: 16,
  arguments: 32,
  icon: 64,
  unicode: 128,
};
const DRIVES = ['unknown', 'no root', 'removable', 'fixed', 'network', 'optical', 'memory'];

const ansi = new TextDecoder('windows-1252');

export const lnk: FormatParser = {
  name: 'lnk',
  title: 'Windows shell link (.lnk)',
  recognise: (head) =>
    head.length >= 20 &&
    uint32(head, 0) === HEADER_BYTES &&
    guidText(head, 4) === '00021401-0000-0000-C000-000000000046'
      ? 3
      : 0,

  parse(reader, sink) {
    const account = new Account('lnk', sink);
    const b = asBuffer(reader.read(0, Math.min(reader.sizeBytes, SIZE_MAX)));
    if (b.length < HEADER_BYTES) {
      account.error('lnk-header', 'the header is cut short', 0, b.length);
      account.skip(b.length);
      return account.finish();
    }
    const flags = uint32(b, 20);
    const fields: Record<string, FieldValue> = {
      target_attributes: `0x${uint32(b, 24).toString(16)}`,
      target_size: uint32(b, 52),
    };
    const end = readParts(b, flags, fields);
    if (end < 0) {
      account.error(
        'lnk-structure',
        'a structure reaches out of the file',
        HEADER_BYTES,
        b.length - HEADER_BYTES,
      );
      account.skip(b.length - HEADER_BYTES);
    }
    const target = String(
      fields['local_path'] ??
        fields['network_path'] ??
        fields['relative_path'] ??
        fields['name'] ??
        'unknown target',
    );
    const line = fields['arguments'] === undefined ? target : `${target} ${fields['arguments']}`;
    account.emitTimes(
      {
        kind: 'link',
        time: null,
        host: fields['machine'] === undefined ? null : String(fields['machine']),
        message: `link to ${line}`,
        fields,
        offset: 0,
        recordId: 0,
      },
      [
        fileTime(uint64(b, 28), 'target created'),
        fileTime(uint64(b, 36), 'target accessed'),
        fileTime(uint64(b, 44), 'target modified'),
      ],
    );
    return account.finish();
  },
};

/** Fills `fields`; returns where the parts end, or -1 when one of them does not fit. */
function readParts(b: Buffer, flags: number, fields: Record<string, FieldValue>): number {
  let at = HEADER_BYTES;
  if (flags & FLAG.idList) {
    if (at + 2 > b.length) return -1;
    at += 2 + uint16(b, at);
  }
  if (flags & FLAG.info) {
    if (at + 28 > b.length) return -1;
    const size = uint32(b, at);
    if (size < 28 || at + size > b.length) return -1;
    readInfo(b, at, at + size, fields);
    at += size;
  }
  for (const [flag, name] of [
    [FLAG.name, 'name'],
    [FLAG.relativePath, 'relative_path'],
    [FLAG.workingFolder, 'working_folder'],
    [FLAG.arguments, 'arguments'],
    [FLAG.icon, 'icon'],
  ] as const) {
    if ((flags & flag) === 0) continue;
    if (at + 2 > b.length) return -1;
    const isWide = (flags & FLAG.unicode) !== 0;
    const length = uint16(b, at) * (isWide ? 2 : 1);
    if (at + 2 + length > b.length) return -1;
    fields[name] = isWide
      ? utf16Text(b, at + 2, at + 2 + length)
      : ansi.decode(b.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  for (let i = 0; i < EXTRA_MAX && at + 8 <= b.length; i++) {
    const size = uint32(b, at);
    if (size < 8) break; // the block that ends them
    if (at + size > b.length) return -1;
    // The tracker block: machine, and the identifiers by which the target is found when it moves.
    if (uint32(b, at + 4) === 0xa0000003 && size >= 96) {
      fields['machine'] = ansiText(b, at + 16, at + 32);
      fields['volume_id'] = guidText(b, at + 32);
      fields['file_id'] = guidText(b, at + 48);
      fields['birth_volume_id'] = guidText(b, at + 64);
      fields['birth_file_id'] = guidText(b, at + 80);
    }
    at += size;
  }
  return at;
}

/** LinkInfo ([MS-SHLLINK] §2.3): volume, local path, share. Offsets count from its start. */
function readInfo(b: Buffer, at: number, end: number, fields: Record<string, FieldValue>): void {
  const headerSize = uint32(b, at + 4);
  const flags = uint32(b, at + 8);
  const place = (field: number) => {
    const offset = at + uint32(b, at + field);
    return offset > at && offset < end ? offset : -1;
  };
  const suffix = place(24);
  const tail = suffix < 0 ? '' : ansiText(b, suffix, end);
  if (flags & 1) {
    const volume = place(12);
    if (volume >= 0 && volume + 16 <= end) {
      fields['drive_type'] = DRIVES[uint32(b, volume + 4)] ?? 'unknown';
      fields['drive_serial'] = uint32(b, volume + 8)
        .toString(16)
        .toUpperCase()
        .padStart(8, '0');
      const label = volume + uint32(b, volume + 12);
      if (label < end) fields['volume_label'] = ansiText(b, label, end);
    }
    const base = place(16);
    if (base >= 0) fields['local_path'] = ansiText(b, base, end) + tail;
    if (headerSize >= 36 && at + 36 <= end) {
      const wide = place(28);
      if (wide >= 0) {
        const more = place(32);
        fields['local_path'] = wideText(b, wide, end) + (more < 0 ? '' : wideText(b, more, end));
      }
    }
  }
  if (flags & 2) {
    const share = place(20);
    if (share >= 0 && share + 20 <= end) {
      const name = share + uint32(b, share + 8);
      if (name < end) fields['network_path'] = `${ansiText(b, name, end)}\\${tail}`;
    }
  }
}

function ansiText(b: Buffer, at: number, end: number): string {
  const stop = b.indexOf(0, at);
  return ansi.decode(b.subarray(at, stop < 0 || stop > end ? end : stop));
}

function wideText(b: Buffer, at: number, end: number): string {
  return utf16Text(b, at, end - ((end - at) % 2)).split('\0')[0]!;
}
