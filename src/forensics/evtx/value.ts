/**
 * One substitution value of a record: its type and bytes to a JavaScript value. [MS-EVEN6] §2.2.12 names the types.
 *
 * The writer of the record controls type and size. A size that does not fit the type gives the bytes as
 * hexadecimal: nothing is guessed and the record is not lost.
 */
import type { Scalar } from '../event.ts';
import { formatEventTime } from '../event.ts';
import {
  fileTimeNs,
  guidText,
  hexText,
  sidText,
  uint16,
  uint32,
  uint64,
  utf16Text,
} from '../windows-values.ts';

export const TYPE_NULL = 0x00;
export const TYPE_STRING = 0x01;
export const TYPE_FILETIME = 0x11;
export const TYPE_BINXML = 0x21;
/** Set on a type: the value is an array of it. */
export const TYPE_ARRAY = 0x80;

/** An array of one-byte items fills a record; what comes after so many items is left to the raw bytes. */
const ARRAY_ITEMS_MAX = 4_096;

/** Bytes of one item of the types that have a fixed size. */
const ITEM_BYTES: Readonly<Record<number, number>> = {
  3: 1,
  4: 1,
  5: 2,
  6: 2,
  7: 4,
  8: 4,
  9: 8,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  15: 16,
  17: 8,
  18: 16,
  20: 4,
  21: 8,
};

const ansi = new TextDecoder('windows-1252');

export function decodeValue(b: Buffer, type: number, at: number, length: number): Scalar | readonly Scalar[] {
  if (type === TYPE_STRING) return trimmedText(b, at, at + length);
  if (length === 0) return type === TYPE_NULL ? null : '';
  if (type & TYPE_ARRAY) return decodeArray(b, type & 0x7f, at, length);
  const fixed = ITEM_BYTES[type];
  if (fixed !== undefined && fixed !== length) return hexText(b, at, length);
  switch (type) {
    case TYPE_NULL:
      return null;
    case 0x02:
      return ansi.decode(b.subarray(at, at + length)).replace(/\0+$/, '');
    case 0x03:
      return (b[at]! << 24) >> 24;
    case 0x04:
      return b[at]!;
    case 0x05:
      return (uint16(b, at) << 16) >> 16;
    case 0x06:
      return uint16(b, at);
    case 0x07:
      return uint32(b, at) | 0;
    case 0x08:
      return uint32(b, at);
    case 0x09:
      return integer(BigInt.asIntN(64, uint64(b, at)));
    case 0x0a:
      return integer(uint64(b, at));
    case 0x0b:
      return real(b.readFloatLE(at));
    case 0x0c:
      return real(b.readDoubleLE(at));
    case 0x0d:
      return uint32(b, at) !== 0;
    case 0x0f:
      return guidText(b, at);
    case 0x10:
      if (length === 4) return `0x${uint32(b, at).toString(16)}`;
      return length === 8 ? `0x${uint64(b, at).toString(16)}` : hexText(b, at, length);
    case TYPE_FILETIME:
      return formatEventTime({ ns: fileTimeNs(uint64(b, at)), precision: '100ns', source: '', zone: 'utc' });
    case 0x12:
      return systemTime(b, at);
    case 0x13:
      return sidText(b, at, length) ?? hexText(b, at, length);
    case 0x14:
      return `0x${uint32(b, at).toString(16)}`;
    case 0x15:
      return `0x${uint64(b, at).toString(16)}`;
    case 0x23:
      return trimmedText(b, at, at + length);
    default:
      return hexText(b, at, length);
  }
}

function decodeArray(b: Buffer, type: number, at: number, length: number): Scalar | readonly Scalar[] {
  if (type === TYPE_STRING) {
    const items = utf16Text(b, at, at + (length & ~1)).split('\0');
    if (items[items.length - 1] === '') items.pop(); // each item ends with a NUL
    return items;
  }
  const size = ITEM_BYTES[type];
  if (size === undefined || length % size !== 0 || length / size > ARRAY_ITEMS_MAX)
    return hexText(b, at, length);
  const items: Scalar[] = [];
  for (let i = at; i < at + length; i += size) items.push(decodeValue(b, type, i, size) as Scalar);
  return items;
}

/** The writers put one or no NUL behind a text; it is no part of it. */
function trimmedText(b: Buffer, at: number, end: number): string {
  while (end - at >= 2 && b[end - 1] === 0 && b[end - 2] === 0) end -= 2;
  return utf16Text(b, at, end);
}

/** Numbers that ECMAScript cannot hold exactly stay decimal text. */
function integer(value: bigint): Scalar {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** JSON has no NaN and no infinity. */
function real(value: number): Scalar {
  return Number.isFinite(value) ? value : String(value);
}

function systemTime(b: Buffer, at: number): string {
  const pad = (value: number, width: number) => String(value).padStart(width, '0');
  const f = (index: number) => uint16(b, at + 2 * index);
  return `${pad(f(0), 4)}-${pad(f(1), 2)}-${pad(f(3), 2)}T${pad(f(4), 2)}:${pad(f(5), 2)}:${pad(f(6), 2)}.${pad(f(7), 3)}Z`;
}
