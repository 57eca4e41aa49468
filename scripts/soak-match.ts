/**
 * Differential fuzzing of the matcher for as long as wanted: the kernel against the reference engine on hostile text and on logs, with
 * indexes of all and of few kinds, whole and in ranges; and plain strings against `grep -F`.
 *
 *     node scripts/soak-match.ts [--megabytes N] [--seed N]
 *     node scripts/soak-match.ts --pieces N [--of NAME]
 *
 * With --pieces, every text of up to N pieces instead, of all kinds or one (test/match/short-texts.ts). Prints what differs with the seed that shows it again, and a closing line with bytes and hits. Exit code 1 when anything differed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateLogs } from '../bench/match/logs.ts';
import {
  buildIndex,
  compareMatches,
  type Engine,
  type Entry,
  type Match,
  openIndex,
  openKernelEngine,
  openReferenceEngine,
  scan,
  shareIndex,
} from '../src/match/index.ts';
import {
  GENERATED_KINDS,
  generateEntries,
  generateText,
  pick,
  type Random,
  seededRandom,
} from '../test/match/generate.ts';
import { compareShortTexts, SHORT_TEXTS } from '../test/match/short-texts.ts';

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string' },
    seed: { type: 'string' },
    pieces: { type: 'string' },
    of: { type: 'string' },
  },
});
if (values.pieces) {
  await compareAllShortTexts(Number(values.pieces), values.of);
  process.exit();
}
const wanted = Number(values.megabytes ?? 100) * 1e6;
const folder = mkdtempSync(join(tmpdir(), 'entente-soak-'));
let seed = Number(values.seed ?? 1);
let bytes = 0;
let matches = 0;
let differing = 0;
let grepBytes = 0;
let grepHits = 0;
const started = performance.now();
try {
  for (; bytes < wanted; seed++) {
    const random = seededRandom(seed);
    if (seed % 8 === 0) compareWithGrep(random);
    else await compareEngines(random);
    if (seed % 200 === 0)
      console.error(`${(bytes / 1e6).toFixed(0)} MB, ${matches} matches, ${differing} differences`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
const minutes = (performance.now() - started) / 60_000;
console.log(
  `${(bytes / 1e6).toFixed(1)} MB with ${matches} matches of both engines, ${(grepBytes / 1e6).toFixed(1)} MB with ${grepHits} hits of grep -F too, ` +
    `in ${minutes.toFixed(1)} minutes: ${differing} differences`,
);
process.exitCode = differing > 0 ? 1 : 0;

async function compareAllShortTexts(length: number, only: string | undefined): Promise<void> {
  for (const [name, texts] of Object.entries(SHORT_TEXTS)) {
    if (only !== undefined && only !== name) continue;
    const { bytes, matches, differences } = await compareShortTexts(texts, length);
    for (const one of differences.slice(0, 10)) console.log(`${name}: ${one}`);
    console.log(
      `${name}: ${(bytes / 1e6).toFixed(1)} MB, ${matches} matches, ${differences.length} differences`,
    );
    if (differences.length > 0) process.exitCode = 1;
  }
}

async function compareEngines(random: Random): Promise<void> {
  const kinds =
    seed % 3 === 0
      ? GENERATED_KINDS
      : Array.from({ length: 1 + random(4) }, () => pick(random, GENERATED_KINDS));
  const entries = generateEntries(random, 20 + random(500), kinds);
  const index = openIndex(buildIndex(entries).bytes);
  const reference = openReferenceEngine(index);
  const kernel = await openKernelEngine(index, await shareIndex(index, 1), 0);
  const content =
    random(4) === 0
      ? Buffer.from(generateText(random, entries, 60_000))
      : logsWith(
          random,
          entries.map(({ value }) => value.replace(/\*$/, '')),
        );
  const from = random(2) === 0 ? 0 : random(3000);
  const to = random(2) === 0 ? content.length : content.length - random(3000);
  compare(reference.find(content, from, to), inRanges(random, kernel, content, from, to));
  bytes += to - from;
}

function logsWith(random: Random, planted: readonly string[]): Buffer {
  const [chunk] = generateLogs(random(1e9), 1, planted, 1 + random(40));
  return chunk!;
}

/** What is found must not depend on how the work is cut. */
function inRanges(random: Random, engine: Engine, content: Uint8Array, from: number, to: number): Match[] {
  const found: Match[] = [];
  for (let at = from; at < to; ) {
    const next = Math.min(to, at + 1 + random(to - from));
    for (const match of engine.find(content, at, next)) found.push(match);
    at = next;
  }
  return found;
}

function compare(reference: readonly Match[], kernel: readonly Match[]): void {
  matches += reference.length;
  const isIn = (list: readonly Match[]) => {
    const keys = new Set(list.map(({ start, end, entry }) => `${start} ${end} ${entry}`));
    return (match: Match) => keys.has(`${match.start} ${match.end} ${match.entry}`);
  };
  const isInKernel = isIn(kernel);
  const isInReference = isIn(reference);
  const missed = reference.filter((match) => !isInKernel(match)).sort(compareMatches);
  const extra = kernel.filter((match) => !isInReference(match)).sort(compareMatches);
  differing += missed.length + extra.length;
  for (const match of missed.slice(0, 3)) console.log(`seed ${seed}: missed`, match);
  for (const match of extra.slice(0, 3)) console.log(`seed ${seed}: extra`, match);
}

/** Literals cut out of the text, each by itself, so that overlaps do not hide any from grep. */
function compareWithGrep(random: Random): void {
  const path = join(folder, 'text');
  const content = logsWith(random, ['evil.example', '\\\\.\\pipe\\x', 'naïve ключ']);
  writeFileSync(path, content);
  const texts = Array.from({ length: 12 }, () => {
    const at = random(content.length - 80);
    return content.subarray(at, at + 4 + random(40)).toString('latin1');
  }).filter((text) => !/[^\x20-\x7e]/.test(text) && text.indexOf(text[0]!, 1) < 0);
  const entries: Entry[] = texts.map((value) => ({ kind: 'string', value }));
  const index = openIndex(buildIndex(entries).bytes);
  const ours = scan(content, index, { encoding: 'bytes' });
  for (const [entry, text] of texts.entries()) {
    const { stdout } = spawnSync('grep', ['-F', '-o', '-b', '-e', text, path], {
      encoding: 'latin1',
      maxBuffer: 1 << 28,
      env: { ...process.env, LC_ALL: 'C' },
    });
    const theirs = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => Number.parseInt(line, 10));
    const found = ours.filter((hit) => hit.entry === entry).map((hit) => hit.offset);
    grepHits += theirs.length;
    if (JSON.stringify(theirs) !== JSON.stringify(found)) {
      differing++;
      console.log(`seed ${seed}: grep finds ${theirs.length} of ${JSON.stringify(text)}, we ${found.length}`);
    }
  }
  grepBytes += content.length;
}
