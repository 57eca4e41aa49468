/**
 * The one clock of an action day. It is an instant; each party reads it in its own zone, with the distance from UTC beside it, because a local time
 * between two and three happens twice on one night of the year and not at all on another.
 */
import { EntenteError, isTimestamp } from '../base/index.ts';

export interface LocalTime {
  /** `2026-10-25 02:30`, as clocks on the wall show it. */
  readonly local: string;
  /** `+02:00` */
  readonly offset: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError for a zone that is none; `parseTerms` lets none in */
export function localTime(instant: string, timeZone: string): LocalTime {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      timeZoneName: 'longOffset',
    });
    formats.set(timeZone, format);
  }
  const part = Object.fromEntries(
    format.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]),
  );
  return {
    local: `${part['year']}-${part['month']}-${part['day']} ${part['hour']}:${part['minute']}`,
    offset: part['timeZoneName']!.replace(/^GMT/, '') || '+00:00',
  };
}

/** `2026-12-03 06:00 +01:00 Europe/Paris` */
export function writeLocalTime(instant: string, timeZone: string): string {
  const { local, offset } = localTime(instant, timeZone);
  return `${local} ${offset} ${timeZone}`;
}

const LOCAL = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})$/;
/** A zone changes its clocks at most once in two days, so the day before and the day after have every distance from UTC that can be meant. */
const DAY_MS = 86_400_000;

/**
 * An instant as a person writes it: RFC 3339 in UTC, or the local time of a zone.
 * @throws EntenteError `usage` for a local time that the zone's clocks skip or show twice; what is meant then has to be said in UTC
 */
export function readInstant(text: string, timeZone: string): string {
  if (isTimestamp(text)) return text;
  const [, day, time] = LOCAL.exec(text) ?? [];
  const asUtc = `${day}T${time}:00Z`;
  if (day === undefined || !isTimestamp(asUtc))
    throw new EntenteError(
      'usage',
      `"${text.slice(0, 60)}" is no time; write 2026-12-03T05:00:00Z, or 2026-12-03T06:00 with a time zone`,
    );
  const fits = [...new Set([-DAY_MS, DAY_MS].map((near) => offsetAt(Date.parse(asUtc) + near, timeZone)))]
    .map((offset) => new Date(`${day}T${time}:00${offset}`).toISOString())
    .filter((instant) => localTime(instant, timeZone).local === `${day} ${time}`)
    .sort();
  if (fits.length === 1) return fits[0]!.replace('.000Z', 'Z');
  throw new EntenteError(
    'usage',
    fits.length === 0
      ? `${day} ${time} does not exist in ${timeZone}: its clocks go forward over it; write the time in UTC`
      : `${day} ${time} happens twice in ${timeZone}, at ${fits.map((one) => one.slice(11, 16)).join(' and ')} UTC; write the one that is meant in UTC`,
  );
}

const offsetAt = (ms: number, timeZone: string): string =>
  localTime(new Date(ms).toISOString(), timeZone).offset;
