/**
 * Mail: single messages (`.eml`) and mailboxes of them (mbox, RFC 4155): who, to whom, when, by which way, and what
 * was attached, with digests. What the receiving server said about its origin stands in `authentication_results`; it means something only if
 * that server is trusted, since a sender can write such a field too.
 */
import { Account } from '../account.ts';
import { type EventTime, type FieldValue, plainEvent } from '../event.ts';
import type { ByteReader, FormatParser } from '../parser.ts';
import { headLines } from '../text/lines.ts';
import { monthNumber, timeOf, zoneMinutes } from '../time-text.ts';
import { asBuffer } from '../windows-values.ts';
import { decodeText, fieldOf, type HeaderField, parseMessage } from './mime.ts';

/** Providers refuse messages above 25 to 150 MB. */
const MESSAGE_BYTES_MAX = 256 * 1024 * 1024;
/** Of the text, for a reader's eye; the message is in the exhibit. */
const BODY_CHARS_SHOWN = 4_000;
/** Read at a time when looking for the next message. */
const PIECE_BYTES = 4 * 1024 * 1024;

const KNOWN =
  /^(?:received|return-path|from|to|subject|date|message-id|mime-version|delivered-to|dkim-signature|x-mailer|reply-to|content-type|authentication-results|x-[\w-]+|arc-[\w-]+|list-[\w-]+|cc|bcc|sender|in-reply-to|references):/i;
const STRONG = /^(?:received|return-path|message-id|from|delivered-to|mime-version):/i;
/**
 * RFC 4155, appendix A: sender and time of arrival. `Thu Jan  1 00:00:01 2020`; some writers add a zone, before or behind the year, or write the
 * time as a Date field does. A line of text that only begins with "From " has no such time.
 */
const MBOX_LINE = new RegExp(
  '^From \\S.* (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? {1,3}(?:' +
    '[A-Z][a-z]{2} {1,3}\\d{1,2} {1,3}\\d{1,2}:\\d{2}(?::\\d{2})?(?: {1,3}[A-Z][A-Za-z]{0,4}| {1,3}[+-]\\d{4}){0,2} {1,3}\\d{4}' +
    '|\\d{1,2} {1,3}[A-Z][a-z]{2} {1,3}\\d{4} {1,3}\\d{1,2}:\\d{2}(?::\\d{2})?' +
    ')(?: {1,3}\\(?[A-Z][A-Za-z]{0,4}\\)?| {1,3}[+-]\\d{4}){0,2}[ \\t\\r]*$',
);
/** Addresses have at most 320 characters. A longer line is none of a mailbox, and is not looked at further. */
const MBOX_LINE_CHARS_MAX = 400;
const isMboxLine = (line: string) => line.length <= MBOX_LINE_CHARS_MAX && MBOX_LINE.test(line);

export const mail: FormatParser = {
  name: 'mail',
  title: 'Mail (.eml, mbox)',

  recognise(head) {
    const lines = headLines(head, 30);
    const isMbox = isMboxLine(lines[0] ?? '');
    const header = lines.slice(isMbox ? 1 : 0);
    const blank = header.indexOf('');
    const fields = (blank < 0 ? header : header.slice(0, blank)).filter((line) => !/^[ \t]/.test(line));
    const known = fields.filter((line) => KNOWN.test(line)).length;
    if (fields.length < 2 || known < 2 || !fields.some((line) => STRONG.test(line))) return 0;
    return 2 * known >= fields.length ? (isMbox ? 3 : 2) : 0;
  },

  parse(reader, sink, options = {}) {
    const account = new Account('mail', sink);
    const isMbox = isMboxLine(headLines(reader.read(0, 1_000), 2)[0] ?? '');
    const read = messageReader(reader);
    let number = 0;
    let isZoneTold = false;
    for (const { from, to } of isMbox ? messagesOf(reader) : [{ from: 0, to: reader.sizeBytes }]) {
      if (account.stopped) break;
      if (to - from > MESSAGE_BYTES_MAX) {
        account.error('mail-size', `a message of ${to - from} bytes`, from, to - from);
        account.skip(to - from - MESSAGE_BYTES_MAX);
      }
      let bytes = read(from, Math.min(to - from, MESSAGE_BYTES_MAX));
      if (isMbox) bytes = bytes.subarray(bytes.indexOf(0x0a) + 1);
      const zone = readMessage(bytes, from, number++, account, options.zoneOffsetMinutes);
      if (zone !== 'assumed' || isZoneTold) continue;
      isZoneTold = true;
      account.warn('time-zone', 'a time names no zone, and none was given: UTC is assumed', from);
    }
    return account.finish();
  },
};

/** Reads messages, each into the place of the one before: two large ones are never in memory together. Events keep no bytes of it. */
function messageReader(reader: ByteReader): (from: number, length: number) => Buffer {
  let place: Buffer | null = null;
  return (from, length) => {
    if (length <= PIECE_BYTES) return asBuffer(reader.read(from, length));
    place ??= Buffer.allocUnsafeSlow(Math.min(reader.sizeBytes, MESSAGE_BYTES_MAX));
    let filled = 0;
    while (filled < length) {
      const piece = reader.read(from + filled, Math.min(PIECE_BYTES, length - filled));
      if (piece.length === 0) break;
      place.set(piece, filled);
      filled += piece.length;
    }
    return place.subarray(0, filled);
  };
}

/** Of an empty line before a mark: CR LF. */
const BEFORE_BYTES = 2;
/** The mark, its line, and the end of that. */
const AFTER_BYTES = MBOX_LINE_CHARS_MAX + 4;

/** Where messages begin and end: at lines that begin with `From ` behind an empty line. */
function* messagesOf(reader: ByteReader): Generator<{ from: number; to: number }> {
  let from = 0;
  for (let base = 0; base < reader.sizeBytes; ) {
    // With what is before it: a mark at the beginning of the piece may be behind an empty line or not.
    const start = Math.max(0, base - BEFORE_BYTES);
    const b = asBuffer(reader.read(start, PIECE_BYTES));
    if (b.length <= base - start) break;
    const isLast = start + b.length >= reader.sizeBytes;
    // A mark at the end of the piece is looked at again with what follows it.
    const stop = isLast ? b.length : Math.max(base - start + 1, b.length - AFTER_BYTES);
    for (
      let at = b.indexOf('\nFrom ', base - start, 'latin1');
      at >= 0 && at < stop;
      at = b.indexOf('\nFrom ', at + 6, 'latin1')
    ) {
      const line = b.toString('latin1', at + 1, Math.min(at + AFTER_BYTES, b.length)).split(/\r?\n/, 1)[0]!;
      const isBehindBlank = b[at - 1] === 0x0a || (b[at - 1] === 0x0d && b[at - 2] === 0x0a);
      if (!isBehindBlank || !isMboxLine(line)) continue;
      yield { from, to: start + at + 1 };
      from = start + at + 1;
    }
    base = start + stop;
  }
  if (from < reader.sizeBytes) yield { from, to: reader.sizeBytes };
}

/** What the time says about its zone; null without time. */
function readMessage(
  bytes: Buffer,
  offset: number,
  number: number,
  account: Account,
  zoneOffsetMinutes: number | undefined,
): EventTime['zone'] | null {
  const { fields, parts, faults } = parseMessage(bytes);
  if (fields.length === 0) {
    account.error('mail-header', 'a message without header', offset, bytes.length);
    account.skip(bytes.length);
    return null;
  }
  for (const fault of faults) account.warn('mail-mime', fault, offset, bytes.length);
  const values: Record<string, FieldValue> = {};
  for (const name of [
    'from',
    'to',
    'cc',
    'bcc',
    'sender',
    'reply-to',
    'return-path',
    'subject',
    'date',
    'message-id',
    'in-reply-to',
    'x-mailer',
    'user-agent',
    'x-originating-ip',
  ]) {
    const all = fields.filter((field) => field.name === name).map((field) => field.value);
    if (all.length > 0) values[name.replaceAll('-', '_')] = all.length === 1 ? all[0]! : all;
  }
  const received = fields.filter((field) => field.name === 'received').map((field) => field.value);
  if (received.length > 0) values['received'] = received;
  const results = fields.filter((field) =>
    /^(?:arc-)?authentication-results$|^received-spf$/.test(field.name),
  );
  if (results.length > 0) values['authentication_results'] = results.map((field) => field.value);
  for (const [method, verdict] of verdicts(fields)) values[method] = verdict;
  const attachments = parts.filter((part) => part.isAttachment);
  if (attachments.length > 0) {
    values['attachment_names'] = attachments.map((part) => part.fileName ?? '');
    values['attachment_types'] = attachments.map((part) => part.type);
    values['attachment_sizes'] = attachments.map((part) => part.sizeBytes);
    values['attachment_sha256'] = attachments.map((part) => part.sha256);
  }
  const body =
    parts.find((part) => part.type === 'text/plain' && !part.isAttachment) ??
    parts.find((part) => part.type === 'text/html');
  if (body !== undefined)
    values['body'] = decodeText(body.start, body.charset, body.sizeBytes > body.start.length).slice(
      0,
      BODY_CHARS_SHOWN,
    );
  const from = fieldOf(fields, 'from');
  const time =
    mailTime(fieldOf(fields, 'date'), 'Date', zoneOffsetMinutes) ??
    mailTime(received[0]?.split(';').at(-1) ?? null, 'Received', zoneOffsetMinutes);
  account.emit(
    plainEvent({
      kind: 'mail',
      time,
      user: from,
      message: `mail from ${from ?? 'nobody'} to ${fieldOf(fields, 'to') ?? 'nobody'}: ${fieldOf(fields, 'subject') ?? ''}`,
      fields: values,
      offset,
      recordId: number,
    }),
  );
  return time?.zone ?? null;
}

/** `dkim=pass`, `spf=fail`, `dmarc=none`: of each, the topmost, which the last server wrote. Each may have a field of its own (RFC 8601 §5). */
function verdicts(fields: readonly HeaderField[]): [string, string][] {
  const texts = fields.filter(({ name }) => name === 'authentication-results').map(({ value }) => value);
  const found: [string, string][] = [];
  for (const method of ['spf', 'dkim', 'dmarc']) {
    const pattern = new RegExp(`(?:^|[;\\s])${method}=([a-z]{1,16})`, 'i');
    const verdict = texts.map((text) => pattern.exec(text)?.[1]).find((one) => one !== undefined);
    if (verdict !== undefined) found.push([method, verdict.toLowerCase()]);
  }
  return found;
}

const DATE =
  /^\s*(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})\s+([A-Za-z]{3})[a-z]*\s+(\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s+([+-]\d{4}|[A-Za-z]{1,5}))?/;
/** RFC 5322 §4.3; letters of the military zones mean nothing certain. */
const NAMED_ZONES: Readonly<Record<string, number>> = {
  UT: 0,
  UTC: 0,
  GMT: 0,
  Z: 0,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};

function mailTime(
  text: string | null,
  source: string,
  zoneOffsetMinutes: number | undefined,
): EventTime | null {
  const match = text === null ? null : DATE.exec(text);
  if (match === null) return null;
  const [, day, month, year, hour, minute, second, zone] = match;
  const number = Number(year);
  return timeOf({
    // RFC 5322 §4.3: two digits below 50 are of this century, all other short years are counted from 1900.
    year: year!.length === 4 ? number : year!.length === 2 && number < 50 ? 2000 + number : 1900 + number,
    month: monthNumber(month!),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second ?? 0),
    fraction: '',
    zone:
      zone === undefined
        ? null
        : /^[+-]/.test(zone)
          ? zoneMinutes(zone)
          : (NAMED_ZONES[zone.toUpperCase()] ?? null),
    zoneOffsetMinutes,
    source,
  });
}
