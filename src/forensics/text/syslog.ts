/**
 * Syslog as files keep it: RFC 5424 (`<34>1 2003-10-11T22:14:15.003Z host app pid id [data] text`), RFC 3164
 * (`Oct 11 22:14:15 host app[pid]: text`), and the latter with an RFC 3339 time, as rsyslog writes it.
 *
 * RFC 3164 names neither year nor zone. The year follows from the one that the investigator gives for the first record,
 * counted on at each turn of the year; without it the event has no time and its text keeps what was written. Anyone who can log can write any text here.
 */
import type { EventTime, FieldValue, Scalar } from '../event.ts';
import { monthNumber, timeOf, writtenTime } from '../time-text.ts';
import { type LineContext, lineFormat, shareConfidence } from './line-format.ts';
import type { Line } from './lines.ts';

const PRIORITY = /^<(\d{1,3})>/;
const NEW = /^<(\d{1,3})>1 (\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32})(?: (.*))?$/s;
/** A year stands before or behind the time, where there is one; the host may be an IPv6 address (RFC 3164 §4.1.2). */
const OLD =
  /^([A-Z][a-z]{2}) ([ \d]\d) (?:(\d{4}) )?(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?(?: (\d{4})(?=\s))?(?: ((?=[\da-fA-F]{0,4}:)(?=\S*::|(?:[^\s:]+:){6})[\da-fA-F:.]+(?:%\w{1,16})?(?= )|[^\s:[\]]+))?(?:: ?| )(.*)$/s;
const STAMPED = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})) (\S+) (.*)$/s;
const TAG = /^([^\s:[\]]{1,64})(?:\[([^\]]{1,32})\])?:(?: |$)(.*)$/s;

const SEVERITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug'];

const isRecord = (line: string) =>
  NEW.test(line) || STAMPED.test(line) || OLD.test(line.replace(PRIORITY, ''));

export const syslog = lineFormat({
  name: 'syslog',
  title: 'Syslog (RFC 3164, RFC 5424)',
  recognise: (lines) => shareConfidence(lines, isRecord),
  open(context) {
    const years = new YearCounter(context);
    return (line) => {
      const { text } = line;
      if (text.trim() === '') return 'nothing';
      const found = NEW.exec(text);
      if (found !== null) return newRecord(found, line, context);
      const priority = PRIORITY.exec(text);
      const rest = priority === null ? text : text.slice(priority[0].length);
      const stamped = STAMPED.exec(rest);
      if (stamped !== null) {
        const time = writtenTime(stamped[1]!, 'timestamp');
        if (time === null) warnOfTime(context, line.offset);
        return record(line, time, stamped[2]!, stamped[3]!, priority, stamped[1]!);
      }
      const old = OLD.exec(rest);
      if (old === null) return looksStamped(rest) ? null : 'more';
      const [, month, day, before, hour, minute, second, fraction, behind, host, tail] = old;
      const year = before ?? behind;
      const number = monthNumber(month!);
      if (number === 0) return null;
      const parts = {
        month: number,
        day: Number(day),
        hour: Number(hour),
        minute: Number(minute),
        second: Number(second),
        fraction: fraction ?? '',
      };
      const time = years.timeOf(parts, year === undefined ? null : Number(year), line.offset);
      const written = rest.slice(0, before === undefined ? 15 : 20);
      return record(line, time, host ?? null, tail!, priority, written);
    };
  },
});

/** Whether a line that does not fit was meant to be a record of its own. */
function looksStamped(text: string): boolean {
  return /^[A-Za-z]{3} [ \d]\d (?:\d{4} )?\d{2}:\d{2}:\d{2}/.test(text);
}

function warnOfTime(context: LineContext, offset: number): void {
  context.warnOnce('time-form', 'the time cannot be read: such events have no time', offset);
}

function record(
  line: Line,
  time: EventTime | null,
  host: string | null,
  tail: string,
  priority: RegExpExecArray | null,
  written?: string,
) {
  const tag = TAG.exec(tail);
  const message = tag === null ? tail : tag[3]!;
  const fields: Record<string, Scalar> = {};
  if (priority !== null) Object.assign(fields, priorityFields(Number(priority[1])));
  if (host !== null) fields['host'] = host;
  if (tag !== null) {
    fields['program'] = tag[1]!;
    if (tag[2] !== undefined) fields['pid'] = tag[2];
  }
  fields['message'] = message;
  if (time === null && written !== undefined) fields['written_time'] = written;
  return { kind: 'syslog', time, host, user: null, message, fields, offset: line.offset };
}

function newRecord(found: RegExpExecArray, line: Line, context: LineContext) {
  const [, priority, stamp, host, program, pid, id, rest] = found as unknown as string[];
  const nil = (value: string | undefined) => (value === undefined || value === '-' ? null : value);
  const { data, message } = structuredData(rest ?? '');
  const fields: Record<string, FieldValue> = priorityFields(Number(priority));
  for (const [name, value] of [
    ['host', nil(host)],
    ['program', nil(program)],
    ['pid', nil(pid)],
    ['message_id', nil(id)],
  ] as const) {
    if (value !== null) fields[name] = value;
  }
  Object.assign(fields, data);
  fields['message'] = message;
  const time = writtenTime(nil(stamp), 'timestamp');
  if (time === null && stamp !== '-') {
    fields['written_time'] = stamp!;
    warnOfTime(context, line.offset);
  }
  return {
    kind: 'syslog',
    time,
    host: nil(host),
    user: null,
    message,
    fields,
    offset: line.offset,
  };
}

/** 23 facilities and 8 severities (RFC 5424 §6.2.1): a larger number says neither. */
const PRIORITY_MAX = 191;

function priorityFields(priority: number): Record<string, Scalar> {
  if (priority > PRIORITY_MAX) return { written_priority: priority };
  return { facility: priority >> 3, severity: SEVERITIES[priority & 7]! };
}

/** RFC 5424 §6.3: `[id name="value" …]`, with `\"`, `\\` and `\]` in values; names become `id.name`. One that is repeated (§6.3.3) has a list. */
function structuredData(text: string): { data: Record<string, string | string[]>; message: string } {
  const data: Record<string, string | string[]> = {};
  let rest = text;
  if (rest.startsWith('-')) rest = rest.slice(1);
  for (let element = ELEMENT.exec(rest); element !== null; element = ELEMENT.exec(rest)) {
    for (const [, name, value] of element[2]!.matchAll(PARAMETER)) {
      const key = `${element[1]}.${name}`;
      const text = value!.replace(/\\(["\\\]])/g, '$1');
      const before = data[key];
      data[key] = before === undefined ? text : Array.isArray(before) ? [...before, text] : [before, text];
    }
    rest = rest.slice(element[0].length);
  }
  return { data, message: rest.replace(/^ /, '').replace(/^\ufeff/, '') };
}

const ELEMENT = /^\[([^\s=\]"]{1,32})((?: [^\s=\]"]{1,32}="(?:[^"\\\]]|\\.)*")*)\]/;
const PARAMETER = / ([^\s=\]"]{1,32})="((?:[^"\\\]]|\\.)*)"/g;

interface DayTime {
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly fraction: string;
}

/** Lines of several writers come late by seconds, of a buffered one by hours; a log that rests for almost a year is rarer beyond this. */
const LATE_DAYS_MAX = 2;

/**
 * Gives records without a year theirs: from the investigator's first year on, one more whenever December turns to January.
 * A line that comes late around that turn is of the year before, and turns nothing.
 */
export class YearCounter {
  readonly #context: LineContext;
  #year: number | null;
  #month = 0;
  #day = 0;

  constructor(context: LineContext) {
    this.#context = context;
    this.#year = context.options.firstYear ?? null;
  }

  timeOf(parts: DayTime, stated: number | null, offset: number): EventTime | null {
    const { zoneOffsetMinutes } = this.#context.options;
    let year = stated;
    if (year === null) {
      if (this.#year === null) {
        this.#context.warnOnce(
          'time-year',
          'the log names no year, and none was given: its events have no time',
          offset,
        );
        return null;
      }
      year = this.#yearOf(parts, this.#year);
    }
    if (zoneOffsetMinutes === undefined) {
      this.#context.warnOnce(
        'time-zone',
        'the log names no zone, and none was given: UTC is assumed',
        offset,
      );
    }
    const time = timeOf({ ...parts, year, zone: null, zoneOffsetMinutes, source: 'timestamp' });
    if (time === null) warnOfTime(this.#context, offset);
    return time;
  }

  #yearOf({ month, day }: DayTime, current: number): number {
    if (this.#month !== 0 && month - this.#month > 6) {
      const lateMs = Date.UTC(current, this.#month - 1, this.#day) - Date.UTC(current - 1, month - 1, day);
      if (lateMs <= LATE_DAYS_MAX * 86_400_000) return current - 1;
    }
    const year = this.#month - month > 6 ? current + 1 : current;
    this.#year = year;
    this.#month = month;
    this.#day = day;
    return year;
  }
}
