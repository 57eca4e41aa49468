/**
 * Syslog as files keep it: RFC 5424 (`<34>1 2003-10-11T22:14:15.003Z host app pid id [data] text`), RFC 3164
 * (`Oct 11 22:14:15 host app[pid]: text`), and the latter with an RFC 3339 time, as rsyslog writes it.
 *
 * RFC 3164 names neither year nor zone. The year follows from the one that the investigator gives for the first record,
 * counted on at each turn of the year; without it the event has no time and its text keeps what was written. Anyone who can log can write any text here.
 */
import type { EventTime, Fields, Scalar } from '../event.ts';
import { monthNumber, timeOf, writtenTime } from '../time-text.ts';
import { type LineContext, lineFormat, shareConfidence } from './line-format.ts';
import type { Line } from './lines.ts';

const PRIORITY = /^<(\d{1,3})>/;
const NEW = /^<(\d{1,3})>1 (\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32})(?: (.*))?$/s;
const OLD =
  /^([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?(?: (\d{4}))?(?: ([^\s:[\]]+))?(?:: ?| )(.*)$/s;
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
      if (found !== null) return newRecord(found, line);
      const priority = PRIORITY.exec(text);
      const rest = priority === null ? text : text.slice(priority[0].length);
      const stamped = STAMPED.exec(rest);
      if (stamped !== null) {
        return record(line, writtenTime(stamped[1]!, 'timestamp'), stamped[2]!, stamped[3]!, priority);
      }
      const old = OLD.exec(rest);
      if (old === null) return looksStamped(rest) ? null : 'more';
      const [, month, day, hour, minute, second, fraction, year, host, tail] = old;
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
      return record(line, time, host ?? null, tail!, priority, rest.slice(0, 15));
    };
  },
});

/** Whether a line that does not fit was meant to be a record of its own. */
function looksStamped(text: string): boolean {
  return /^[A-Za-z]{3} [ \d]\d \d{2}:\d{2}:\d{2}/.test(text);
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

function newRecord(found: RegExpExecArray, line: Line) {
  const [, priority, stamp, host, program, pid, id, rest] = found as unknown as string[];
  const nil = (value: string | undefined) => (value === undefined || value === '-' ? null : value);
  const { data, message } = structuredData(rest ?? '');
  const fields: Record<string, Scalar> = priorityFields(Number(priority));
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
  return {
    kind: 'syslog',
    time: writtenTime(nil(stamp), 'timestamp'),
    host: nil(host),
    user: null,
    message,
    fields: fields as Fields,
    offset: line.offset,
  };
}

function priorityFields(priority: number): Record<string, Scalar> {
  return { facility: priority >> 3, severity: SEVERITIES[priority & 7]! };
}

/** RFC 5424 §6.3: `[id name="value" …]`, with `\"`, `\\` and `\]` in values; names become `id.name`. */
function structuredData(text: string): { data: Record<string, string>; message: string } {
  const data: Record<string, string> = {};
  let rest = text;
  if (rest.startsWith('-')) rest = rest.slice(1);
  for (let element = ELEMENT.exec(rest); element !== null; element = ELEMENT.exec(rest)) {
    for (const [, name, value] of element[2]!.matchAll(PARAMETER)) {
      data[`${element[1]}.${name}`] = value!.replace(/\\(["\\\]])/g, '$1');
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

/** Gives records without a year theirs: from the investigator's first year on, one more whenever December turns to January. */
export class YearCounter {
  readonly #context: LineContext;
  #year: number | null;
  #lastMonth = 0;

  constructor(context: LineContext) {
    this.#context = context;
    this.#year = context.options.firstYear ?? null;
  }

  timeOf(parts: DayTime, stated: number | null, offset: number): EventTime | null {
    const { zoneOffsetMinutes } = this.#context.options;
    if (stated === null) {
      if (this.#year === null) {
        this.#context.warnOnce(
          'time-year',
          'the log names no year, and none was given: its events have no time',
          offset,
        );
        return null;
      }
      if (this.#lastMonth - parts.month > 6) this.#year++;
      this.#lastMonth = parts.month;
    }
    if (zoneOffsetMinutes === undefined) {
      this.#context.warnOnce(
        'time-zone',
        'the log names no zone, and none was given: UTC is assumed',
        offset,
      );
    }
    return timeOf({
      ...parts,
      year: stated ?? this.#year!,
      zone: null,
      zoneOffsetMinutes,
      source: 'timestamp',
    });
  }
}
