// The loop. The window is gone through in chunks: every byte of one is classified (masks.ts), then tokens are found by arithmetic on
// the masks, 64 bytes at a time, then all tokens of a kind are asked for in the filter in one loop without branches to foretell, so that
// the look-ups overlap in the memory. Only what the filter lets pass is looked at by itself.
import {
  ALNUM, anchorOffsetMax, at, emit, has, hasLong, hasShort, HOST, HOSTS, is, isFull, isInternational, keepOut, length,
  LITERALS, OUT_AT, openState, outCount, region, setWindow, text,
} from './state';
import {
  ASN_KEY, BARE_URL_KEY, CIDR4_KEY, CIDR6_KEY, COIN_KEY, HEX_KEY, HOST_KEY, HOST_MARK, IPV4_KEY, IPV6_KEY, isMarked, mayHoldFolded, mayHoldIpv4,
  openWords, PHONE_KEY,
} from './lookup';
import { bitsBefore, bitsFrom, BEYOND, CHUNK, classify, COLONS, DIGITS, DOTS, LABELS, masks, NAMES_AT, QUADS_AT, SLASHES } from './masks';
import { host, international } from './hosts';
import { ipv4, ipv6 } from './addresses';
import { asn, barePhone, coin, colonHex, hex, isColonHex, isHex, phone } from './numbers';
import { url, wantsUrls } from './urls';
import { longAnchors, shortAnchors } from './literals';

/** Sets the index and this instance's region for all scans to come. */
export function open(indexAt: usize, regionAt: usize): void {
  openState(indexAt, regionAt);
  openWords();
  const hasAddresses = has(IPV4_KEY) || has(IPV6_KEY) || has(CIDR4_KEY) || has(CIDR6_KEY);
  hasBare = has(BARE_URL_KEY);
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

let hasBare: bool = false;
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

// Carries of the additions that run through tokens, from one block to the next.
let nameCarry: u64 = 0;
let quadCarry1: u64 = 0;
let quadCarry2: u64 = 0;
let quadCarry3: u64 = 0;

let nameCount: u32 = 0;
let quadCount: u32 = 0;

// Ends of the runs last looked at, so that a run is looked at once.
let mixedDone: u32 = 0;
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

/** As far before a place a name can begin that ends behind it: 253 characters of up to four bytes, and some. */
const BEFORE: u32 = 1088;

/**
 * Looks for places in [from, to) of the window of `bytes` bytes at `textAt`, around which 256 bytes are zero. Returns
 * how many places are in the output; `stoppedAt` says how far it came.
 */
export function scan(textAt: usize, bytes: u32, from: u32, to: u32): u32 {
  setWindow(textAt, bytes);
  keepOut(0);
  mixedDone = ipv6Done = hexDone = colonHexDone = coinDone = phoneDone = 0;
  nameCarry = quadCarry1 = quadCarry2 = quadCarry3 = 0;
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
    if (chunk + 64 * here <= from) keepOut(before);
    if (!isFull) {
      chunk += 64 * here;
      blocks = min(2 * blocks, CHUNK / 64);
      continue;
    }
    // What the chunk gave is taken back, and it is looked at again: with all the room there is, or by smaller pieces, or, where
    // even a block gives more, not at all, and the reference engine looks at every byte of it.
    keepOut(before);
    nameCarry = carry0;
    quadCarry1 = carry1;
    quadCarry2 = carry2;
    quadCarry3 = carry3;
    mixedDone = ipv6Done = hexDone = colonHexDone = coinDone = phoneDone = 0;
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

/** Looks at `blocks` blocks from `chunk` on. */
function lookAt(chunk: u32, blocks: u32): void {
  if (wantsMasks) {
    classify(chunk, blocks);
    nameCount = quadCount = 0;
    if (wantsHosts) findNames(chunk, blocks);
    if (wants4) findQuads(chunk, blocks);
    if (wantsHosts) askNames(chunk);
    if (wants4) askQuads(chunk);
    if (wantsUrl) lookAtSlashes(chunk, blocks);
    if (wants6) lookAtColons(chunk, blocks);
    if (wantsHex) lookAtHexes(chunk, blocks);
  }
  if (wantsAsn || wantsCoin || wantsPhone) {
    for (let block = chunk; block < chunk + 64 * blocks; block += 64) rare(block);
  }
  if (hasLong) longAnchors(chunk, chunk + 64 * blocks);
  if (hasShort) shortAnchors(chunk, chunk + 64 * blocks);
}

/** Writes down `chunk` + n for every bit n of `ends`, at `list` + 4 × `count`. Returns the new count. Two at a time, since most blocks have no more. */
// @ts-ignore: decorator
@inline
function note(ends: u64, first: u32, list: usize, count: u32): u32 {
  const all = count + <u32>popcnt<u64>(ends);
  let to = list + 4 * count;
  do {
    store<u32>(to, first + <u32>ctz<u64>(ends));
    ends &= ends - 1;
    store<u32>(to, first + <u32>ctz<u64>(ends), 4);
    ends &= ends - 1;
    to += 8;
  } while (ends != 0);
  return all;
}

/**
 * Ends of names: runs of labels and dots in which some dot has a letter behind it. Adding such a dot to the run that it stands
 * in carries through to the run's end. Where names may be international, a dot with a byte beyond ASCII behind it ends one too.
 */
function findNames(chunk: u32, blocks: u32): void {
  const list = region + NAMES_AT;
  // An international top-level domain may begin with a digit.
  const notDigit: u64 = isInternational ? ~(<u64>0) : 0;
  let carry = nameCarry;
  let count: u32 = 0;
  let at = masks();
  let labels = load<u64>(at, LABELS);
  let numbers = load<u64>(at, DIGITS);
  for (let n: u32 = 0; n < blocks; n++) {
    const dots = load<u64>(at, DOTS);
    at += 8;
    const labelsNext = load<u64>(at, LABELS);
    const numbersNext = load<u64>(at, DIGITS);
    const inner = dots & ((labels >> 1) | (labelsNext << 63));
    const starts = inner & (notDigit | ~((numbers >> 1) | (numbersNext << 63)));
    const run = labels | starts;
    const first = run + starts;
    const second = first + carry;
    carry = <u64>(first < run) | <u64>(second < first);
    const ends = second & ~run & ~inner;
    if (ends != 0) count = note(ends, 64 * n, list, count);
    if (isInternational) {
      const wide = dots & ((load<u64>(at - 8, BEYOND) >> 1) | (load<u64>(at, BEYOND) << 63));
      if (wide != 0) count = note(wide, 64 * n + 1, list, count);
    }
    labels = labelsNext;
    numbers = numbersNext;
  }
  nameCarry = carry;
  nameCount = count;
}

/** Ends of four numbers with dots between them. Each addition carries from a dot through the number behind it. */
function findQuads(chunk: u32, blocks: u32): void {
  const list = region + QUADS_AT;
  let carry1 = quadCarry1;
  let carry2 = quadCarry2;
  let carry3 = quadCarry3;
  let count: u32 = 0;
  let at = masks();
  let before = load<u64>(at - 8, DIGITS);
  let numbers = load<u64>(at, DIGITS);
  for (let n: u32 = 0; n < blocks; n++) {
    const dots = load<u64>(at, DOTS);
    const labels = load<u64>(at, LABELS);
    at += 8;
    const next = load<u64>(at, DIGITS);
    const dots1 = dots & ((numbers << 1) | (before >> 63)) & ((numbers >> 1) | (next << 63));
    if ((dots1 | carry1 | carry2 | carry3) != 0) {
      const sum1 = numbers + (dots1 << 1);
      const whole1 = sum1 + carry1;
      carry1 = (dots1 >> 63) | <u64>(sum1 < numbers) | <u64>(whole1 < sum1);
      const dots2 = whole1 & dots1 & ~numbers;
      const sum2 = numbers + (dots2 << 1);
      const whole2 = sum2 + carry2;
      carry2 = (dots2 >> 63) | <u64>(sum2 < numbers) | <u64>(whole2 < sum2);
      const dots3 = whole2 & dots1 & ~numbers;
      const sum3 = numbers + (dots3 << 1);
      const whole3 = sum3 + carry3;
      carry3 = (dots3 >> 63) | <u64>(sum3 < numbers) | <u64>(whole3 < sum3);
      const ends = whole3 & ~numbers & ~dots1;
      if (ends != 0) count = note(ends, 64 * n, list, count);
    }
    before = numbers;
    numbers = next;
  }
  quadCarry1 = carry1;
  quadCarry2 = carry2;
  quadCarry3 = carry3;
  quadCount = count;
}

/** Asks for the last two labels of every name; those marked, and those that need a closer look, are looked at. */
function askNames(chunk: u32): void {
  const list = region + NAMES_AT;
  const labelsAt = masks() + LABELS;
  const count = nameCount;
  let passed: usize = list;
  for (let n: u32 = 0; n < count; n++) {
    const end = load<u32>(list + 4 * n);
    let signs = ~bitsBefore(labelsAt, end);
    signs ^= (<u64>1 << 63) >> clz<u64>(signs);
    const size = <u32>clz<u64>(signs);
    const behind = text + chunk + end;
    const before = <u32>load<u8>(behind - size - 1);
    // A sign that a name does not end or begin with; an escape, which may take from the first label; more than the masks show.
    let isOdd =
      <u32>(!is(load<u8>(behind - 1), ALNUM)) | <u32>(load<u8>(behind - size) == 0x2d) | <u32>(before == 0x25) | <u32>(before == 0x5c) |
      <u32>(size > 56);
    if (isInternational) isOdd |= <u32>(before >= 0x80) | <u32>(load<u8>(behind) >= 0x80);
    store<u32>(passed, chunk + end);
    passed += (<u32>isMarked(behind, size, HOST_MARK) | isOdd) << 2;
  }
  for (let one: usize = list; one < passed; one += 4) {
    const end = load<u32>(one);
    if (isInternational) mixedHost(end - 1);
    else if (mayHoldName(chunk, end)) longHost(end - 1);
  }
}

/**
 * Whether one of a name's ends, from some label on, may be in the index; true too where more than that has to be looked at. The last two labels
 * of many names are marked, as in `co.uk`, or pass by chance.
 */
function mayHoldName(chunk: u32, place: u32): bool {
  const end = place - chunk;
  const signs = ~bitsBefore(masks() + LABELS, end);
  const total = <u32>clz<u64>(signs & ~bitsBefore(masks() + DOTS, end));
  const behind = text + place;
  const first = behind - total;
  // A name beyond the masks, a sign before or behind it, an escape or the local part of an address before it, a reverse name.
  if (
    total > 56 || !is(load<u8>(first), ALNUM) || !is(load<u8>(behind - 1), ALNUM) || load<u8>(first - 1) == 0x40 || load<u8>(first - 1) == 0x25 ||
    load<u8>(first - 1) == 0x5c || (load<u32>(behind - 4) | 0x20202020) == 0x61707261
  ) return true;
  if (hasBare) {
    const next = load<u8>(behind);
    if (next == 0x2f || next == 0x3f || next == 0x3a) return true;
  }
  let left = signs & ~((<u64>-1) >> total);
  left ^= (<u64>1 << 63) >> clz<u64>(left);
  while (left != 0) {
    const size = <u32>clz<u64>(left);
    left ^= (<u64>1 << 63) >> size;
    if (mayHoldFolded(behind, size, HOST_KEY)) return true;
  }
  return mayHoldFolded(behind, total, HOST_KEY);
}

/** The run of host characters that holds `place`. */
function longHost(place: u32): void {
  let start = place;
  const lowest = place > 320 ? place - 320 : 0;
  while (start > lowest && is(at(start - 1), HOST)) start--;
  let end = place + 1;
  const highest = min(length, place + 4096);
  while (end < highest && is(at(end), HOST)) end++;
  host(start, end);
}

/** As `longHost`, where names may be international. */
function mixedHost(place: u32): void {
  if (place < mixedDone) return;
  let start = place;
  let isMixed = at(place) >= 0x80;
  const lowest = place > 1088 ? place - 1088 : 0;
  while (start > lowest && (is(at(start - 1), HOST) || at(start - 1) >= 0x80)) {
    start--;
    if (at(start) >= 0x80) isMixed = true;
  }
  if (isMixed || at(place + 1) >= 0x80) mixedDone = international(start, place + 1);
  else longHost(place);
}

/** Asks for every IPv4 address; those of ranges are looked at one by one. */
function askQuads(chunk: u32): void {
  const list = region + QUADS_AT;
  const digitsAt = masks() + DIGITS;
  const count = quadCount;
  const asksAll = has(CIDR4_KEY);
  let passed: usize = list;
  for (let n: u32 = 0; n < count; n++) {
    const end = load<u32>(list + 4 * n);
    // Distances from the end to the signs before each number.
    let signs = ~bitsBefore(digitsAt, end);
    const size1 = <u32>clz<u64>(signs);
    signs ^= (<u64>1 << 63) >> size1;
    const size2 = <u32>clz<u64>(signs);
    signs ^= (<u64>1 << 63) >> size2;
    const size3 = <u32>clz<u64>(signs);
    signs ^= (<u64>1 << 63) >> size3;
    const size4 = <u32>clz<u64>(signs);
    const place = chunk + end;
    const before = at(place - size4 - 1);
    const next = at(place);
    const a = number(place - size3 - 1, min<u32>(size4 - size3 - 1, 3));
    const b = number(place - size2 - 1, min<u32>(size3 - size2 - 1, 3));
    const c = number(place - size1 - 1, min<u32>(size2 - size1 - 1, 3));
    const d = number(place, min<u32>(size1, 3));
    const isShort = <u32>(max(max(size3 - size2, size2 - size1), size1 + 1) <= 4);
    // A first number that may be longer or shorter than its digits, or the host of a URL.
    const isOdd =
      <u32>(size4 - size3 > 4) | <u32>is(before, ALNUM) | <u32>(before == 0x25) | <u32>(before == 0x5c) | <u32>(before == 0x2e) |
      (<u32>hasBare & (<u32>(next == 0x2f) | <u32>(next == 0x3f) | <u32>(next == 0x3a)));
    const isAddress = <u32>(max(max(a, b), max(c, d)) <= 255);
    const holds = <u32>mayHoldIpv4(a | (b << 8) | (c << 16) | (d << 24)) | <u32>asksAll;
    // The place of the first dot.
    store<u32>(passed, place - size3 - 1);
    passed += (isShort & (isOdd | (isAddress & holds)) & <u32>(size4 > size3)) << 2;
  }
  for (let one: usize = list; one < passed; one += 4) ipv4(load<u32>(one));
}

/** The number whose `size` digits (1 to 3) stand before `end`. */
// @ts-ignore: decorator
@inline
function number(end: u32, size: u32): u32 {
  // The last digit in the highest byte; without branches, since sizes cannot be foretold.
  const four = (load<u32>(text + end - 4) ^ 0x30303030) & (<u32>0xffffffff << (32 - 8 * size));
  return (four >> 24) + ((four >> 16) & 255) * 10 + ((four >> 8) & 255) * 100;
}

/** `://`, and the host behind it. */
function lookAtSlashes(chunk: u32, blocks: u32): void {
  let here = masks();
  const labelsAt = here + LABELS;
  const dotsAt = here + DOTS;
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
      url(place - 3, end);
    }
  }
}

/** IPv6: `::`, or colons with no more than four characters between each and the next, three times within a block at least. */
function lookAtColons(chunk: u32, blocks: u32): void {
  let here = masks();
  let colons = load<u64>(here, COLONS);
  for (let n: u32 = 0; n < blocks; n++) {
    here += 8;
    const next = load<u64>(here, COLONS);
    if (colons != 0) {
      let found = colons & ((colons >> 1) | (next << 63));
      if (popcnt<u64>(colons) >= 3) {
        const close =
          (colons >> 1) | (colons >> 2) | (colons >> 3) | (colons >> 4) | (colons >> 5) |
          (next << 63) | (next << 62) | (next << 61) | (next << 60) | (next << 59);
        const chain = colons & close;
        if (popcnt<u64>(chain) >= 3) found |= chain;
      }
      while (found != 0) {
        const place = chunk + 64 * n + <u32>ctz<u64>(found);
        found &= found - 1;
        if (place >= ipv6Done) ipv6Done = ipv6(place);
      }
    }
    colons = next;
  }
}

/** Digests: a quarter of a block, all hexadecimal; or with colons between their bytes. */
function lookAtHexes(chunk: u32, blocks: u32): void {
  let here = masks();
  for (let n: u32 = 0; n < blocks; n++, here += 8) {
    let runs = load<u64>(here, LABELS);
    runs &= runs >> 1;
    runs &= runs >> 2;
    runs &= runs >> 4;
    runs = (runs & (runs >> 8)) & 0x0001000100010001;
    const block = chunk + 64 * n;
    while (runs != 0) {
      const place = block + <u32>ctz<u64>(runs);
      runs &= runs - 1;
      if (place >= hexDone && isHex(place)) hexDone = hex(place);
    }
    if (popcnt<u64>(load<u64>(here, COLONS)) < 5) continue;
    for (let part: u32 = 0; part < 64; part += 16) {
      if (block + part >= colonHexDone && isColonHex(block + part)) colonHexDone = colonHex(block + part);
    }
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
  while (i + 64 <= to) {
    // A byte of the sum counts up to 4 a round.
    const stop = i + 64 * min<u32>(63, (to - i) / 64);
    let sums = i8x16.splat(0);
    for (; i < stop; i += 64) {
      const a = i8x16.add(equals(v128.load(textAt + i), 0x0a), equals(v128.load(textAt + i, 16), 0x0a));
      const b = i8x16.add(equals(v128.load(textAt + i, 32), 0x0a), equals(v128.load(textAt + i, 48), 0x0a));
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
