/**
 * Working time: when an organisation's people are there, in their own time zone. Clocks of services run in it, so that "48 hours" agreed
 * on a Friday before a holiday does not end on Sunday. Daylight saving is that of the zone: a working day on which clocks change has
 * the hours that really pass between its local opening and closing. The workspace computes with this file too, so it takes of `base` only what runs in a browser.
 */
import { EntenteError, type Issue } from '../base/errors.ts';
import { isTimeZone } from '../base/time.ts';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface WorkingCalendar {
  /** IANA name, such as `Europe/Madrid`. */
  readonly timeZone: string;
  /** Local opening and closing by weekday, `['09:00', '17:00']`; a day without hours is a day off. */
  readonly hours: Readonly<Partial<Record<Weekday, readonly [string, string]>>>;
  /** Local dates on which nobody works, `2026-12-25`. */
  readonly holidays: readonly string[];
}

const WEEK: WorkingCalendar['hours'] = {
  mon: ['09:00', '17:00'],
  tue: ['09:00', '17:00'],
  wed: ['09:00', '17:00'],
  thu: ['09:00', '17:00'],
  fri: ['09:00', '17:00'],
};

/** Taken while a party has not said when it works. */
export const DEFAULT_CALENDAR: WorkingCalendar = { timeZone: 'UTC', hours: WEEK, holidays: [] };

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** Fifty years of holidays. */
const HOLIDAYS_MAX = 2_000;
/** A target has at most 8,784 hours (agreements); with one hour a week that is 170 years. Beyond 20 years a calendar makes no sense. */
const DAYS_MAX = 20 * 366;

/** @throws EntenteError `usage` with every fault */
export function parseCalendar(value: unknown): WorkingCalendar {
  const issues: Issue[] = [];
  const fault = (path: string, message: string) => issues.push({ code: 'usage', path, message });
  const { timeZone, hours, holidays } = (value ?? {}) as Record<string, unknown>;
  if (!isTimeZone(timeZone)) fault('timeZone', 'an IANA time zone is meant, such as Europe/Madrid');
  const open: [Weekday, readonly [string, string]][] = [];
  if (typeof hours !== 'object' || hours === null) fault('hours', 'hours by weekday are missing');
  else
    for (const [day, pair] of Object.entries(hours)) {
      const isPair =
        Array.isArray(pair) && pair.length === 2 && pair.every((t) => typeof t === 'string' && TIME.test(t));
      if (!WEEKDAYS.includes(day as Weekday)) fault(`hours.${day.slice(0, 20)}`, 'no weekday');
      else if (!isPair || pair[0] >= pair[1])
        fault(`hours.${day}`, 'opening and closing are meant, such as ["09:00", "17:00"]');
      else open.push([day as Weekday, [pair[0], pair[1]]]);
    }
  if (open.length === 0 && issues.length === 0) fault('hours', 'at least one weekday has hours');
  const days = Array.isArray(holidays) ? (holidays as unknown[]) : [];
  if (!Array.isArray(holidays) || days.length > HOLIDAYS_MAX)
    fault('holidays', `a list of up to ${HOLIDAYS_MAX} dates`);
  days.slice(0, HOLIDAYS_MAX).forEach((day, i) => {
    if (typeof day !== 'string' || !DATE.test(day) || Number.isNaN(Date.parse(`${day}T00:00:00Z`)))
      fault(`holidays[${i}]`, 'a date is meant, such as 2026-12-25');
  });
  if (issues.length > 0)
    throw new EntenteError(
      'usage',
      `the working calendar has ${issues.length} faults: ${issues[0]!.path}: ${issues[0]!.message}`,
      { issues },
    );
  return {
    timeZone: timeZone as string,
    hours: Object.fromEntries(open),
    holidays: [...new Set(days as string[])].sort(),
  };
}

/** The instant at which `hours` of working time have passed since `from`. */
export function addWorkingHours(calendar: WorkingCalendar, from: Date, hours: number): Date {
  let left = hours * HOUR_MS;
  for (const { opens, closes } of workingSpans(calendar, from)) {
    const start = Math.max(opens, from.getTime());
    if (closes <= start) continue;
    if (closes - start >= left) return new Date(start + left);
    left -= closes - start;
  }
  throw new EntenteError('usage', 'the working calendar has too few hours for this target');
}

/** Whether somebody works at this instant. */
export function isWorkingAt(calendar: WorkingCalendar, at: Date): boolean {
  for (const { opens, closes } of workingSpans(calendar, at)) {
    if (at.getTime() < opens) return false;
    if (at.getTime() < closes) return true;
  }
  return false;
}

/** Minutes of a week in which both work, beginning with `from`. */
export function overlapMinutes(a: WorkingCalendar, b: WorkingCalendar, from: Date): number {
  const end = from.getTime() + 7 * DAY_MS;
  const within = (calendar: WorkingCalendar) => {
    const spans: { opens: number; closes: number }[] = [];
    for (const span of workingSpans(calendar, from)) {
      if (span.opens >= end) break;
      spans.push({ opens: Math.max(span.opens, from.getTime()), closes: Math.min(span.closes, end) });
    }
    return spans;
  };
  const others = within(b);
  let total = 0;
  for (const one of within(a))
    for (const other of others)
      total += Math.max(0, Math.min(one.closes, other.closes) - Math.max(one.opens, other.opens));
  return Math.round(total / MINUTE_MS);
}

/** Working spans in order, from the local day of `from` on. */
function* workingSpans(calendar: WorkingCalendar, from: Date): Generator<{ opens: number; closes: number }> {
  const { timeZone, hours } = calendar;
  const holidays = new Set(calendar.holidays);
  // The local date, as a day count that knows no zone.
  let day = Math.floor((from.getTime() + offsetMs(timeZone, from.getTime())) / DAY_MS);
  for (let n = 0; n < DAYS_MAX; n++, day++) {
    const date = new Date(day * DAY_MS);
    const open = hours[WEEKDAYS[(date.getUTCDay() + 6) % 7]!];
    if (!open || holidays.has(date.toISOString().slice(0, 10))) continue;
    yield {
      opens: instantOf(timeZone, day * DAY_MS + minutesOf(open[0]) * MINUTE_MS),
      closes: instantOf(timeZone, day * DAY_MS + minutesOf(open[1]) * MINUTE_MS),
    };
  }
}

function minutesOf(time: string): number {
  const [hour, minute] = time.split(':').map(Number) as [number, number];
  return hour * 60 + minute;
}

/**
 * The instant of a local time, given as if it were UTC. A local time that clocks skip means as much later as they skip; one that
 * happens twice means its first.
 */
function instantOf(timeZone: string, local: number): number {
  const before = local - offsetMs(timeZone, local - DAY_MS);
  const after = local - offsetMs(timeZone, local + DAY_MS);
  return before + offsetMs(timeZone, before) === local
    ? before
    : after + offsetMs(timeZone, after) === local
      ? after
      : before;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far local time is ahead of UTC at an instant. */
function offsetMs(timeZone: string, at: number): number {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
  const local = Date.UTC(
    parts['year']!,
    parts['month']! - 1,
    parts['day']!,
    parts['hour']!,
    parts['minute']!,
    parts['second']!,
  );
  return local - Math.floor(at / 1000) * 1000;
}
