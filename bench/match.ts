/**
 * The matcher against its goals, side by side with `grep -F -f` and, where installed, ripgrep, on one generated log.
 *
 *     npm run bench -- match            1,000 to 10,000,000 indicators on 300 MB
 *     ENTENTE_BENCH='{"megabytes":60,"counts":[1000]}' npm run bench -- match
 *
 * Whole processes are compared, from their start to their end, with an index (ours) or patterns (theirs) on disk. The others are timed on two
 * beginnings of the log, and their time for all of it follows from both, since they take up to minutes and gigabytes; `"full": true` lets them
 * read all; beyond a million indicators they are left out. Both processor time, which other work on the machine does not lengthen, and the clock are given. Ours reads all; the best of three runs.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IndexBuilder, openIndex, type RetroHit, retroMatch } from '../src/match/index.ts';
import { seededRandom } from '../test/match/generate.ts';
import { generateLogs, randomIndicator } from './match/logs.ts';
import type { ChildResult } from './match/scan.ts';

interface Settings {
  readonly megabytes: number;
  readonly counts: readonly number[];
  /** Distinct observables for the retro-match. */
  readonly observables: number;
  readonly full: boolean;
}

interface Run extends ChildResult {
  /** Of the process. */
  readonly whole: Times;
}

interface Times {
  readonly clock: number;
  readonly processor: number;
}

/** More patterns than this take grep and ripgrep minutes and many gigabytes. */
const OTHERS_MAX = 1_000_000;
const MADE_AT_ONCE = 100_000;

await parent();

async function parent(): Promise<void> {
  const settings: Settings = {
    megabytes: 300,
    counts: [1_000, 100_000, 1_000_000, 10_000_000],
    observables: 50_000_000,
    full: false,
    ...JSON.parse(process.env['ENTENTE_BENCH'] ?? '{}'),
  };
  const folder = mkdtempSync(join(tmpdir(), 'entente-bench-'));
  try {
    const log = join(folder, 'all.log');
    writeLog(log, settings.megabytes * 1e6);
    say('log', `${(statSync(log).size / 1e6).toFixed(0)} MB of proxy, DNS, mail, Windows and firewall lines`);
    for (const count of settings.counts) await measure(folder, log, count, settings);
    retro(settings.observables);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Indicators that the log holds here and there; every set of indicators begins with them. */
function plantedDomains(): string[] {
  const random = seededRandom(77);
  return Array.from({ length: 200 }, (_, i) => `planted${i}-${random(1e9).toString(36)}.example`);
}

function writeLog(path: string, bytes: number): void {
  const file = openSync(path, 'w');
  for (const chunk of generateLogs(3, bytes, plantedDomains(), 5000)) writeSync(file, chunk);
  closeSync(file);
}

async function measure(folder: string, log: string, count: number, settings: Settings): Promise<void> {
  console.log(`\n${count.toLocaleString('en')} indicators`);
  const comparesWithOthers = count <= OTHERS_MAX;
  const values: string[] = [];
  const builder = new IndexBuilder();
  let seconds = 0;
  const add = (indicators: readonly ReturnType<typeof randomIndicator>[]) => {
    const started = performance.now();
    for (const { kind, value } of indicators) builder.add(kind, value);
    seconds += (performance.now() - started) / 1000;
    if (comparesWithOthers) for (const { value } of indicators) values.push(value);
  };
  const random = seededRandom(7);
  const planted = plantedDomains().map((value) => ({ kind: 'domain' as const, value }));
  // Made apart from what is measured, some at a time.
  for (let left = count - planted.length; left > 0; left -= MADE_AT_ONCE)
    add(Array.from({ length: Math.min(left, MADE_AT_ONCE) }, () => randomIndicator(random)));
  add(planted);
  const started = performance.now();
  const { bytes } = builder.finish();
  const buildSeconds = seconds + (performance.now() - started) / 1000;
  const indexPath = join(folder, 'index');
  writeFileSync(indexPath, bytes);
  say(
    'index',
    `built in ${buildSeconds.toFixed(2)} s, ${(bytes.length / count).toFixed(1)} bytes an indicator`,
  );
  const one = bestOf(indexPath, log, 1);
  const two = bestOf(indexPath, log, 2);
  const megabytes = statSync(log).size / 1e6;
  const rate = (seconds: number) => `${(megabytes / seconds).toFixed(0)} MB/s`;
  say('opened', `in ${one.loadMs.toFixed(1)} ms`);
  for (const [name, run] of [
    ['one worker', one],
    ['two workers', two],
  ] as const) {
    say(
      name,
      `${(run.bytesPerSecond / 1e6).toFixed(0)} MB/s; ${rate(run.seconds)} with the start of threads, ${rate(run.cpuSeconds)} of processor time, ${run.rssMegabytes.toFixed(0)} MB resident, ${run.hits} hits; whole process ${timesText(run.whole)}`,
    );
  }
  say(
    '',
    `two workers: ${(two.bytesPerSecond / one.bytesPerSecond).toFixed(2)} times one, ${(one.seconds / two.seconds).toFixed(2)} with the start of threads`,
  );
  if (!comparesWithOthers) return;
  const patterns = join(folder, 'patterns');
  writeFileSync(patterns, `${values.join('\n')}\n`);
  for (const [name, command] of [
    ['grep -F', 'grep'],
    ['ripgrep', 'rg -j1'],
  ] as const) {
    const other = timeOther(folder, log, `${command} -c -F -f ${patterns}`, settings.full);
    if (other === null) say(name, 'is not installed, or could not hold the patterns');
    else {
      const processor = other.processor / one.whole.processor;
      const clock = other.clock / two.whole.clock;
      say(
        name,
        `${timesText(other)}${settings.full ? '' : ' (by two parts)'}: ${processor.toFixed(1)} times our processor time with one worker, ${clock.toFixed(1)} times our clock with two`,
      );
    }
  }
}

function timesText({ clock, processor }: Times): string {
  return `${clock.toFixed(2)} s, ${processor.toFixed(2)} s of processor time`;
}

/** Clock and processor seconds of a command, from start to end; null when it fails. */
function timed(command: string): { times: Times; stdout: string } | null {
  const { stdout, stderr, status } = spawnSync('bash', ['-c', `TIMEFORMAT='%R %U %S'; time ${command}`], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const times = /([\d.]+) ([\d.]+) ([\d.]+)\s*$/.exec(stderr);
  // grep and ripgrep end with 1 when nothing is found.
  if (times === null || status === null || status > 1) return null;
  return { times: { clock: Number(times[1]), processor: Number(times[2]) + Number(times[3]) }, stdout };
}

/** For the whole log. Two beginnings of it give what a start costs and what a byte costs. */
function timeOther(folder: string, log: string, command: string, full: boolean): Times | null {
  const size = statSync(log).size;
  const run = (bytes: number): Times | null => {
    let path = log;
    if (bytes < size) {
      path = join(folder, 'part.log');
      writeFileSync(path, readFileSync(log).subarray(0, bytes));
    }
    return timed(`${command} ${path} 2>/dev/null`)?.times ?? null;
  };
  if (spawnSync('which', [command.split(' ')[0]!]).status !== 0) return null;
  if (full) return run(size);
  const few = Math.floor(size / 30);
  const more = Math.floor(size / 6);
  const first = run(few);
  const second = run(more);
  if (first === null || second === null) return null;
  const forAll = (a: number, b: number) => b + (Math.max(0, b - a) * (size - more)) / (more - few);
  return {
    clock: forAll(first.clock, second.clock),
    processor: forAll(first.processor, second.processor),
  };
}

/** The run that took least processor time; the first fills the cache of compiled code. */
function bestOf(index: string, log: string, jobs: number): Run {
  const runs = Array.from({ length: 3 }, () => runChild(index, log, jobs));
  return runs.sort((a, b) => a.whole.processor - b.whole.processor)[0]!;
}

function runChild(index: string, log: string, jobs: number): Run {
  const node = `${process.execPath} --disable-warning=ExperimentalWarning`;
  const run = timed(`${node} ${import.meta.dirname}/match/start.mjs ${index} ${log} ${jobs}`);
  if (run === null) throw new Error('the scan failed');
  return { ...(JSON.parse(run.stdout) as ChildResult), whole: run.times };
}

/** 100,000 new indicators against stored observables, made here as sorted random fingerprints. */
function retro(count: number): void {
  const random = seededRandom(5);
  const builder = new IndexBuilder();
  for (let i = 0; i < 100_000; i++) {
    const { kind, value } = randomIndicator(random);
    builder.add(kind, value);
  }
  const index = openIndex(builder.finish().bytes);
  const records = new Uint32Array(4 * count);
  // Evenly spread and rising, which is how distinct fingerprints lie.
  for (let i = 0; i < count; i++) {
    records[4 * i] = Math.floor((i / count) * 2 ** 32);
    records[4 * i + 1] = Math.imul(i, 0x9e3779b1) >>> 0;
    records[4 * i + 2] = i % 1000;
  }
  const hits: RetroHit[] = [];
  const started = performance.now();
  const empty = new Uint32Array(0);
  retroMatch(index, { records, v4: empty, v6: empty, size: count }, (hit) => void hits.push(hit));
  const seconds = (performance.now() - started) / 1000;
  console.log('');
  say(
    'retro-match',
    `100,000 new indicators against ${(count / 1e6).toFixed(0)} M observables in ${seconds.toFixed(2)} s`,
  );
}

function say(what: string, text: string): void {
  console.log(`${what.padEnd(12)} ${text}`);
}
