/** tar: POSIX ustar and pax (IEEE 1003.1 "pax"), and the GNU forms for long names, large sizes and files with holes. */
import { decodeUtf8 } from '../../base/index.ts';
import type { ByteQueue } from './byte-queue.ts';
import { ContainerFault } from './content.ts';
import { nameText } from './name-text.ts';

const BLOCK = 512;
/** Longest block of extended headers that is believed: a map of holes is the longest there is. */
const HEADER_BYTES_MAX = 1024 * 1024;
/** Longest name. */
const NAME_BYTES_MAX = 4096;
/** Stored pieces of a file with holes. */
const EXTENTS_MAX = 100_000;

/** A stored piece of a file with holes, by its place in the file. */
export interface Extent {
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface TarMember {
  readonly name: string;
  /** Bytes that are stored. */
  readonly sizeBytes: number;
  readonly isFile: boolean;
  /** Of a file with holes: what is stored, in the order in which it is, and how large the file is. */
  readonly sparse?: { readonly extents: readonly Extent[]; readonly sizeBytes: number };
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
 * @throws ContainerFault `archive-damaged`; a block that should be a header and is none stays in the queue
 */
export async function* readTar(queue: ByteQueue): AsyncGenerator<TarMember> {
  let longName: string | null = null;
  let pax = new PaxRecords(new Uint8Array(0));
  for (;;) {
    const head = await queue.peek(BLOCK);
    if (head.length === 0 || head[0] === 0) return;
    if (!isTarHeader(head))
      throw new ContainerFault('archive-damaged', `has no tar header at byte ${queue.offset}`);
    const block = (await queue.take(BLOCK)).slice();
    const type = String.fromCharCode(block[156]!);
    const sizeBytes: number = pax.number('size') ?? numeric(block, 124, 12);
    let next = queue.offset + Math.ceil(sizeBytes / BLOCK) * BLOCK;
    if ('LKxg'.includes(type)) {
      if (sizeBytes > HEADER_BYTES_MAX)
        throw new ContainerFault('archive-damaged', `has an extended header of ${sizeBytes} bytes`);
      const bytes = await queue.take(sizeBytes);
      if (type === 'L') longName = field(bytes, 0, NAME_BYTES_MAX);
      if (type === 'x') pax = new PaxRecords(bytes.slice());
    } else {
      const prefix =
        decodeUtf8(block.subarray(257, 262)) === 'ustar' && block[262] === 0 ? field(block, 345, 155) : '';
      const plain = field(block, 0, 100);
      const name =
        pax.name('GNU.sparse.name') ??
        pax.name('path') ??
        longName ??
        (prefix === '' ? plain : `${prefix}/${plain}`);
      const from = queue.offset;
      const sparse = type === 'S' ? await gnuSparse(block, queue) : await paxSparse(pax, queue);
      // A map before the content counts as content where pax says so, and not in GNU's own form.
      const mapBytes = queue.offset - from;
      if (type === 'S') next += mapBytes;
      const stored = type === 'S' ? sizeBytes : sizeBytes - mapBytes;
      if (stored < 0) throw new ContainerFault('archive-damaged', 'has a map of holes that is cut short');
      yield {
        name,
        sizeBytes: stored,
        isFile: type === '0' || type === '\0' || type === '7' || type === 'S',
        ...(sparse ? { sparse } : {}),
      };
      longName = null;
      pax = new PaxRecords(new Uint8Array(0));
    }
    while (queue.offset < next) {
      if ((await queue.some(next - queue.offset)).length === 0) {
        throw new ContainerFault('archive-damaged', 'ends inside a member');
      }
    }
  }
}

/** GNU's own form: four extents in the header, 21 in each block behind it, and the size of the file. */
async function gnuSparse(header: Uint8Array, queue: ByteQueue): Promise<TarMember['sparse']> {
  const extents: Extent[] = [];
  const take = (block: Uint8Array, from: number, count: number) => {
    for (let at = from; at < from + count * 24 && block[at] !== 0; at += 24)
      extents.push({ offset: numeric(block, at, 12), sizeBytes: numeric(block, at + 12, 12) });
  };
  take(header, 386, 4);
  for (let more = header[482]; more; ) {
    const block = (await queue.take(BLOCK)).slice();
    if (block.length < BLOCK || extents.length > EXTENTS_MAX)
      throw new ContainerFault('archive-damaged', 'has a map of holes without end');
    take(block, 0, 21);
    more = block[504];
  }
  return checked(extents, numeric(header, 483, 12));
}

/** The forms 0.0 and 0.1 of pax have the map in the extended header, 1.0 as text in blocks before the content. */
async function paxSparse(pax: PaxRecords, queue: ByteQueue): Promise<TarMember['sparse']> {
  const sizeBytes = pax.number('GNU.sparse.realsize') ?? pax.number('GNU.sparse.size');
  if (sizeBytes === null) return undefined;
  const map = pax.text('GNU.sparse.map');
  const numbers =
    pax.number('GNU.sparse.major') === 1
      ? await takeMap(queue)
      : (map?.split(',') ?? pax.all(['GNU.sparse.offset', 'GNU.sparse.numbytes'])).map(Number);
  const extents: Extent[] = [];
  for (let i = 0; i + 1 < numbers.length; i += 2)
    extents.push({ offset: numbers[i]!, sizeBytes: numbers[i + 1]! });
  return checked(extents, sizeBytes);
}

/** A count and as many pairs, a number a line, filled up to a whole block. */
async function takeMap(queue: ByteQueue): Promise<number[]> {
  const lines = [''];
  for (;;) {
    const block = await queue.take(BLOCK);
    const [first, ...others] = decodeUtf8(block).split('\n');
    lines[lines.length - 1] += first!;
    lines.push(...others);
    const count = Number(lines[0]);
    if (block.length < BLOCK || !(count <= EXTENTS_MAX))
      throw new ContainerFault('archive-damaged', 'has no proper map of holes');
    if (lines.length > 2 * count + 1) return lines.slice(1, 2 * count + 1).map(Number);
  }
}

/** @throws ContainerFault unless the pieces follow each other inside of the file */
function checked(extents: readonly Extent[], sizeBytes: number): TarMember['sparse'] {
  let end = 0;
  for (const { offset, sizeBytes: length } of extents) {
    if (!Number.isSafeInteger(offset) || !(length >= 0) || offset < end || offset + length > sizeBytes)
      throw new ContainerFault('archive-damaged', 'has no proper map of holes');
    end = offset + length;
  }
  return { extents, sizeBytes };
}

const ZEROS = new Uint8Array(256 * 1024);

/** The whole content of a file with holes, from what is stored of it. */
export async function* withHoles(
  stored: ByteQueue,
  { extents, sizeBytes }: NonNullable<TarMember['sparse']>,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const extent of [...extents, { offset: sizeBytes, sizeBytes: 0 }]) {
    while (at < extent.offset) {
      const zeros = ZEROS.subarray(0, extent.offset - at);
      at += zeros.length;
      yield zeros;
    }
    yield* stored.part(extent.sizeBytes);
    at += extent.sizeBytes;
  }
}

/** A pax record is `length key=value\n`, its length that of the whole record in bytes. */
class PaxRecords {
  readonly #records: [key: string, value: Uint8Array][] = [];

  constructor(bytes: Uint8Array) {
    for (let at = 0; at < bytes.length; ) {
      const space = bytes.indexOf(0x20, at);
      const length =
        space < 0 ? Number.NaN : Number(decodeUtf8(bytes.subarray(at, Math.min(space, at + 20))));
      const equals = bytes.indexOf(0x3d, space);
      if (!(length > 0) || equals < 0 || equals > at + length) return;
      this.#records.push([
        decodeUtf8(bytes.subarray(space + 1, equals)),
        bytes.subarray(equals + 1, at + length - 1),
      ]);
      at += length;
    }
  }

  #last(key: string): Uint8Array | undefined {
    return this.#records.findLast(([other]) => other === key)?.[1];
  }

  text(key: string): string | null {
    const value = this.#last(key);
    return value ? decodeUtf8(value) : null;
  }

  name(key: string): string | null {
    const value = this.#last(key);
    return value ? nameText(value.subarray(0, NAME_BYTES_MAX)) : null;
  }

  number(key: string): number | null {
    const text = this.text(key);
    return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
  }

  all(keys: readonly string[]): string[] {
    return this.#records.filter(([key]) => keys.includes(key)).map(([, value]) => decodeUtf8(value));
  }
}

function field(block: Uint8Array, at: number, length: number): string {
  const bytes = block.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return nameText(end < 0 ? bytes : bytes.subarray(0, end));
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
