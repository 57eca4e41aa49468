/**
 * URLs in running text, in tables and in quotes.
 *
 * Where a URL ends nobody can tell from the text alone: a comma can belong to it or to the table around it. So it is read up to
 * the first character that no URL contains, and each shorter reading that ends at such a sign is looked up too.
 */
import { charAfter, escapeTail, followsEscape, isAlnum, isDigit, isJoining } from './edges.ts';
import type { Finder, Report } from './engine.ts';
import { type Excerpt, textOf } from './excerpt.ts';
import { reportAddress } from './find-addresses.ts';
import { HOST_CHARS_MAX } from './host.ts';
import type { Index } from './index-format.ts';
import { parseIpv4, parseIpv4Number } from './ip.ts';
import { INDICATOR_BYTES_MAX, KEY_CLASS } from './kinds.ts';
import { lookUp } from './lookup.ts';
import { type CanonicalUrl, canonicalUrl, isUrlCut, isUrlEnd, isUrlTail, SCHEME_CHARS_MAX } from './url.ts';

/** A URL as written, with escapes: twice the longest canonical form. */
export const URL_CHARS_MAX = 2 * INDICATOR_BYTES_MAX;
const HOST_RUN = /[A-Za-z0-9_.-]+/g;
/** A text of nothing but commas would be read in ever so many ways. */
const CUTS_MAX = 16;

export class UrlFinder implements Finder {
  /** More than a host name; what follows it is read from the window. */
  readonly around = 320;
  readonly #index: Index;
  readonly #hasUrls: boolean;
  readonly #hasBare: boolean;
  readonly #hasPrefixes: boolean;
  readonly #hasAddresses: boolean;

  constructor(index: Index) {
    this.#index = index;
    this.#hasUrls = index.has(KEY_CLASS.url);
    this.#hasBare = index.has(KEY_CLASS.bareUrl);
    this.#hasPrefixes = index.has(KEY_CLASS.urlPrefix);
    this.#hasAddresses = index.has(KEY_CLASS.ipv4) || index.has(KEY_CLASS.cidr4);
  }

  find(excerpt: Excerpt, report: Report): void {
    if (this.#hasUrls || this.#hasBare || this.#hasPrefixes || this.#hasAddresses)
      this.#withScheme(excerpt, report);
    if (this.#hasBare) this.#withoutScheme(excerpt, report);
  }

  #withScheme(excerpt: Excerpt, report: Report): void {
    const { text, base, from, to, codeAt } = excerpt;
    // The scheme, or the host, may be all of it that lies in the owned part.
    const begin = Math.max(0, from - base - 3);
    for (let found = text.indexOf('://', begin); found >= 0; found = text.indexOf('://', found + 1)) {
      const at = base + found;
      if (at >= to + SCHEME_CHARS_MAX) return;
      const isScheme = (code: number) => isAlnum(code) || code === 0x2b;
      let first = at;
      while (first > at - SCHEME_CHARS_MAX && isScheme(codeAt(first - 1))) first--;
      if (first === at) continue;
      const isWhole = !isScheme(codeAt(first - 1));
      const raw = textOf(excerpt.window, at, rawEnd(excerpt, at + 3));
      for (let start = first; start < at; start++) {
        if (isDigit(codeAt(start)) || codeAt(start) === 0x2b) continue;
        if ((start === first && isWhole) || followsEscape(codeAt, start)) {
          this.#readings(
            textOf(excerpt.window, start, at).toLowerCase() + raw,
            start,
            at - start + 3,
            report,
          );
        }
      }
    }
  }

  /** `host/path` and `host:port/path`, the host a name or an IPv4 address. */
  #withoutScheme(excerpt: Excerpt, report: Report): void {
    const { text, base, from, to, codeAt } = excerpt;
    HOST_RUN.lastIndex = Math.max(0, from - base - 300);
    for (let match = HOST_RUN.exec(text); match !== null; match = HOST_RUN.exec(text)) {
      const at = base + match.index;
      if (at >= to) return;
      if (match[0].length > HOST_CHARS_MAX || !match[0].includes('.')) continue;
      if (!/^(?::\d{1,5})?[/?]/.test(text.slice(match.index + match[0].length).slice(0, 8))) continue;
      if (codeAt(at - 1) === 0x2f && codeAt(at - 2) === 0x2f && codeAt(at - 3) === 0x3a) continue;
      const tail = escapeTail(codeAt, at);
      for (const start of tail > 0 ? [at, at + tail] : [at]) {
        if (!isAlnum(codeAt(start)) && codeAt(start) !== 0x5f) continue;
        this.#readings(textOf(excerpt.window, start, rawEnd(excerpt, start)), start, 0, report);
      }
    }
  }

  /** `raw` begins at `start` of the window; its authority begins `authority` characters later. */
  #readings(raw: string, start: number, authority: number, report: Report): void {
    const seen = new Set<string>();
    const read = (end: number): CanonicalUrl | null => {
      const url = canonicalUrl(raw.slice(0, end));
      if (url === null || url.bare.length > INDICATOR_BYTES_MAX || seen.has(url.bare)) return url;
      seen.add(url.bare);
      if (url.scheme !== '') report(start, start + end, KEY_CLASS.url, `${url.scheme}://${url.bare}`);
      if (this.#hasBare) report(start, start + end, KEY_CLASS.bareUrl, url.bare);
      return url;
    };
    let longest: CanonicalUrl | null = null;
    let longestEnd = 0;
    const readTails = (end: number) => {
      for (let tail = end; ; tail--) {
        const url = read(tail);
        if (url !== null && tail > longestEnd) {
          longest = url;
          longestEnd = tail;
        }
        if (tail <= authority || !isUrlTail(raw.charCodeAt(tail - 1))) return;
      }
    };
    readTails(raw.length);
    for (let at = authority + 1, cuts = 0; at < raw.length && cuts < CUTS_MAX; at++) {
      if (!isUrlCut(raw.charCodeAt(at)) && !isOtherWriting(raw, at)) continue;
      cuts++;
      readTails(at);
    }
    if (longest === null || authority === 0) return;
    if (this.#hasPrefixes) this.#prefixes(longest, start, start + longestEnd, report);
    if (this.#hasAddresses) this.#numericHost(raw.slice(0, longestEnd), start, authority, report);
  }

  #prefixes(url: CanonicalUrl, start: number, end: number, report: Report): void {
    const host = `${url.scheme}://${url.host}`;
    // Asking for the host first keeps this off all other URLs.
    if (!lookUp(this.#index, KEY_CLASS.urlPrefixHost, host, () => {})) return;
    const whole = `${url.scheme}://${url.bare}`;
    for (let length = Math.min(whole.length, INDICATOR_BYTES_MAX); length > host.length; length--) {
      report(start, end, KEY_CLASS.urlPrefix, whole.slice(0, length));
    }
  }

  /** The number forms of an IPv4 address that only a URL's host may take; not behind user information. */
  #numericHost(raw: string, start: number, authority: number, report: Report): void {
    const whole = /^[^/?#]*/.exec(raw.slice(authority))![0];
    const host = /^[^:]*/.exec(whole)![0];
    if (whole.includes('@') || parseIpv4(host) !== null) return;
    const bytes = parseIpv4Number(host);
    if (bytes !== null)
      reportAddress(this.#index, bytes, start + authority, start + authority + host.length, report);
  }
}

/** Whether what begins at `at`, behind ASCII, is a sign beyond it or a letter of a script without spaces: quotes, a full stop, `访`. */
function isOtherWriting(raw: string, at: number): boolean {
  if (raw.charCodeAt(at) < 0xc2 || raw.charCodeAt(at - 1) > 0x7f) return false;
  const bytes = Uint8Array.from(raw.slice(at, at + 4), (char) => char.charCodeAt(0));
  return !isJoining(charAfter(bytes, 0));
}

/** URLs inside a URL that it may hold; a text of nothing but `a://` would else be read from every place of it to the end. */
const NESTED_MAX = 8;

/** Where the URL whose authority begins at `at` must end. */
function rawEnd({ codeAt, window }: Excerpt, at: number): number {
  const last = Math.min(window.length, at + URL_CHARS_MAX);
  let nested = 0;
  let end = at;
  for (; end < last && !isUrlEnd(codeAt(end)); end++) {
    if (codeAt(end) !== 0x3a || codeAt(end + 1) !== 0x2f || codeAt(end + 2) !== 0x2f) continue;
    if (++nested > NESTED_MAX) break;
  }
  return end;
}
