/**
 * Linux login records (utmp, wtmp, btmp): 384 bytes each, as glibc lays them out on x86 and ARM (utmp(5)). There is no
 * signature; a file is recognised when its records make sense one after another.
 */
import { Account } from '../account.ts';
import { addressText } from '../address.ts';
import { plainEvent, type Scalar } from '../event.ts';
import type { FormatParser } from '../parser.ts';
import { asBuffer, uint16, uint32 } from '../windows-values.ts';

const RECORD_BYTES = 384;
const TYPES = [
  'empty',
  'run level',
  'boot',
  'new time',
  'old time',
  'init process',
  'login process',
  'user process',
  'dead process',
  'accounting',
];
/** Records read at a time. */
const PIECE_RECORDS = 4_096;

/** 1990 to 2100: the years that such a file can be of. */
const isTime = (seconds: number) => seconds > 631_152_000 && seconds < 4_102_444_800;

function isRecord(b: Buffer, at: number): boolean {
  const type = uint32(b, at);
  if (type > 9 || uint32(b, at + 344) >= 1_000_000) return false;
  for (const [from, length] of [
    [8, 32],
    [44, 32],
    [76, 256],
  ] as const) {
    for (let i = at + from; i < at + from + length && b[i] !== 0; i++)
      if (b[i]! < 0x20 || b[i] === 0x7f) return false;
  }
  for (let i = at + 364; i < at + 384; i++) if (b[i] !== 0) return false; // reserved
  return type === 0 || isTime(uint32(b, at + 340));
}

export const utmp: FormatParser = {
  name: 'utmp',
  title: 'Linux logins (utmp, wtmp, btmp)',

  recognise(head) {
    const b = asBuffer(head);
    const records = Math.min(8, Math.floor(b.length / RECORD_BYTES));
    let sound = 0;
    for (let i = 0; i < records; i++)
      if (isRecord(b, i * RECORD_BYTES) && uint32(b, i * RECORD_BYTES) > 0) sound++;
    return records > 0 && 2 * sound >= records && isRecord(b, 0) ? 2 : 0;
  },

  parse(reader, sink) {
    const account = new Account('utmp', sink);
    for (let base = 0; base < reader.sizeBytes && !account.stopped; base += PIECE_RECORDS * RECORD_BYTES) {
      const b = asBuffer(reader.read(base, PIECE_RECORDS * RECORD_BYTES));
      for (let at = 0; at < b.length && !account.stopped; at += RECORD_BYTES) {
        const offset = base + at;
        if (at + RECORD_BYTES > b.length) {
          account.error('utmp-truncated', 'the file ends inside a record', offset, b.length - at);
          account.skip(b.length - at);
        } else if (!isRecord(b, at)) {
          account.error('utmp-record', 'a record that makes no sense', offset, RECORD_BYTES);
          account.skip(RECORD_BYTES);
        } else emit(b, at, offset, account);
      }
    }
    return account.finish();
  },
};

function emit(b: Buffer, at: number, offset: number, account: Account): void {
  const text = (from: number, length: number) =>
    b.toString('utf8', at + from, at + from + length).split('\0')[0]!;
  const type = TYPES[uint32(b, at)]!;
  const user = text(44, 32);
  const host = text(76, 256);
  const seconds = uint32(b, at + 340);
  const isIpv4 = uint32(b, at + 352) === 0 && uint32(b, at + 356) === 0 && uint32(b, at + 360) === 0;
  const fields: Record<string, Scalar> = {
    type,
    pid: uint32(b, at + 4),
    terminal: text(8, 32),
    terminal_id: text(40, 4),
    user,
    host,
    termination: uint16(b, at + 332),
    exit_status: uint16(b, at + 334),
    session: uint32(b, at + 336),
    address: addressText(b, at + 348, isIpv4 ? 4 : 16),
  };
  account.emit(
    plainEvent({
      kind: 'login-record',
      time:
        seconds === 0
          ? null
          : {
              ns: BigInt(seconds) * 1_000_000_000n + BigInt(uint32(b, at + 344)) * 1_000n,
              precision: 'microsecond',
              source: 'tv',
              zone: 'utc',
            },
      host: host === '' ? null : host,
      user: user === '' ? null : user,
      message: `${type} ${user} ${fields['terminal']} ${host}`.replace(/ +/g, ' ').trim(),
      fields,
      offset,
      recordId: offset / RECORD_BYTES,
    }),
  );
}
