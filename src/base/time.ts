/**
 * Instants. Text is kept as written; for comparing and computing, an instant is nanoseconds since 1970 as a
 * bigint, so that no precision of STIX (any number of fractional digits) or of Windows (100 ns) is lost below a nanosecond.
 */
import { EntenteError } from './errors.ts';

/** Gives the present. Rooms that need it take one as a parameter; only servers and commands pass the real one. */
export type Clock = () => Date;

/** Whether it is the IANA name of a zone; an offset like `+02:00` is none, as it knows no daylight-saving time. */
export function isTimeZone(zone: unknown): zone is string {
  if (typeof zone !== 'string' || zone.length > 64 || /^[+-]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

const RFC3339_UTC = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?Z$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

interface Fields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly fraction: string;
}

/** Null when there is no such instant. */
function fieldsOf(text: string): Fields | null {
  const match = RFC3339_UTC.exec(text);
  if (!match) return null;
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  const hour = Number(match[4]);
  const minute = Number(match[5]);
  const second = Number(match[6]);
  if (month < 1 || month > 12) return null;
  const leap = month === 2 && ((year % 4 === 0 && year % 100 !== 0) || year % 400 === 0) ? 1 : 0;
  if (day < 1 || day > DAYS[month - 1]! + leap) return null;
  if (hour > 23 || minute > 59 || second > 60 || (second === 60 && !(hour === 23 && minute === 59)))
    return null;
  return { year, month, day, hour, minute, second, fraction: match[7] ?? '' };
}

/**
 * Nanoseconds since 1970 of an RFC 3339 timestamp in UTC, or null when the text is none (no such day
 * included). A leap second (`:60`) counts as the first second of the next minute. Digits beyond nanoseconds are dropped.
 */
export function timestampNs(text: string): bigint | null {
  const fields = fieldsOf(text);
  if (!fields) return null;
  const date = new Date(0);
  date.setUTCFullYear(fields.year, fields.month - 1, fields.day);
  date.setUTCHours(fields.hour, fields.minute, fields.second);
  const fraction = fields.fraction.slice(0, 9).padEnd(9, '0');
  return BigInt(date.getTime()) * 1_000_000n + BigInt(fraction);
}

export function isTimestamp(text: string): boolean {
  return fieldsOf(text) !== null;
}

/** @throws EntenteError `timestamp-invalid` */
export function parseTimestamp(text: string, where = 'timestamp'): bigint {
  const ns = timestampNs(text);
  if (ns === null)
    throw new EntenteError('timestamp-invalid', `${where}: "${text.slice(0, 64)}" is no UTC timestamp`, {
      where,
    });
  return ns;
}

/** Negative, zero or positive as `a` is before, at or after `b`. Both must be timestamps. */
export function compareTimestamps(a: string, b: string): number {
  const difference = parseTimestamp(a) - parseTimestamp(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** `2026-01-31T12:00:00.000Z` */
export function formatDate(date: Date): string {
  return date.toISOString();
}

/** `2026-01-31T12:00:00.123456Z`, the six digits TAXII 2.1 §3.2 asks for. `micros` since 1970. */
export function formatMicros(micros: bigint): string {
  let ms = micros / 1000n;
  let rest = micros % 1000n;
  if (rest < 0n) {
    ms -= 1n;
    rest += 1000n;
  }
  return `${new Date(Number(ms)).toISOString().slice(0, -1)}${rest.toString().padStart(3, '0')}Z`;
}
