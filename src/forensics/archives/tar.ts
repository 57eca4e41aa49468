/** tar: POSIX ustar and pax (IEEE 1003.1 "pax"), and the GNU forms for long names and large sizes. */
import { decodeUtf8 } from '../../base/index.ts';
import type { ByteQueue } from './byte-queue.ts';
import { ContainerFault } from './content.ts';

const BLOCK = 512;
/** Longest name, and longest block of extended headers, that is believed. */
const HEADER_BYTES_MAX = 64 * 1024;

export interface TarMember {
  readonly name: string;
  readonly sizeBytes: number;
  readonly isFile: boolean;
}

/** Whether a block is a tar header: its checksum fits, and it is not all zeros. */
export function isTarHeader(block: Uint8Array): boolean {
  if (block.length < BLOCK || block[0] === 0) return false;
  const written = octal(block, 148, 8);
  if (written === null) return false;
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += block[i]!;
  return sum === written;
}

/**
 * Gives each member in turn; its content is the queue's next `sizeBytes`, and whatever the caller leaves of it is passed over.
 * @throws ContainerFault `archive-damaged`
 */
export async function* readTar(queue: ByteQueue): AsyncGenerator<TarMember> {
  let longName: string | null = null;
  let paxSize: number | null = null;
  for (;;) {
    const block = await queue.take(BLOCK);
    if (block.length === 0 || block[0] === 0) return;
    if (!isTarHeader(block))
      throw new ContainerFault('archive-damaged', `has no tar header at byte ${queue.offset - block.length}`);
    const type = String.fromCharCode(block[156]!);
    const sizeBytes: number = paxSize ?? numeric(block, 124, 12);
    const next = queue.offset + Math.ceil(sizeBytes / BLOCK) * BLOCK;
    if ('LKxg'.includes(type)) {
      if (sizeBytes > HEADER_BYTES_MAX)
        throw new ContainerFault('archive-damaged', `has an extended header of ${sizeBytes} bytes`);
      const text = decodeUtf8(await queue.take(sizeBytes));
      if (type === 'L') longName = text.replace(/\0.*$/s, '');
      if (type === 'x') {
        longName = paxValue(text, 'path') ?? longName;
        const size = Number(paxValue(text, 'size') ?? Number.NaN);
        paxSize = Number.isSafeInteger(size) && size >= 0 ? size : null;
      }
    } else {
      const prefix =
        decodeUtf8(block.subarray(257, 262)) === 'ustar' && block[262] === 0 ? field(block, 345, 155) : '';
      const plain = field(block, 0, 100);
      yield {
        name: longName ?? (prefix === '' ? plain : `${prefix}/${plain}`),
        sizeBytes,
        isFile: type === '0' || type === '\0' || type === '7' || type === 'S',
      };
      longName = null;
      paxSize = null;
    }
    while (queue.offset < next) {
      if ((await queue.some(next - queue.offset)).length === 0) {
        throw new ContainerFault('archive-damaged', 'ends inside a member');
      }
    }
  }
}

function field(block: Uint8Array, at: number, length: number): string {
  const bytes = block.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return decodeUtf8(end < 0 ? bytes : bytes.subarray(0, end));
}

function octal(block: Uint8Array, at: number, length: number): number | null {
  const text = field(block, at, length).trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : null;
}

/** Octal, or base 256 where the first bit is set (GNU). */
function numeric(block: Uint8Array, at: number, length: number): number {
  let value: number | null = null;
  if (block[at]! & 0x80) {
    value = block[at]! & 0x7f;
    for (let i = 1; i < length; i++) value = value * 256 + block[at + i]!;
  } else value = octal(block, at, length);
  if (value === null || !Number.isSafeInteger(value)) {
    throw new ContainerFault('archive-damaged', 'has a member without a proper size');
  }
  return value;
}

/** A pax record is `length key=value\n`. */
function paxValue(text: string, key: string): string | undefined {
  return new RegExp(`(?:^|\\n)\\d+ ${key}=([^\\n]*)\\n`).exec(text)?.[1];
}
