/**
 * Domains and e-mail addresses in text, and addresses written as reverse names.
 *
 * A host name is a run of letters, digits, `.`, `-`, `_` whose closing signs are dropped and whose last label
 * begins with a letter. A domain hits when it is the whole name or its labels from some dot on; the match is the whole name.
 */
import { charAfter, charBefore, escapeTail, isAlnum, isHostChar, isJoining, isLetter } from './edges.ts';
import type { Finder, Report } from './engine.ts';
import type { Excerpt } from './excerpt.ts';
import { reportAddress } from './find-addresses.ts';
import { canonicalHost, HOST_CHARS_MAX, isAscii } from './host.ts';
import { FIELD, FLAG, type Index } from './index-format.ts';
import { KEY_CLASS } from './kinds.ts';

const RUN = /[A-Za-z0-9_.\-\x80-\xff]+/g;
/** The characters of a local part that join it to what precedes; others are legal there too, and tried both ways. */
const LOCAL_NARROW = /[A-Za-z0-9._+\-\x80-\xff]/;
const LOCAL_WIDE = /[A-Za-z0-9._+\-\x80-\xff!#$%&'*/=?^`{|}~]/;
const LOCAL_CHARS_MAX = 64;
/** More than a name (253 characters, up to four bytes each) with the local part of an address before it. */
const AROUND_CHARS = 1280;

export class HostFinder implements Finder {
  readonly around: number;
  readonly #index: Index;
  readonly #isActive: boolean;
  readonly #isInternational: boolean;

  constructor(index: Index) {
    this.#index = index;
    this.#isActive =
      index.has(KEY_CLASS.host) ||
      [KEY_CLASS.ipv4, KEY_CLASS.ipv6, KEY_CLASS.cidr4, KEY_CLASS.cidr6].some((keyClass) =>
        index.has(keyClass),
      );
    this.around = AROUND_CHARS;
    this.#isInternational = (index.words[FIELD.flags]! & FLAG.international) !== 0;
  }

  find(excerpt: Excerpt, report: Report): void {
    if (!this.#isActive) return;
    RUN.lastIndex = 0;
    for (let run = RUN.exec(excerpt.text); run !== null; run = RUN.exec(excerpt.text)) {
      const at = excerpt.base + run.index;
      // A host's local part stands before it, so a run may begin after the owned part and its address within.
      if (at >= excerpt.to + LOCAL_CHARS_MAX + 1) break;
      // What ends before the owned part does not begin in it.
      if (at + run[0].length <= excerpt.from || !run[0].includes('.')) continue;
      if (isAscii(run[0])) this.#names(excerpt, run[0], at, '', '', report);
      else this.#mixed(excerpt, run[0], at, report);
    }
  }

  /** The ASCII names of a run, which empty labels part; `left` and `right` are the characters beyond ASCII beside it, if any. */
  #names(excerpt: Excerpt, run: string, at: number, left: string, right: string, report: Report): void {
    for (let from = 0; from < run.length; ) {
      const empty = run.indexOf('..', from);
      const to = empty < 0 ? run.length : empty;
      if (to > from)
        this.#name(excerpt, run.slice(from, to), at + from, from, left, to < run.length ? '' : right, report);
      from = to + 2;
    }
  }

  /** `before`: how much of its run stands before it. */
  #name(
    excerpt: Excerpt,
    run: string,
    at: number,
    before: number,
    left: string,
    right: string,
    report: Report,
  ): void {
    let end = run.length;
    while (end > 0 && !isAlnum(run.charCodeAt(end - 1))) end--;
    if (end === run.length && right !== '' && isJoining(right)) return;
    let start = Math.max(0, end - HOST_CHARS_MAX);
    if (start > 0 && run[start - 1] !== '.') {
      const dot = run.indexOf('.', start);
      start = dot < 0 ? end : dot + 1;
    }
    while (start < end && (run[start] === '.' || run[start] === '-')) start++;
    const isFirst = before === 0 && start === 0;
    const lastDot = run.lastIndexOf('.', end - 1);
    if (lastDot < start || end - lastDot < 3 || !/[A-Za-z]/.test(run[lastDot + 1]!)) return;
    const name = run.slice(start, end).toLowerCase();
    const tail = isFirst ? escapeTail(excerpt.codeAt, at) : 0;
    const shownAt = at + start + (tail < lastDot - start ? tail : 0);
    const nameEnd = at + end;
    const isJoined = isFirst && left !== '' && isJoining(left);
    for (let dot = lastDot - start; dot > 0; ) {
      const next = name.lastIndexOf('.', dot - 1);
      if (next >= 0) report(shownAt, nameEnd, KEY_CLASS.host, name.slice(next + 1));
      else if (!isJoined) {
        report(at + start, nameEnd, KEY_CLASS.host, name);
        if (tail > 0 && tail < dot) report(at + tail, nameEnd, KEY_CLASS.host, name.slice(tail));
      }
      dot = next;
    }
    if (isFirst && excerpt.codeAt(at - 1) === 0x40) this.#email(excerpt, at - 1, name, nameEnd, report);
    if (name.endsWith('.arpa')) reverseName(name, shownAt, nameEnd, this.#index, report);
  }

  /** Every beginning of the local part that what precedes it allows. `at` is the place of the `@`. */
  #email(excerpt: Excerpt, at: number, host: string, end: number, report: Report): void {
    const { text, base } = excerpt;
    const first = Math.max(base, at - LOCAL_CHARS_MAX);
    let narrow = true;
    for (let start = at - 1; start >= first && LOCAL_WIDE.test(text[start - base]!); start--) {
      const before = start > base ? text[start - 1 - base]! : ' ';
      const isEdge = !LOCAL_NARROW.test(before);
      const local = () =>
        text.slice(start - base, at - base).replace(/[A-Z]+/g, (part) => part.toLowerCase());
      if (isEdge) {
        report(start, end, KEY_CLASS.host, `${local()}@${host}`);
        const tail = narrow ? escapeTail(excerpt.codeAt, start) : 0;
        if (tail > 0 && start + tail < at)
          report(start + tail, end, KEY_CLASS.host, `${local().slice(tail)}@${host}`);
      }
      narrow &&= LOCAL_NARROW.test(before);
    }
  }

  /** A run with characters beyond ASCII: international names, and ASCII names beside other writing. */
  #mixed(excerpt: Excerpt, run: string, at: number, report: Report): void {
    for (const { start, text } of segments(excerpt.window, at, at + run.length)) {
      if (this.#isInternational && !isAscii(text)) this.#international(excerpt, text, start, report);
      let partAt = start;
      let counted = 0;
      for (const part of text.matchAll(/[A-Za-z0-9_.-]+/g)) {
        if (part[0].length < 4 || !part[0].includes('.')) continue;
        partAt += byteLength(text.slice(counted, part.index));
        counted = part.index;
        const left = charBefore(excerpt.window, partAt);
        const right = charAfter(excerpt.window, partAt + part[0].length);
        this.#names(excerpt, part[0], partAt, beyondAscii(left), beyondAscii(right), report);
      }
    }
  }

  #international(excerpt: Excerpt, text: string, at: number, report: Report): void {
    const name = text.replace(/[._-]+$/, '');
    let lead = /^[.-]*/.exec(name)![0].length;
    if (name.length - lead > HOST_CHARS_MAX) lead = name.indexOf('.', name.length - HOST_CHARS_MAX) + 1;
    if (lead === 0 && name.length > HOST_CHARS_MAX) return;
    const start = at + byteLength(name.slice(0, lead));
    const end = at + byteLength(name);
    for (let label = lead; label < name.length; ) {
      const dot = name.indexOf('.', label);
      if (dot < 0) break;
      const suffix = name.slice(label);
      // Names in ASCII only are found as such.
      const host = isAscii(suffix) ? null : canonicalHost(suffix);
      if (host !== null) report(start, end, KEY_CLASS.host, host);
      label = dot + 1;
    }
    const host = lead === 0 && excerpt.codeAt(at - 1) === 0x40 ? canonicalHost(name) : null;
    if (host?.includes('.')) this.#email(excerpt, at - 1, host, end, report);
  }
}

/** Pieces of a run that are host characters and letters of any script, as text with its place. */
function segments(window: Uint8Array, from: number, to: number): { start: number; text: string }[] {
  const found: { start: number; text: string }[] = [];
  let text = '';
  let start = from;
  let at = from;
  for (const char of decodeRun(window, from, to)) {
    const code = char.codePointAt(0)!;
    if (code < 0x80 ? isHostChar(code) : code !== 0xfffd && isLetter(char)) {
      if (text === '') start = at;
      text += char;
    } else if (text !== '') {
      found.push({ start, text });
      text = '';
    }
    at += code < 0x80 ? 1 : code === 0xfffd ? invalidLength(window, at) : byteLength(char);
  }
  if (text !== '') found.push({ start, text });
  return found;
}

function decodeRun(window: Uint8Array, from: number, to: number): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(window.subarray(from, to));
}

/** Bytes that one U+FFFD stands for: a true one has three, an ill-formed sequence its longest well-formed beginning. */
function invalidLength(window: Uint8Array, at: number): number {
  if (window[at] === 0xef && window[at + 1] === 0xbf && window[at + 2] === 0xbd) return 3;
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for (let length = 1; length < 4; length++) {
    const text = decoder.decode(window.subarray(at, at + length + 1));
    if (text.length > 1 || at + length >= window.length) return length;
  }
  return 1;
}

function byteLength(text: string): number {
  return isAscii(text) ? text.length : new TextEncoder().encode(text).length;
}

function beyondAscii(char: string): string {
  return char !== '' && char.charCodeAt(0) > 0x7f ? char : '';
}

/** `4.3.2.1.in-addr.arpa` and the thirty-two digits of `ip6.arpa` (RFC 1035 §3.5, RFC 3596 §2.5). */
function reverseName(name: string, start: number, end: number, index: Index, report: Report): void {
  const quad = /(?:^|\.)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(name);
  if (quad) {
    const parts = quad.slice(1, 5).map(Number).reverse();
    if (parts.every((part) => part < 256))
      reportAddress(index, String.fromCharCode(...parts), start, end, report);
  }
  const nibbles = /(?:^|\.)((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name);
  if (nibbles) {
    const digits = nibbles[1]!.replaceAll('.', '');
    let bytes = '';
    for (let i = 30; i >= 0; i -= 2)
      bytes += String.fromCharCode(Number.parseInt(digits[i + 1]! + digits[i]!, 16));
    reportAddress(index, bytes, start, end, report);
  }
}
