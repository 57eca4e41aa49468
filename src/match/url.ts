/**
 * URLs in canonical form, for comparing what a log wrote with what an indicator says.
 *
 * Scheme and host lower case and without user information; the scheme's default port dropped; an empty path is `/`;
 * `%7E` of an unreserved character decoded, other escapes in upper case (RFC 3986 §6.2.2); the fragment dropped, since it never
 * reaches a server. Path and query keep their case and order. Dot segments stay: clients resolve them before they send.
 */
import { canonicalHost, isAscii } from './host.ts';
import { formatIpv4, formatIpv6, parseIpv4, parseIpv4Number, parseIpv6 } from './ip.ts';

/** `http`, `https`, `ftp`, … : letters, digits and `+` only, so that what precedes it in running text stays outside. */
export const SCHEME_CHARS_MAX = 12;

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  http: '80',
  https: '443',
  ws: '80',
  wss: '443',
  ftp: '21',
};

export interface CanonicalUrl {
  /** Without `://`; '' when the text had none. */
  readonly scheme: string;
  /** Host as in the URL: A-labels, dotted quad, or IPv6 in brackets. */
  readonly host: string;
  /** `host[:port]/path?query`, the canonical form without scheme. */
  readonly bare: string;
}

const FORM = /^(?:([A-Za-z][A-Za-z0-9+]{0,11}):\/\/)?([^/?#]*)([^#]*)/;

/** `text` as a string of bytes (UTF-8, one character a byte). Null when it is no URL with a host. */
export function canonicalUrl(text: string): CanonicalUrl | null {
  const form = FORM.exec(text);
  if (!form) return null;
  const scheme = (form[1] ?? '').toLowerCase();
  const authority = canonicalAuthority(scheme, form[2]!);
  if (authority === null) return null;
  const rest = form[3]!;
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  return { scheme, host: authority.host, bare: authority.host + authority.port + canonicalEscapes(path) };
}

function canonicalAuthority(scheme: string, text: string): { host: string; port: string } | null {
  const user = text.lastIndexOf('@');
  const hostPort = user < 0 ? text : text.slice(user + 1);
  const split = /^(\[[^\]]*\]|[^:]*)(?::(\d{0,5}))?$/.exec(hostPort);
  if (!split) return null;
  const host = canonicalUrlHost(split[1]!, scheme !== '');
  if (host === null) return null;
  const port = (split[2] ?? '').replace(/^0+(?=\d)/, '');
  return { host, port: port === '' || port === DEFAULT_PORTS[scheme] ? '' : `:${port}` };
}

/** The number forms count only behind a scheme: `1.2/3` in running text is no address. */
function canonicalUrlHost(text: string, hasScheme: boolean): string | null {
  if (text.startsWith('[')) {
    const ipv6 = parseIpv6(text.slice(1, -1));
    return ipv6 === null ? null : `[${formatIpv6(ipv6)}]`;
  }
  const ipv4 = parseIpv4(text) ?? (hasScheme ? parseIpv4Number(text) : null);
  if (ipv4 !== null) return formatIpv4(ipv4);
  const name = isAscii(text) ? text : decodeBytes(text);
  return name === null ? null : canonicalHost(name);
}

/** The characters of a string of bytes; null when they are no UTF-8. */
function decodeBytes(text: string): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(text, (char) => char.charCodeAt(0)),
    );
  } catch {
    return null;
  }
}

/** RFC 3986 §6.2.2.1 and §6.2.2.2; bytes that may not stand in a URL are escaped. */
function canonicalEscapes(path: string): string {
  if (/^[A-Za-z0-9\-._~!$&'()*+,;=:@/?[\]]*$/.test(path)) return path;
  let result = '';
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code === 0x25 && /^[0-9A-Fa-f]{2}$/.test(path.slice(i + 1, i + 3))) {
      const value = Number.parseInt(path.slice(i + 1, i + 3), 16);
      result += isUnreserved(value) ? String.fromCharCode(value) : percent(value);
      i += 2;
    } else if (code > 0x7f || isUrlEnd(code)) result += percent(code);
    else result += path[i];
  }
  return result;
}

function percent(byte: number): string {
  return `%${(byte & 255).toString(16).toUpperCase().padStart(2, '0')}`;
}

function isUnreserved(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x5f ||
    code === 0x7e
  );
}

/** The characters that end a URL in running text: those RFC 3986 has no place for, and controls. */
export function isUrlEnd(code: number): boolean {
  return (
    code <= 0x20 ||
    code === 0x22 ||
    code === 0x3c ||
    code === 0x3e ||
    code === 0x5c ||
    code === 0x5e ||
    code === 0x60 ||
    (code >= 0x7b && code <= 0x7d) ||
    code === 0x7f
  );
}

/** Characters at which a URL in running text or a table may end, or go on: both readings are tried. */
export function isUrlCut(code: number): boolean {
  return code === 0x2c || code === 0x3b || code === 0x27 || code === 0x29 || code === 0x5d;
}

/** Punctuation that closes a sentence rather than a URL. */
export function isUrlTail(code: number): boolean {
  return code === 0x2e || code === 0x3a || code === 0x21 || code === 0x3f || code === 0x2a;
}
