/** Internet addresses: from text to bytes (as a byte string) and back. */

/**
 * Dotted quad, each part decimal and at most three digits; leading zeros are padding, not octal, as logs write it.
 * Returns four bytes as a string of character codes, or null.
 */
export function parseIpv4(text: string): string | null {
  let value = '';
  let part = -1;
  let digits = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 0x2e;
    if (code === 0x2e) {
      if (part < 0 || part > 255) return null;
      value += String.fromCharCode(part);
      part = -1;
      digits = 0;
    } else if (code >= 0x30 && code <= 0x39) {
      if (++digits > 3) return null;
      part = (part < 0 ? 0 : part * 10) + code - 0x30;
    } else return null;
  }
  return value.length === 4 ? value : null;
}

/**
 * The forms that a URL's host may take besides (WHATWG URL §3.5): one to four numbers, decimal, octal or
 * hexadecimal, the last filling what remains: `3232235521`, `0xc0.0250.1`. Null when the text is no such form.
 */
export function parseIpv4Number(text: string): string | null {
  const parts = text.split('.');
  if (parts.length > 4) return null;
  const numbers: number[] = [];
  for (const part of parts) {
    const number = /^0[xX][0-9a-fA-F]{1,8}$/.test(part)
      ? Number.parseInt(part, 16)
      : /^0[0-7]{1,11}$/.test(part)
        ? Number.parseInt(part, 8)
        : /^\d{1,10}$/.test(part)
          ? Number.parseInt(part, 10)
          : Number.NaN;
    if (Number.isNaN(number)) return null;
    numbers.push(number);
  }
  const last = numbers.pop()!;
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return null;
  let value = last;
  for (const [place, number] of numbers.entries()) value += number * 256 ** (3 - place);
  return String.fromCharCode((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

/** RFC 4291 §2.2, all three forms, without zone. Returns sixteen bytes as a string of character codes, or null. */
export function parseIpv6(text: string): string | null {
  if (text.length < 2 || text.length > 45) return null;
  const gap = text.indexOf('::');
  if (gap < 0) {
    const all = groups(text, true);
    return all !== null && all.length === 16 ? all : null;
  }
  if (text.indexOf('::', gap + 1) >= 0) return null;
  const left = gap === 0 ? '' : groups(text.slice(0, gap), false);
  const right = gap + 2 === text.length ? '' : groups(text.slice(gap + 2), true);
  if (left === null || right === null || left.length + right.length > 14) return null;
  return left + '\0'.repeat(16 - left.length - right.length) + right;
}

function groups(text: string, mayEndInQuad: boolean): string | null {
  let bytes = '';
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (mayEndInQuad && i === parts.length - 1 && part.includes('.')) {
      const quad = parseIpv4(part);
      if (quad === null) return null;
      bytes += quad;
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      const value = Number.parseInt(part, 16);
      bytes += String.fromCharCode(value >>> 8, value & 255);
    }
  }
  return bytes.length <= 16 ? bytes : null;
}

const MAPPED = '\0\0\0\0\0\0\0\0\0\0\xff\xff';

/** The four bytes inside an IPv4-mapped address (`::ffff:1.2.3.4`), else null. */
export function mappedIpv4(ipv6: string): string | null {
  return ipv6.startsWith(MAPPED) ? ipv6.slice(12) : null;
}

export function formatIpv4(bytes: string): string {
  return [...bytes].map((byte) => byte.charCodeAt(0)).join('.');
}

/** RFC 5952: lower case, the longest run of zero groups shortened. */
export function formatIpv6(bytes: string): string {
  const words = Array.from({ length: 8 }, (_, i) =>
    ((bytes.charCodeAt(2 * i) << 8) | bytes.charCodeAt(2 * i + 1)).toString(16),
  );
  let best = 0;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && words[i + length] === '0') length++;
    if (length > bestLength) {
      best = i;
      bestLength = length;
    }
  }
  if (bestLength === 1) return words.join(':');
  return `${words.slice(0, best).join(':')}::${words.slice(best + bestLength).join(':')}`;
}

/** The address with all bits after the first `prefix` cleared. */
export function maskAddress(bytes: string, prefix: number): string {
  let masked = '';
  for (let i = 0; i < bytes.length; i++) {
    const keep = Math.min(8, Math.max(0, prefix - 8 * i));
    masked += String.fromCharCode(bytes.charCodeAt(i) & (0xff00 >> keep) & 0xff);
  }
  return masked;
}
