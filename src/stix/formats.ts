/** Text forms that STIX takes from other standards: addresses, names, URLs. Each test is linear in the text. */

/** Longest text put through these expressions; a URL beyond it is no address but a load. */
const TEXT_MAX = 65_536;

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;

/** An IPv4 address, or several in CIDR notation (RFC 4632 §3.1). */
export function isIpv4(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash < 0) return IPV4.test(text);
  return IPV4.test(text.slice(0, slash)) && isPrefixLength(text.slice(slash + 1), 32);
}

function isPrefixLength(text: string, max: number): boolean {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) && Number(text) <= max;
}

/** An IPv6 address in the forms of RFC 4291 §2.2, or several in CIDR notation (§2.3). */
export function isIpv6(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash >= 0) return isIpv6Address(text.slice(0, slash)) && isPrefixLength(text.slice(slash + 1), 128);
  return isIpv6Address(text);
}

function isIpv6Address(text: string): boolean {
  if (text.length < 2 || text.length > 45) return false;
  const gap = text.indexOf('::');
  if (gap < 0) return groupsIn(text) === 8;
  if (text.indexOf('::', gap + 1) >= 0) return false;
  const before = gap === 0 ? 0 : groupsIn(text.slice(0, gap), false);
  const after = gap + 2 === text.length ? 0 : groupsIn(text.slice(gap + 2));
  return before >= 0 && after >= 0 && before + after <= 7;
}

/** How many 16-bit groups stand between colons, an embedded IPv4 address counting as two; -1 when malformed. */
function groupsIn(text: string, mayEmbedIpv4 = true): number {
  const groups = text.split(':');
  let count = 0;
  for (const [i, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) count++;
    else if (mayEmbedIpv4 && i === groups.length - 1 && IPV4.test(group)) count += 2;
    else return -1;
  }
  return count;
}

/** Colon-delimited, lower case, with leading zeros (STIX 2.1 §6.10.1). */
export function isMacAddress(text: string): boolean {
  return /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(text);
}

/** Letters, digits, hyphens inside, of any script (RFC 5890 §2.3.2.1); an underscore is told of by a warning. */
const LABEL = /^[\p{L}\p{N}\p{M}_](?:[\p{L}\p{N}\p{M}_\p{Join_Control}\u00b7\u30fb-]*[\p{L}\p{N}\p{M}_])?$/u;

/** The names nearly all are: told in one look. */
const ASCII_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** RFC 1034 §3.1: labels of 1 to 63 octets, 253 characters in all, a final dot allowed. */
export function isDomainName(text: string): boolean {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (name.length === 0 || name.length > 253) return false;
  if (ASCII_NAME.test(name)) return true;
  return name.split('.').every((label) => label.length <= 63 && LABEL.test(label));
}

/** 1 for a character of a URI (RFC 3986 §2.2, §2.3); `%` is looked at by itself. */
const URI_CHARACTER = new Uint8Array(0x1_0000);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=") {
  URI_CHARACTER[char.charCodeAt(0)] = 1;
}

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]{0,63}:/;
const HEX_PAIR = /^[0-9A-Fa-f]{2}$/;

/** A URI with a scheme and something behind it, as RFC 3986 §3 has it. Feeds hold many: no expression walks them. */
export function isUri(text: string): boolean {
  if (text.length > TEXT_MAX || !SCHEME.test(text) || text.endsWith(':')) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (URI_CHARACTER[code] === 1) continue;
    if (code !== 0x25 || !HEX_PAIR.test(text.slice(i + 1, i + 3))) return false;
  }
  return true;
}

/** An addr-spec (RFC 5322 §3.4.1, RFC 6532 for other scripts): no display name, no angle brackets, no comment. */
const ADDR_SPEC =
  /^(?:[^\s@<>()[\]\\,;:".]+(?:\.[^\s@<>()[\]\\,;:".]+)*|"(?:[^"\\\r\n]|\\.)*")@(?:[^\s@<>()[\]\\,;:".]+(?:\.[^\s@<>()[\]\\,;:".]+)*|\[[^[\]\\\s]*\])$/u;

/** RFC 5321 §4.5.3.1 allows 64 + 1 + 255 octets; the text may be longer where it is quoted. */
const ADDR_SPEC_MAX = 1024;

export function isEmailAddress(text: string): boolean {
  return text.length <= ADDR_SPEC_MAX && ADDR_SPEC.test(text);
}

/** CPE 2.3 formatted string (NISTIR 7695 §6.2): thirteen components, colons inside them escaped. */
const CPE = /^cpe:2\.3:[aho*-](?::(?:[A-Za-z0-9*?_.-]|\\[!-/:-@[-`{-~])+){10}$/;

export function isCpe(text: string): boolean {
  return text.length <= TEXT_MAX && CPE.test(text);
}

/** `type/subtype` (RFC 6838 §4.2), with parameters. */
export function isMediaType(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(?:\s*;.*)?$/.test(
    text,
  );
}

/** Lower case, hyphens between words: how STIX asks for names of kill chains, phases and products. */
export function isSlug(text: string): boolean {
  return !/[A-Z_\s]/.test(text);
}
