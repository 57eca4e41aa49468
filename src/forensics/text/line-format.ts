/**
 * What log formats of lines have in common: a line is a record, belongs to the record before, carries nothing (empty,
 * comment, header), or cannot be read. The last kind is an error with its offset; no line is left out in silence.
 */
import { Account } from '../account.ts';
import { type Event, type EventInit, plainEvent } from '../event.ts';
import type { Confidence, FormatParser, ParserOptions } from '../parser.ts';
import { eachLine, headLines, type Line } from './lines.ts';

export interface LineContext {
  readonly options: ParserOptions;
  /** Warns the first time only: a log without zones has them in no line. */
  warnOnce(code: string, message: string, offset: number): void;
}

/**
 * What a line is: a record (numbered by its line, unless it has a number of its own), `more` of the record before it (its text is added there), `nothing`, or null when it cannot be read.
 */
export type LineResult = EventInit | 'more' | 'nothing' | null;

export type ReadLine = (line: Line) => LineResult;

export interface LineFormat {
  readonly name: string;
  readonly title: string;
  /** Confidence by the first lines, of which there may be none. */
  recognise(lines: readonly string[]): Confidence;
  open(context: LineContext): ReadLine;
}

/** Enough to tell a format from another; a log can begin with some lines of another kind. */
const HEAD_LINES = 20;
/** A record of more lines than this is a flood; the rest are errors. */
const MORE_LINES_MAX = 10_000;

export function lineFormat(format: LineFormat): FormatParser {
  return {
    name: format.name,
    title: format.title,
    recognise(head) {
      const lines = headLines(head, HEAD_LINES).filter((line) => line.trim() !== '');
      return lines.length === 0 ? 0 : format.recognise(lines);
    },
    parse(reader, sink, options = {}) {
      const account = new Account(format.name, sink);
      const warned = new Set<string>();
      const read = format.open({
        options,
        warnOnce(code, message, offset) {
          if (!warned.has(code)) account.warn(code, message, offset);
          warned.add(code);
        },
      });
      let pending: EventInit | null = null;
      let more: string[] = [];
      const flush = (): void => {
        if (pending !== null) account.emit(withMore(pending, more));
        pending = null;
        more = [];
      };
      let lines = 0;
      eachLine(reader, account, (line) => {
        lines++;
        const result = read(line);
        if (result === 'nothing') return;
        if (result === 'more' && pending !== null && more.length < MORE_LINES_MAX) {
          more.push(line.text);
          return;
        }
        if (result === null || result === 'more') {
          account.error('text-line', 'the line does not follow the format', line.offset, line.sizeBytes);
          account.skip(line.sizeBytes);
          return;
        }
        flush();
        pending = { ...result, recordId: result.recordId ?? lines };
      });
      if (!account.stopped) flush();
      return account.finish();
    },
  };
}

function withMore(init: EventInit, more: readonly string[]): Event {
  if (more.length === 0) return plainEvent(init);
  const message = [init.message, ...more].join('\n');
  const fields = Object.hasOwn(init.fields, 'message') ? { ...init.fields, message } : init.fields;
  return plainEvent({ ...init, message, fields });
}

/** How sure a format is when so many of the lines fit: most must. */
export function shareConfidence(lines: readonly string[], fits: (line: string) => boolean): Confidence {
  const count = lines.filter(fits).length;
  if (count === 0) return 0;
  return 3 * count >= 2 * lines.length ? 2 : 2 * count >= lines.length ? 1 : 0;
}
