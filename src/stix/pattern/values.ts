/** The forms in which values compare: octets, code points, instants (STIX 2.1 §9.2, §9.6). */
import { decodeBase64, decodeHex } from '../../base/bytes.ts';
import { timestampNs } from '../../base/time.ts';

/** How a property's text encodes octets; null when it is plain text. */
export type Encoding = 'base64' | 'hex' | null;

/** The octets of a string property: decoded if its name says so, else its code points when all are below U+0100. */
export function propertyBytes(text: string, encoding: Encoding): Uint8Array | null {
  if (encoding === 'base64') return decodeBase64(text);
  return encoding === 'hex' ? decodeHex(text) : latin1Bytes(text);
}

/** §9.2: "code point U+0000 to 00 through U+00ff to ff". */
export function latin1Bytes(text: string): Uint8Array | null {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0xff) return null;
    bytes[i] = unit;
  }
  return bytes;
}

/** §9.6.2: by code point. UTF-16 puts U+E000 to U+FFFF behind the surrogates that stand for what is above them. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

/** §9.6.3: as unsigned octets; of two that are otherwise equal the longer is greater. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** Nanoseconds, and the digits of the fraction beyond them: timestamps have any number (§2.16). */
interface Instant {
  readonly ns: bigint;
  readonly beyond: string;
}

export function readInstant(text: string): Instant | null {
  const ns = timestampNs(text);
  if (ns === null) return null;
  const digits = /\.\d{9}(\d*?)0*Z$/.exec(text);
  return { ns, beyond: digits?.[1] ?? '' };
}

export function compareInstants(a: Instant, b: Instant): number {
  if (a.ns !== b.ns) return a.ns < b.ns ? -1 : 1;
  return a.beyond < b.beyond ? -1 : a.beyond > b.beyond ? 1 : 0;
}
