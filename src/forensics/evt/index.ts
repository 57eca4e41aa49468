/**
 * Windows event logs before Vista (EVT). Records lie one behind the other and wrap around at the end of the file, so they are
 * looked for by their signature instead of followed from the header, whose offsets are stale when the log was not closed.
 * [MS-EVEN] §2.2.3 has the record.
 */
import { Account } from '../account.ts';
import { plainEvent } from '../event.ts';
import type { FormatParser } from '../parser.ts';
import { unixTime } from '../time-text.ts';
import { asBuffer, hexText, sidText, uint16, uint32, utf16Text } from '../windows-values.ts';

const HEADER_BYTES = 48;
/** Fixed part, and the size again at the end. */
const RECORD_BYTES_MIN = 56 + 4;
/** Real records have at most 64 KiB. */
const RECORD_BYTES_MAX = 256 * 1024;
/** Old logs have at most some hundred megabytes. */
const FILE_BYTES_MAX = 1024 * 1024 * 1024;
const STRINGS_MAX = 1_000;
const BINARY_BYTES_SHOWN = 512;

const TYPES: Readonly<Record<number, string>> = {
  0: 'success',
  1: 'error',
  2: 'warning',
  4: 'information',
  8: 'audit success',
  16: 'audit failure',
};

export const evt: FormatParser = {
  name: 'evt',
  title: 'Windows event log before Vista (EVT)',
  recognise: (head) => (head.length >= 8 && uint32(head, 0) === HEADER_BYTES && isSignature(head, 4) ? 3 : 0),

  parse(reader, sink) {
    const account = new Account('evt', sink);
    const b = asBuffer(reader.read(0, Math.min(reader.sizeBytes, FILE_BYTES_MAX)));
    const isWrapped = b.length >= HEADER_BYTES && (uint32(b, 36) & 2) !== 0;
    // A record that was cut by the end of the file goes on behind the header.
    const whole =
      isWrapped && b.length % 4 === 0
        ? Buffer.concat([b, b.subarray(HEADER_BYTES, HEADER_BYTES + RECORD_BYTES_MAX)])
        : b;
    let unread = HEADER_BYTES;
    for (
      let at = b.indexOf('LfLe', HEADER_BYTES, 'latin1');
      at >= 0 && !account.stopped;
      at = b.indexOf('LfLe', at, 'latin1')
    ) {
      const start = at - 4;
      const size = uint32(whole, start);
      if (size === HEADER_BYTES || start % 4 !== 0) {
        at += 4;
        continue;
      }
      const next = whole.indexOf('LfLe', at + 4, 'latin1');
      const fits = size >= RECORD_BYTES_MIN && size <= RECORD_BYTES_MAX && start + size <= whole.length;
      if (fits && uint32(whole, start + size - 4) === size) {
        emit(whole, start, start + size - 4, false, account);
        unread = start + size;
        at = start + size;
      } else if (fits && next > 0 && next - 4 - start >= RECORD_BYTES_MIN) {
        // The writer has come round and overwrote its end.
        account.warn('evt-overwritten', 'the end of a record is overwritten', start, size);
        emit(whole, start, Math.min(next - 4, start + size - 4), true, account);
        at += 4;
      } else {
        account.error('evt-record', 'a record whose sizes do not agree, or that is cut off', start);
        account.skip(4);
        at += 4;
      }
    }
    if (b.length < HEADER_BYTES) account.error('evt-header', 'the header is cut short', 0, b.length);
    else if (
      unread < b.length - RECORD_BYTES_MAX &&
      !isWrapped &&
      b.subarray(unread).some((byte) => byte !== 0)
    ) {
      account.warn('evt-rest', 'bytes behind the last record', unread, b.length - unread);
    }
    return account.finish();
  },
};

function isSignature(b: Uint8Array, at: number): boolean {
  return b[at] === 0x4c && b[at + 1] === 0x66 && b[at + 2] === 0x4c && b[at + 3] === 0x65;
}

function emit(b: Buffer, at: number, end: number, recovered: boolean, account: Account): void {
  const identifier = uint32(b, at + 20);
  const source = textAt(b, at + 56, end);
  const computer = textAt(b, source.next, end);
  const strings: string[] = [];
  for (
    let i = 0, place = at + uint32(b, at + 36);
    i < Math.min(uint16(b, at + 26), STRINGS_MAX) && place >= at && place < end;
    i++
  ) {
    const read = textAt(b, place, end);
    strings.push(read.text);
    place = read.next;
  }
  const sidAt = at + uint32(b, at + 44);
  const sidSize = uint32(b, at + 40);
  const sid = sidSize > 0 && sidAt + sidSize <= end ? sidText(b, sidAt, sidSize) : null;
  const dataSize = uint32(b, at + 48);
  const dataAt = at + uint32(b, at + 52);
  const eventId = identifier & 0xffff;
  account.emit(
    plainEvent({
      kind: 'windows-event',
      time: unixTime(uint32(b, at + 12), 'second', 'TimeGenerated'),
      host: computer.text === '' ? null : computer.text,
      user: sid,
      message: `${source.text} ${eventId}${strings.length > 0 ? ` ${strings.join(' ')}`.slice(0, 1_000) : ''}`,
      fields: {
        Provider_Name: source.text,
        EventID: eventId,
        EventID_Qualifiers: identifier >>> 16,
        Level: TYPES[uint16(b, at + 24)] ?? String(uint16(b, at + 24)),
        Task: uint16(b, at + 28),
        EventRecordID: uint32(b, at + 8),
        Computer: computer.text,
        TimeWritten: uint32(b, at + 16),
        ...(sid === null ? {} : { Security_UserID: sid }),
        Data: strings,
        ...(dataSize > 0 && dataAt + dataSize <= end
          ? { Binary: hexText(b, dataAt, Math.min(dataSize, BINARY_BYTES_SHOWN)) }
          : {}),
      },
      offset: at,
      recordId: uint32(b, at + 8),
      recovered,
    }),
  );
}

function textAt(b: Buffer, at: number, end: number): { text: string; next: number } {
  let stop = at;
  while (stop + 1 < end && (b[stop] !== 0 || b[stop + 1] !== 0)) stop += 2;
  return { text: utf16Text(b, at, Math.min(stop, end)), next: stop + 2 };
}
