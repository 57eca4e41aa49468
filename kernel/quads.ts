// IPv4 addresses in text: where four numbers end, and which of them the index may hold.
import {
  BEFORE_QUAD, BEHIND_HOST, BESIDE_AT, constant, HALF, has, HUNDREDS, index, OCTET_MAX, QUAD_SHAPES_AT, ranges4At, region, TENS, text, UNITS,
} from './state';
import { answer, askIpv4, BARE_URL_KEY, CIDR4_KEY, IPV4_KEY, isRecorded } from './lookup';
import { bitsBefore, DIGITS, DOTS, masks, note, PASSED_AT, QUADS_AT, QUESTIONS_AT } from './masks';
import { ipv4 } from './addresses';

// Carries of the additions that run through numbers, from one block to the next.
export let quadCarry1: u64 = 0;
export let quadCarry2: u64 = 0;
export let quadCarry3: u64 = 0;
let quadCount: u32 = 0;

export function setQuadCarries(first: u64, second: u64, third: u64): void {
  quadCarry1 = first;
  quadCarry2 = second;
  quadCarry3 = third;
}

/** Ends of four numbers with dots between them. Each addition carries from a dot through the number behind it. */
export function findQuads(blocks: u32): void {
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
    at += 8;
    const next = load<u64>(at, DIGITS);
    const dots1 = dots & ((numbers << 1) | (before >> 63)) & ((numbers >> 1) | (next << 63));
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
    count = note(ends, 64 * n, list, count);
    before = numbers;
    numbers = next;
  }
  quadCarry1 = carry1;
  quadCarry2 = carry2;
  quadCarry3 = carry3;
  quadCount = count;
}

/** Asks for every IPv4 address; those that begin as a range does are looked at one by one. */
export function askQuads(chunk: u32): void {
  const list = region + QUADS_AT;
  const questions = region + QUESTIONS_AT;
  const kept = region + PASSED_AT;
  const shapes = region + QUAD_SHAPES_AT;
  const digitsAt = masks() + DIGITS;
  const first = text + chunk;
  const last = list + 4 * quadCount;
  const table = region + BESIDE_AT;
  const behindHost: u32 = has(BARE_URL_KEY) ? BEHIND_HOST : 0;
  // Without ranges, some memory that is there.
  const ranges = has(CIDR4_KEY) ? ranges4At : index;
  const hasRanges = <u32>has(CIDR4_KEY);
  const values = constant(HALF);
  const tens = constant(TENS);
  const units = constant(UNITS);
  const hundreds = constant(HUNDREDS);
  const largest = constant(OCTET_MAX);
  let question = questions;
  for (let one = list; one < last; one += 4) {
    const end = load<u32>(one);
    // How many digits each number has, the last first.
    let signs = ~bitsBefore(digitsAt, end);
    const d = <u32>clz<u64>(signs);
    signs = (signs << d) << 1;
    const c = <u32>clz<u64>(signs);
    signs = (signs << c) << 1;
    const b = <u32>clz<u64>(signs);
    signs = (signs << b) << 1;
    const a = <u32>clz<u64>(signs);
    const behind = first + end;
    const size = d + c + b + 3;
    const before = <u32>load<u8>(table + load<u8>(behind - size - a - 1));
    const next = <u32>load<u8>(table + load<u8>(behind));
    // Four bytes a number: units, tens, hundreds, nothing.
    const shape = (d & 3) | ((c & 3) << 2) | ((b & 3) << 4) | ((a > 3 ? 3 : a) << 6);
    const figures = i8x16.swizzle(v128.and(v128.load(behind - 16), values), v128.load(shapes + 16 * shape));
    const pairs = i16x8.add(v128.and(figures, units), i16x8.mul(i16x8.shr_u(figures, 8), tens));
    const numbers = i32x4.dot_i16x8_s(pairs, hundreds);
    const isAddress = <u32>!v128.any_true(i32x4.gt_s(numbers, largest));
    const words = i16x8.narrow_i32x4_u(numbers, numbers);
    const word = i32x4.extract_lane(i8x16.narrow_i16x8_u(words, words), 0);
    // A first number that may be longer or shorter than its digits, or the host of a URL.
    const isOdd = <u32>(a > 3) | (before & BEFORE_QUAD) | <u32>((next & behindHost) != 0);
    const half = ((word & 255) << 8) | ((word >> 8) & 255);
    const isInRange = (<u32>load<u8>(ranges + (half >> 3)) >> (half & 7)) & hasRanges;
    // With the place of the first dot.
    askIpv4(question, word, chunk + end - size, isOdd | isInRange);
    question += <usize>(<u32>((d | c | b) <= 3) & (isOdd | isAddress)) << 4;
  }
  const passed = answer(questions, question, IPV4_KEY, kept);
  for (let one = kept; one < passed; one += 4) {
    const asked = <usize>load<u32>(one);
    if ((load<u32>(asked, 12) & 1) != 0 || isRecorded(asked)) ipv4(load<u32>(asked, 8));
  }
}
