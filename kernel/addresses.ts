// IPv4 and IPv6 addresses. See src/match/find-addresses.ts for where they begin and end.
import { ADDRESSES, ALNUM, at, DIGIT, emit, has, HEX, is, KEY_AT, length, prefixes, region } from './state';
import { BARE_URL_KEY, CIDR4_KEY, CIDR6_KEY, holds, IPV4_KEY, IPV6_KEY } from './lookup';
import { bareUrl } from './urls';
import { COLONS, masks } from './masks';

/** Whether what precedes `place` can be an escape; asked only where a letter or digit stands before it. */
function mayFollowEscape(place: u32): bool {
  return (
    (place >= 3 && at(place - 3) == 0x25) ||
    (place >= 2 && at(place - 2) == 0x5c) ||
    (place >= 6 && at(place - 6) == 0x5c)
  );
}

/** A dot with digits on both sides, at `dot`, where the fast way in scan.ts does not serve. Returns the end of the address of which it is the first dot, or 0. */
export function ipv4(dot: u32): u32 {
  // The three parts behind the dot.
  let rest: u32 = 0;
  let i = dot + 1;
  for (let part = 0; part < 3; part++) {
    let value: u32 = 0;
    const from = i;
    while (i - from < 3 && is(at(i), DIGIT)) value = value * 10 + at(i++) - 0x30;
    if (i == from || value > 255) return 0;
    rest = (rest << 8) | value;
    if (part < 2 && at(i++) != 0x2e) return 0;
  }
  const next = at(i);
  if (is(next, ALNUM) || (next == 0x2e && is(at(i + 1), ALNUM))) return 0;
  let found = false;
  let value: u32 = 0;
  let scale: u32 = 1;
  for (let digits: u32 = 1; digits <= 3 && digits <= dot; digits++) {
    const start = dot - digits;
    if (!is(at(start), DIGIT)) break;
    value += (at(start) - 0x30) * scale;
    scale *= 10;
    if (value > 255) break;
    if (start > 0 && is(at(start - 1), ALNUM) && !mayFollowEscape(start)) continue;
    if (start > 1 && at(start - 1) == 0x2e && is(at(start - 2), ALNUM)) continue;
    if (holdsAddress4((value << 24) | rest)) {
      emit(ADDRESSES, start, start + 1);
      found = true;
    }
    if (has(BARE_URL_KEY) && (next == 0x2f || next == 0x3f || next == 0x3a)) bareUrl(start, i);
  }
  return i;
}

/** `address` has its first byte in its highest bits. */
export function holdsAddress4(address: u32): bool {
  const key = region + KEY_AT + 16;
  store<u32>(key, bswap<u32>(address));
  if (has(IPV4_KEY) && holds(key + 4, 4, IPV4_KEY)) return true;
  if (!has(CIDR4_KEY)) return false;
  const list = prefixes(true);
  const count = load<u8>(list);
  for (let n: usize = 1; n <= count; n++) {
    const prefix = <u32>load<u8>(list + n);
    store<u8>(key - 1, <u8>prefix);
    store<u32>(key, bswap<u32>(address & (0xffffffff << (32 - prefix))));
    if (holds(key + 4, 5, CIDR4_KEY)) return true;
  }
  return false;
}

// @ts-ignore: decorator
@inline
function isRunChar(code: u32): bool {
  return is(code, HEX) || code == 0x3a || code == 0x2e;
}

const RUN_MAX: u32 = 64;
/** Characters of the longest IPv6 address. */
const ADDRESS_MAX: u32 = 45;

/** A colon at `colon` with hexadecimal digits or a colon beside it. Returns from where on colons are to be looked at: its run's end, or, where that lies too far, before any address that is cut. */
export function ipv6(colon: u32): u32 {
  let start = colon;
  const lowest = colon > RUN_MAX ? colon - RUN_MAX : 0;
  while (start > lowest && isRunChar(at(start - 1))) start--;
  let end = colon + 1;
  const highest = min(length, colon + RUN_MAX);
  while (end < highest && isRunChar(at(end))) end++;
  const stop = end < length && isRunChar(at(end)) ? end - ADDRESS_MAX : end;
  let colons = 0;
  let hasGap = false;
  for (let i = start; i < end; i++) {
    if (at(i) == 0x3a) {
      colons++;
      if (at(i + 1) == 0x3a && i + 1 < end) hasGap = true;
    }
  }
  if (!hasGap && colons < 6) return stop;
  while (end > start && (at(end - 1) == 0x2e || (at(end - 1) == 0x3a && !(end - start >= 2 && at(end - 2) == 0x3a)))) end--;
  address6(start, end);
  // Behind a word and its colon, or behind a colon alone.
  let second = start;
  while (second < end && at(second) != 0x3a) second++;
  if (second < end) address6(second + 1, end);
  // Behind five digits and a colon, which are no group.
  let digits: u32 = 0;
  let word = start;
  for (let i = start; i < end; i++) {
    if (at(i) == 0x3a && digits >= 5) word = i + 1;
    digits = is(at(i), HEX) ? digits + 1 : 0;
  }
  if (word > start && word != second + 1) address6(word, end);
  return stop;
}

/** Reads [start, end) as an IPv6 address and looks it up. */
function address6(start: u32, end: u32): void {
  if (end <= start || end - start > ADDRESS_MAX) return;
  const bytes = region + KEY_AT + 16;
  store<u64>(bytes, 0);
  store<u64>(bytes + 8, 0);
  let filled: u32 = 0;
  let gap: i32 = -1;
  let i = start;
  if (at(i) == 0x3a) {
    if (at(i + 1) != 0x3a || i + 1 >= end) return;
    gap = 0;
    i += 2;
  }
  let hasQuad = false;
  while (i < end) {
    if (filled > 14) return;
    let value: u32 = 0;
    let digits: u32 = 0;
    const from = i;
    while (i < end && digits < 5 && is(at(i), HEX)) {
      const code = at(i++);
      value = (value << 4) | ((code & 15) + (code > 0x39 ? 9 : 0));
      digits++;
    }
    if (digits == 0 || (digits > 4 && at(i) != 0x2e)) return;
    if (i < end && at(i) == 0x2e) {
      if (filled > 12) return;
      i = from;
      for (let part: u32 = 0; part < 4; part++) {
        let octet: u32 = 0;
        const first = i;
        while (i < end && i - first < 3 && is(at(i), DIGIT)) octet = octet * 10 + at(i++) - 0x30;
        if (i == first || octet > 255) return;
        store<u8>(bytes + filled++, <u8>octet);
        if (part < 3 && (i >= end || at(i++) != 0x2e)) return;
      }
      if (i != end) return;
      hasQuad = true;
      break;
    }
    if (digits > 4) return;
    store<u8>(bytes + filled++, <u8>(value >> 8));
    store<u8>(bytes + filled++, <u8>value);
    if (i >= end) break;
    if (at(i) != 0x3a) return;
    i++;
    if (i >= end) return;
    if (at(i) == 0x3a) {
      if (gap >= 0) return;
      gap = filled;
      i++;
    }
  }
  if (gap < 0) {
    if (filled != 16) return;
  } else {
    if (filled > 14) return;
    const moved = filled - <u32>gap;
    memory.copy(bytes + 16 - moved, bytes + gap, moved);
    memory.fill(bytes + gap, 0, 16 - filled);
  }
  const isMapped = load<u64>(bytes) == 0 && load<u32>(bytes + 8) == 0xffff0000;
  if (isMapped) {
    if (!hasQuad && holdsAddress4(bswap<u32>(load<u32>(bytes + 12)))) emit(ADDRESSES, start, start + 1);
  } else if (holdsAddress6(bytes)) emit(ADDRESSES, start, start + 1);
}

function holdsAddress6(bytes: usize): bool {
  if (has(IPV6_KEY) && holds(bytes + 16, 16, IPV6_KEY)) return true;
  if (!has(CIDR6_KEY)) return false;
  const list = prefixes(false);
  // From the longest prefix to the shortest, so that masking in place loses nothing.
  for (let n: usize = load<u8>(list); n > 0; n--) {
    const prefix = <u32>load<u8>(list + n);
    const whole = prefix >> 3;
    if (prefix & 7) store<u8>(bytes + whole, load<u8>(bytes + whole) & <u8>(0xff00 >> (prefix & 7)));
    const zeros = whole + (prefix & 7 ? 1 : 0);
    memory.fill(bytes + zeros, 0, 16 - zeros);
    store<u8>(bytes - 1, <u8>prefix);
    if (holds(bytes + 16, 17, CIDR6_KEY)) return true;
  }
  return false;
}

/** End of the run last looked at. */
let ipv6Done: u32 = 0;

export function forgetIpv6(): void {
  ipv6Done = 0;
}

/** IPv6: `::`, or colons with no more than four characters between each and the next, three times within a block at least. */
export function findIpv6(chunk: u32, blocks: u32): void {
  let here = masks();
  let colons = load<u64>(here, COLONS);
  for (let n: u32 = 0; n < blocks; n++) {
    here += 8;
    const next = load<u64>(here, COLONS);
    const beside = (colons >> 1) | (next << 63);
    const two = beside | (colons >> 2) | (next << 62);
    const chain = colons & (two | (two >> 2) | (next << 61) | (next << 60) | (colons >> 5) | (next << 59));
    let found = (colons & beside) | (chain & -<u64>(popcnt<u64>(chain) >= 3));
    while (found != 0) {
      const place = chunk + 64 * n + <u32>ctz<u64>(found);
      found &= found - 1;
      if (place >= ipv6Done) ipv6Done = ipv6(place);
    }
    colons = next;
  }
}
