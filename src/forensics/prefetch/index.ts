/**
 * Prefetch files: that Windows ran a program, how often, when last (the last eight times since Windows 8), and from which
 * volumes. Versions 17 (XP), 23 (Vista, 7), 26 (8), 30 (10) and 31 (11); since 10 the file is compressed.
 *
 * The places of the fields are those of libscca's format description. They count from the start of the uncompressed file.
 */
import { Account } from '../account.ts';
import type { FieldValue } from '../event.ts';
import type { FormatParser } from '../parser.ts';
import { asBuffer, fileTime, uint32, uint64, utf16Text } from '../windows-values.ts';
import { decompressXpressHuffman } from './xpress-huffman.ts';

/** Real files have at most some hundred kilobytes. */
const SIZE_MAX = 16 * 1024 * 1024;
/** A program that loads more files than this is no program. */
const FILES_MAX = 10_000;
const VOLUMES_MAX = 64;

/** Where the last run times and the run count are, and how long a volume's entry is. */
const LAYOUTS: Readonly<Record<number, { times: number; timeCount: number; runs: number; volume: number }>> =
  {
    17: { times: 120, timeCount: 1, runs: 144, volume: 40 },
    23: { times: 128, timeCount: 1, runs: 152, volume: 104 },
    26: { times: 128, timeCount: 8, runs: 208, volume: 104 },
    30: { times: 128, timeCount: 8, runs: 208, volume: 96 },
    31: { times: 128, timeCount: 8, runs: 200, volume: 96 },
  };

const isScca = (b: Uint8Array) => b[4] === 0x53 && b[5] === 0x43 && b[6] === 0x43 && b[7] === 0x41;
const isCompressed = (b: Uint8Array) => b[0] === 0x4d && b[1] === 0x41 && b[2] === 0x4d && b[3] === 0x04;

export const prefetch: FormatParser = {
  name: 'prefetch',
  title: 'Windows prefetch file',
  recognise: (head) =>
    head.length >= 8 && (isCompressed(head) || (isScca(head) && LAYOUTS[head[0]!] !== undefined)) ? 3 : 0,

  parse(reader, sink) {
    const account = new Account('prefetch', sink);
    const raw = reader.read(0, Math.min(reader.sizeBytes, SIZE_MAX));
    let bytes = raw;
    const fail = (message: string) => {
      account.error('prefetch', message, 0, raw.length);
      account.skip(raw.length);
      return account.finish();
    };
    if (isCompressed(raw)) {
      const size = raw.length >= 8 ? uint32(raw, 4) : 0;
      if (size > SIZE_MAX) return fail(`it unpacks to ${size} bytes`);
      bytes = decompressXpressHuffman(raw.subarray(8), size);
      if (bytes.length < size)
        account.error('prefetch', 'the compressed data is damaged or cut short', 8, raw.length - 8);
    }
    const b = asBuffer(bytes);
    const version = b.length >= 8 && isScca(b) ? uint32(b, 0) : 0;
    const layout = LAYOUTS[version];
    if (layout === undefined || b.length < 216)
      return fail('its header is damaged, cut short or of an unknown version');
    // Version 30 has two forms; the later one is told by where its first table begins.
    const runs = version === 30 && uint32(b, 84) === 296 ? 200 : layout.runs;
    const executable = text(b, 16, 60);
    const files = fileNames(b, uint32(b, 100), uint32(b, 104));
    const fields: Record<string, FieldValue> = {
      executable,
      prefetch_hash: uint32(b, 76).toString(16).toUpperCase().padStart(8, '0'),
      run_count: uint32(b, runs),
      version,
      path: files.find((path) => path.toUpperCase().endsWith(`\\${executable.toUpperCase()}`)) ?? '',
      files,
    };
    const times = Array.from({ length: layout.timeCount }, (_, i) =>
      fileTime(uint64(b, layout.times + 8 * i), i === 0 ? 'last run' : 'earlier run'),
    );
    account.emitTimes(
      {
        kind: 'program-execution',
        time: null,
        message: `${executable} ran, ${fields['run_count']} times in all`,
        fields,
        offset: 0,
        recordId: 0,
      },
      times,
    );
    const table = uint32(b, 108);
    const volumes = uint32(b, 112);
    for (let i = 0; i < Math.min(volumes, VOLUMES_MAX) && !account.stopped; i++) {
      const at = table + i * layout.volume;
      if (at + 20 > b.length) {
        account.error('prefetch', 'the table of volumes is cut short', Math.min(at, raw.length));
        break;
      }
      const device = text(b, table + uint32(b, at), 2 * uint32(b, at + 4));
      const serial = uint32(b, at + 16)
        .toString(16)
        .toUpperCase()
        .padStart(8, '0');
      account.emitTimes(
        {
          kind: 'volume',
          time: null,
          message: `volume ${device}, serial ${serial}`,
          fields: { device, serial, executable },
          offset: 0,
          recordId: i + 1,
        },
        [fileTime(uint64(b, at + 8), 'volume created')],
      );
    }
    return account.finish();
  },
};

/** Up to the first NUL. */
function text(b: Buffer, at: number, length: number): string {
  return utf16Text(b, Math.min(at, b.length), Math.min(at + Math.min(length, 65_536), b.length)).split(
    '\0',
  )[0]!;
}

function fileNames(b: Buffer, at: number, length: number): string[] {
  if (at >= b.length) return [];
  return utf16Text(b, at, Math.min(at + length, b.length) & ~1)
    .split('\0', FILES_MAX)
    .filter((name) => name !== '');
}
