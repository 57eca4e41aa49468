// The loop. Every block of 64 bytes is classified with SIMD into masks of one bit a byte; tokens, their labels and their edges are
// then found by arithmetic on masks, and only what the index's filter lets pass is looked at by itself.
import {
  ADDRESSES, ALNUM, anchorOffsetMax, at, clearOut, DIGIT, emit, has, hasLong, hasShort, HOST, is, isInternational, length, OUT_AT,
  OUT_MAX, openState, outCount, region, setWindow, text,
} from './state';
import {
  ASN_KEY, BARE_URL_KEY, CIDR4_KEY, CIDR6_KEY, COIN_KEY, HEX_KEY, HOST_KEY, HOST_MARK, IPV4_KEY, IPV6_KEY, isMarked, PHONE_KEY,
} from './lookup';
import { host, international } from './hosts';
import { holdsAddress4, ipv4, ipv6 } from './addresses';
import { asn, barePhone, coin, colonHex, hex, phone } from './numbers';
import { url, wantsUrls } from './urls';
import { longAnchors, shortAnchors } from './literals';

/** Sets the index and this instance's region for all scans to come. */
export function open(indexAt: usize, regionAt: usize): void {
  openState(indexAt, regionAt);
  const hasAddresses = has(IPV4_KEY) || has(IPV6_KEY) || has(CIDR4_KEY) || has(CIDR6_KEY);
  wantsHosts = has(HOST_KEY) || has(BARE_URL_KEY) || hasAddresses;
  wants4 = has(IPV4_KEY) || has(CIDR4_KEY) || has(BARE_URL_KEY);
  wants6 = hasAddresses;
  wantsHex = has(HEX_KEY);
  wantsUrl = wantsUrls();
  wantsAsn = has(ASN_KEY);
  wantsCoin = has(COIN_KEY);
  wantsPhone = has(PHONE_KEY);
  wantsMasks = wantsHosts || wants4 || wants6 || wantsHex || wantsUrl;
}

let wantsHosts: bool = false;
let wants4: bool = false;
let wants6: bool = false;
let wantsHex: bool = false;
let wantsUrl: bool = false;
let wantsAsn: bool = false;
let wantsCoin: bool = false;
let wantsPhone: bool = false;
let wantsMasks: bool = false;

/** Where the last `scan` stopped: `to`, or earlier when the output was full. */
export let stoppedAt: u32 = 0;

// Ends of the runs last looked at, so that a run is looked at once however many blocks it covers.
let hostDone: u32 = 0;
let ipv4Done: u32 = 0;
let ipv6Done: u32 = 0;
let hexDone: u32 = 0;
let colonHexDone: u32 = 0;
let coinDone: u32 = 0;
let phoneDone: u32 = 0;

/** Where the output is. */
export function output(): usize {
  return region + OUT_AT;
}

// @ts-ignore: decorator
@inline
function between(v: v128, first: u8, last: u8): v128 {
  return i8x16.le_u(i8x16.sub(v, i8x16.splat(first)), i8x16.splat(last - first));
}

// @ts-ignore: decorator
@inline
function letters(v: v128): v128 {
  return between(v128.or(v, i8x16.splat(0x20)), 0x61, 0x7a);
}

// @ts-ignore: decorator
@inline
function digits(v: v128): v128 {
  return between(v, 0x30, 0x39);
}

// @ts-ignore: decorator
@inline
function equals(v: v128, byte: u8): v128 {
  return i8x16.eq(v, i8x16.splat(byte));
}

// @ts-ignore: decorator
@inline
function bits(v: v128, part: u64): u64 {
  return (<u64>(<u32>i8x16.bitmask(v))) << part;
}

// Masks of the block being looked at, the one before and the one behind: host characters, dots, digits, letters, hexadecimal
// digits, colons.
let hostsBefore: u64 = 0;
let hosts: u64 = 0;
let hostsNext: u64 = 0;
let dotsBefore: u64 = 0;
let dots: u64 = 0;
let dotsNext: u64 = 0;
let digitsBefore: u64 = 0;
let digitsHere: u64 = 0;
let digitsNext: u64 = 0;
let lettersHere: u64 = 0;
let lettersNext: u64 = 0;
let hexesBefore: u64 = 0;
let hexesHere: u64 = 0;
let hexesNext: u64 = 0;
let colons: u64 = 0;
let colonsNext: u64 = 0;
let highNext: u64 = 0;
let high: u64 = 0;

/** Moves on by one block: what was next is here, and the block at `place` is next. */
// @ts-ignore: decorator
@inline
function advance(place: usize): void {
  hostsBefore = hosts;
  dotsBefore = dots;
  digitsBefore = digitsHere;
  hexesBefore = hexesHere;
  hosts = hostsNext;
  dots = dotsNext;
  digitsHere = digitsNext;
  lettersHere = lettersNext;
  hexesHere = hexesNext;
  colons = colonsNext;
  high = highNext;
  let h: u64 = 0;
  let d: u64 = 0;
  let n: u64 = 0;
  let l: u64 = 0;
  let x: u64 = 0;
  let c: u64 = 0;
  let z: u64 = 0;
  for (let part: usize = 0; part < 64; part += 16) {
    const v = v128.load(place + part);
    const folded = v128.or(v, i8x16.splat(0x20));
    const isLetter = between(folded, 0x61, 0x7a);
    const isDigit = digits(v);
    const isDot = equals(v, 0x2e);
    const isHost = v128.or(v128.or(isLetter, isDigit), v128.or(isDot, v128.or(equals(v, 0x2d), equals(v, 0x5f))));
    h |= bits(isHost, part);
    d |= bits(isDot, part);
    n |= bits(isDigit, part);
    l |= bits(isLetter, part);
    x |= bits(v128.or(isDigit, between(folded, 0x61, 0x66)), part);
    c |= bits(equals(v, 0x3a), part);
    if (isInternational) z |= bits(v, part);
  }
  hostsNext = h;
  dotsNext = d;
  digitsNext = n;
  lettersNext = l;
  hexesNext = x;
  colonsNext = c;
  highNext = z;
}

/**
 * Looks for places in [from, to) of the window of `bytes` bytes at `textAt`, around which 128 bytes are zero. Returns
 * how many places are in the output; `stoppedAt` says how far it came.
 */
export function scan(textAt: usize, bytes: u32, from: u32, to: u32): u32 {
  setWindow(textAt, bytes);
  clearOut();
  hostDone = ipv4Done = ipv6Done = hexDone = colonHexDone = coinDone = phoneDone = 0;
  if (wantsMasks) {
    // Twice, so that `from` is next and what lies before it, if anything, is here.
    if (from >= 64) advance(textAt + from - 64);
    else hostsNext = dotsNext = digitsNext = lettersNext = hexesNext = colonsNext = highNext = 0;
    advance(textAt + from);
  }
  let block = from;
  for (; block < to; block += 64) {
    if (outCount >= OUT_MAX) break;
    if (wantsMasks) {
      advance(textAt + block + 64);
      if (wantsHosts) lookAtHosts(block);
      if (wants4) lookAtDots(block);
      if (wantsUrl || wants6) lookAtColons(block);
      if (wantsHex) lookAtHexes(block);
    }
    if (wantsAsn || wantsCoin || wantsPhone) rare(block);
    if (hasLong) longAnchors(block, block + 64);
    if (hasShort) shortAnchors(block, block + 64);
  }
  stoppedAt = min(block, to);
  return outCount;
}

/** Names: a dot with a letter behind it, among host characters. */
// @ts-ignore: decorator
@inline
function lookAtHosts(block: u32): void {
  let found = dots & ((lettersHere >> 1) | (lettersNext << 63));
  if (isInternational) found |= dots & ((high >> 1) | (highNext << 63));
  if (hostDone > block) {
    const done = hostDone - block;
    if (done >= 64) return;
    found &= (~(<u64>0)) << done;
  }
  while (found != 0) {
    const bit = ctz<u64>(found);
    const place = block + <u32>bit;
    // Its run, within the blocks beside this one.
    const behind = ~(hosts >> bit);
    let size = <u32>ctz<u64>(behind);
    let isLong = false;
    if (<u64>size >= 64 - bit) {
      const more = <u32>ctz<u64>(~hostsNext);
      size = <u32>(64 - bit) + more;
      isLong = more == 64;
    }
    const before = ~(hosts << (63 - bit));
    let ahead = <u32>clz<u64>(before);
    if (<u64>ahead > bit) {
      const more = <u32>clz<u64>(~hostsBefore);
      ahead = <u32>bit + 1 + more;
      if (more == 64) isLong = true;
    }
    const start = place + 1 - ahead;
    const end = place + size;
    hostDone = end;
    if (bit + size >= 64) found = 0;
    else found &= (~(<u64>0)) << (bit + size);
    if (isLong || ahead + size > 65) {
      longHost(place);
      if (hostDone >= block + 64) found = 0;
      else found &= (~(<u64>0)) << (hostDone - block);
      continue;
    }
    if (isInternational && (at(end) >= 0x80 || (start > 0 && at(start - 1) >= 0x80))) {
      international(start, end);
      continue;
    }
    // Closing signs are rare: a sentence, a root, a flag.
    let stop = end;
    while (stop > start && !is(at(stop - 1), ALNUM)) stop--;
    // The dots of the name, its last character in the highest bit.
    const reach = stop - block;
    let labels: u64 = 0;
    if (reach <= 64) {
      labels = reach == 64 ? dots : dots << (64 - reach);
      if (reach < 64) labels |= dotsBefore >> reach;
    } else {
      const over = reach - 64;
      labels = over == 64 ? dotsNext : (dotsNext << (64 - over)) | (dots >> over);
    }
    const total = stop - start;
    if (total < 64) labels &= (~(<u64>0)) << (64 - total);
    if (labels == 0) continue;
    const last = <u32>clz<u64>(labels);
    labels &= ~((<u64>1) << (63 - last));
    const second = labels == 0 ? total : <u32>clz<u64>(labels);
    // Behind an escape, or with a leading sign, the first label may begin later.
    const previous = start > 0 ? at(start - 1) : 0;
    if ((second == total && (previous == 0x25 || previous == 0x5c)) || at(stop - second) == 0x2d) host(start, end);
    else if (second > 0 && isMarked(text + stop, second, HOST_MARK)) host(start, end);
  }
}

/** A run that reaches beyond the blocks whose masks are at hand. */
function longHost(place: u32): void {
  let start = place;
  const lowest = place > 320 ? place - 320 : 0;
  while (start > lowest && is(at(start - 1), HOST)) start--;
  let end = place + 1;
  const highest = min(length, place + 4096);
  while (end < highest && is(at(end), HOST)) end++;
  hostDone = end;
  host(start, end);
}

/** IPv4: three dots with digits beside them. */
// @ts-ignore: decorator
@inline
function lookAtDots(block: u32): void {
  // A dot between digits; the place behind the block's last character is in the next mask.
  let found = dots & ((digitsHere << 1) | (digitsBefore >> 63)) & ((digitsHere >> 1) | (digitsNext << 63));
  if (found == 0) return;
  if (ipv4Done > block) {
    const done = ipv4Done - block;
    if (done >= 64) return;
    found &= (~(<u64>0)) << done;
  }
  const foundNext = dotsNext & ((digitsNext << 1) | (digitsHere >> 63)) & (digitsNext >> 1);
  while (found != 0) {
    const bit = ctz<u64>(found);
    const place = block + <u32>bit;
    found &= found - 1;
    // The next sixteen characters: dots between digits, and digits.
    const dotsAhead = <u32>((found >> bit) | (bit == 0 ? 0 : foundNext << (64 - bit))) & 0x1fff;
    const second = ctz<u32>(dotsAhead);
    if (second > 4) continue;
    const third = ctz<u32>(dotsAhead & (dotsAhead - 1));
    if (third - second > 4) continue;
    const digitsAhead = <u32>((digitsHere >> bit) | (bit == 0 ? 0 : digitsNext << (64 - bit)));
    const lastSize = ctz<u32>(~(digitsAhead >> (third + 1)));
    if (lastSize > 3) continue;
    // Digits right before the dot, in the highest bits; more of them may lie in the block before.
    let firstSize = <u32>clz<u64>(~(bit == 0 ? 0 : digitsHere << (64 - bit)));
    if (<u64>firstSize >= bit) firstSize = <u32>bit + <u32>clz<u64>(~digitsBefore);
    const start = place - firstSize;
    const end = place + third + 1 + lastSize;
    const next = at(end);
    if (is(next, ALNUM) || (next == 0x2e && is(at(end + 1), ALNUM))) continue;
    const previous = start > 0 ? at(start - 1) : 0;
    if (firstSize > 3 || is(previous, ALNUM) || previous == 0x25 || previous == 0x5c || (previous == 0x2e && start > 1 && is(at(start - 2), ALNUM)) || has(BARE_URL_KEY)) {
      // Escapes, and the like: slowly.
      const stop = ipv4(place);
      if (stop != 0) ipv4Done = stop;
    } else {
      const a = number(place, firstSize);
      const b = number(place + second, second - 1);
      const c = number(place + third, third - second - 1);
      const d = number(end, lastSize);
      ipv4Done = end;
      if (max(max(a, b), max(c, d)) <= 255) {
        if (holdsAddress4((a << 24) | (b << 16) | (c << 8) | d)) emit(ADDRESSES, start, start + 1);
      }
    }
    if (ipv4Done > block) {
      const done = ipv4Done - block;
      found = done >= 64 ? 0 : found & ((~(<u64>0)) << done);
    }
  }
}

/** The number whose `size` digits (1 to 3) stand before `end`. */
// @ts-ignore: decorator
@inline
function number(end: u32, size: u32): u32 {
  // The last digit in the highest byte; without branches, since sizes cannot be foretold.
  const four = (load<u32>(text + end - 4) ^ 0x30303030) & (<u32>0xffffffff << (32 - 8 * size));
  return (four >> 24) + ((four >> 16) & 255) * 10 + ((four >> 8) & 255) * 100;
}

/** `://`, and IPv6: `::`, or a colon that six more follow within an address's length. */
// @ts-ignore: decorator
@inline
function lookAtColons(block: u32): void {
  let left = colons;
  while (left != 0) {
    const bit = ctz<u64>(left);
    const place = block + <u32>bit;
    left &= left - 1;
    const next = at(place + 1);
    if (next == 0x2f) {
      if (wantsUrl && at(place + 2) == 0x2f) {
        let end = place + 3;
        while (is(at(end), HOST) && end - place < 300) end++;
        url(place, end);
      }
      continue;
    }
    if (!wants6 || place < ipv6Done) continue;
    const following = (left >> bit) | (bit == 0 ? 0 : colonsNext << (64 - bit));
    if (next == 0x3a || popcnt<u64>(following & 0xffffffffff) >= 5) ipv6Done = ipv6(place);
  }
}

/** Digests: a sixteenth of the block's characters, aligned, all hexadecimal. */
// @ts-ignore: decorator
@inline
function lookAtHexes(block: u32): void {
  for (let part: u32 = 0; part < 64; part += 16) {
    if (((hexesHere >> part) & 0xffff) == 0xffff && block + part >= hexDone) hexDone = hex(block + part);
  }
  if (popcnt<u64>(colons) < 5) return;
  const both = hexesHere | colons;
  for (let part: u32 = 0; part < 64; part += 16) {
    if (((both >> part) & 0xffff) != 0xffff || block + part < colonHexDone) continue;
    if (popcnt<u64>((colons >> part) & 0xffff) >= 5) colonHexDone = colonHex(block + part);
  }
}

/** Kinds that few indexes have. */
function rare(block: u32): void {
  for (let part: u32 = 0; part < 64; part += 16) {
    const here = text + block + part;
    const v = v128.load(here);
    const isDigits = digits(v);
    if (wantsAsn) {
      const folded = v128.or(v, i8x16.splat(0x20));
      const second = v128.or(v128.load(here, 1), i8x16.splat(0x20));
      let found = i8x16.bitmask(v128.and(equals(folded, 0x61), equals(second, 0x73)));
      while (found != 0) {
        asn(block + part + ctz<u32>(found));
        found &= found - 1;
      }
    }
    if (wantsCoin) {
      const mask = <u32>i8x16.bitmask(v128.or(isDigits, letters(v)));
      for (let half: u32 = 0; half < 16; half += 8) {
        const place = block + part + half;
        if (((mask >> half) & 0xff) == 0xff && place >= coinDone) coinDone = coin(place);
      }
    }
    if (wantsPhone) {
      let plus = i8x16.bitmask(v128.and(equals(v, 0x2b), digits(v128.load(here, 1))));
      while (plus != 0) {
        phone(block + part + ctz<u32>(plus), 1);
        plus &= plus - 1;
      }
      let zeros = i8x16.bitmask(v128.and(equals(v, 0x30), equals(v128.load(here, 1), 0x30)));
      while (zeros != 0) {
        phone(block + part + ctz<u32>(zeros), 2);
        zeros &= zeros - 1;
      }
      const mask = <u32>i8x16.bitmask(isDigits);
      for (let quarter: u32 = 0; quarter < 16; quarter += 4) {
        const place = block + part + quarter;
        if (((mask >> quarter) & 15) == 15 && place >= phoneDone) phoneDone = barePhone(place);
      }
    }
  }
}

/** Number of line feeds in [from, to) of the window at `textAt`. */
export function countLines(textAt: usize, from: u32, to: u32): u32 {
  let count: u32 = 0;
  let i = from;
  for (; i + 16 <= to; i += 16) count += popcnt<u32>(i8x16.bitmask(equals(v128.load(textAt + i), 0x0a)));
  for (; i < to; i++) count += <u32>(load<u8>(textAt + i) == 0x0a);
  return count;
}

/** Whether there is a zero in [from, to) of the window at `textAt`. */
export function hasZero(textAt: usize, from: u32, to: u32): bool {
  let i = from;
  for (; i + 64 <= to; i += 64) {
    const a = i8x16.min_u(v128.load(textAt + i), v128.load(textAt + i, 16));
    const b = i8x16.min_u(v128.load(textAt + i, 32), v128.load(textAt + i, 48));
    if (!i8x16.all_true(i8x16.min_u(a, b))) return true;
  }
  for (; i < to; i++) if (load<u8>(textAt + i) == 0) return true;
  return false;
}
