/**
 * Windows event logs since Vista (EVTX). [MS-EVEN6] has the binary XML; the file around it is known from
 * libevtx's format description.
 *
 * A file is a header of 4,096 bytes and chunks of 65,536. The header's counts are stale while the log is open
 * (`dirty`), so every chunk of the file is read, whatever the header says. A chunk that is not where it must be
 * is looked for. Whoever made the exhibit controls every byte of it.
 */
import { crc32 } from 'node:zlib';
import { Account } from '../account.ts';
import type { ByteRange, FormatParser, ParserAccount } from '../parser.ts';
import { asBuffer, uint16, uint32 } from '../windows-values.ts';
import { CHUNK_BYTES, CHUNK_HEADER_BYTES, Chunk } from './chunk.ts';
import { ShapeTable } from './record-plan.ts';

export { EvtxEvent } from './evtx-event.ts';
export type { Shape } from './record-plan.ts';

/** The first block; [libevtx] §3. Newer writers could enlarge it, none does, and the field says so if one will. */
const FILE_HEADER_BYTES = 4_096;
/** File header flag: the writer keeps no checksums. */
const FLAG_NO_CRC32 = 4;

const ZEROS = Buffer.alloc(CHUNK_BYTES);

const isFileHeader = (b: Uint8Array) => startsWith(b, 0, 'ElfFile\0');
const isChunkHeader = (b: Uint8Array, at = 0) => startsWith(b, at, 'ElfChnk\0');

export const evtx: FormatParser = {
  name: 'evtx',
  title: 'Windows event log (EVTX)',

  recognise: (head) =>
    isFileHeader(head) || isChunkHeader(head) || isChunkHeader(head, FILE_HEADER_BYTES) ? 3 : 0,

  divide(sizeBytes, parts) {
    const chunks = Math.ceil(Math.max(0, sizeBytes - FILE_HEADER_BYTES) / CHUNK_BYTES);
    const each = Math.max(1, Math.ceil(chunks / parts)) * CHUNK_BYTES;
    const ranges: ByteRange[] = [];
    for (let at = 0; at < sizeBytes; ) {
      const to = Math.min(sizeBytes, (at === 0 ? FILE_HEADER_BYTES : at) + each);
      ranges.push({ from: at, to });
      at = to;
    }
    return ranges;
  },

  parse(reader, sink, options = {}): ParserAccount {
    const account = new Account('evtx', sink);
    const shapes = new ShapeTable();
    const recover = options.recover !== false;
    const header = reader.read(0, FILE_HEADER_BYTES);
    const from = options.range?.from ?? 0;
    const to = Math.min(options.range?.to ?? reader.sizeBytes, reader.sizeBytes);
    const start = isChunkHeader(header) ? 0 : FILE_HEADER_BYTES; // a chunk by itself, as carved from a disk
    const checksums = !isFileHeader(header) || (uint32(header, 120) & FLAG_NO_CRC32) === 0;
    if (from === 0 && start > 0) checkFileHeader(header, reader.sizeBytes, account);
    let at = Math.max(from, start);
    while (at < to && !account.stopped) {
      const bytes = asBuffer(reader.read(at, CHUNK_BYTES));
      if (bytes.length === 0) break;
      if (isChunkHeader(bytes)) {
        readChunk(bytes, at, account, shapes, checksums, recover);
        at += bytes.length;
        continue;
      }
      const next = bytes.indexOf('ElfChnk\0', 1, 'latin1');
      const gap = Math.min(next < 0 ? bytes.length : next, to - at);
      readGap(bytes, gap, at, account, shapes, recover);
      at += gap;
    }
    return account.finish();
  },
};

function checkFileHeader(header: Uint8Array, sizeBytes: number, account: Account): void {
  if (!isFileHeader(header) || header.length < FILE_HEADER_BYTES) {
    account.error('evtx-header', 'the file header is missing or damaged', 0, header.length);
    account.skip(header.length);
    return;
  }
  if ((uint32(header, 120) & FLAG_NO_CRC32) === 0 && uint32(header, 124) !== crc32(header.subarray(0, 120))) {
    account.warn('evtx-checksum', 'the checksum of the file header does not fit', 0, 128);
  }
  const blockBytes = uint16(header, 40);
  if (blockBytes !== FILE_HEADER_BYTES) {
    account.warn('evtx-header', `the file header says it is ${blockBytes} bytes long`, 40, 2);
  }
  const chunks = uint16(header, 42);
  const present = Math.ceil((sizeBytes - FILE_HEADER_BYTES) / CHUNK_BYTES);
  if (chunks > present) {
    const message = `${chunks - present} of the ${chunks} chunks that the header counts are missing`;
    account.error('evtx-truncated', message, sizeBytes);
  }
}

function readChunk(
  bytes: Buffer,
  base: number,
  account: Account,
  shapes: ShapeTable,
  checksums: boolean,
  recover: boolean,
): void {
  const chunk = new Chunk(bytes, base, account, shapes);
  const isWhole = bytes.length === CHUNK_BYTES;
  if (bytes.length < CHUNK_HEADER_BYTES) {
    account.error('evtx-truncated', 'the file ends inside a chunk header', base, bytes.length);
    account.skip(bytes.length);
    return;
  }
  let end = uint32(bytes, 48);
  if (end < CHUNK_HEADER_BYTES || end > CHUNK_BYTES) {
    account.error('evtx-chunk', `the chunk says its records end at byte ${end}`, base + 48, 4);
    end = bytes.length;
  } else if (checksums && isWhole) {
    if (uint32(bytes, 52) !== crc32(bytes.subarray(CHUNK_HEADER_BYTES, end))) {
      account.warn('evtx-checksum', 'the checksum of the chunk’s records does not fit', base, CHUNK_BYTES);
    }
    if (
      uint32(bytes, 124) !== crc32(bytes.subarray(128, CHUNK_HEADER_BYTES), crc32(bytes.subarray(0, 120)))
    ) {
      account.warn(
        'evtx-checksum',
        'the checksum of the chunk’s header does not fit',
        base,
        CHUNK_HEADER_BYTES,
      );
    }
  }
  if (!isWhole) account.error('evtx-truncated', 'the file ends inside a chunk', base + bytes.length);
  // Records of a chunk that lacks its end are what could be saved of it.
  const chainEnd = chunk.readChain(Math.min(end, bytes.length), !isWhole);
  const lostBytes = Math.min(end, bytes.length) - chainEnd;
  if (!recover) {
    account.skip(Math.max(0, lostBytes));
    return;
  }
  if (chainEnd < end && lostBytes > 0) account.skip(chunk.recover(chainEnd, Math.min(end, bytes.length)));
  // What lies behind the records is free space: whatever it gives is a gain, and the rest of it no loss.
  chunk.recover(Math.min(Math.max(chainEnd, end), bytes.length), bytes.length);
}

/** Bytes that are no chunk. Preallocated ones are zero; others may hold records of a chunk without its header. */
function readGap(
  bytes: Buffer,
  length: number,
  base: number,
  account: Account,
  shapes: ShapeTable,
  recover: boolean,
): void {
  const gap = bytes.subarray(0, length);
  if (gap.equals(ZEROS.subarray(0, length))) return;
  account.error('evtx-chunk', 'no chunk where one must be', base, length);
  const chunk = new Chunk(gap, base, account, shapes);
  account.skip(recover ? chunk.recover(0, length) : length);
}

function startsWith(b: Uint8Array, at: number, text: string): boolean {
  if (b.length < at + text.length) return false;
  for (let i = 0; i < text.length; i++) if (b[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
