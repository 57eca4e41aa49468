// Names in text: where they end, and which of them the index may hold. What a name is says src/match/find-hosts.ts; hosts.ts reads one.
import {
  ALNUM, at, BEHIND_HOST, BESIDE_AT, CASE, constant, has, HOST, is, isInternational, length, MARK_FACTORS, region, text,
} from './state';
import { answer, ask, askFolded, askMark, BARE_URL_KEY, EMAIL_MARK, HOST_KEY, HOST_MARK, markOf, QUESTION } from './lookup';
import { BEYOND, bitsBefore, CHUNK, DIGITS, DOTS, LABELS, masks, NAMES_AT, note, PASSED_AT, QUESTIONS_AT, SECOND_QUESTIONS_AT } from './masks';
import { host, international } from './hosts';

// Carry of the addition that runs through names, from one block to the next.
export let nameCarry: u64 = 0;
let nameCount: u32 = 0;
/** Where the name ends that was last looked at and may be international. */
let mixedDone: u32 = 0;

export function setNameCarry(carry: u64): void {
  nameCarry = carry;
}

export function forgetNames(): void {
  mixedDone = 0;
}

/**
 * Ends of names: runs of labels and dots in which some dot has a letter behind it. Adding such a dot to the run that it stands
 * in carries through to the run's end. Where names may be international, a dot with a byte beyond ASCII behind it ends one too.
 * Ends are noted from the first to the last.
 */
export function findNames(blocks: u32): void {
  const list = region + NAMES_AT;
  // An international top-level domain may begin with a digit.
  const notDigit: u64 = isInternational ? ~(<u64>0) : 0;
  let carry = nameCarry;
  let count: u32 = 0;
  let wideCarry: u64 = 0;
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
    let ends = second & ~run & ~inner;
    if (isInternational) {
      const wide = dots & ((load<u64>(at - 8, BEYOND) >> 1) | (load<u64>(at, BEYOND) << 63));
      ends |= (wide << 1) | wideCarry;
      wideCarry = wide >> 63;
    }
    count = note(ends, 64 * n, list, count);
    labels = labelsNext;
    numbers = numbersNext;
  }
  if (wideCarry != 0) count = note(1, 64 * blocks, list, count);
  nameCarry = carry;
  nameCount = count;
}

/** What the sign at an address in memory means beside a token. */
// @ts-ignore: decorator
@inline
function beside(place: usize): u32 {
  return load<u8>(region + BESIDE_AT + load<u8>(place));
}

/** 1 where the sign before a label and its first letter may be an escape, which takes from the label. */
// @ts-ignore: decorator
@inline
function isEscape(before: u32, begin: u32): u32 {
  return ((before >> 2) | ((before >> 3) & (begin >> 4))) & 1;
}

/** Asks for the last two labels of every name; of those marked, for all that they may end in. What passes, and what needs a closer look, is looked at. */
export function askNames(chunk: u32): void {
  const list = region + NAMES_AT;
  const questions = region + QUESTIONS_AT;
  const kept = region + PASSED_AT;
  const labelsAt = masks() + LABELS;
  const wide = isInternational;
  const table = region + BESIDE_AT;
  const cases = constant(CASE);
  const factors = constant(MARK_FACTORS);
  const mark = markOf(HOST_MARK);
  const first = text + chunk;
  const last = list + 4 * nameCount;
  let question = questions;
  for (let one = list; one < last; one += 4, question += QUESTION) {
    const end = load<u32>(one);
    const signs = ~bitsBefore(labelsAt, end);
    const top = <u32>clz<u64>(signs);
    const size = top + 1 + <u32>clz<u64>((signs << top) << 1);
    const behind = first + end;
    const before = <u32>load<u8>(table + load<u8>(behind - size - 1));
    const begin = <u32>load<u8>(table + load<u8>(behind - size));
    const close = <u32>load<u8>(table + load<u8>(behind - 1));
    // A sign that a name does not end or begin with; an escape, which may take from the first label; more than the masks show.
    let isOdd = (((close >> 5) | (begin >> 6)) & 1) | isEscape(before, begin) | <u32>(size > 56);
    if (wide) isOdd |= <u32>(load<u8>(behind - size - 1) >= 0x80) | <u32>(load<u8>(behind) >= 0x80);
    askMark(question, behind, size, mark, cases, factors, end, isOdd);
  }
  let passed = answer(questions, question, HOST_MARK, kept);
  if (!wide) {
    const second = region + SECOND_QUESTIONS_AT;
    question = second;
    for (let one = kept; one < passed; one += 4) question = askSuffixes(chunk, load<u32>(load<u32>(one), 8), question);
    passed = answer(second, question, HOST_KEY, kept);
  }
  let done: u32 = CHUNK + 1;
  for (let one = kept; one < passed; one += 4) {
    const end = load<u32>(load<u32>(one), 8);
    if (end == done) continue;
    done = end;
    if (wide) mixedHost(chunk + end - 1);
    else longHost(chunk + end - 1);
  }
}

/** Asks for a name from its second label on, from its third, and so on, and, behind an `@`, for its addresses. Returns where the next question goes. */
function askSuffixes(chunk: u32, end: u32, question: usize): usize {
  const signs = ~bitsBefore(masks() + LABELS, end);
  const total = <u32>clz<u64>(signs & ~bitsBefore(masks() + DOTS, end));
  const behind = text + chunk + end;
  const first = behind - total;
  const before = load<u8>(first - 1);
  const next = beside(behind);
  let left = signs & ~((<u64>-1) >> total);
  // A name beyond the masks, an empty label in it, a sign before or behind it, an escape before it, a reverse name, what may be a URL.
  if (
    total > 56 || (left & (left << 1)) != 0 || !is(load<u8>(first), ALNUM) || !is(load<u8>(behind - 1), ALNUM) || isEscape(beside(first - 1), beside(first)) != 0 ||
    (load<u32>(behind - 4) | 0x20202020) == 0x61707261 || (has(BARE_URL_KEY) && (next & BEHIND_HOST) != 0)
  ) {
    ask(question, 0, 0, end, 1);
    return question + QUESTION;
  }
  left ^= (<u64>1 << 63) >> clz<u64>(left);
  while (left != 0) {
    const size = <u32>clz<u64>(left);
    left ^= (<u64>1 << 63) >> size;
    askFolded(question, behind, size, HOST_KEY, end, 0);
    question += QUESTION;
  }
  askFolded(question, behind, total, HOST_KEY, end, 0);
  question += QUESTION;
  if (before == 0x40) {
    askMark(question, behind, total, markOf(EMAIL_MARK), constant(CASE), constant(MARK_FACTORS), end, 0);
    question += QUESTION;
  }
  return question;
}

/** The run of host characters that holds `place`, from one empty label to the next. */
function longHost(place: u32): void {
  let start = place;
  const lowest = place > 320 ? place - 320 : 0;
  while (start > lowest && is(at(start - 1), HOST) && !(at(start - 1) == 0x2e && at(start) == 0x2e)) start--;
  let end = place + 1;
  const highest = min(length, place + 4096);
  while (end < highest && is(at(end), HOST) && !(at(end) == 0x2e && at(end + 1) == 0x2e)) end++;
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

