/**
 * Mail: single messages (`.eml`) and mailboxes of them (mbox, RFC 4155): who, to whom, when, by which way, and what
 * was attached, with digests. What the receiving server said about its origin stands in `authentication_results`; it means something only if
 * that server is trusted, since a sender can write such a field too.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { encodeHex } from '../../base/index.ts';
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
const MBOX_LINE = /^From \S.* (?:\d{2}:\d{2}(?::\d{2})?.* )?\d{4}\s*$/;

export const mail: FormatParser = {
  name: 'mail',
  title: 'Mail (.eml, mbox)',

  recognise(head) {
    const lines = headLines(head, 30);
    const isMbox = MBOX_LINE.test(lines[0] ?? '');
    const header = lines.slice(isMbox ? 1 : 0);
    const blank = header.indexOf('');
    const fields = (blank < 0 ? header : header.slice(0, blank)).filter((line) => !/^[ \t]/.test(line));
    const known = fields.filter((line) => KNOWN.test(line)).length;
    if (fields.length < 2 || known < 2 || !fields.some((line) => STRONG.test(line))) return 0;
    return 2 * known >= fields.length ? (isMbox ? 3 : 2) : 0;
  },

  parse(reader, sink) {
    const account = new Account('mail', sink);
    const isMbox = MBOX_LINE.test(headLines(reader.read(0, 1_000), 2)[0] ?? '');
    let number = 0;
    for (const { from, to } of isMbox ? messagesOf(reader) : [{ from: 0, to: reader.sizeBytes }]) {
      if (account.stopped) break;
      if (to - from > MESSAGE_BYTES_MAX) {
        account.error('mail-size', `a message of ${to - from} bytes`, from, to - from);
        account.skip(to - from - MESSAGE_BYTES_MAX);
      }
      let bytes = asBuffer(reader.read(from, Math.min(to - from, MESSAGE_BYTES_MAX)));
      if (isMbox) bytes = bytes.subarray(bytes.indexOf(0x0a) + 1);
      readMessage(bytes, from, number++, account);
    }
    return account.finish();
  },
};

/** Where messages begin and end: at lines that begin with `From ` behind an empty line. */
function* messagesOf(reader: ByteReader): Generator<{ from: number; to: number }> {
  let from = 0;
  for (let base = 0; base < reader.sizeBytes; ) {
    const b = asBuffer(reader.read(base, PIECE_BYTES));
    if (b.length === 0) break;
    const isLast = base + b.length >= reader.sizeBytes;
    // A mark at the end of the piece is looked at again with what follows it.
    const stop = isLast ? b.length : b.length - 400;
    for (
      let at = b.indexOf('\nFrom ', 0, 'latin1');
      at >= 0 && at < stop;
      at = b.indexOf('\nFrom ', at + 6, 'latin1')
    ) {
      const line = b.toString('latin1', at + 1, Math.min(at + 400, b.length)).split(/\r?\n/, 1)[0]!;
      const isBehindBlank = at === 0 || b[at - 1] === 0x0a || (b[at - 1] === 0x0d && b[at - 2] === 0x0a);
      if (!isBehindBlank || !MBOX_LINE.test(line)) continue;
      yield { from, to: base + at + 1 };
      from = base + at + 1;
    }
    base += Math.max(1, stop);
  }
  if (from < reader.sizeBytes) yield { from, to: reader.sizeBytes };
}

function readMessage(bytes: Buffer, offset: number, number: number, account: Account): void {
  const { fields, parts, faults } = parseMessage(bytes);
  if (fields.length === 0) {
    account.error('mail-header', 'a message without header', offset, bytes.length);
    account.skip(bytes.length);
    return;
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
    values['attachment_sizes'] = attachments.map((part) => part.content.length);
    values['attachment_sha256'] = attachments.map((part) => encodeHex(sha256(part.content)));
  }
  const body =
    parts.find((part) => part.type === 'text/plain' && !part.isAttachment) ??
    parts.find((part) => part.type === 'text/html');
  if (body !== undefined)
    values['body'] = decodeText(body.content.subarray(0, 4 * BODY_CHARS_SHOWN), body.charset).slice(
      0,
      BODY_CHARS_SHOWN,
    );
  const from = fieldOf(fields, 'from');
  account.emit(
    plainEvent({
      kind: 'mail',
      time:
        mailTime(fieldOf(fields, 'date'), 'Date') ??
        mailTime(received[0]?.split(';').at(-1) ?? null, 'Received'),
      user: from,
      message: `mail from ${from ?? 'nobody'} to ${fieldOf(fields, 'to') ?? 'nobody'}: ${fieldOf(fields, 'subject') ?? ''}`,
      fields: values,
      offset,
      recordId: number,
    }),
  );
}

/** The first field is the last server's: `dkim=pass`, `spf=fail`, `dmarc=none`. */
function verdicts(fields: readonly HeaderField[]): [string, string][] {
  const text = fieldOf(fields, 'authentication-results') ?? '';
  const found: [string, string][] = [];
  for (const method of ['spf', 'dkim', 'dmarc']) {
    const match = new RegExp(`(?:^|[;\\s])${method}=([a-z]{1,16})`, 'i').exec(text);
    if (match !== null) found.push([method, match[1]!.toLowerCase()]);
  }
  return found;
}

const DATE =
  /^\s*(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})\s+([A-Za-z]{3})[a-z]*\s+(\d{2}|\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s+([+-]\d{4}|[A-Za-z]{1,5}))?/;
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

function mailTime(text: string | null, source: string): EventTime | null {
  const match = text === null ? null : DATE.exec(text);
  if (match === null) return null;
  const [, day, month, year, hour, minute, second, zone] = match;
  const number = Number(year);
  return timeOf({
    year: year!.length === 4 ? number : number < 50 ? 2000 + number : 1900 + number,
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
    source,
  });
}
