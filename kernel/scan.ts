// The loop. The window is gone through in chunks: every byte of one is classified (masks.ts), then tokens are found by arithmetic on
// the masks, 64 bytes at a time, and made into questions to the filter, which are answered together (lookup.ts), so that the look-ups
// overlap in the memory. Only what the filter lets pass is looked at by itself.
import {
  anchorOffsetMax, constant, emit, has, hasLong, hasShort, HOSTS, isFull, keepOut, LINE_FEED, LITERALS, OUT_AT, openState, outCount, region, setWindow,
} from './state';
import {
  ASN_KEY, BARE_URL_KEY, CIDR4_KEY, CIDR6_KEY, COIN_KEY, HEX_KEY, HOST_KEY, IPV4_KEY, IPV6_KEY, openWords, PHONE_KEY,
} from './lookup';
import { CHUNK, classify } from './masks';
import { askNames, findNames, forgetNames, nameCarry, setNameCarry } from './names';
import { askQuads, findQuads, quadCarry1, quadCarry2, quadCarry3, setQuadCarries } from './quads';
import { findIpv6, forgetIpv6 } from './addresses';
import { findDigests, findNumbers, forgetNumbers } from './numbers';
import { findUrls, wantsUrls } from './urls';
import { longAnchors, shortAnchors } from './literals';

/** Sets the index and this instance's region for all scans to come. */
export function open(indexAt: usize, regionAt: usize): void {
  openState(indexAt, regionAt);
  openWords();
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

/** Where the output is. */
export function output(): usize {
  return region + OUT_AT;
}

/** As far before a place a name can begin that ends behind it: 253 characters of up to four bytes, and some. */
const BEFORE: u32 = 1088;

/**
 * Looks for places in [from, to) of the window of `bytes` bytes at `textAt`, around which 256 bytes are zero. Returns
 * how many places are in the output; `stoppedAt` says how far it came.
 */
export function scan(textAt: usize, bytes: u32, from: u32, to: u32): u32 {
  setWindow(textAt, bytes);
  keepOut(0);
  forget();
  setNameCarry(0);
  setQuadCarries(0, 0, 0);
  // What closes the window ends at the byte behind it, which may be the first of a block.
  if (to == bytes) to++;
  let blocks = CHUNK / 64;
  for (let chunk = from > BEFORE ? from - BEFORE : 0; chunk < to; ) {
    const before = outCount;
    const carry0 = nameCarry;
    const carry1 = quadCarry1;
    const carry2 = quadCarry2;
    const carry3 = quadCarry3;
    // What lies before `from` is looked at for its carries alone.
    const here = min(blocks, chunk < from ? max<u32>(1, (from - chunk) / 64) : (to - chunk + 63) / 64);
    lookAt(chunk, here);
    if (chunk + 64 * here <= from) {
      keepOut(before);
      // A run that was looked at here and goes on behind is looked at again.
      forget();
    }
    if (!isFull) {
      chunk += 64 * here;
      blocks = min(2 * blocks, CHUNK / 64);
      continue;
    }
    // What the chunk gave is taken back, and it is looked at again: with all the room there is, or by smaller pieces, or, where
    // even a block gives more, not at all, and the reference engine looks at every byte of it.
    keepOut(before);
    forget();
    setNameCarry(carry0);
    setQuadCarries(carry1, carry2, carry3);
    if (before > 0 && chunk > from) {
      stoppedAt = chunk;
      return outCount;
    }
    if (here > 1) blocks = here / 2;
    else {
      keepOut(0);
      const first = chunk > anchorOffsetMax + BEFORE ? chunk - anchorOffsetMax - BEFORE : 0;
      for (let group = HOSTS; group <= LITERALS; group++) emit(group, first, chunk + 64);
      stoppedAt = chunk + 64;
      return outCount;
    }
  }
  stoppedAt = to;
  return outCount;
}

/** Forgets up to where runs were looked at. */
function forget(): void {
  forgetNames();
  forgetIpv6();
  forgetNumbers();
}

/** Looks at `blocks` blocks from `chunk` on. */
function lookAt(chunk: u32, blocks: u32): void {
  if (wantsMasks) {
    classify(chunk, blocks);
    if (wantsHosts) findNames(blocks);
    if (wants4) findQuads(blocks);
    if (wantsHosts) askNames(chunk);
    if (wants4) askQuads(chunk);
    if (wantsUrl) findUrls(chunk, blocks);
    if (wants6) findIpv6(chunk, blocks);
    if (wantsHex) findDigests(chunk, blocks);
  }
  if (wantsAsn || wantsCoin || wantsPhone) findNumbers(chunk, blocks, wantsAsn, wantsCoin, wantsPhone);
  if (hasLong) longAnchors(chunk, chunk + 64 * blocks);
  if (hasShort) shortAnchors(chunk, chunk + 64 * blocks);
}

/** Number of line feeds in [from, to) of the window at `textAt`. */
export function countLines(textAt: usize, from: u32, to: u32): u32 {
  const feed = constant(LINE_FEED);
  let count: u32 = 0;
  let i = from;
  while (i + 64 <= to) {
    // A byte of the sum counts up to 4 a round.
    const stop = i + 64 * min<u32>(63, (to - i) / 64);
    let sums = i8x16.splat(0);
    for (; i < stop; i += 64) {
      const here = textAt + i;
      const a = i8x16.add(i8x16.eq(v128.load(here), feed), i8x16.eq(v128.load(here, 16), feed));
      const b = i8x16.add(i8x16.eq(v128.load(here, 32), feed), i8x16.eq(v128.load(here, 48), feed));
      sums = i8x16.sub(sums, i8x16.add(a, b));
    }
    const words = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(sums));
    count += i32x4.extract_lane(words, 0) + i32x4.extract_lane(words, 1) + i32x4.extract_lane(words, 2) + i32x4.extract_lane(words, 3);
  }
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
