/** JSON logs: one object a line, or a document with a list of objects (`[…]`, or `{"Records": […]}` as CloudTrail writes it). */
import { EntenteError, JSON_DEPTH_MAX, parseJsonPiece, splitJsonElements } from '../../base/index.ts';
import { Account } from '../account.ts';
import { type EventInit, plainEvent } from '../event.ts';
import type { ByteReader, FormatParser } from '../parser.ts';
import { jsonEvent, namesTime } from './json-event.ts';
import { exactRecord, type JsonRecord, parseJsonRecord } from './json-text.ts';
import { type LineContext, lineFormat, shareConfidence } from './line-format.ts';
import { headLines, LINE_BYTES_MAX } from './lines.ts';

/** The event of a record, with what there is to say of it once for the whole exhibit. */
function eventOf({ value, repeats }: JsonRecord, context: LineContext, offset: number): EventInit {
  if (repeats) {
    context.warnOnce(
      'json-repeated-member',
      'a record names a member twice: all its values are kept',
      offset,
    );
  }
  const event = jsonEvent(value, offset, context.options.zoneOffsetMinutes);
  if (event.time?.zone === 'assumed') {
    context.warnOnce('time-zone', 'times name no zone, and none was given: UTC is assumed', offset);
  }
  if (event.time === null && namesTime(event.fields)) {
    context.warnOnce('time-form', 'the time cannot be read: such events have no time', offset);
  }
  return event;
}

export const jsonLines = lineFormat({
  name: 'json-lines',
  title: 'JSON, one object a line',
  recognise: (lines) => shareConfidence(lines, (line) => parseJsonRecord(line.trim()) !== null),
  open:
    (context) =>
    ({ text, offset }) => {
      const line = text.trim();
      if (line === '') return 'nothing';
      const found = parseJsonRecord(line);
      return found === null ? null : eventOf(found, context, offset);
    },
});

export const jsonDocument: FormatParser = {
  name: 'json',
  title: 'JSON with a list of records',

  recognise(head) {
    const [first = '', second = ''] = headLines(head, 40).filter((line) => line.trim() !== '');
    const start = `${first.trim()}${second.trim()}`.slice(0, 200);
    return /^\[\s*\{/.test(start) || /^\{\s*"Records"\s*:\s*\[/.test(start) ? 2 : 0;
  },

  parse(reader, sink, options = {}) {
    const account = new Account('json', sink);
    let read = 0;
    const warned = new Set<string>();
    const context: LineContext = {
      options,
      warnOnce(code, message, offset) {
        if (!warned.has(code)) account.warn(code, message, offset);
        warned.add(code);
      },
    };
    try {
      const pieces = splitJsonElements(piecesOf(reader), {
        array: 'Records',
        valueBytesMax: LINE_BYTES_MAX,
        depthMax: JSON_DEPTH_MAX,
        elementsMax: Number.MAX_SAFE_INTEGER,
      });
      for (const piece of pieces) {
        read = piece.offset + piece.bytes.length;
        if (piece.kind === 'member') continue;
        const { text, value } = parseJsonPiece(piece);
        if (typeof value !== 'object' || value === null) {
          account.error('json-record', 'a record that is no object', piece.offset, piece.bytes.length);
          account.skip(piece.bytes.length);
          continue;
        }
        const event = eventOf(exactRecord(text, value), context, piece.offset);
        account.emit(plainEvent({ ...event, recordId: event.recordId ?? piece.index }));
        if (account.stopped) break;
      }
    } catch (error) {
      if (!(error instanceof EntenteError)) throw error;
      account.error(error.code, error.message, error.offset ?? read);
      account.skip(Math.max(0, reader.sizeBytes - read));
    }
    return account.finish();
  },
};

function* piecesOf(reader: ByteReader): Generator<Uint8Array> {
  const step = 1024 * 1024;
  for (let at = 0; at < reader.sizeBytes; at += step) yield reader.read(at, step);
}
