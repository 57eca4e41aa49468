/** One measured scan, in a process of its own: `INDEX LOG JOBS`. Prints what it took as JSON. */
import { readFileSync } from 'node:fs';
import { scanEvidence } from '../../src/cases/scan/index.ts';
import { openIndex } from '../../src/match/index.ts';

export interface ChildResult {
  readonly loadMs: number;
  /** Of the scan, with the start of its threads. */
  readonly seconds: number;
  /** Bytes a second from the first report of progress on, after 4 MB: what a longer scan runs at. */
  readonly bytesPerSecond: number;
  /** Processor time of all threads, which other work on the machine does not lengthen. */
  readonly cpuSeconds: number;
  readonly rssMegabytes: number;
  readonly hits: number;
}

await run();

async function run(): Promise<void> {
  const [, , indexPath, log, jobs] = process.argv;
  const file = readFileSync(indexPath!);
  let started = performance.now();
  const index = openIndex(file);
  const loadMs = performance.now() - started;
  started = performance.now();
  let reading: { readonly since: number; readonly bytes: number } | null = null;
  const before = process.cpuUsage();
  // As grep does: the text, and no digest of the file.
  const account = await scanEvidence({
    inputs: [{ path: log! }],
    index,
    jobs: Number(jobs),
    digests: false,
    onHit: () => {},
    onProgress(bytes) {
      reading ??= { since: performance.now(), bytes };
    },
  });
  const ended = performance.now();
  const seconds = (ended - started) / 1000;
  const { since, bytes } = reading!;
  const bytesPerSecond = ((account.bytes - bytes) * 1000) / (ended - since);
  const { user, system } = process.cpuUsage(before);
  const cpuSeconds = (user + system) / 1e6;
  const rssMegabytes = process.resourceUsage().maxRSS / 1000;
  console.log(
    JSON.stringify({
      loadMs,
      seconds,
      bytesPerSecond,
      cpuSeconds,
      rssMegabytes,
      hits: account.hits,
    } satisfies ChildResult),
  );
}
