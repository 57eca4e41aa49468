/**
 * Times as logs write them. A text that names its zone gives an instant; one that does not is an instant only
 * with a zone from the investigator, or is taken as UTC and marked `assumed`.
 */
import type { EventTime, TimePrecision } from './event.ts';

/** RFC 3339 (§5.6: hours to 23, also of a zone) and its relatives: blank for T, comma for the point, no zone, `+0200`. */
const WRITTEN =
  /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9})\d*)?)?)? ?(Z|UTC|GMT|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?$/;

/** Reads a time like `2021-11-19T16:52:33.8337335Z`; null when the text is none or there is no such day. */
export function writtenTime(
  text: string | null,
  source: string,
  zoneOffsetMinutes?: number,
): EventTime | null {
  const match = text === null ? null : WRITTEN.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  return timeOf({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    fraction: fraction ?? '',
    coarse: hour === undefined ? 'day' : second === undefined ? 'minute' : null,
    zone: zone === undefined ? null : zoneMinutes(zone),
    zoneOffsetMinutes,
    source,
  });
}

export interface TimeParts {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** The digits behind the point, at most nine of them. */
  readonly fraction: string;
  /** When the text has no seconds. */
  readonly coarse?: 'day' | 'minute' | null;
  /** Minutes east of UTC that the text names, or null. */
  readonly zone: number | null;
  /** What the investigator says about texts without zone. */
  readonly zoneOffsetMinutes?: number | undefined;
  readonly source: string;
}

/** Null when there is no such day or hour. A leap second counts as the next minute's first. */
export function timeOf(parts: TimeParts): EventTime | null {
  const { year, month, day, hour, minute, second } = parts;
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  date.setUTCHours(hour, minute, second);
  const zone = parts.zone ?? parts.zoneOffsetMinutes ?? 0;
  const ns =
    BigInt(date.getTime() - zone * 60_000) * 1_000_000n + BigInt(parts.fraction.padEnd(9, '0').slice(0, 9));
  return {
    ns,
    precision: parts.coarse ?? precisionOf(parts.fraction.length),
    source: parts.source,
    zone: parts.zone !== null ? 'stated' : parts.zoneOffsetMinutes !== undefined ? 'given' : 'assumed',
  };
}

function precisionOf(digits: number): TimePrecision {
  if (digits === 0) return 'second';
  if (digits <= 3) return 'millisecond';
  if (digits <= 6) return 'microsecond';
  return digits === 7 ? '100ns' : 'nanosecond';
}

/** `Z`, `+02:00`, `-0930` to minutes east of UTC. */
export function zoneMinutes(text: string): number {
  if (!/^[+-]/.test(text)) return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return text[0] === '-' ? -minutes : minutes;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** `Jan` to 1; 0 when it is no month. */
export function monthNumber(name: string): number {
  return MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

const UNIT_NS = {
  second: 1_000_000_000n,
  millisecond: 1_000_000n,
  microsecond: 1_000n,
  nanosecond: 1n,
} as const;

/** An instant counted from 1970 in whole units; null for zero, which writers use for "unknown". */
export function unixTime(
  value: number | bigint,
  unit: keyof typeof UNIT_NS,
  source: string,
): EventTime | null {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return null;
  const count = BigInt(value);
  return count === 0n ? null : { ns: count * UNIT_NS[unit], precision: unit, source, zone: 'utc' };
}
