/**
 * Host names in canonical form: lower case, international labels as A-labels (`xn--…`), no closing dot.
 * Underscores are let through because DNS has them (`_dmarc.example.org`).
 */

/** DNS allows 253 characters of text (RFC 1035 §2.3.4: 255 octets on the wire). */
export const HOST_CHARS_MAX = 253;

const ASCII_HOST = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/;

/** Canonical form of a host name, or null when the text is none. A single label is a host name too. */
export function canonicalHost(text: string): string | null {
  let host = text.endsWith('.') ? text.slice(0, -1) : text;
  if (host.length === 0 || host.length > 4 * HOST_CHARS_MAX) return null;
  host = isAscii(host) ? host.toLowerCase() : toAscii(host);
  if (host === '' || host.length > HOST_CHARS_MAX || !ASCII_HOST.test(host)) return null;
  return host;
}

/** A host name of at least two labels whose last one can be a top-level domain; null otherwise. */
export function canonicalDomain(text: string): string | null {
  const host = canonicalHost(text);
  if (host === null) return null;
  const dot = host.lastIndexOf('.');
  return dot > 0 && isTopLevel(host, dot + 1) ? host : null;
}

/** Top-level domains begin with a letter (RFC 3696 §2); so no IPv4 address passes for a domain. */
function isTopLevel(host: string, at: number): boolean {
  const code = host.charCodeAt(at);
  return code >= 0x61 && code <= 0x7a && host.length - at >= 2;
}

/** UTS #46 mapping and Punycode, by the platform's URL parser; '' when a label is not allowed. */
function toAscii(text: string): string {
  // A parser of URLs would cut at these and take the rest for something else.
  if (/[\s/?#@:[\]\\%<>^|]/.test(text)) return '';
  try {
    return new URL(`http://${text}/`).hostname;
  } catch {
    return '';
  }
}

export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
