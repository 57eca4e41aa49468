// URLs, brought into canonical form character by character as they are hashed. See src/match/url.ts for the form and
// src/match/find-urls.ts for where a URL may end.
import { ALNUM, at, CASE, constant, DIGIT, emit, has, HEX, HOST, is, length, lower, MARK_FACTORS, region, text, URL_END, URL_STOP, URLS } from './state';
import {
  answer, askMark, BARE_URL_KEY, CIDR4_KEY, holdsStream, IPV4_KEY, markOf, QUESTION, seedA, seedB, stepA, stepB, URL_HOST_MARK, URL_KEY,
  URL_PREFIX_HOST_KEY, URL_PREFIX_KEY,
} from './lookup';
import { bitsFrom, DOTS, LABELS, masks, PASSED_AT, QUESTIONS_AT, SLASHES } from './masks';

const URL_MAX: u32 = 4096;
/** As NESTED_MAX in find-urls.ts. */
const NESTED_MAX: u32 = 8;
const SCHEME_MAX: u32 = 12;

// The lanes of the key with its scheme and of the key without; set by `step`.
let a: u32 = 0;
let b: u32 = 0;
let c: u32 = 0;
let d: u32 = 0;
let isWhole: bool = false;
let isBare: bool = false;

// @ts-ignore: decorator
@inline
function step(code: u32): void {
  a = stepA(a, code);
  b = stepB(b, code);
  if (isBare) {
    c = stepA(c, code);
    d = stepB(d, code);
  }
}

// @ts-ignore: decorator
@inline
function found(): bool {
  return (isWhole && holdsStream(a, b)) || (isBare && holdsStream(c, d));
}

// @ts-ignore: decorator
@inline
function upperHex(value: u32): u32 {
  return value < 10 ? 0x30 + value : 0x37 + value;
}

function hexValue(code: u32): u32 {
  return (code & 15) + (code > 0x39 ? 9 : 0);
}

function percent(byte: u32): void {
  step(0x25);
  step(upperHex(byte >> 4));
  step(upperHex(byte & 15));
}

/** Asks for the host of every URL: most are marked by none, and that is all. */
export function findUrls(chunk: u32, blocks: u32): void {
  const kept = region + PASSED_AT;
  const questions = region + QUESTIONS_AT;
  const cases = constant(CASE);
  const factors = constant(MARK_FACTORS);
  const mark = markOf(URL_HOST_MARK);
  const labelsAt = masks() + LABELS;
  const dotsAt = masks() + DOTS;
  let question = questions;
  let here = masks();
  let slashes = load<u64>(here, SLASHES);
  for (let n: u32 = 0; n < blocks; n++) {
    here += 8;
    const next = load<u64>(here, SLASHES);
    let pairs = slashes & ((slashes >> 1) | (next << 63));
    slashes = next;
    while (pairs != 0) {
      const start = 64 * n + <u32>ctz<u64>(pairs) + 2;
      pairs &= pairs - 1;
      const place = chunk + start;
      if (place < 3 || at(place - 3) != 0x3a) continue;
      let end = place;
      if (start < 64 * blocks) end += <u32>ctz<u64>(~(bitsFrom(labelsAt, start) | bitsFrom(dotsAt, start)));
      while (is(at(end), HOST) && end - place < 297) end++;
      const stop = end;
      while (end > place && at(end - 1) == 0x2e) end--;
      askMark(question, text + end, end - place, mark, cases, factors, place - 3, <u32>isOdd(place, end, stop));
      question += QUESTION;
    }
  }
  const passed = answer(questions, question, URL_HOST_MARK, kept);
  for (let one = kept; one < passed; one += 4) readUrl(load<u32>(load<u32>(one), 8));
}

/** Whether a host [place, end), with dots up to `stop`, may be written otherwise than it is canonical, so that its mark says nothing. */
function isOdd(place: u32, end: u32, stop: u32): bool {
  if (end == place) return true;
  const next = at(stop);
  let label = end;
  while (label > place && at(label - 1) != 0x2e) label--;
  return (
    next == 0x40 || next >= 0x80 || next == 0x25 || (next == 0x3a && !isPort(stop + 1)) ||
    (is(at(label), DIGIT) && !isPlainQuad(place, end)) || !(is(next, URL_END) || next == 0x2f || next == 0x3a || next == 0x3f)
  );
}

/** Whether digits stand at `place` and then the URL's path or its end: a port, and no password. */
function isPort(place: u32): bool {
  let i = place;
  while (i < place + 6 && is(at(i), DIGIT)) i++;
  return i > place && (is(at(i), URL_END) || at(i) == 0x2f || at(i) == 0x3f);
}

function readUrl(place: u32): void {
  let first = place;
  const lowest = place > SCHEME_MAX ? place - SCHEME_MAX : 0;
  while (first > lowest && (is(at(first - 1), ALNUM) || at(first - 1) == 0x2b)) first--;
  if (first == place) return;
  // Behind an escape the scheme begins later than its run; where there may be one, the reference engine decides.
  const before = first > 0 ? at(first - 1) : 0;
  if (before == 0x25 || before == 0x5c || is(at(first), DIGIT) || is(before, ALNUM)) {
    emit(URLS, first, place + 4);
    return;
  }
  isWhole = has(URL_KEY);
  isBare = has(BARE_URL_KEY);
  a = seedA(URL_KEY);
  b = seedB(URL_KEY);
  c = seedA(BARE_URL_KEY);
  d = seedB(BARE_URL_KEY);
  for (let i = first; i < place + 3; i++) {
    a = stepA(a, lower(at(i)));
    b = stepB(b, lower(at(i)));
  }
  // An address in one of the forms that only a URL's host has is a match of its own and begins behind the slashes.
  if (read(place + 3, defaultPort(first, place), first)) emit(URLS, first, place + 4);
  else if (has(URL_PREFIX_KEY) && hasPrefixHost(first, place)) emit(URLS, first, first + 1);
}

/** A run of host characters [start, end) with `/`, `?` or `:` behind it and no scheme before it. */
export function bareUrl(start: u32, end: u32): void {
  if (start >= 3 && at(start - 1) == 0x2f && at(start - 2) == 0x2f && at(start - 3) == 0x3a) return;
  isWhole = false;
  isBare = true;
  c = seedA(BARE_URL_KEY);
  d = seedB(BARE_URL_KEY);
  if (read(start, 0, start)) emit(URLS, start, start + 1);
}

/** The scheme's default port, or 0: http and ws 80, https and wss 443, ftp 21. */
function defaultPort(start: u32, end: u32): u32 {
  let name: u64 = 0;
  for (let i = start; i < end; i++) name = (name << 8) | lower(at(i));
  if (name == 0x68747470 || name == 0x7773) return 80;
  if (name == 0x6874747073 || name == 0x777373) return 443;
  return name == 0x667470 ? 21 : 0;
}

/** Reads from the authority on; true where some reading is in the index, or where only the reference engine can tell. */
function read(authority: u32, plainPort: u32, start: u32): bool {
  const limit = min(length, start + URL_MAX);
  let i = authority;
  let lastLabel = i;
  while (i < limit && is(at(i), HOST)) {
    if (at(i) == 0x2e) lastLabel = i + 1;
    i++;
  }
  const end = i;
  const next = at(i);
  // User information, IPv6, international names: rare enough to ask.
  if (next == 0x40 || next == 0x5b || next >= 0x80 || next == 0x25) return true;
  if (next == 0x3a) {
    let j = i + 1;
    while (j < limit && !is(at(j), URL_END) && at(j) != 0x2f && at(j) != 0x3f && at(j) != 0x23) {
      if (at(j) == 0x40) return true;
      j++;
    }
  } else if (next != 0x2f && next != 0x3f && next != 0x23 && !is(next, URL_END)) {
    for (let j = i; j < limit && !is(at(j), URL_END) && at(j) != 0x2f; j++) if (at(j) == 0x40) return true;
  }
  if (end == authority) return false;
  if (lastLabel < end && is(at(lastLabel), DIGIT) && !isPlainQuad(authority, end)) return true;
  if (lastLabel == end && lastLabelIsDigits(authority, end)) return true;
  // Closing dots are the root's, or close a sentence.
  let hostEnd = end;
  while (hostEnd > authority && at(hostEnd - 1) == 0x2e) hostEnd--;
  for (let j = authority; j < hostEnd; j++) step(lower(at(j)));
  const ha = a;
  const hb = b;
  const hc = c;
  const hd = d;
  step(0x2f);
  if (found()) return true;
  a = ha;
  b = hb;
  c = hc;
  d = hd;
  if (next == 0x3a) {
    i++;
    while (at(i) == 0x30 && is(at(i + 1), DIGIT)) i++;
    let port: u32 = 0;
    const from = i;
    while (i < limit && i - from < 6 && is(at(i), DIGIT)) port = port * 10 + at(i++) - 0x30;
    if (i > from && (port != plainPort || plainPort == 0)) {
      step(0x3a);
      for (let j = from; j < i; j++) step(at(j));
      const pa = a;
      const pb = b;
      const pc = c;
      const pd = d;
      step(0x2f);
      if (found()) return true;
      a = pa;
      b = pb;
      c = pc;
      d = pd;
    }
  }
  let code = at(i);
  if (code == 0x3f) step(0x2f);
  else if (code != 0x2f) return false;
  let nested: u32 = 0;
  while (i < limit) {
    code = at(i);
    if (is(code, URL_END) || code == 0x23) break;
    if (is(code, URL_STOP)) {
      if (found()) return true;
      if (code == 0x3a && at(i + 1) == 0x2f && at(i + 2) == 0x2f && ++nested > NESTED_MAX) break;
    }
    if (code == 0x25 && is(at(i + 1), HEX) && is(at(i + 2), HEX)) {
      const value = (hexValue(at(i + 1)) << 4) | hexValue(at(i + 2));
      // Unreserved: letters, digits, - . _ ~
      if (value < 0x80 && (is(value, HOST) || value == 0x7e)) step(value);
      else percent(value);
      i += 3;
    } else {
      if (code >= 0x80) {
        // Other writing behind ASCII may close it.
        if (at(i - 1) < 0x80 && found()) return true;
        percent(code);
      } else step(code);
      i++;
    }
  }
  return found();
}

/** Whether [start, end) is four decimal numbers without leading zeros: canonical as it stands. */
function isPlainQuad(start: u32, end: u32): bool {
  let parts = 0;
  let i = start;
  for (;;) {
    const from = i;
    while (i < end && is(at(i), DIGIT)) i++;
    if (i == from || i - from > 3 || (at(from) == 0x30 && i - from > 1)) return false;
    parts++;
    if (i == end) break;
    if (at(i++) != 0x2e) return false;
  }
  return parts == 4;
}

/** Whether the last label before closing dots begins with a digit. */
function lastLabelIsDigits(start: u32, end: u32): bool {
  let i = end;
  while (i > start && at(i - 1) == 0x2e) i--;
  while (i > start && at(i - 1) != 0x2e) i--;
  return is(at(i), DIGIT);
}

/** Whether URLs that begin with this one's scheme and host are in the index. */
function hasPrefixHost(first: u32, place: u32): bool {
  let e = seedA(URL_PREFIX_HOST_KEY);
  let f = seedB(URL_PREFIX_HOST_KEY);
  for (let i = first; i < place + 3; i++) {
    e = stepA(e, lower(at(i)));
    f = stepB(f, lower(at(i)));
  }
  for (let i = place + 3; i < length && is(at(i), HOST); i++) {
    if (at(i) == 0x2e && !is(at(i + 1), HOST)) break;
    e = stepA(e, lower(at(i)));
    f = stepB(f, lower(at(i)));
  }
  return holdsStream(e, f);
}

/** Whether the kernel must look at URLs at all. */
export function wantsUrls(): bool {
  return has(URL_KEY) || has(BARE_URL_KEY) || has(URL_PREFIX_KEY) || has(IPV4_KEY) || has(CIDR4_KEY);
}
