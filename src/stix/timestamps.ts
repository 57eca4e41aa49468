/**
 * STIX timestamps (STIX 2.1 §2.16): RFC 3339 in UTC with any number of fractional digits, kept as written.
 *
 * Validation meets several in every object, so these functions work on the characters; `base` has the instants
 * as numbers for whoever computes with them.
 */

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const ZERO = 0x30;

/** The number in two digits at `at`, or NaN. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** `YYYY-MM-DDTHH:mm:ss[.s+]Z` and a moment that exists; a leap second may only end a day. */
export function isStixTimestamp(text: string): boolean {
  const last = text.length - 1;
  if (last < 19 || text.charCodeAt(last) !== 0x5a) return false;
  if (
    text.charCodeAt(4) !== 0x2d ||
    text.charCodeAt(7) !== 0x2d ||
    text.charCodeAt(10) !== 0x54 ||
    text.charCodeAt(13) !== 0x3a ||
    text.charCodeAt(16) !== 0x3a
  ) {
    return false;
  }
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  const hour = two(text, 11);
  const minute = two(text, 14);
  const second = two(text, 17);
  if (!(year >= 0 && month >= 1 && month <= 12 && hour <= 23 && minute <= 59 && day >= 1)) return false;
  if (day > DAYS[month - 1]! && !(month === 2 && day === 29 && isLeapYear(year))) return false;
  if (!(second <= 59 || (second === 60 && hour === 23 && minute === 59))) return false;
  if (last === 19) return true;
  if (text.charCodeAt(19) !== 0x2e || last === 20) return false;
  for (let at = 20; at < last; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return false;
  }
  return true;
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** Three fractional digits or more, as `created` and `modified` need (STIX 2.1 §3.2). */
export function hasMilliseconds(timestamp: string): boolean {
  return timestamp.length >= 24;
}

/** Negative, zero or positive as `a` is before, at or after `b`, to every digit. Both must be STIX timestamps. */
export function compareStixTimestamps(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length === b.length) return a < b ? -1 : 1;
  const aSeconds = a.slice(0, 19);
  const bSeconds = b.slice(0, 19);
  if (aSeconds !== bSeconds) return aSeconds < bSeconds ? -1 : 1;
  const digits = Math.max(a.length, b.length);
  const aFraction = a.slice(20, -1).padEnd(digits, '0');
  const bFraction = b.slice(20, -1).padEnd(digits, '0');
  return aFraction === bFraction ? 0 : aFraction < bFraction ? -1 : 1;
}
