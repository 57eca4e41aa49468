/** JSON logs: one object a line, or a document with a list of objects (`[…]`, or `{"Records": […]}` as CloudTrail writes it). */
import { EntenteError, JSON_DEPTH_MAX, parseJsonPiece, splitJsonElements } from '../../base/index.ts';
import { Account } from '../account.ts';
import { plainEvent } from '../event.ts';
import type { ByteReader, FormatParser } from '../parser.ts';
import { isTooDeep, jsonEvent } from './json-event.ts';
import { type LineContext, lineFormat, shareConfidence } from './line-format.ts';
import { headLines, LINE_BYTES_MAX } from './lines.ts';

function parseObject(text: string): object | null {
  if (!text.startsWith('{')) return null;
  try {
    return JSON.parse(text) as object;
  } catch {
    return null;
  }
}

function warnOfZone(context: LineContext, zone: string | undefined, offset: number): void {
  if (zone === 'assumed') {
    context.warnOnce('time-zone', 'times name no zone, and none was given: UTC is assumed', offset);
  }
}

export const jsonLines = lineFormat({
  name: 'json-lines',
  title: 'JSON, one object a line',
  recognise: (lines) => shareConfidence(lines, (line) => parseObject(line.trim()) !== null),
  open:
    (context) =>
    ({ text, offset }) => {
      const line = text.trim();
      if (line === '') return 'nothing';
      const value = isTooDeep(line) ? null : parseObject(line);
      if (value === null) return null;
      const event = jsonEvent(value, offset, context.options.zoneOffsetMinutes);
      warnOfZone(context, event.time?.zone, offset);
      return event;
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
        const { value } = parseJsonPiece(piece);
        if (typeof value !== 'object' || value === null) {
          account.error('json-record', 'a record that is no object', piece.offset, piece.bytes.length);
          account.skip(piece.bytes.length);
          continue;
        }
        const event = jsonEvent(value, piece.offset, options.zoneOffsetMinutes);
        warnOfZone(context, event.time?.zone, piece.offset);
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
