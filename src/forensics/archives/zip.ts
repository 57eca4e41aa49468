/**
 * zip, by its central directory (PKWARE APPNOTE 6.3.10 §4.3), with Zip64.
 *
 * The directory says where each member is and how large; each is checked against the member's own header, against the
 * others (overlapping members are how a small file unpacks to petabytes), and against what unpacking gives.
 */
import { crc32 } from 'node:zlib';
import { decodeUtf8Strict } from '../../base/index.ts';
import { ByteQueue } from './byte-queue.ts';
import { decompress } from './compressed.ts';
import { type Budget, type ByteStream, ContainerFault, type RandomReader } from './content.ts';

const END_BYTES = 22;
/** The end record may be followed by a comment of 65,535 bytes. */
const END_SEARCH_BYTES = END_BYTES + 65_535;
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
}

/** @throws ContainerFault when there is no directory, or it is damaged. */
export async function readZipDirectory(reader: RandomReader, membersMax: number): Promise<ZipMember[]> {
  const { at, size, count, shift } = await findDirectory(reader);
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
    const name = decodeName(bytes.subarray(0, nameLength));
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
    });
    place += 46 + nameLength + extraLength + head.getUint16(32, true);
    if (place > at + size)
      throw new ContainerFault('archive-damaged', 'has a list of contents that is cut short');
  }
  return members;
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
  const head = await exactly(reader, member.headerAt, 30);
  if (head.getUint32(0, true) !== 0x04034b50) {
    throw new ContainerFault('archive-damaged', `has no header at byte ${member.headerAt}`);
  }
  const at = member.headerAt + 30 + head.getUint16(26, true) + head.getUint16(28, true);
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

async function* readRange(
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
): Promise<{ at: number; size: number; count: number; shift: number }> {
  const from = Math.max(0, reader.sizeBytes - END_SEARCH_BYTES);
  const tail = new Uint8Array(await reader.read(from, reader.sizeBytes - from));
  const view = new DataView(tail.buffer);
  for (let i = tail.length - END_BYTES; i >= 0; i--) {
    if (view.getUint32(i, true) !== 0x06054b50 || i + END_BYTES + view.getUint16(i + 20, true) > tail.length)
      continue;
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
        return { at, size, count, shift: 0 };
      }
    }
    // Bytes put before the archive (a self-extracting program) shift every place by as much.
    const shift = from + i - size - at;
    if (shift < 0)
      throw new ContainerFault('archive-damaged', 'has a list of contents that lies outside of it');
    return { at: at + shift, size, count, shift };
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

const latin1 = new TextDecoder('latin1');

/** UTF-8 where it is; else as Latin-1, which loses nothing. */
function decodeName(bytes: Uint8Array): string {
  try {
    return decodeUtf8Strict(bytes);
  } catch {
    return latin1.decode(bytes);
  }
}
