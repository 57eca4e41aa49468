/**
 * Instants as lawyers write them: RFC 3339 with any zone offset, since a term ends at midnight somewhere. Two
 * texts of one instant decide alike; days of notice are 24 hours, and months are those of the calendar in UTC.
 */
import { EntenteError, timestampNs } from '../base/index.ts';

const WITH_OFFSET = /^(.{10}[Tt].+?)([+-])(\d{2}):(\d{2})$/;
const NS_PER_MINUTE = 60_000_000_000n;
const NS_PER_MS = 1_000_000n;

/** 20 digits of fraction are more than any clock has; the rest of an RFC 3339 text has 25 characters. */
const INSTANT_LENGTH_MAX = 48;

/** The instants of an agreement are read again at every decision; a node has some hundred of them. */
const known = new Map<string, bigint>();
const KNOWN_MAX = 5_000;

/** Nanoseconds since 1970, or null when the text is no RFC 3339 timestamp. */
export function instantNs(text: string): bigint | null {
  const remembered = known.get(text);
  if (remembered !== undefined) return remembered;
  const ns = text.length > INSTANT_LENGTH_MAX ? null : readInstant(text);
  if (ns === null) return null;
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(text, ns);
  return ns;
}

function readInstant(text: string): bigint | null {
  const match = WITH_OFFSET.exec(text);
  if (!match) return timestampNs(text);
  const [, local, sign, hours, minutes] = match as unknown as [string, string, string, string, string];
  if (Number(hours) > 23 || Number(minutes) > 59) return null;
  const ns = timestampNs(`${local}Z`);
  if (ns === null) return null;
  const offset = BigInt(Number(hours) * 60 + Number(minutes)) * NS_PER_MINUTE;
  return sign === '+' ? ns - offset : ns + offset;
}

/** @throws EntenteError `timestamp-invalid` */
export function parseInstant(text: string, where = 'time'): bigint {
  const ns = instantNs(text);
  if (ns === null) {
    throw new EntenteError(
      'timestamp-invalid',
      `${where}: "${text.slice(0, 64)}" is no time; write it like 2026-01-31T12:00:00Z or 2026-01-31T12:00:00+01:00`,
      { where },
    );
  }
  return ns;
}

/** `2026-01-31T12:00:00.000Z`; below a millisecond is dropped. */
export function formatInstant(ns: bigint): string {
  const ms = ns >= 0n ? ns / NS_PER_MS : -((-ns + NS_PER_MS - 1n) / NS_PER_MS);
  return new Date(Number(ms)).toISOString();
}

export const HOUR_NS = 60n * NS_PER_MINUTE;
export const DAY_NS = 24n * HOUR_NS;

/** The same day of the month later, or that month's last: a month after 31 January is 28 or 29 February. */
export function addMonths(ns: bigint, months: number): bigint {
  const date = new Date(Number(ns / NS_PER_MS));
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return BigInt(date.getTime()) * NS_PER_MS + (ns % NS_PER_MS);
}
