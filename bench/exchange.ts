/**
 * What holding and exchanging intelligence costs on this machine: importing, TAXII pages at any depth, look-ups by identifier with Basic
 * authentication, and adding envelopes while others look up. The node is a process of its own, reached over the loopback interface, so
 * every time includes HTTP and both processes share the machine's cores. Argument: objects (default 100,000).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { addAccount, ownCollection } from '../src/exchange/index.ts';
import { openRegistry } from '../src/registry/index.ts';

const MEDIA = 'application/taxii+json;version=2.1';
const count = Number(process.argv[2] ?? 100_000);
const BATCH = 500;
const LOOK_UPS = 20_000;
const CONCURRENCY = 8;
const ENVELOPES = 40;
const IMPORTED_BESIDE = 50_000;

function report(what: string, value: number, unit: string): void {
  const digits = value < 100 ? 1 : 0;
  const shown = value.toLocaleString('en', { maximumFractionDigits: digits });
  console.log(`${what.padEnd(58)} ${shown} ${unit}`);
}

function uuidOf(n: number): string {
  const hex = createHash('sha256').update(String(n)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** About 700 bytes, as indicators of public feeds have. */
function indicator(n: number): string {
  return JSON.stringify({
    type: 'indicator',
    spec_version: '2.1',
    id: `indicator--${uuidOf(n)}`,
    created: '2026-01-01T00:00:00.000Z',
    modified: '2026-01-01T00:00:00.000Z',
    created_by_ref: 'identity--a463ffb3-1bd9-4d94-b02d-74e4f1658283',
    name: `Command and control of campaign ${n % 977}`,
    description: `Seen by the sensors of the network, in traffic of hosts that had the loader of family ${n % 131}. Confidence is from two sources.`,
    indicator_types: ['malicious-activity'],
    pattern: `[domain-name:value = 'host-${n}.c2-${n % 977}.example']`,
    pattern_type: 'stix',
    valid_from: '2026-01-01T00:00:00Z',
    confidence: 80,
    labels: ['c2', `family-${n % 131}`],
    object_marking_refs: ['marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb'],
  });
}

const quantile = (times: readonly number[], share: number) =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))]!;

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: Buffer;
  readonly ms: number;
}

/** One kept connection, one request at a time; as little work as a client can do. */
class Connection {
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #length = 0;
  #expected = -1;
  #head = '';
  #begun = 0;
  #done: ((answer: Answer) => void) | null = null;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', (error) => {
      throw error;
    });
  }

  ask(method: string, path: string, headers: string, body = ''): Promise<Answer> {
    this.#begun = performance.now();
    const length =
      body === '' ? '' : `content-length: ${Buffer.byteLength(body)}\r\ncontent-type: ${MEDIA}\r\n`;
    this.#socket.write(
      `${method} ${path} HTTP/1.1\r\nhost: node\r\naccept: ${MEDIA}\r\n${headers}${length}\r\n${body}`,
    );
    return new Promise((done) => {
      this.#done = done;
    });
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#expected < 0) {
      const whole = Buffer.concat(this.#chunks);
      const end = whole.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.#head = whole.subarray(0, end).toString('latin1');
      this.#expected = end + 4 + Number(/content-length: (\d+)/i.exec(this.#head)?.[1] ?? 0);
      this.#chunks = [whole];
    }
    if (this.#length < this.#expected) return;
    const body = Buffer.concat(this.#chunks).subarray(this.#head.length + 4);
    const done = this.#done!;
    const answer = {
      status: Number(this.#head.slice(9, 12)),
      head: this.#head,
      body,
      ms: performance.now() - this.#begun,
    };
    this.#chunks = [];
    this.#length = 0;
    this.#expected = -1;
    this.#done = null;
    done(answer);
  }

  close(): void {
    this.#socket.destroy();
  }
}

function assertStatus(answer: Answer, status: number): void {
  if (answer.status !== status) throw new Error(`${answer.status}: ${answer.body.toString().slice(0, 500)}`);
}

async function startNode(folder: string): Promise<{ port: number; child: ChildProcess }> {
  const bin = resolve(import.meta.dirname, '../bin/entente.js');
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', bin, 'up', '--port', '0', '--json', '--data', folder],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  for await (const line of child.stdout!) {
    const { url } = JSON.parse(String(line)) as { url: string };
    return { port: Number(new URL(url).port), child };
  }
  throw new Error('the node did not start');
}

async function writeBundle(name: string, from: number, many: number): Promise<string> {
  const path = join(folder, name);
  const file = createWriteStream(path);
  file.write('{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[');
  for (let n = 0; n < many; n++)
    if (!file.write(`${n > 0 ? ',' : ''}${indicator(from + n)}`)) await once(file, 'drain');
  file.end(']}');
  await once(file, 'finish');
  return path;
}

/** `entente import` as a process of its own, with its largest resident memory. */
async function importByCommand(
  path: string,
): Promise<{ accepted: number; seconds: number; peakMiB: number }> {
  const bin = resolve(import.meta.dirname, '../bin/entente.js');
  const started = performance.now();
  const child = spawn(process.execPath, [bin, 'import', path, '--json', '--data', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  let peakMiB = 0;
  const watch = setInterval(() => {
    try {
      const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      peakMiB = Math.max(peakMiB, Number(kib ?? 0) / 1024);
    } catch {
      // ended
    }
  }, 50);
  await once(child, 'close');
  clearInterval(watch);
  const seconds = (performance.now() - started) / 1000;
  rmSync(path);
  return { accepted: (JSON.parse(output) as { accepted: number }).accepted, seconds, peakMiB };
}

/** What only reading the JSON takes, without keeping anything. */
function parseSeconds(many: number): number {
  let seconds = 0;
  for (let n = 0; n < many; n += BATCH) {
    const texts = Array.from({ length: Math.min(BATCH, many - n) }, (_, i) => indicator(n + i));
    const started = performance.now();
    for (const text of texts) JSON.parse(text);
    seconds += (performance.now() - started) / 1000;
  }
  return seconds;
}

const folder = mkdtempSync(join(tmpdir(), 'entente-bench-'));
try {
  // Import, by the command that people use
  const registry = await openRegistry(folder, { createAs: 'Bench' });
  await ownCollection(registry);
  const credential = await addAccount(registry, 'bench', [
    { collection: 'intelligence', right: 'read-write' },
  ]);
  await registry.close();
  const imported = await importByCommand(await writeBundle('bundle.json', 0, count));
  if (imported.accepted !== count) throw new Error(`${imported.accepted} of ${count} were accepted`);
  report(
    `import of ${count.toLocaleString('en')} indicators, the whole command`,
    count / imported.seconds,
    'objects/s',
  );
  report('  resident memory, at most', imported.peakMiB, 'MiB');
  report('  beside it: JSON.parse of the same objects, one by one', count / parseSeconds(count), 'objects/s');
  report('  store on disk, for an object', statSync(join(folder, 'entente.db')).size / count, 'bytes');

  // Pages
  const node = await startNode(folder);
  const basic = `authorization: Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}\r\n`;
  const objects = '/taxii2/root/collections/intelligence/objects/';
  const first = new Connection(node.port);
  assertStatus(await first.ask('GET', `${objects}?limit=1`, basic), 200); // verifies the password once
  const pages: number[] = [];
  const walk = performance.now();
  let seen = 0;
  let next: string | null = null;
  do {
    const query = next === null ? '' : `?next=${next}`;
    const answer: Answer = await first.ask('GET', objects + query, basic);
    assertStatus(answer, 200);
    pages.push(answer.ms);
    seen += Math.min(1_000, count - seen);
    next =
      /^\{"more":true,"next":"([^"]+)"/.exec(answer.body.subarray(0, 200).toString('latin1'))?.[1] ?? null;
  } while (next !== null);
  const walked = (performance.now() - walk) / 1000;
  if (seen !== count) throw new Error(`${seen} of ${count} came`);
  report('TAXII, all objects in pages of 1,000', count / walked, 'objects/s');
  report('  a page, half of them', quantile(pages, 0.5), 'ms');
  report('  a page, 99 of 100', quantile(pages, 0.99), 'ms');
  report(
    '  the ten deepest, on average',
    pages.slice(-10).reduce((a, b) => a + b, 0) / Math.min(10, pages.length),
    'ms',
  );
  const manifest = '/taxii2/root/collections/intelligence/manifest/';
  const manifests: number[] = [];
  for (let i = 0; i < 20; i++) manifests.push((await first.ask('GET', manifest, basic)).ms);
  report('  a page of the manifest, half of them', quantile(manifests, 0.5), 'ms');
  const rare = await first.ask('GET', `${objects}?match[type]=malware`, basic);
  assertStatus(rare, 200);
  report('  looking for a type that is not there', rare.ms, 'ms');

  // Look-ups
  const times: number[] = [];
  const lookUps = async (total: number, into: number[], stop: () => boolean = () => false) => {
    let asked = 0;
    await Promise.all(
      Array.from({ length: CONCURRENCY }, async () => {
        const connection = new Connection(node.port);
        while (asked < total && !stop()) {
          const n = (asked++ * 7919) % count;
          const answer = await connection.ask('GET', `${objects}?match[id]=indicator--${uuidOf(n)}`, basic);
          assertStatus(answer, 200);
          into.push(answer.ms);
        }
        connection.close();
      }),
    );
  };
  await lookUps(2_000, []);
  const asking = performance.now();
  await lookUps(LOOK_UPS, times);
  report(
    `match[id] at concurrency ${CONCURRENCY}, Basic`,
    LOOK_UPS / ((performance.now() - asking) / 1000),
    'requests/s',
  );
  report('  half of them', quantile(times, 0.5), 'ms');
  report('  99 of 100', quantile(times, 0.99), 'ms');

  // Adding
  const envelopes = Array.from({ length: ENVELOPES }, (_, e) => {
    const list = Array.from({ length: BATCH }, (_, i) => indicator(count + e * BATCH + i));
    return `{"objects":[${list.join(',')}]}`;
  });
  const posting = performance.now();
  for (const body of envelopes) {
    const answer = await first.ask('POST', objects, basic, body);
    assertStatus(answer, 202);
    const { success_count: successes } = JSON.parse(answer.body.toString()) as { success_count: number };
    if (successes !== BATCH) throw new Error(`${successes} of ${BATCH} were added`);
  }
  const posted = (performance.now() - posting) / 1000;
  report(
    `POST of ${ENVELOPES * BATCH} objects in envelopes of ${BATCH}, durable`,
    (ENVELOPES * BATCH) / posted,
    'objects/s',
  );

  // While a command imports into the same store
  const beside: number[] = [];
  let importing = true;
  const besides = lookUps(Number.POSITIVE_INFINITY, beside, () => !importing);
  const more = await importByCommand(await writeBundle('more.json', count + 200_000, IMPORTED_BESIDE));
  importing = false;
  await besides;
  report(
    `import of ${IMPORTED_BESIDE.toLocaleString('en')} by command, while others look up`,
    IMPORTED_BESIDE / more.seconds,
    'objects/s',
  );
  report('  the look-ups meanwhile, 99 of 100', quantile(beside, 0.99), 'ms');
  report('  the slowest of them', Math.max(...beside), 'ms');

  const large = Array.from({ length: 15_000 }, (_, i) => indicator(count + 100_000 + i));
  const meanwhile: number[] = [];
  let adding = true;
  const others = lookUps(Number.POSITIVE_INFINITY, meanwhile, () => !adding);
  const answer = await first.ask('POST', objects, basic, `{"objects":[${large.join(',')}]}`);
  assertStatus(answer, 202);
  adding = false;
  await others;
  report('one POST of 15,000 objects, while others look up', large.length / (answer.ms / 1000), 'objects/s');
  report('  the look-ups meanwhile, 99 of 100', quantile(meanwhile, 0.99), 'ms');
  report('  the slowest of them', Math.max(...meanwhile), 'ms');
  first.close();
  node.child.kill('SIGTERM');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
