/** IPv4 and IPv6 addresses in text, by themselves and as members of ranges. */
import { followsEscape, isAlnum, isHexDigit } from './edges.ts';
import type { Finder, Report } from './engine.ts';
import type { Excerpt } from './excerpt.ts';
import { FIELD, type Index } from './index-format.ts';
import { mappedIpv4, maskAddress, parseIpv4, parseIpv6 } from './ip.ts';
import { KEY_CLASS } from './kinds.ts';

const QUAD = /\d{1,3}(?:\.\d{1,3}){3}/g;
const COLONS = /[0-9A-Fa-f:.]{2,}/g;
const WORD = /^.*[0-9A-Fa-f]{5}:/;
/** Longest text of an IPv6 address: six groups and a dotted quad. */
const IPV6_CHARS_MAX = 45;
const RUN_CHARS_MAX = 2 * IPV6_CHARS_MAX;

export class AddressFinder implements Finder {
  /** Two of the longest addresses. */
  readonly around = 96;
  readonly #index: Index;
  readonly #has4: boolean;
  readonly #has6: boolean;

  constructor(index: Index) {
    this.#index = index;
    this.#has4 = index.has(KEY_CLASS.ipv4) || index.has(KEY_CLASS.cidr4);
    this.#has6 = index.has(KEY_CLASS.ipv6) || index.has(KEY_CLASS.cidr6);
  }

  find(excerpt: Excerpt, report: Report): void {
    if (this.#has4) this.#ipv4(excerpt, report);
    if (this.#has4 || this.#has6) this.#ipv6(excerpt, report);
  }

  #ipv4({ text, base, from, to, codeAt }: Excerpt, report: Report): void {
    QUAD.lastIndex = Math.max(0, from - base - 16);
    for (let match = QUAD.exec(text); match !== null; match = QUAD.exec(text)) {
      const at = base + match.index;
      if (at >= to) return;
      // Every digit is tried as a beginning: `%201.2.3.4` is 1.2.3.4 behind an escape, and 201.2.3.4.
      QUAD.lastIndex = match.index + 1;
      const end = at + match[0].length;
      if (isAlnum(codeAt(end)) || (codeAt(end) === 0x2e && isAlnum(codeAt(end + 1)))) continue;
      const before = codeAt(at - 1);
      const isEdge = !isAlnum(before) && !(before === 0x2e && isAlnum(codeAt(at - 2)));
      if (!isEdge && !followsEscape(codeAt, at)) continue;
      const bytes = parseIpv4(match[0]);
      if (bytes !== null) reportAddress(this.#index, bytes, at, end, report);
    }
  }

  #ipv6({ text, base, from, to, codeAt }: Excerpt, report: Report): void {
    COLONS.lastIndex = Math.max(0, from - base - RUN_CHARS_MAX);
    for (let match = COLONS.exec(text); match !== null; match = COLONS.exec(text)) {
      const at = base + match.index;
      if (at >= to) return;
      let run = match[0];
      let start = at;
      if (!run.includes(':')) continue;
      // Five digits and a colon are no group: a word, behind which an address can begin, however long it is.
      const word = WORD.exec(run)?.[0].length ?? 0;
      // Without such a word the address follows from where its run begins, which is looked for no further away.
      if (word === 0 && (run.length > RUN_CHARS_MAX || isRunChar(codeAt(at - 1)))) continue;
      const after = codeAt(at + run.length);
      if (isAlnum(after) || after === 0x5f) continue;
      while (run.endsWith('.') || (run.endsWith(':') && !run.endsWith('::'))) run = run.slice(0, -1);
      const before = codeAt(at - 1);
      if (word > 0) {
        run = run.slice(word);
        start += word;
      } else if ((isAlnum(before) || before === 0x5f) && !followsEscape(codeAt, at)) {
        // The end of a word and a colon (`src:2001:db8::1`): the address begins behind the colon.
        const colon = run.indexOf(':');
        if (colon < 0) continue;
        run = run.slice(colon + 1);
        start += colon + 1;
      } else if (run.startsWith(':') && !run.startsWith('::')) {
        run = run.slice(1);
        start++;
      }
      if (run.length > IPV6_CHARS_MAX) continue;
      const bytes = parseIpv6(run);
      if (bytes === null) continue;
      const ipv4 = mappedIpv4(bytes);
      if (ipv4 === null) reportAddress(this.#index, bytes, start, start + run.length, report);
      // With its quad written out, the address inside is found by itself.
      else if (!run.includes('.')) reportAddress(this.#index, ipv4, start, start + run.length, report);
    }
  }
}

function isRunChar(code: number): boolean {
  return isHexDigit(code) || code === 0x3a || code === 0x2e;
}

/** Looks up an address of four or sixteen bytes, and every range of the index's that could hold it. */
export function reportAddress(index: Index, bytes: string, start: number, end: number, report: Report): void {
  const isV4 = bytes.length === 4;
  report(start, end, isV4 ? KEY_CLASS.ipv4 : KEY_CLASS.ipv6, bytes);
  const cidr = isV4 ? KEY_CLASS.cidr4 : KEY_CLASS.cidr6;
  if (!index.has(cidr)) return;
  const prefixesAt = isV4 ? FIELD.prefixes4 : FIELD.prefixes6;
  for (let prefix = 1; prefix < bytes.length * 8; prefix++) {
    if ((index.words[prefixesAt + (prefix >>> 5)]! >>> (prefix & 31)) & 1) {
      report(start, end, cidr, String.fromCharCode(prefix) + maskAddress(bytes, prefix));
    }
  }
}
