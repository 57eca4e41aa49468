/**
 * Seeded mutation of samples, for every parser: what comes out must be an account that adds up, within a bounded time, and
 * never an exception. `node test/forensics/fuzz.ts SECONDS [SEED]` runs it longer.
 */
import { fileURLToPath } from 'node:url';
import { encodeEvent, type FormatParser, memoryReader } from '../../src/forensics/index.ts';
import { SAMPLES } from './samples.ts';

/** xorshift32: the same numbers everywhere. */
export function generator(seed: number): (below: number) => number {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const INTERESTING = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x22, 0x7b];

/** A damaged copy: bytes changed, runs overwritten, pieces cut out, doubled or moved, the end cut off. */
export function mutate(sample: Uint8Array, random: (below: number) => number): Uint8Array {
  let bytes = Buffer.from(sample);
  for (let rounds = 1 + random(8); rounds > 0 && bytes.length > 0; rounds--) {
    const at = random(bytes.length);
    const length = Math.min(1 + random(1 << random(10)), bytes.length - at);
    switch (random(7)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        bytes[at] = INTERESTING[random(INTERESTING.length)]!;
        break;
      case 2:
        bytes[at] = bytes[at]! ^ (1 << random(8));
        break;
      case 3:
        bytes.fill(INTERESTING[random(INTERESTING.length)]!, at, at + length);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      case 6:
        if (at + 4 <= bytes.length)
          bytes.writeInt32LE([-1, 0x7fffffff, 0x10000, -2147483648][random(4)]!, at);
        break;
    }
  }
  return random(8) === 0 ? bytes.subarray(0, random(bytes.length + 1)) : bytes;
}

/** @throws when the parser does, when its account does not add up, or when it took too long. */
export function checkParser(format: FormatParser, bytes: Uint8Array): void {
  const before = process.cpuUsage();
  let events = 0;
  format.recognise(bytes.subarray(0, 65_536));
  const account = format.parse(memoryReader(bytes), (event) => {
    events++;
    encodeEvent(event);
  });
  const fault = (message: string) =>
    new Error(`${format.name}: ${message} (${JSON.stringify(account).slice(0, 300)})`);
  if (events !== account.events) throw fault('events are miscounted');
  for (const count of [
    account.records,
    account.recovered,
    account.errors,
    account.warnings,
    account.skippedBytes,
  ]) {
    if (!Number.isSafeInteger(count) || count < 0) throw fault('a count is no count');
  }
  for (const issue of account.issues) {
    if (issue.offset < 0 || issue.offset > bytes.length)
      throw fault(`an issue at ${issue.offset} of ${bytes.length}`);
  }
  if (account.skippedBytes > bytes.length) throw fault('more bytes are skipped than there are');
  // Samples are small; a second for one is a hang in the making. Processor time, since a machine may have other work.
  const { user, system } = process.cpuUsage(before);
  if (user + system > 2_000_000) throw fault('it took too long');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const until = performance.now() + 1_000 * Number(process.argv[2] ?? 60);
  const seed = Number(process.argv[3] ?? 1);
  const random = generator(seed);
  let runs = 0;
  while (performance.now() < until) {
    for (const { format, bytes } of SAMPLES) {
      checkParser(format, mutate(bytes, random));
      runs++;
    }
  }
  console.log(`${runs} damaged files from seed ${seed}, no fault`);
}
