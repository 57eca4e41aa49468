/**
 * Times in exports. A date like 03/04/2026 can be two days. Which it is follows from the other dates of its column, if some of
 * them can be read in one way only and all of those agree; otherwise such times are left out, and the account warns.
 */
import type { EventTime } from '../event.ts';
import { timeOf, writtenTime } from '../time-text.ts';

const DATED =
  /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([AaPp])\.?[Mm]\.?)?$/;

type DateOrder = 'month-first' | 'day-first';

/** What a date tells of its own order. Dots are only used where days come first. */
function orderOf([, first, mark, second]: RegExpExecArray): DateOrder | null {
  if (Number(second) > 12) return 'month-first';
  return Number(first) > 12 || mark === '.' ? 'day-first' : null;
}

/** Says why once for a reason; the text of the time stays in the event's fields. */
export type TimeWarning = (code: string, message: string) => void;

/** The times of one column. */
export class ColumnTimes {
  readonly #source: string;
  readonly #zoneOffsetMinutes: number | undefined;
  readonly #seen = new Set<DateOrder>();

  /** `head` are the column's first values. */
  constructor(source: string, zoneOffsetMinutes: number | undefined, head: Iterable<string>) {
    this.#source = source;
    this.#zoneOffsetMinutes = zoneOffsetMinutes;
    for (const text of head) {
      const match = DATED.exec(text.trim());
      const order = match === null ? null : orderOf(match);
      if (order !== null) this.#seen.add(order);
    }
  }

  read(text: string, warn: TimeWarning): EventTime | null {
    const trimmed = text.trim();
    const time = writtenTime(trimmed, this.#source, this.#zoneOffsetMinutes) ?? this.#dated(trimmed, warn);
    if (time?.zone === 'assumed') warn('time-zone', 'times name no zone, and none was given: UTC is assumed');
    return time;
  }

  #dated(text: string, warn: TimeWarning): EventTime | null {
    const match = DATED.exec(text);
    const own = match === null ? null : orderOf(match);
    if (own !== null && !this.#seen.has(own)) {
      if (this.#seen.size > 0)
        warn(
          'time-order',
          'dates with the day first and with the month first: those before that fit both were read as the former ones',
        );
      this.#seen.add(own);
    }
    const order = own ?? (this.#seen.size === 1 ? [...this.#seen][0]! : null);
    const time = match === null || order === null ? null : this.#inOrder(match, order);
    if (time === null) {
      const why =
        match !== null && order === null
          ? 'dates like 03/04/2026 can be read in two ways'
          : 'the time cannot be read';
      warn(`time-form`, `${why}: such events have no time`);
    }
    return time;
  }

  #inOrder(match: RegExpExecArray, order: DateOrder): EventTime | null {
    const [, first, , second, year, hour, minute, seconds, fraction, half] = match;
    if (half !== undefined && (Number(hour) < 1 || Number(hour) > 12)) return null;
    const twelve = Number(hour) % 12;
    return timeOf({
      year: Number(year),
      month: Number(order === 'month-first' ? first : second),
      day: Number(order === 'month-first' ? second : first),
      hour: half === undefined ? Number(hour) : half.toLowerCase() === 'p' ? twelve + 12 : twelve,
      minute: Number(minute),
      second: Number(seconds ?? 0),
      fraction: fraction ?? '',
      coarse: seconds === undefined ? 'minute' : null,
      zone: null,
      zoneOffsetMinutes: this.#zoneOffsetMinutes,
      source: this.#source,
    });
  }
}
