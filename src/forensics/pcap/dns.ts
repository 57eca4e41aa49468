/**
 * A DNS message (RFC 1035). Names are compressed by pointers that may point anywhere: each must lead backwards, and the
 * length of a name is bounded, so no message makes a reader go in circles.
 */
import { addressText } from '../address.ts';

export interface DnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  readonly responseCode: number;
  readonly name: string;
  readonly type: string;
  readonly answers: readonly string[];
  /** Answers that the message says it has and that are not among `answers`: more than are kept, or cut off. */
  readonly leftOut: number;
}

const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  41: 'OPT',
  43: 'DS',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  52: 'TLSA',
  64: 'SVCB',
  65: 'HTTPS',
  251: 'IXFR',
  252: 'AXFR',
  255: 'ANY',
};

/** RFC 1035 §2.3.4 has 255 bytes. */
const NAME_BYTES_MAX = 255;
/** A message of 64 KiB holds some thousand; what a person reads is the first few. */
const ANSWERS_MAX = 100;
/** A name has at most 127 labels, and no use for more pointers than labels. */
const POINTERS_MAX = 127;

/** Null when the bytes are no DNS message. */
export function parseDns(b: Buffer, start: number, end: number): DnsMessage | null {
  if (start + 12 > end) return null;
  const flags = b.readUInt16BE(start + 2);
  const questions = b.readUInt16BE(start + 4);
  const answerCount = b.readUInt16BE(start + 6);
  if (questions > 16 || ((flags >> 11) & 15) > 6) return null;
  let at = start + 12;
  let name = '';
  let type = '';
  for (let i = 0; i < questions; i++) {
    const read = readName(b, at, start, end);
    if (read === null || read.next + 4 > end) return null;
    if (i === 0) {
      name = read.name;
      type = typeName(b.readUInt16BE(read.next));
    }
    at = read.next + 4;
  }
  const answers: string[] = [];
  for (let i = 0; i < answerCount && answers.length < ANSWERS_MAX; i++) {
    const owner = readName(b, at, start, end);
    if (owner === null || owner.next + 10 > end) break;
    const recordType = b.readUInt16BE(owner.next);
    const size = b.readUInt16BE(owner.next + 8);
    const data = owner.next + 10;
    if (data + size > end) break;
    if (name === '') {
      name = owner.name; // multicast answers come without their question
      type = typeName(recordType);
    }
    answers.push(answerText(b, recordType, data, size, start, end));
    at = data + size;
  }
  return {
    id: b.readUInt16BE(start),
    isResponse: (flags & 0x8000) !== 0,
    responseCode: flags & 15,
    name,
    type,
    answers,
    leftOut: answerCount - answers.length,
  };
}

function answerText(b: Buffer, type: number, at: number, size: number, start: number, end: number): string {
  switch (type) {
    case 1:
      if (size === 4) return addressText(b, at, 4);
      break;
    case 28:
      if (size === 16) return addressText(b, at, 16);
      break;
    case 2:
    case 5:
    case 12:
      return readName(b, at, start, end)?.name ?? '';
    case 15:
      return readName(b, at + 2, start, end)?.name ?? '';
    case 16: {
      let text = '';
      for (let i = at; i < at + size; i += 1 + b[i]!)
        text += b.toString('latin1', i + 1, Math.min(i + 1 + b[i]!, at + size));
      return text;
    }
    case 33:
      if (size > 6) return `${readName(b, at + 6, start, end)?.name ?? ''}:${b.readUInt16BE(at + 4)}`;
      break;
  }
  return typeName(type);
}

function typeName(type: number): string {
  return TYPES[type] ?? `TYPE${type}`;
}

function readName(
  b: Buffer,
  from: number,
  start: number,
  end: number,
): { name: string; next: number } | null {
  let at = from;
  let next = -1;
  let lowest = from;
  let name = '';
  let pointers = 0;
  for (;;) {
    if (at >= end) return null;
    const length = b[at]!;
    if (length === 0) return { name: name === '' ? '.' : name, next: next < 0 ? at + 1 : next };
    if (length >= 0xc0) {
      if (at + 1 >= end) return null;
      if (next < 0) next = at + 2;
      at = start + ((length & 0x3f) << 8) + b[at + 1]!;
      if (at >= lowest || ++pointers > POINTERS_MAX) return null; // forwards or in place: a circle
      lowest = at;
      continue;
    }
    if (length > 63 || at + 1 + length > end || name.length + length > NAME_BYTES_MAX) return null;
    const label = b
      .toString('latin1', at + 1, at + 1 + length)
      .replace(/[^\x21-\x7e]|[.\\]/g, (char) => `\\${String(char.charCodeAt(0)).padStart(3, '0')}`);
    name += name === '' ? label : `.${label}`;
    at += 1 + length;
  }
}
