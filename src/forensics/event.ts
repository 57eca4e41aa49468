/**
 * One thing that happened, as one record of an exhibit tells it. Every parser gives these, every reader (Sigma,
 * the timeline, matching) takes them.
 *
 * An event may decode its fields only when they are asked for, and then holds the piece of the exhibit it came
 * from (64 KiB at most); whoever keeps many of them keeps `plainEvent(event)` instead.
 */

export type Scalar = string | number | boolean | null;

/** Several values where the record repeats a name. Integers beyond 2^53 are decimal text. */
export type FieldValue = Scalar | readonly Scalar[];

export type Fields = Readonly<Record<string, FieldValue>>;

/** How exact the record is, not how exact the clock was. */
export type TimePrecision =
  | 'day'
  | 'minute'
  | 'second'
  | 'millisecond'
  | 'microsecond'
  | '100ns'
  | 'nanosecond';

/**
 * How the instant is known: `utc` the format says UTC; `stated` the record names its zone; `given` the
 * investigator named it; `assumed` nobody did and UTC was taken, which the account says once more.
 */
export type TimeZoneBasis = 'utc' | 'stated' | 'given' | 'assumed';

export interface EventTime {
  /** Nanoseconds since 1970, UTC. */
  readonly ns: bigint;
  readonly precision: TimePrecision;
  /** The field that says so, such as `TimeCreated`. */
  readonly source: string;
  readonly zone: TimeZoneBasis;
}

export interface Event {
  /** What kind of thing happened, such as `windows-event`, `http-request`, `dns`. */
  readonly kind: string;
  /** Null when the record names no instant, or an incomplete one. */
  readonly time: EventTime | null;
  readonly host: string | null;
  readonly user: string | null;
  readonly message: string;
  readonly fields: Fields;
  /** Where the record begins, in bytes from the start of the exhibit. */
  readonly offset: number;
  /** The record's own number or name in its format. */
  readonly recordId: number | string | null;
  /** True when the format's own structure no longer leads to the record: found in slack or behind damage. */
  readonly recovered: boolean;
  /** `fields[name]`, without decoding the others. */
  field(name: string): FieldValue | undefined;
}

export interface EventInit {
  readonly kind: string;
  readonly time: EventTime | null;
  readonly host?: string | null;
  readonly user?: string | null;
  readonly message: string;
  readonly fields: Fields;
  readonly offset: number;
  readonly recordId?: number | string | null;
  readonly recovered?: boolean;
}

class PlainEvent implements Event {
  readonly kind: string;
  readonly time: EventTime | null;
  readonly host: string | null;
  readonly user: string | null;
  readonly message: string;
  readonly fields: Fields;
  readonly offset: number;
  readonly recordId: number | string | null;
  readonly recovered: boolean;

  constructor(init: EventInit) {
    this.kind = init.kind;
    this.time = init.time;
    this.host = init.host ?? null;
    this.user = init.user ?? null;
    this.message = init.message;
    this.fields = init.fields;
    this.offset = init.offset;
    this.recordId = init.recordId ?? null;
    this.recovered = init.recovered ?? false;
  }

  field(name: string): FieldValue | undefined {
    return Object.hasOwn(this.fields, name) ? this.fields[name] : undefined;
  }
}

/** An event all of whose values are decoded and that holds nothing of the exhibit's bytes. */
export function plainEvent(init: EventInit): Event {
  return new PlainEvent(init);
}

const FRACTION: Readonly<Record<TimePrecision, number>> = {
  day: 0,
  minute: 0,
  second: 0,
  millisecond: 3,
  microsecond: 6,
  '100ns': 7,
  nanosecond: 9,
};

/** Beyond these ECMAScript has no date; they are the years -271821 and 275760. */
const DATE_MS_MAX = 8_640_000_000_000_000n;

/** `2016-07-08T18:12:51.6816402Z`, with as many digits as the record has. */
export function formatEventTime(time: EventTime): string {
  let ms = time.ns / 1_000_000n;
  let rest = time.ns % 1_000_000n;
  if (rest < 0n) {
    ms -= 1n;
    rest += 1_000_000n;
  }
  if (ms > DATE_MS_MAX || ms < -DATE_MS_MAX) return `${time.ns} ns`;
  const text = new Date(Number(ms)).toISOString();
  const digits = FRACTION[time.precision];
  if (digits === 0) return `${text.slice(0, -5)}Z`;
  if (digits === 3) return text;
  return `${text.slice(0, -1)}${rest
    .toString()
    .padStart(6, '0')
    .slice(0, digits - 3)}Z`;
}

/**
 * One line of `entente parse --json`, without the line's end; the same event gives the same bytes. `file` names the
 * member of an archive that the offset and the record's number belong to.
 */
export function encodeEvent(event: Event, file?: string): string {
  const { time } = event;
  return JSON.stringify({
    time: time === null ? null : formatEventTime(time),
    ...(time === null ? {} : { timePrecision: time.precision, timeSource: time.source, timeZone: time.zone }),
    kind: event.kind,
    host: event.host,
    user: event.user,
    message: event.message,
    ...(file === undefined ? {} : { file }),
    recordId: event.recordId,
    offset: event.offset,
    ...(event.recovered ? { recovered: true } : {}),
    fields: event.fields,
  });
}
