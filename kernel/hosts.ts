// Domains and e-mail addresses. See src/match/find-hosts.ts for what they are.
//
// The loop in scan.ts has looked up the mark of the last two labels; what comes here all but always ends in an indicator's.
import { ALNUM, at, emit, has, HEX, HOST, HOSTS, is, isInternational, length, LETTER, LOCAL, text, URLS } from './state';
import { BARE_URL_KEY, CIDR4_KEY, CIDR6_KEY, HOST_KEY, holdsFolded, IPV4_KEY, IPV6_KEY } from './lookup';
import { bareUrl } from './urls';

const NAME_MAX: u32 = 256;
const LOCAL_MAX: u32 = 64;
/** International names have 253 characters of up to four bytes. */
const WIDE_MAX: u32 = 1024;

/** Characters at `place` that may belong to an escape before it (`%2F`, `\n`, `\u003c`), else 0. */
export function escapeTail(place: u32): u32 {
  const before = place > 0 ? at(place - 1) : 0;
  if (before == 0x25) return is(at(place), HEX) && is(at(place + 1), HEX) ? 2 : 0;
  if (before != 0x5c) return 0;
  const code = at(place);
  if (code == 0x6e || code == 0x72 || code == 0x74 || code == 0x62 || code == 0x66 || code == 0x76) return 1;
  return code == 0x75 ? 5 : 0;
}

/** A run of host characters [start, end), without empty labels, whose last two labels are marked, or that needs a closer look. */
export function host(start: u32, end: u32): void {
  if (isInternational && ((start > 0 && at(start - 1) >= 0x80) || at(end) >= 0x80)) {
    international(start, end);
    return;
  }
  // A URL's host may close with dots.
  let stop = end;
  while (at(stop) == 0x2e) stop++;
  while (end > start && !is(at(end - 1), ALNUM)) end--;
  let first = start;
  while (first < end && (at(first) == 0x2e || at(first) == 0x2d)) first++;
  const lowest = end - first > NAME_MAX ? end - NAME_MAX : first;
  const last = text + end;
  let dots = 0;
  let found = false;
  for (let i = end; i > lowest && !found; ) {
    i--;
    if (at(i) != 0x2e) continue;
    if (dots++ == 0) {
      if (!is(at(i + 1), LETTER)) return;
    } else if (end - i > 1) found = holdsFolded(last, end - i - 1, HOST_KEY);
  }
  if (dots == 0) return;
  if (!found) found = holdsFolded(last, end - lowest, HOST_KEY);
  const tail = escapeTail(start);
  if (!found && tail > 0 && start + tail < end) found = holdsFolded(last, end - start - tail, HOST_KEY);
  if (found) emit(HOSTS, first, end);
  if (first == start && lowest == start && start > 0 && at(start - 1) == 0x40) email(start - 1, end);
  // Reverse names hold an address.
  if (end - start > 13 && at(end - 5) == 0x2e && (load<u32>(text + end - 4) | 0x20202020) == 0x61707261) {
    if (has(IPV4_KEY) || has(IPV6_KEY) || has(CIDR4_KEY) || has(CIDR6_KEY)) emit(HOSTS, first, end);
  }
  if (has(BARE_URL_KEY)) {
    const next = at(stop);
    if (next == 0x2f || next == 0x3f || next == 0x3a) {
      bareUrl(first, stop);
      if (tail > 0) bareUrl(start + tail, stop);
    }
  }
}

/** Every beginning of a local part before the `@` at `sign`. */
function email(sign: u32, end: u32): void {
  let i = sign;
  const lowest = sign > LOCAL_MAX ? sign - LOCAL_MAX : 0;
  while (i > lowest && is(at(i - 1), LOCAL)) {
    i--;
    const before = i > 0 ? at(i - 1) : 0;
    const isEdge = !is(before, LOCAL) || !(is(before, HOST) || before == 0x2b || before >= 0x80);
    const mayFollowEscape =
      (i >= 3 && at(i - 3) == 0x25) || (i >= 2 && at(i - 2) == 0x5c) || (i >= 6 && at(i - 6) == 0x5c);
    if ((isEdge || mayFollowEscape) && holdsFolded(text + end, end - i, HOST_KEY)) emit(HOSTS, i, i + 1);
  }
}

/** A name with characters beyond ASCII beside it or in it: left to the reference engine. Returns the end of the run that it stands in. */
export function international(start: u32, end: u32): u32 {
  let from = start;
  const lowest = start > WIDE_MAX ? start - WIDE_MAX : 0;
  while (from > lowest && (at(from - 1) >= 0x80 || is(at(from - 1), HOST))) from--;
  let to = end;
  const highest = min(length, end + WIDE_MAX);
  while (to < highest && (at(to) >= 0x80 || is(at(to), HOST))) to++;
  emit(HOSTS, from > LOCAL_MAX ? from - LOCAL_MAX - 1 : 0, to);
  if (has(BARE_URL_KEY)) emit(URLS, from, to);
  return to;
}
