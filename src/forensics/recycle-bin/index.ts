/**
 * What was thrown into the Windows recycle bin: `$I…` beside each file since Vista, `INFO2` for all of them before. Who threw it away, the folder's
 * name tells (a SID), not the file.
 */
import { Account } from '../account.ts';
import { type Fields, plainEvent } from '../event.ts';
import type { FormatParser } from '../parser.ts';
import { asBuffer, fileTime, uint32, uint64, uint64Number, utf16Text } from '../windows-values.ts';

/** Path length in Windows; version 1 always has this much room. */
const PATH_CHARS_MAX = 32_767;
const PATH_CHARS_V1 = 260;
/** INFO2 has 800 bytes an entry, or 280 before Windows 2000. */
const INFO2_SIZES = [800, 280];

const ansi = new TextDecoder('windows-1252');
const year = (ticks: bigint) => ticks > 119_600_064_000_000_000n && ticks < 157_469_184_000_000_000n; // 1980 to 2100

function isItem(b: Buffer): boolean {
  if (b.length < 26 || (uint64(b, 0) !== 1n && uint64(b, 0) !== 2n) || !year(uint64(b, 16))) return false;
  const at = b[0] === 1 ? 24 : 28;
  return b.length > at + 4 && b[at + 1] === 0 && b[at + 2] === 0x3a && b[at + 3] === 0; // `C:`
}

function isIndex(b: Buffer): boolean {
  return (
    b.length >= 20 && uint32(b, 0) <= 5 && INFO2_SIZES.includes(uint32(b, 12)) && uint32(b, 4) < 1_000_000
  );
}

export const recycleBin: FormatParser = {
  name: 'recycle-bin',
  title: 'Windows recycle bin ($I, INFO2)',
  recognise: (head) =>
    isItem(asBuffer(head)) || (isIndex(asBuffer(head)) && head.length >= 20 + 280) ? 2 : 0,

  parse(reader, sink) {
    const account = new Account('recycle-bin', sink);
    const head = asBuffer(reader.read(0, 28 + 2 * PATH_CHARS_MAX));
    const give = (
      path: string,
      ticks: bigint,
      sizeBytes: number,
      offset: number,
      recordId: number,
      more: Fields = {},
    ): void =>
      account.emit(
        plainEvent({
          kind: 'file-deleted',
          time: fileTime(ticks, 'deleted'),
          message: `deleted ${path}`,
          fields: { path, size: sizeBytes, ...more },
          offset,
          recordId,
        }),
      );
    if (isItem(head)) {
      const isFirst = head[0] === 1;
      const at = isFirst ? 24 : 28;
      const chars = isFirst ? PATH_CHARS_V1 : uint32(head, 24);
      if (chars > PATH_CHARS_MAX || (!isFirst && at + 2 * chars > head.length))
        account.error('recycle-bin', 'the path is cut short', 24, head.length - 24);
      const path = utf16Text(head, at, Math.min(at + 2 * Math.min(chars, PATH_CHARS_MAX), head.length)).split(
        '\0',
      )[0]!;
      give(path, uint64(head, 16), uint64Number(head, 8), 0, 0);
      return account.finish();
    }
    if (!isIndex(head)) {
      account.error('recycle-bin', 'neither an item nor an index', 0, head.length);
      account.skip(head.length);
      return account.finish();
    }
    const size = uint32(head, 12);
    for (let at = 20; at < reader.sizeBytes && !account.stopped; at += size) {
      const b = asBuffer(reader.read(at, size));
      if (b.length < 280) {
        account.error('recycle-bin', 'the file ends inside an entry', at, b.length);
        account.skip(b.length);
        break;
      }
      const short = ansi.decode(b.subarray(0, 260)).split('\0')[0]!;
      // The first byte of a name is cleared when the file was restored or the bin emptied.
      const long = b.length >= 800 ? utf16Text(b, 280, 800).split('\0')[0]! : short;
      give(long === '' ? `?${short.slice(1)}` : long, uint64(b, 268), uint32(b, 276), at, uint32(b, 260), {
        drive: uint32(b, 264),
        removed: b[0] === 0,
      });
    }
    return account.finish();
  },
};
