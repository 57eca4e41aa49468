/**
 * The timeline of a large case on this machine: events into Parquet, then what people ask of it. `node bench/timeline.ts --events 20000000`
 * takes a minute or two, and with \`--keep FILE\` leaves the file, which \`--keep FILE --reuse\` asks again. The peak of memory is that of the process, DuckDB included.
 */
import { on } from 'node:events';
import { closeSync, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { AHEAD_MAX } from '../src/cases/examine/examine.ts';
import { openDuckDB } from '../src/cases/timeline/duckdb.ts';
import { parseFilter } from '../src/cases/timeline/filter.ts';
import { openTimeline } from '../src/cases/timeline/timeline.ts';
import { TimelineWriter } from '../src/cases/timeline/timeline-writer.ts';
import { plainEvent } from '../src/forensics/index.ts';
import { type EventChunk, EventChunks } from '../src/forensics/timeline/index.ts';

const argument = (name: string) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const REUSE = process.argv.includes('--reuse');
const EVENTS = Number(argument('--events') ?? 2_000_000);
const folder = join(tmpdir(), `entente-bench-${process.pid}`);
if (isMainThread) mkdirSync(folder);
const path = argument('--keep') ?? join(folder, 'timeline.parquet');
if (isMainThread) process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

let state = 1;
const random = (n: number) => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return Math.floor((state / 0x1_0000_0000) * n);
};

/** Two years of events as a fleet of Windows machines has them, nearly in order. */
function made(i: number) {
  return plainEvent({
    kind: i % 5 === 0 ? 'http-request' : 'windows-event',
    time: {
      ns:
        BigInt(1_700_000_000_000 + Math.floor(i * (63_072_000_000 / EVENTS)) + random(2_000)) * 1_000_000n +
        100n,
      precision: '100ns',
      source: 'TimeCreated',
      zone: 'utc',
    },
    host: `HOST-${random(200)}.corp.example`,
    user: random(4) === 0 ? `user${random(500)}` : null,
    message: `process start ${random(100_000)} C:\\Windows\\system32\\cmd.exe /c ${i === 12_345 ? 'mimikatz' : 'whoami'}`,
    fields: {
      EventID: 4_688,
      NewProcessName: 'C:\\Windows\\system32\\cmd.exe',
      ParentProcessName: 'C:\\Windows\\explorer.exe',
      SubjectLogonId: random(1_000_000),
    },
    offset: i * 512,
    recordId: i,
  });
}

/** Events made at once, so that their making can be told apart: as many as a parser has in hand, which gives one and lets it go. */
const PIECE = 256;

/** Of this thread, in seconds. */
const threadSeconds = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
};

/** As in a run, a thread beside gives the chunks. What making the events took is told apart. */
if (!isMainThread) {
  const underWay = new Int32Array(workerData as SharedArrayBuffer);
  let making = 0;
  const chunks = new EventChunks((chunk) => {
    for (let n = Atomics.load(underWay, 0); n >= AHEAD_MAX; n = Atomics.load(underWay, 0))
      Atomics.wait(underWay, 0, n);
    Atomics.add(underWay, 0, 1);
    parentPort!.postMessage(chunk, [
      chunk.text.buffer as ArrayBuffer,
      chunk.places.buffer as ArrayBuffer,
      chunk.times.buffer as ArrayBuffer,
    ]);
  });
  for (let i = 0; i < EVENTS; ) {
    const before = threadSeconds();
    const events = Array.from({ length: Math.min(PIECE, EVENTS - i) }, (_, j) => made(i + j));
    making += threadSeconds() - before;
    i += events.length;
    for (const event of events) chunks.add(event, { file: 'Security.evtx', format: 'evtx' });
  }
  chunks.flush();
  parentPort!.postMessage({ making, all: threadSeconds() });
} else if (!REUSE) {
  const started = performance.now();
  const processor = process.cpuUsage();
  using db = await openDuckDB({ files: [], folder, memoryBytes: 400e6, threads: 1 });
  const file = openSync(path, 'w');
  const writer = new TimelineWriter(db, folder, 1, async (bytes) => void writeSync(file, bytes));
  const underWay = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(new URL(import.meta.url), {
    workerData: underWay.buffer,
    argv: process.argv.slice(2),
  });
  let making = 0;
  let giving = 0;
  for await (const [message] of on(thread, 'message', { close: ['exit'] })) {
    if ('making' in message) {
      making = message.making;
      giving = message.all - making;
    } else {
      await writer.append(message as EventChunk);
      Atomics.sub(underWay, 0, 1);
      Atomics.notify(underWay, 0);
    }
  }
  await writer.end();
  closeSync(file);
  const { user, system } = process.cpuUsage(processor);
  const seconds = (performance.now() - started) / 1e3;
  const each = (of: number) => `${((of / EVENTS) * 1e6).toFixed(2)} µs`;
  const all = (user + system) / 1e6;
  console.log(
    `${EVENTS.toLocaleString('en')} events into Parquet: ${seconds.toFixed(1)} s, ${Math.round(EVENTS / seconds).toLocaleString('en')} events/s; ${(statSync(path).size / 1e6).toFixed(0)} MB`,
  );
  console.log(
    `processor time ${all.toFixed(1)} s, of an event ${each(all)}: to make it ${each(making)}, into a chunk ${each(giving)}, to write it ${each(all - making - giving)}`,
  );
  console.log(`memory at most ${(process.resourceUsage().maxRSS / 1e3).toFixed(0)} MB`);
}

/** The middle of several, since the machine has other work too. */
async function ask(what: string, question: () => Promise<unknown>, rounds = 5): Promise<void> {
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let i = 0; i < rounds; i++) {
    const at = performance.now();
    await question();
    times.push(performance.now() - at);
  }
  const { user, system } = process.cpuUsage(before);
  times.sort((a, b) => a - b);
  console.log(
    `${what.padEnd(44)} ${times[Math.floor(rounds / 2)]!.toFixed(0).padStart(6)} ms   processor time ${((user + system) / 1e3 / rounds).toFixed(0).padStart(6)} ms`,
  );
}

if (isMainThread) {
  using timeline = await openTimeline([path]);
  await ask('count', () => timeline.count());
  await ask('histogram by day', () => timeline.histogram({}, 'day'));
  await ask('histogram by month', () => timeline.histogram({}, 'month'));
  const contains = { filter: parseFilter('message contains "mimikatz"') };
  await ask('substring in messages: histogram', () => timeline.histogram(contains, 'day'), 3);
  await ask('substring in messages: first page', () => timeline.page(contains, { limit: 100 }), 3);
  const anywhere = { filter: parseFilter('mimikatz') };
  await ask('substring anywhere: first page', () => timeline.page(anywhere, { limit: 100 }), 3);
  const field = { filter: parseFilter('fields.SubjectLogonId = 4711') };
  await ask('a field has a value: count', () => timeline.count(field), 3);
  await ask('facet of hosts', () => timeline.facet({}, 'host', 20), 3);
  await ask('first page', () => timeline.page({}, { limit: 100 }));
  await timeline.page({}, { limit: 100, offset: 1_000 }); // events are counted once
  for (const share of [0.25, 0.5, 0.99])
    await ask(`page at event ${(EVENTS * share).toLocaleString('en')}`, () =>
      timeline.page({}, { limit: 100, offset: Math.floor(EVENTS * share) }),
    );
  const { next } = await timeline.page({}, { limit: 100, offset: Math.floor(EVENTS / 2) });
  await ask('the page after it', () => timeline.page({}, { limit: 100, after: next! }));
  console.log(`memory at most ${(process.resourceUsage().maxRSS / 1e3).toFixed(0)} MB`);
}
