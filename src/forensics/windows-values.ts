/** The value forms that Windows formats share: FILETIME, SYSTEMTIME, GUID, SID, UTF-16 text. Little-endian throughout. */
import type { EventTime, TimeZoneBasis } from './event.ts';

/** 100-ns ticks from 1601 to 1970. */
const FILETIME_EPOCH = 116_444_736_000_000_000n;

export function fileTimeNs(ticks: bigint): bigint {
  return (ticks - FILETIME_EPOCH) * 100n;
}

/** Null for the values that mean "never": zero and all ones. */
export function fileTime(ticks: bigint, source: string, zone: TimeZoneBasis = 'utc'): EventTime | null {
  if (ticks <= 0n || ticks >= 0x7fffffffffffffffn) return null;
  return { ns: fileTimeNs(ticks), precision: '100ns', source, zone };
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0').toUpperCase());

/** Upper-case hexadecimal. */
export function hexText(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let i = at; i < at + length; i++) text += HEX[bytes[i]!];
  return text;
}

/** `54849625-5478-4994-A5BA-3E3B0328C30D`; the first three groups are little-endian. */
export function guidText(b: Uint8Array, at: number): string {
  const h = (i: number) => HEX[b[at + i]!]!;
  return `${h(3)}${h(2)}${h(1)}${h(0)}-${h(5)}${h(4)}-${h(7)}${h(6)}-${h(8)}${h(9)}-${h(10)}${h(11)}${h(12)}${h(13)}${h(14)}${h(15)}`;
}

/** `S-1-5-21-…`, or null when the bytes are no SID of this length. */
export function sidText(b: Uint8Array, at: number, length: number): string | null {
  if (length < 8) return null;
  const count = b[at + 1]!;
  if (length < 8 + 4 * count) return null;
  let authority = 0;
  for (let i = 2; i < 8; i++) authority = authority * 256 + b[at + i]!;
  let text = `S-${b[at]}-${authority}`;
  for (let i = 0; i < count; i++) text += `-${uint32(b, at + 8 + 4 * i)}`;
  return text;
}

export function uint16(b: Uint8Array, at: number): number {
  return b[at]! | (b[at + 1]! << 8);
}

export function uint32(b: Uint8Array, at: number): number {
  return (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0;
}

export function uint64(b: Uint8Array, at: number): bigint {
  return (BigInt(uint32(b, at + 4)) << 32n) | BigInt(uint32(b, at));
}

/** A 64-bit number as a JavaScript number; beyond 2^53 it is not exact. */
export function uint64Number(b: Uint8Array, at: number): number {
  return uint32(b, at + 4) * 0x1_0000_0000 + uint32(b, at);
}

/**
 * UTF-16 of the bytes from `at` to before `end`; lone surrogates are kept as they are, an odd byte at the end is left
 * out. All UTF-16 of evidence goes through here: Node 24's own decoder writes behind its buffer when it is given an odd
 * number of bytes at an odd address (docs/decisions/050-utf16.md).
 */
export function utf16Text(bytes: Buffer, at: number, end: number): string {
  const length = Math.max(0, end - at) & ~1;
  if (length > 16) return bytes.toString('utf16le', at, at + length);
  // A call into the runtime costs more than a few characters do.
  let text = '';
  for (let i = at; i < at + length; i += 2) text += String.fromCharCode(bytes[i]! | (bytes[i + 1]! << 8));
  return text;
}

/** The same bytes as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
