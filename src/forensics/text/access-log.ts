/**
 * Web server and proxy logs: the common and combined formats of Apache and nginx (with or without the virtual host before
 * them), and Squid's native format. Fields have the names of the W3C extended format, which Sigma uses.
 *
 * A client chooses the request line, the referer and the user agent freely; quotes in them are escaped by the server.
 */
import type { Scalar } from '../event.ts';
import { monthNumber, timeOf, unixTime, zoneMinutes } from '../time-text.ts';
import { lineFormat, shareConfidence } from './line-format.ts';

// A client is never a dash, so what stands before a dash is the client and no virtual host: a user's name may have blanks.
const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"';
const ACCESS = new RegExp(
  `^(?:(\\S+?)(?::(\\d{1,5}))? (?!- ))?(\\S+) (\\S+) (\\S+(?: \\S+){0,3}) \\[(\\d{2})\\/([A-Za-z]{3})\\/(\\d{4}):(\\d{2}):(\\d{2}):(\\d{2}) ([+-](?:[01]\\d|2[0-3])[0-5]\\d)\\] ${QUOTED} (\\d{3}|-) (\\d+|-)(?: ${QUOTED} ${QUOTED})?(?: (.*))?$`,
);
const SQUID =
  /^(\d{9,11})\.(\d{3}) +(-?\d+) (\S+) ([A-Z_]+)\/(\d{3}) (\d+) (\S+) (\S+) (\S+) ([A-Z_]+)\/(\S+)(?: (\S+))?(?: .*)?$/;

export const accessLog = lineFormat({
  name: 'access-log',
  title: 'Web server access log (Apache, nginx: common and combined)',
  recognise: (lines) => shareConfidence(lines, (line) => ACCESS.test(line)),
  open:
    () =>
    ({ text, offset }) => {
      if (text.trim() === '') return 'nothing';
      const found = ACCESS.exec(text);
      if (found === null) return null;
      const [
        ,
        vhost,
        port,
        client,
        ident,
        user,
        day,
        month,
        year,
        hour,
        minute,
        second,
        zone,
        request,
        status,
        bytes,
      ] = found;
      const [referer, agent, rest] = found.slice(16);
      const time = timeOf({
        year: Number(year),
        month: monthNumber(month!),
        day: Number(day),
        hour: Number(hour),
        minute: Number(minute),
        second: Number(second),
        fraction: '',
        zone: zoneMinutes(zone!),
        source: 'timestamp',
      });
      if (time === null) return null;
      const line = /^(\S+) (\S+)(?: (HTTP\/[\d.]+))?$/.exec(request!);
      const fields: Record<string, Scalar> = { 'c-ip': client!, ...requestFields(line?.[1], line?.[2]) };
      if (line === null) fields['request'] = request!;
      if (line?.[3] !== undefined) fields['cs-version'] = line[3];
      put(fields, 'cs-host', vhost);
      put(fields, 's-port', port);
      put(fields, 'ident', ident);
      put(fields, 'cs-username', user);
      if (status !== '-') fields['sc-status'] = Number(status);
      if (bytes !== '-') fields['sc-bytes'] = Number(bytes);
      put(fields, 'cs-referer', referer);
      put(fields, 'cs-user-agent', agent);
      put(fields, 'rest', rest);
      return {
        kind: 'web-request',
        time,
        host: vhost ?? null,
        user: user === '-' ? null : user!,
        message: `${client} ${request} ${status}`,
        fields,
        offset,
      };
    },
});

export const squid = lineFormat({
  name: 'squid',
  title: 'Squid proxy access log (native)',
  recognise: (lines) => shareConfidence(lines, (line) => SQUID.test(line)),
  open:
    () =>
    ({ text, offset }) => {
      if (text.trim() === '') return 'nothing';
      const found = SQUID.exec(text);
      if (found === null) return null;
      const [
        ,
        seconds,
        millis,
        elapsed,
        client,
        result,
        status,
        bytes,
        method,
        url,
        user,
        hierarchy,
        peer,
        type,
      ] = found as unknown as string[];
      const fields: Record<string, Scalar> = {
        'c-ip': client!,
        ...requestFields(method, url),
        'sc-status': Number(status),
        'sc-bytes': Number(bytes),
        'time-taken': Number(elapsed),
        result: result!,
        hierarchy: hierarchy!,
      };
      put(fields, 'cs-username', user);
      put(fields, 's-ip', peer);
      put(fields, 'rs-content-type', type);
      return {
        kind: 'proxy-request',
        time: unixTime(Number(seconds) * 1000 + Number(millis), 'millisecond', 'timestamp'),
        user: user === '-' ? null : user!,
        message: `${client} ${method} ${url} ${status}`,
        fields,
        offset,
      };
    },
});

/** Method, address and its parts, as `cs-method`, `cs-uri`, `cs-uri-stem`, `cs-uri-query`, `cs-host`, `c-uri-extension`. */
export function requestFields(method: string | undefined, uri: string | undefined): Record<string, Scalar> {
  const fields: Record<string, Scalar> = {};
  if (method !== undefined) fields['cs-method'] = method;
  if (uri === undefined) return fields;
  fields['cs-uri'] = uri;
  const at = uri.indexOf('?');
  const whole = at < 0 ? uri : uri.slice(0, at);
  const absolute = /^[a-z][a-z0-9+.-]{1,15}:\/\/([^/]*)(.*)$/i.exec(whole);
  const stem = absolute === null ? whole : absolute[2]!;
  if (absolute !== null) fields['cs-host'] = absolute[1]!.replace(/^[^@]*@/, '').replace(/:\d+$/, '');
  else if (method === 'CONNECT') fields['cs-host'] = whole.replace(/:\d+$/, '');
  fields['cs-uri-stem'] = stem;
  if (at >= 0) fields['cs-uri-query'] = uri.slice(at + 1);
  const extension = /\.([A-Za-z0-9]{1,10})$/.exec(stem);
  if (extension !== null) fields['c-uri-extension'] = extension[1]!;
  return fields;
}

/** A dash stands for "nothing". */
function put(fields: Record<string, Scalar>, name: string, value: string | undefined): void {
  if (value !== undefined && value !== '-' && value !== '') fields[name] = value;
}
