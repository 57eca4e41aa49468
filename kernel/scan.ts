// The loop. Every block of 64 bytes is classified with SIMD; the few places where a token of interest can be are then looked at
// one by one.
import {
  ADDRESSES, ALNUM, anchorOffsetMax, at, clearOut, DIGIT, has, hasLong, hasShort, HOST, is, isInternational, length, lower, OUT_AT,
  OUT_MAX, openState, outCount, region, setWindow, text,
} from './state';
import { ASN_KEY, CIDR4_KEY, CIDR6_KEY, COIN_KEY, HEX_KEY, HOST_KEY, IPV4_KEY, IPV6_KEY, PHONE_KEY } from './lookup';
import { host, international } from './hosts';
import { ipv4, ipv6 } from './addresses';
import { asn, barePhone, coin, colonHex, hex, phone } from './numbers';
import { url, wantsUrls } from './urls';
import { longAnchors, shortAnchors } from './literals';

/** Sets the index and this instance's region for all scans to come. */
export function open(indexAt: usize, regionAt: usize): void {
  openState(indexAt, regionAt);
  wantsHosts = has(HOST_KEY) || has(8) || has(IPV4_KEY) || has(IPV6_KEY) || has(CIDR4_KEY) || has(CIDR6_KEY);
  wants4 = has(IPV4_KEY) || has(CIDR4_KEY) || has(8);
  wants6 = has(IPV4_KEY) || has(IPV6_KEY) || has(CIDR4_KEY) || has(CIDR6_KEY);
  wantsHex = has(HEX_KEY);
  wantsUrl = wantsUrls();
  wantsAsn = has(ASN_KEY);
  wantsCoin = has(COIN_KEY);
  wantsPhone = has(PHONE_KEY);
  wantsColon = wants6 || wantsUrl || wantsHex;
}

let wantsHosts: bool = false;
let wants4: bool = false;
let wants6: bool = false;
let wantsHex: bool = false;
let wantsUrl: bool = false;
let wantsAsn: bool = false;
let wantsCoin: bool = false;
let wantsPhone: bool = false;
let wantsColon: bool = false;

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
function hexes(v: v128): v128 {
  return v128.or(digits(v), between(v128.or(v, i8x16.splat(0x20)), 0x61, 0x66));
}

// @ts-ignore: decorator
@inline
function equals(v: v128, byte: u8): v128 {
  return i8x16.eq(v, i8x16.splat(byte));
}

/**
 * Looks for places in [from, to) of the window of `bytes` bytes at `textAt`, around which 64 bytes are zero. Returns
 * how many places are in the output; `stoppedAt` says how far it came.
 */
export function scan(textAt: usize, bytes: u32, from: u32, to: u32): u32 {
  setWindow(textAt, bytes);
  clearOut();
  hostDone = ipv4Done = ipv6Done = hexDone = colonHexDone = coinDone = phoneDone = 0;
  let block = from;
  for (; block < to; block += 64) {
    if (outCount >= OUT_MAX) break;
    let dotLetters: u64 = 0;
    let dotDigits: u64 = 0;
    let colons: u64 = 0;
    for (let part: u32 = 0; part < 64; part += 16) {
      const here = textAt + block + part;
      const v = v128.load(here);
      const next = v128.load(here, 1);
      const dots = equals(v, 0x2e);
      if (v128.any_true(dots)) {
        const before = v128.load(here - 1);
        if (wantsHosts) {
          let follows = letters(next);
          if (isInternational) follows = v128.or(follows, i8x16.lt_s(next, i8x16.splat(0)));
          dotLetters |= (<u64>i8x16.bitmask(v128.and(dots, follows))) << part;
        }
        if (wants4) dotDigits |= (<u64>i8x16.bitmask(v128.and(v128.and(dots, digits(next)), digits(before)))) << part;
      }
      if (wantsColon) {
        const colon = equals(v, 0x3a);
        if (v128.any_true(colon)) {
          // Before a slash, or amid hexadecimal digits and colons: `://`, `::`, `a:b`.
          let interesting = v128.or(equals(next, 0x2f), equals(next, 0x3a));
          interesting = v128.or(interesting, v128.and(hexes(next), hexes(v128.load(here - 1))));
          colons |= (<u64>i8x16.bitmask(v128.and(colon, interesting))) << part;
        }
      }
      if (wantsHex && block + part >= hexDone && i8x16.all_true(hexes(v))) hexDone = hex(block + part);
      if (wantsHex) {
        const colon = equals(v, 0x3a);
        if (block + part >= colonHexDone && v128.any_true(colon) && i8x16.all_true(v128.or(colon, hexes(v)))) {
          if (popcnt<u32>(i8x16.bitmask(colon)) >= 5) colonHexDone = colonHex(block + part);
        }
      }
    }
    while (dotLetters != 0) {
      const place = block + <u32>ctz<u64>(dotLetters);
      dotLetters &= dotLetters - 1;
      if (place < hostDone) continue;
      let start = place;
      const lowest = place > 320 ? place - 320 : 0;
      while (start > lowest && is(at(start - 1), HOST)) start--;
      let end = place + 1;
      const highest = min(length, place + 4096);
      while (end < highest && is(at(end), HOST)) end++;
      hostDone = end;
      if (isInternational && at(place + 1) >= 0x80) international(start, end);
      else host(start, end);
    }
    while (dotDigits != 0) {
      const place = block + <u32>ctz<u64>(dotDigits);
      dotDigits &= dotDigits - 1;
      if (place < ipv4Done) continue;
      const end = ipv4(place);
      if (end != 0) ipv4Done = end;
    }
    while (colons != 0) {
      const place = block + <u32>ctz<u64>(colons);
      colons &= colons - 1;
      if (at(place + 1) == 0x2f) {
        if (wantsUrl && at(place + 2) == 0x2f) url(place);
      } else if (wants6 && place >= ipv6Done) ipv6Done = ipv6(place);
    }
    if (wantsAsn || wantsCoin || wantsPhone) rare(block);
    if (hasLong) longAnchors(block, block + 64);
    if (hasShort) shortAnchors(block, block + 64);
  }
  stoppedAt = min(block, to);
  return outCount;
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
