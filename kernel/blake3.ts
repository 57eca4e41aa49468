/**
 * BLAKE3 ("BLAKE3: one function, fast everywhere", 2021, §2; digests of 32 bytes, no key): four chunks at a time, one in each lane of
 * a vector. JavaScript fills the buffer and calls `groups` while more is to come, then `finish`. Where fewer than four compressions
 * are left, the other lanes work in vain: one compression function serves all. `src/store/blake3.ts` calls it; its tests
 * compare it with an implementation in plain JavaScript.
 */

const CHUNK_BYTES: u32 = 1024;
const BLOCK_BYTES: u32 = 64;
/** Chunks that are hashed and joined to one subtree at once. */
const GROUP_CHUNKS: u32 = 16;
const GROUP_BYTES: u32 = GROUP_CHUNKS * CHUNK_BYTES;
/** Whole groups that the buffer holds: large enough that calls cost nothing, small enough for the second-level cache. */
const BUFFER_GROUPS: u32 = 16;
const BUFFER_BYTES: u32 = BUFFER_GROUPS * GROUP_BYTES;
const CV_BYTES: u32 = 32;

const CHUNK_START: i32 = 1;
const CHUNK_END: i32 = 2;
const PARENT: i32 = 4;
const ROOT: i32 = 8;

/** Where a round finds its message words among those of the round before. */
const PERMUTATION = memory.data<u8>([2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]);
const ROUNDS: u32 = 7;
/** Addresses of the sixteen words of a message, for each round. */
const SCHEDULE = memory.data(448);
/** A message of each lane, word by word. */
const MESSAGE = memory.data(256, 16);
/** The chaining value of each lane, word by word. */
const STATE = memory.data(128, 16);
/** Chaining values of a group, one after the other. */
const VALUES = memory.data(512, 16);
/** One chaining value for each level of a tree of 2^54 chunks, which is all that 2^64 bytes make. */
const STACK = memory.data(1728, 16);
const BUFFER = memory.data(262144, 16);

const IV0: i32 = 0x6a09e667;
const IV1: i32 = <i32>0xbb67ae85;
const IV2: i32 = 0x3c6ef372;
const IV3: i32 = <i32>0xa54ff53a;
const IV4: i32 = 0x510e527f;
const IV5: i32 = <i32>0x9b05688c;
const IV6: i32 = 0x1f83d9ab;
const IV7: i32 = 0x5be0cd19;

/** Whole chunks before the buffer; and chaining values on the stack, one for each bit set in it. */
let chunks: u64 = 0;
let depth: u32 = 0;

export function bufferAt(): u32 {
  return <u32>BUFFER;
}

export function bufferBytes(): u32 {
  return BUFFER_BYTES;
}

export function resultAt(): u32 {
  return <u32>VALUES;
}

/** Begins a new digest. */
export function start(): void {
  chunks = 0;
  depth = 0;
  let word: u32 = 0;
  for (; word < 16; word++) store<u32>(SCHEDULE + 4 * word, <u32>MESSAGE + 16 * word);
  for (; word < 16 * ROUNDS; word++) {
    const from: u32 = load<u8>(PERMUTATION + (word & 15));
    store<u32>(SCHEDULE + 4 * word, load<u32>(SCHEDULE + 4 * ((word & ~15) - 16 + from)));
  }
}

/** Hashes `count` groups at the beginning of the buffer; more bytes must follow them, so none is the root. */
export function groups(count: u32): void {
  for (let group: u32 = 0; group < count; group++) {
    hashGroup(<u32>BUFFER + group * GROUP_BYTES);
    chunks += GROUP_CHUNKS;
    push(chunks / GROUP_CHUNKS);
  }
}

/** The digest, at `resultAt`. `length`: what is left in the buffer, at most one group; 0 only when there was nothing at all. */
export function finish(length: u32): void {
  let at: u32 = <u32>BUFFER;
  for (; length > CHUNK_BYTES; length -= CHUNK_BYTES) {
    hashChunk(at, CHUNK_BYTES, 0);
    chunks++;
    push(chunks);
    at += CHUNK_BYTES;
  }
  hashChunk(at, length, depth === 0 ? ROOT : 0);
  while (depth > 0) {
    depth--;
    join(depth === 0 ? PARENT | ROOT : PARENT);
  }
}

/** Puts the value at VALUES on the stack, after joining it with every subtree of its own size; `units` counts those. */
function push(units: u64): void {
  for (; (units & 1) === 0; units >>= 1) {
    depth--;
    join(PARENT);
  }
  memory.copy(STACK + depth * CV_BYTES, VALUES, CV_BYTES);
  depth++;
}

/** The parent of the value at the top of the stack, just taken off, and the one at VALUES. */
function join(flags: i32): void {
  memory.copy(VALUES + CV_BYTES, VALUES, CV_BYTES);
  memory.copy(VALUES, STACK + depth * CV_BYTES, CV_BYTES);
  parents(1, flags);
}

/** One chunk in all lanes. */
function hashChunk(at: u32, length: u32, last: i32): void {
  loadIv();
  let flags = CHUNK_START;
  for (; length > BLOCK_BYTES; length -= BLOCK_BYTES) {
    gather(at, 0);
    compress(chunks, 0, BLOCK_BYTES, flags);
    flags = 0;
    at += BLOCK_BYTES;
  }
  // What is beyond the end counts as zeros; whatever follows in the buffer is of no use any more.
  memory.fill(at + length, 0, BLOCK_BYTES - length);
  gather(at, 0);
  compress(chunks, 0, length, flags | CHUNK_END | last);
  scatter(<u32>VALUES);
}

function hashGroup(at: u32): void {
  for (let four: u32 = 0; four < GROUP_CHUNKS / 4; four++) {
    loadIv();
    for (let block: u32 = 0; block < CHUNK_BYTES; block += BLOCK_BYTES) {
      const flags =
        block === 0 ? CHUNK_START : block === CHUNK_BYTES - BLOCK_BYTES ? CHUNK_END : 0;
      gather(at + block, CHUNK_BYTES);
      compress(chunks + 4 * four, 1, BLOCK_BYTES, flags);
    }
    scatter(<u32>VALUES + 4 * CV_BYTES * four);
    at += 4 * CHUNK_BYTES;
  }
  for (let count = GROUP_CHUNKS / 2; count > 0; count /= 2) parents(count, PARENT);
}

/** Replaces pairs of the values at VALUES by their parents. */
function parents(count: u32, flags: i32): void {
  for (let four: u32 = 0; four < count; four += 4) {
    loadIv();
    gather(<u32>VALUES + 2 * CV_BYTES * four, 2 * CV_BYTES);
    compress(0, 0, BLOCK_BYTES, flags);
    scatter(<u32>VALUES + CV_BYTES * four);
  }
}

function loadIv(): void {
  v128.store(STATE, i32x4.splat(IV0), 0);
  v128.store(STATE, i32x4.splat(IV1), 16);
  v128.store(STATE, i32x4.splat(IV2), 32);
  v128.store(STATE, i32x4.splat(IV3), 48);
  v128.store(STATE, i32x4.splat(IV4), 64);
  v128.store(STATE, i32x4.splat(IV5), 80);
  v128.store(STATE, i32x4.splat(IV6), 96);
  v128.store(STATE, i32x4.splat(IV7), 112);
}

/** Four blocks, `stride` bytes apart, into MESSAGE: word i of all four side by side. */
function gather(at: u32, stride: u32): void {
  for (let quarter: u32 = 0; quarter < 4; quarter++) {
    const from = at + 16 * quarter;
    const a = v128.load(from);
    const b = v128.load(from + stride);
    const c = v128.load(from + 2 * stride);
    const d = v128.load(from + 3 * stride);
    const ab0 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
    const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
    const cd0 = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
    const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
    const to = MESSAGE + 64 * quarter;
    v128.store(to, v128.shuffle<i64>(ab0, cd0, 0, 2), 0);
    v128.store(to, v128.shuffle<i64>(ab0, cd0, 1, 3), 16);
    v128.store(to, v128.shuffle<i64>(ab2, cd2, 0, 2), 32);
    v128.store(to, v128.shuffle<i64>(ab2, cd2, 1, 3), 48);
  }
}

/** The chaining values of the four lanes from STATE, one after the other. */
function scatter(to: u32): void {
  for (let half: u32 = 0; half < 2; half++) {
    const from = STATE + 64 * half;
    const a = v128.load(from, 0);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    const ab0 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
    const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
    const cd0 = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
    const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
    const at = to + 16 * half;
    v128.store(at, v128.shuffle<i64>(ab0, cd0, 0, 2), 0);
    v128.store(at, v128.shuffle<i64>(ab0, cd0, 1, 3), 32);
    v128.store(at, v128.shuffle<i64>(ab2, cd2, 0, 2), 64);
    v128.store(at, v128.shuffle<i64>(ab2, cd2, 1, 3), 96);
  }
}

// @ts-ignore: decorator
@inline
function word(schedule: u32, i: u32): v128 {
  return v128.load(load<u32>(schedule + 4 * i));
}

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b);
}

// @ts-ignore: decorator
@inline
function rotate16(a: v128): v128 {
  return i8x16.shuffle(a, a, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}

// @ts-ignore: decorator
@inline
function rotate8(a: v128): v128 {
  return i8x16.shuffle(a, a, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
}

// @ts-ignore: decorator
@inline
function rotate12(a: v128): v128 {
  return v128.or(i32x4.shr_u(a, 12), i32x4.shl(a, 20));
}

// @ts-ignore: decorator
@inline
function rotate7(a: v128): v128 {
  return v128.or(i32x4.shr_u(a, 7), i32x4.shl(a, 25));
}

/** §2.2 for four blocks: STATE and MESSAGE to STATE. Lane i counts chunk `counter + i * step`. */
function compress(counter: u64, step: u32, length: u32, flags: i32): void {
  const at = STATE;
  let v0 = v128.load(at, 0);
  let v1 = v128.load(at, 16);
  let v2 = v128.load(at, 32);
  let v3 = v128.load(at, 48);
  let v4 = v128.load(at, 64);
  let v5 = v128.load(at, 80);
  let v6 = v128.load(at, 96);
  let v7 = v128.load(at, 112);
  let v8 = i32x4.splat(IV0);
  let v9 = i32x4.splat(IV1);
  let v10 = i32x4.splat(IV2);
  let v11 = i32x4.splat(IV3);
  // Four chunks of one group never cross a multiple of 2^32.
  let v12 = add(i32x4.splat(<i32>counter), i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(step)));
  let v13 = i32x4.splat(<i32>(counter >> 32));
  let v14 = i32x4.splat(length);
  let v15 = i32x4.splat(flags);
  const end = <u32>SCHEDULE + 64 * ROUNDS;
  for (let s = <u32>SCHEDULE; s < end; s += 64) {
    // columns
    v0 = add(add(v0, v4), word(s, 0));
    v1 = add(add(v1, v5), word(s, 2));
    v2 = add(add(v2, v6), word(s, 4));
    v3 = add(add(v3, v7), word(s, 6));
    v12 = rotate16(v128.xor(v12, v0));
    v13 = rotate16(v128.xor(v13, v1));
    v14 = rotate16(v128.xor(v14, v2));
    v15 = rotate16(v128.xor(v15, v3));
    v8 = add(v8, v12);
    v9 = add(v9, v13);
    v10 = add(v10, v14);
    v11 = add(v11, v15);
    v4 = rotate12(v128.xor(v4, v8));
    v5 = rotate12(v128.xor(v5, v9));
    v6 = rotate12(v128.xor(v6, v10));
    v7 = rotate12(v128.xor(v7, v11));
    v0 = add(add(v0, v4), word(s, 1));
    v1 = add(add(v1, v5), word(s, 3));
    v2 = add(add(v2, v6), word(s, 5));
    v3 = add(add(v3, v7), word(s, 7));
    v12 = rotate8(v128.xor(v12, v0));
    v13 = rotate8(v128.xor(v13, v1));
    v14 = rotate8(v128.xor(v14, v2));
    v15 = rotate8(v128.xor(v15, v3));
    v8 = add(v8, v12);
    v9 = add(v9, v13);
    v10 = add(v10, v14);
    v11 = add(v11, v15);
    v4 = rotate7(v128.xor(v4, v8));
    v5 = rotate7(v128.xor(v5, v9));
    v6 = rotate7(v128.xor(v6, v10));
    v7 = rotate7(v128.xor(v7, v11));
    // diagonals
    v0 = add(add(v0, v5), word(s, 8));
    v1 = add(add(v1, v6), word(s, 10));
    v2 = add(add(v2, v7), word(s, 12));
    v3 = add(add(v3, v4), word(s, 14));
    v15 = rotate16(v128.xor(v15, v0));
    v12 = rotate16(v128.xor(v12, v1));
    v13 = rotate16(v128.xor(v13, v2));
    v14 = rotate16(v128.xor(v14, v3));
    v10 = add(v10, v15);
    v11 = add(v11, v12);
    v8 = add(v8, v13);
    v9 = add(v9, v14);
    v5 = rotate12(v128.xor(v5, v10));
    v6 = rotate12(v128.xor(v6, v11));
    v7 = rotate12(v128.xor(v7, v8));
    v4 = rotate12(v128.xor(v4, v9));
    v0 = add(add(v0, v5), word(s, 9));
    v1 = add(add(v1, v6), word(s, 11));
    v2 = add(add(v2, v7), word(s, 13));
    v3 = add(add(v3, v4), word(s, 15));
    v15 = rotate8(v128.xor(v15, v0));
    v12 = rotate8(v128.xor(v12, v1));
    v13 = rotate8(v128.xor(v13, v2));
    v14 = rotate8(v128.xor(v14, v3));
    v10 = add(v10, v15);
    v11 = add(v11, v12);
    v8 = add(v8, v13);
    v9 = add(v9, v14);
    v5 = rotate7(v128.xor(v5, v10));
    v6 = rotate7(v128.xor(v6, v11));
    v7 = rotate7(v128.xor(v7, v8));
    v4 = rotate7(v128.xor(v4, v9));
  }
  v128.store(at, v128.xor(v0, v8), 0);
  v128.store(at, v128.xor(v1, v9), 16);
  v128.store(at, v128.xor(v2, v10), 32);
  v128.store(at, v128.xor(v3, v11), 48);
  v128.store(at, v128.xor(v4, v12), 64);
  v128.store(at, v128.xor(v5, v13), 80);
  v128.store(at, v128.xor(v6, v14), 96);
  v128.store(at, v128.xor(v7, v15), 112);
}
