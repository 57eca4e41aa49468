/**
 * The Linux audit log: `type=SYSCALL msg=audit(1337845201.174:94983): pid=25443 comm="sh" …`. Values without quotes that
 * are an even number of hexadecimal digits are encoded text in the fields that may hold anything (auditd, "untrusted strings").
 */
import { decodeHex, decodeUtf8 } from '../../base/index.ts';
import type { FieldValue } from '../event.ts';
import { unixTime } from '../time-text.ts';
import { lineFormat, shareConfidence } from './line-format.ts';

const RECORD = /^(?:node=(\S+) )?type=(\S+) msg=audit\((\d{1,12})\.(\d{1,3}):(\d+)\):(?: (.*))?$/s;
const PAIR = /([\w-]+)=(?:"([^"]*)"|'([^']*)'|(\S*))/g;
/** Fields whose value a user chooses; the kernel encodes them when they hold blanks, quotes or control characters. */
const UNTRUSTED = /^(?:a\d+|comm|exe|name|cwd|cmd|data|proctitle|path|key|grantors|vm|old|new|acct)$/;

export const audit = lineFormat({
  name: 'audit',
  title: 'Linux audit log (auditd, SELinux)',
  recognise: (lines) => shareConfidence(lines, (line) => /^(?:node=\S+ )?type=\S* msg=audit\(/.test(line)),
  open:
    () =>
    ({ text, offset }) => {
      if (text.trim() === '') return 'nothing';
      const found = RECORD.exec(text);
      if (found === null) return null;
      const [, node, type, seconds, fraction, serial, body = ''] = found;
      const fields: Record<string, FieldValue> = { type: type! };
      for (const [, name, double, single, plain] of body.matchAll(PAIR)) {
        if (single !== undefined)
          for (const [, inner, a, b, c] of single.matchAll(PAIR))
            fields[inner!] ??= a ?? b ?? decode(inner!, c!);
        else fields[name!] ??= double ?? decode(name!, plain!);
      }
      fields['serial'] = Number(serial);
      const millis = Number(seconds) * 1000 + Number(fraction!.padEnd(3, '0'));
      const user = fields['acct'] ?? fields['AUID'] ?? fields['auid'];
      return {
        kind: 'audit',
        time: unixTime(millis, 'millisecond', 'msg'),
        host: node ?? null,
        user: user === undefined ? null : String(user),
        message: `${type} ${body}`,
        fields,
        offset,
        recordId: Number(serial),
      };
    },
});

function decode(name: string, value: string): string {
  if (!UNTRUSTED.test(name) || value.length < 4) return value;
  if (!/^(?:[0-9A-F]{2})+$/.test(value)) return value;
  // A number of an argument looks the same as encoded text; only text gives printable characters.
  const bytes = decodeHex(value)!;
  const text = decodeUtf8(bytes).replaceAll('\0', ' ');
  return /^[^\u0000-\u0008\u000e-\u001f\u007f\ufffd]+$/.test(text) ? text : value;
}
