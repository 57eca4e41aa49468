/**
 * The W3C extended log format, as IIS and several proxies write it: `#Fields:` names the columns, and may change
 * within a file. Times are in UTC (W3C draft, "Date"). Blanks in a value are written as `+` by IIS; quoted values may have them.
 */
import type { Scalar } from '../event.ts';
import { writtenTime } from '../time-text.ts';
import { requestFields } from './access-log.ts';
import { lineFormat } from './line-format.ts';

/** A made-up header could name thousands of columns. */
const COLUMNS_MAX = 256;

export const w3c = lineFormat({
  name: 'w3c',
  title: 'W3C extended log (IIS and others)',
  recognise: (lines) => (lines.some((line) => /^#Fields: ?\S/.test(line)) ? 3 : 0),
  open() {
    let columns: string[] | null = null;
    let date = '';
    let isIis = true;
    return ({ text, offset }) => {
      if (text.startsWith('#')) {
        const directive = /^#(\w+): ?(.*)$/.exec(text);
        if (directive?.[1] === 'Fields')
          columns = directive[2]!.trim().split(/\s+/, COLUMNS_MAX).map(columnName);
        if (directive?.[1] === 'Date') date = directive[2]!.slice(0, 10);
        if (directive?.[1] === 'Software') isIis = /Internet Information Services/i.test(directive[2]!);
        return 'nothing';
      }
      if (text.trim() === '') return 'nothing';
      const values = valuesOf(text);
      if (columns === null || values.length !== columns.length) return null;
      const fields: Record<string, Scalar> = {};
      for (const [i, name] of columns.entries()) if (values[i] !== '-') fields[name] = values[i]!;
      const day = String(fields['date'] ?? date);
      const time = writtenTime(`${day}T${fields['time'] ?? ''}Z`, 'date time');
      if (time === null) return null;
      const method = fields['cs-method'] === undefined ? undefined : String(fields['cs-method']);
      const stem = fields['cs-uri-stem'];
      const query = fields['cs-uri-query'];
      const uri =
        fields['cs-uri'] ??
        (stem === undefined ? undefined : query === undefined ? stem : `${stem}?${query}`);
      const known = requestFields(method, uri === undefined ? undefined : String(uri));
      for (const [name, value] of Object.entries(known)) fields[name] ??= value;
      if (fields['sc-status'] !== undefined && /^\d{3}$/.test(String(fields['sc-status'])))
        fields['sc-status'] = Number(fields['sc-status']);
      const client = String(fields['c-ip'] ?? '');
      return {
        kind: isIis ? 'iis-request' : 'proxy-request',
        time: { ...time, zone: 'utc' },
        host: textOf(fields['s-computername'] ?? fields['cs-host']),
        user: textOf(fields['cs-username']),
        message: [client, method, uri, fields['sc-status']]
          .filter((part) => part !== undefined && part !== '')
          .join(' '),
        fields,
        offset,
      };
    };
  },
});

/** `cs(User-Agent)` is `cs-user-agent` in Sigma. */
function columnName(name: string): string {
  const header = /^([a-z]{1,2})\(([^)]+)\)$/i.exec(name);
  return header === null ? name : `${header[1]}-${header[2]!.toLowerCase()}`;
}

function valuesOf(text: string): string[] {
  if (!text.includes('"')) return text.trim().split(/\s+/);
  const values: string[] = [];
  for (const [, quoted, plain] of text.matchAll(/"((?:[^"]|"")*)"(?=\s|$)|(\S+)/g)) {
    values.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
  }
  return values;
}

function textOf(value: Scalar | undefined): string | null {
  return value === undefined || value === null ? null : String(value);
}
