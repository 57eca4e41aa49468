/** Digests, certificate fingerprints, AS numbers, telephone numbers and coin addresses: tokens of letters and digits. */
import { COIN_CHARS_MAX, COIN_CHARS_MIN } from './coin-address.ts';
import { followsEscape, isAlnum, isDigit } from './edges.ts';
import type { Finder, Report } from './engine.ts';
import type { Excerpt } from './excerpt.ts';
import type { Index } from './index-format.ts';
import { KEY_CLASS } from './kinds.ts';
import { PHONE_DIGITS_MAX, PHONE_DIGITS_MIN } from './normalise.ts';

const HEX = /[0-9A-Fa-f]{32,}/g;
const HEX_LENGTHS: readonly number[] = [32, 40, 64, 128];
const COLON_HEX = /[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){15,}/g;
const COLON_HEX_LENGTHS: readonly number[] = [47, 59, 95, 191];
const AS_NUMBER = /ASN?(\d{1,11})/gi;
const ALNUM = /[A-Za-z0-9]{25,}/g;
const PHONE = /\+(\d)/g;
const PHONE_00 = /(?<!\d)00[1-9]/g;
const PHONE_BARE = /(?<![0-9A-Za-z.+-])[1-9]\d{9,14}(?![0-9A-Za-z])/g;
/** A telephone number with its separators takes no more than this. */
const PHONE_CHARS_MAX = 32;

export class NumberFinder implements Finder {
  /** More than the longest fingerprint, written with colons (191). */
  readonly around = 256;
  readonly #index: Index;

  constructor(index: Index) {
    this.#index = index;
  }

  find(excerpt: Excerpt, report: Report): void {
    if (this.#index.has(KEY_CLASS.hex)) {
      this.#hex(excerpt, report);
      this.#colonHex(excerpt, report);
    }
    if (this.#index.has(KEY_CLASS.asn)) this.#asn(excerpt, report);
    if (this.#index.has(KEY_CLASS.coin)) this.#coin(excerpt, report);
    if (this.#index.has(KEY_CLASS.phone)) this.#phone(excerpt, report);
  }

  #hex({ text, base, from, to, codeAt }: Excerpt, report: Report): void {
    // The run that an excerpt cuts at its beginning is longer than any digest and begins outside the owned part.
    HEX.lastIndex = Math.max(0, from - base - 136);
    for (let run = HEX.exec(text); run !== null; run = HEX.exec(text)) {
      let at = base + run.index;
      let digits = run[0];
      if (at >= to) return;
      if (isAlnum(codeAt(at + digits.length))) continue;
      if (isAlnum(codeAt(at - 1)) && !followsEscape(codeAt, at)) continue;
      if (!HEX_LENGTHS.includes(digits.length)) {
        // `%3D` before a digest lends it two digits, `\b` and `\f` one.
        const tail = HEX_LENGTHS.includes(digits.length - 2)
          ? 2
          : HEX_LENGTHS.includes(digits.length - 1)
            ? 1
            : 0;
        if (tail === 0 || !followsEscape(codeAt, at + tail)) continue;
        at += tail;
        digits = digits.slice(tail);
      }
      report(at, at + digits.length, KEY_CLASS.hex, digits.toLowerCase());
    }
  }

  #colonHex({ text, base, from, to, codeAt }: Excerpt, report: Report): void {
    COLON_HEX.lastIndex = Math.max(0, from - base - 200);
    for (let run = COLON_HEX.exec(text); run !== null; run = COLON_HEX.exec(text)) {
      const at = base + run.index;
      const end = at + run[0].length;
      if (at >= to) return;
      if (!COLON_HEX_LENGTHS.includes(run[0].length)) continue;
      if (isAlnum(codeAt(end)) || (codeAt(end) === 0x3a && isAlnum(codeAt(end + 1)))) continue;
      const before = codeAt(at - 1);
      if (isAlnum(before) || (before === 0x3a && isHexPair(codeAt(at - 2), codeAt(at - 3)))) continue;
      report(at, end, KEY_CLASS.hex, run[0].replaceAll(':', '').toLowerCase());
    }
  }

  #asn({ text, base, from, to, codeAt }: Excerpt, report: Report): void {
    AS_NUMBER.lastIndex = Math.max(0, from - base - 16);
    for (let match = AS_NUMBER.exec(text); match !== null; match = AS_NUMBER.exec(text)) {
      const at = base + match.index;
      const end = at + match[0].length;
      if (at >= to) return;
      if (isAlnum(codeAt(end)) || (isAlnum(codeAt(at - 1)) && !followsEscape(codeAt, at))) continue;
      report(at, end, KEY_CLASS.asn, match[1]!.replace(/^0+(?=\d)/, ''));
    }
  }

  #coin({ text, base, from, to, codeAt }: Excerpt, report: Report): void {
    ALNUM.lastIndex = Math.max(0, from - base - 2 * COIN_CHARS_MAX);
    for (let run = ALNUM.exec(text); run !== null; run = ALNUM.exec(text)) {
      const at = base + run.index;
      if (at >= to) return;
      if (isAlnum(codeAt(at - 1))) continue;
      for (const tail of [0, 1, 2, 5]) {
        if (tail > 0 && !followsEscape(codeAt, at + tail)) continue;
        const token = run[0].slice(tail);
        if (token.length < COIN_CHARS_MIN || token.length > COIN_CHARS_MAX) continue;
        const start = at + tail;
        // Where case carries meaning it must be as written; hexadecimal and Bech32 have one case in the index.
        if (!report(start, start + token.length, KEY_CLASS.coin, token) && /^0x|^[A-Z0-9]+$/.test(token)) {
          report(start, start + token.length, KEY_CLASS.coin, token.toLowerCase());
        }
      }
    }
  }

  #phone({ text, base, from, to, codeAt }: Excerpt, report: Report): void {
    const start = Math.max(0, from - base - 4);
    for (const [pattern, lead] of [[PHONE, 1] as const, [PHONE_00, 2] as const]) {
      pattern.lastIndex = start;
      for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
        const at = base + match.index;
        if (at >= to) break;
        pattern.lastIndex = match.index + 1;
        let digits = '';
        for (let i = at + lead; i < at + PHONE_CHARS_MAX && digits.length <= PHONE_DIGITS_MAX; i++) {
          const code = codeAt(i);
          if (isDigit(code)) {
            digits += String.fromCharCode(code);
            // A number may end wherever a group of digits does, since what follows can be the next field.
            if (
              digits.length >= PHONE_DIGITS_MIN &&
              !isAlnum(codeAt(i + 1)) &&
              digits.length <= PHONE_DIGITS_MAX
            ) {
              report(at, i + 1, KEY_CLASS.phone, digits);
            }
          } else if (!PHONE_SEPARATORS.includes(code)) break;
        }
      }
    }
    PHONE_BARE.lastIndex = start;
    for (let match = PHONE_BARE.exec(text); match !== null; match = PHONE_BARE.exec(text)) {
      const at = base + match.index;
      if (at >= to) return;
      report(at, at + match[0].length, KEY_CLASS.phone, match[0]);
    }
  }
}

/** Space, `(`, `)`, `-`, `.`, `/`. */
const PHONE_SEPARATORS: readonly number[] = [0x20, 0x28, 0x29, 0x2d, 0x2e, 0x2f];

function isHexPair(last: number, first: number): boolean {
  return /^[0-9A-Fa-f]{2}$/.test(String.fromCharCode(first, last));
}
