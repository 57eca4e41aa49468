/**
 * zip, by its central directory (PKWARE APPNOTE 6.3.10 §4.3), with Zip64.
 *
 * The directory says where each member is and how large; each is checked against the member's own header, against the
 * others (overlapping members are how a small file unpacks to petabytes), and against what unpacking gives.
 */
import { crc32 } from 'node:zlib';
import { ByteQueue } from './byte-queue.ts';
import { decompress } from './compressed.ts';
import { type Budget, type ByteStream, ContainerFault, type RandomReader } from './content.ts';
import { nameText } from './name-text.ts';

const END_BYTES = 22;
/** The end record may be followed by a comment of 65,535 bytes. */
const END_SEARCH_BYTES = END_BYTES + 65_535;
const END_SIGNATURE = Buffer.from([0x50, 0x4b, 5, 6]);
const READ_BYTES = 256 * 1024;

export interface ZipMember {
  readonly name: string;
  readonly isFile: boolean;
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly crc32: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly headerAt: number;
  /** Its sizes may be said once more behind its content. */
  readonly hasDescriptor: boolean;
}

export interface ZipDirectory {
  readonly members: readonly ZipMember[];
  /** Where the list of contents begins, and where the end record does end. */
  readonly from: number;
  readonly to: number;
}

/** @throws ContainerFault when there is no directory, or it is damaged. */
export async function readZipDirectory(reader: RandomReader, membersMax: number): Promise<ZipDirectory> {
  const { at, size, count, shift, end } = await findDirectory(reader);
  if (count > membersMax) throw new ContainerFault('archive-limit', `holds more than ${membersMax} members`);
  // A directory entry has at least 46 bytes, so the count bounds what a lying size could make us read.
  if (at + size > reader.sizeBytes || size < 46 * count) {
    throw new ContainerFault('archive-damaged', 'has a list of contents that lies outside of it');
  }
  const members: ZipMember[] = [];
  let place = at;
  for (let i = 0; i < count; i++) {
    const head = await exactly(reader, place, 46);
    if (head.getUint32(0, true) !== 0x02014b50) {
      throw new ContainerFault('archive-damaged', `has no directory entry at byte ${place}`);
    }
    const nameLength = head.getUint16(28, true);
    const extraLength = head.getUint16(30, true);
    const tail = await exactly(reader, place + 46, nameLength + extraLength);
    const bytes = new Uint8Array(tail.buffer, tail.byteOffset, tail.byteLength);
    const name = nameText(bytes.subarray(0, nameLength));
    const [sizeBytes, packedBytes, headerAt] = zip64Values(bytes.subarray(nameLength), [
      head.getUint32(24, true),
      head.getUint32(20, true),
      head.getUint32(42, true),
    ]);
    const flags = head.getUint16(8, true);
    members.push({
      name,
      isFile: !name.endsWith('/'),
      method: head.getUint16(10, true),
      isEncrypted: (flags & 1) !== 0,
      crc32: head.getUint32(16, true),
      packedBytes: packedBytes!,
      sizeBytes: sizeBytes!,
      headerAt: headerAt! + shift,
      hasDescriptor: (flags & 8) !== 0,
    });
    place += 46 + nameLength + extraLength + head.getUint16(32, true);
    if (place > at + size)
      throw new ContainerFault('archive-damaged', 'has a list of contents that is cut short');
  }
  return { members, from: at, to: end };
}

/** A descriptor with its signature and 64-bit sizes (§4.3.9). */
const DESCRIPTOR_BYTES_MAX = 24;

/** What is neither a member nor the list of contents: bytes before, between and behind them. */
export async function* zipGaps(
  reader: RandomReader,
  directory: ZipDirectory,
): AsyncGenerator<{ from: number; to: number }> {
  let at = 0;
  const byPlace = [...directory.members].sort((a, b) => a.headerAt - b.headerAt);
  let isBehindDescriptor = false;
  for (const member of byPlace) {
    const content = await contentPlace(reader, member).catch(() => null);
    // What should be there and is not is a gap, too.
    if (content === null || member.headerAt >= directory.from) continue;
    if (member.headerAt > at && !(isBehindDescriptor && member.headerAt - at <= DESCRIPTOR_BYTES_MAX))
      yield { from: at, to: member.headerAt };
    at = Math.min(directory.from, Math.max(at, content + member.packedBytes));
    isBehindDescriptor = member.hasDescriptor;
  }
  if (directory.from > at && !(isBehindDescriptor && directory.from - at <= DESCRIPTOR_BYTES_MAX))
    yield { from: at, to: directory.from };
  if (directory.to < reader.sizeBytes) yield { from: directory.to, to: reader.sizeBytes };
}

/** Whether a file that begins as something else ends with the list of contents of a zip. */
export async function endsAsZip(reader: RandomReader): Promise<boolean> {
  try {
    const { at, count } = await findDirectory(reader);
    return count > 0 && (await exactly(reader, at, 4)).getUint32(0, true) === 0x02014b50;
  } catch (error) {
    if (error instanceof ContainerFault) return false;
    throw error;
  }
}

/** Members whose bytes another member's also are; sorted by place, so that one pass finds them. */
export function overlappingMembers(members: readonly ZipMember[]): Set<ZipMember> {
  const overlapping = new Set<ZipMember>();
  const byPlace = [...members].sort((a, b) => a.headerAt - b.headerAt);
  let end = -1;
  for (const member of byPlace) {
    if (member.headerAt < end) overlapping.add(member);
    end = Math.max(end, member.headerAt + 30 + member.packedBytes);
  }
  return overlapping;
}

/** A member's content, checked against its size and checksum at the end. @throws ContainerFault */
export async function* readZipMember(
  reader: RandomReader,
  member: ZipMember,
  budget: Budget,
): AsyncGenerator<Uint8Array> {
  if (member.isEncrypted) throw new ContainerFault('archive-unsupported', 'is encrypted');
  const at = await contentPlace(reader, member);
  const packed = new ByteQueue(readRange(reader, at, member.packedBytes));
  const content =
    member.method === 0
      ? packed.rest()
      : member.method === 8
        ? decompress(packed, 'deflate', budget)
        : member.method === 93
          ? decompress(packed, 'zstd', budget)
          : null;
  if (content === null)
    throw new ContainerFault('archive-unsupported', `is packed by method ${member.method}`);
  let sum = 0;
  let length = 0;
  for await (const chunk of content) {
    if (member.method === 0) budget.takeBytes(chunk.length);
    length += chunk.length;
    if (length > member.sizeBytes) {
      throw new ContainerFault(
        'archive-damaged',
        `unpacks to more than the ${member.sizeBytes} bytes it says`,
      );
    }
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (length !== member.sizeBytes) {
    throw new ContainerFault('archive-damaged', `unpacks to ${length} bytes and says ${member.sizeBytes}`);
  }
  if (sum !== member.crc32) throw new ContainerFault('archive-damaged', 'does not fit its checksum');
  if ((await packed.peek(1)).length > 0) {
    throw new ContainerFault(
      'archive-damaged',
      `has ${member.packedBytes - packed.offset} bytes behind the end of its packed content, which are not read`,
    );
  }
}

async function contentPlace(reader: RandomReader, { headerAt }: ZipMember): Promise<number> {
  const head = await exactly(reader, headerAt, 30);
  if (head.getUint32(0, true) !== 0x04034b50) {
    throw new ContainerFault('archive-damaged', `has no header at byte ${headerAt}`);
  }
  return headerAt + 30 + head.getUint16(26, true) + head.getUint16(28, true);
}

export async function* readRange(
  reader: RandomReader,
  from: number,
  length: number,
): ByteStream & AsyncGenerator<Uint8Array> {
  for (let at = from; at < from + length; ) {
    const bytes = await reader.read(at, Math.min(READ_BYTES, from + length - at));
    if (bytes.length === 0) throw new ContainerFault('archive-damaged', 'ends inside a member');
    at += bytes.length;
    yield bytes;
  }
}

async function findDirectory(
  reader: RandomReader,
): Promise<{ at: number; size: number; count: number; shift: number; end: number }> {
  const from = Math.max(0, reader.sizeBytes - END_SEARCH_BYTES);
  const tail = Buffer.from(await reader.read(from, reader.sizeBytes - from));
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  for (
    let i = tail.lastIndexOf(END_SIGNATURE);
    i >= 0;
    i = i > 0 ? tail.lastIndexOf(END_SIGNATURE, i - 1) : -1
  ) {
    if (i + END_BYTES > tail.length || i + END_BYTES + view.getUint16(i + 20, true) > tail.length) continue;
    const end = from + i + END_BYTES;
    let count = view.getUint16(i + 10, true);
    let size = view.getUint32(i + 12, true);
    let at = view.getUint32(i + 16, true);
    if (count === 0xffff || size === 0xffffffff || at === 0xffffffff) {
      if (i >= 20 && view.getUint32(i - 20, true) === 0x07064b50) {
        const end64 = await exactly(reader, Number(view.getBigUint64(i - 12, true)), 56);
        if (end64.getUint32(0, true) !== 0x06064b50)
          throw new ContainerFault('archive-damaged', 'has no Zip64 end record');
        count = Number(end64.getBigUint64(32, true));
        size = Number(end64.getBigUint64(40, true));
        at = Number(end64.getBigUint64(48, true));
        return { at, size, count, shift: 0, end };
      }
    }
    // Bytes put before the archive (a self-extracting program) shift every place by as much.
    const shift = from + i - size - at;
    if (shift < 0)
      throw new ContainerFault('archive-damaged', 'has a list of contents that lies outside of it');
    return { at: at + shift, size, count, shift, end };
  }
  throw new ContainerFault('archive-damaged', 'has no list of contents: it is cut short');
}

async function exactly(reader: RandomReader, at: number, length: number): Promise<DataView> {
  if (!Number.isSafeInteger(at) || at < 0 || at + length > reader.sizeBytes) {
    throw new ContainerFault('archive-damaged', 'points outside of itself');
  }
  const bytes = await reader.read(at, length);
  if (bytes.length < length) throw new ContainerFault('archive-damaged', 'ends early');
  const copy = new Uint8Array(bytes);
  return new DataView(copy.buffer, copy.byteOffset, copy.length);
}

/** §4.5.3: the extended field 1 has, in this order, those values that are all ones in the entry. */
function zip64Values(extra: Uint8Array, values: readonly number[]): number[] {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.length);
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1 && at + 4 + length <= extra.length) {
      let next = at + 4;
      return values.map((value) => {
        if (value !== 0xffffffff || next + 8 > at + 4 + length) return value;
        next += 8;
        return Number(view.getBigUint64(next - 8, true));
      });
    }
    at += 4 + length;
  }
  return [...values];
}
