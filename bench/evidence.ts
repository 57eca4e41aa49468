/**
 * What evidence costs on this machine, beside the tool that people would use: hashing and storing an exhibit beside `sha256sum`, the memory that
 * takes, leaves made durable and verified, and a bundle of many findings. Arguments: megabytes of the exhibit (512), leaves (100,000).
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitmentOf, commitmentsDigest, saltFindings, storeFindings } from '../src/cases/findings.ts';
import { makeBundle, openCase, verifyBundle } from '../src/cases/index.ts';
import { storeRun } from '../src/cases/runs.ts';
import { appendLeaf, openRegistry, verifyLedger } from '../src/registry/index.ts';

const megabytes = Number(process.argv[2] ?? 512);
const leaves = Number(process.argv[3] ?? 100_000);
const folder = mkdtempSync(join(tmpdir(), 'entente-bench-'));
const seconds = (from: number) => (performance.now() - from) / 1000;
const report = (what: string, value: number, unit: string) =>
  console.log(
    `${what.padEnd(58)} ${value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : 0 })} ${unit}`,
  );

try {
  await hashing();
  await ledger();
  await bundle();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function hashing(): Promise<void> {
  const file = join(folder, 'exhibit.bin');
  const out = createWriteStream(file);
  const block = Buffer.alloc(1 << 20);
  let state = 1;
  for (let i = 0; i < megabytes; i++) {
    for (let at = 0; at < block.length; at += 4) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      block.writeInt32LE(state, at);
    }
    if (!out.write(Buffer.from(block))) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  const command = [join(import.meta.dirname, '../bin/entente.js'), '--data', join(folder, 'hash')];
  const registry = await openRegistry(join(folder, 'hash'), { createAs: 'Bench' });
  await openCase(registry, 'Bench');
  await registry.close();
  // In turns, so that a busy moment of the machine hits both alike.
  const ours: number[] = [];
  const theirs: number[] = [];
  let memory = 0;
  for (let round = 0; round < 3; round++) {
    let from = performance.now();
    spawnSync('sha256sum', [file]);
    theirs.push(seconds(from));
    from = performance.now();
    const [bin, ...data] = command;
    const child = spawn(process.execPath, [bin!, 'evidence', 'add', 'Bench', file, ...data], {
      stdio: 'ignore',
    });
    const timer = setInterval(() => {
      memory = Math.max(memory, peakOf(child.pid!));
    }, 20);
    const [code] = await once(child, 'exit');
    clearInterval(timer);
    if (code !== 0) throw new Error(`evidence add ended with ${code}`);
    ours.push(seconds(from));
  }
  const best = (times: number[]) => Math.min(...times);
  report('sha256sum', megabytes / best(theirs), 'MiB/s');
  report('evidence add: SHA-256, BLAKE3, stored, flushed', megabytes / best(ours), 'MiB/s');
  report('  of the rate of sha256sum', (100 * best(theirs)) / best(ours), '%');
  report('  most memory, the whole process', memory / 1024, 'MiB');
}

/** VmHWM: the most memory that a process ever had, in KiB. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

async function ledger(): Promise<void> {
  const registry = await openRegistry(join(folder, 'ledger'), { createAs: 'Bench' });
  const batch = 1_000;
  let from = performance.now();
  for (let done = 0; done < leaves; done += batch)
    await registry.db.transaction(async (tx) => {
      for (let i = 0; i < batch; i++)
        await appendLeaf(tx, registry.clock, 'message', { id: `message--${done + i}`, kind: 'receipt' });
    });
  report(`leaves made durable, ${batch} a transaction`, leaves / seconds(from), 'a second');
  from = performance.now();
  const verdict = await verifyLedger(registry);
  if (!verdict.ok) throw new Error(verdict.firstBad?.why);
  report('full verification', (seconds(from) / verdict.leaves) * 1e6, 's for a million leaves');
  await registry.close();
}

async function bundle(): Promise<void> {
  const registry = await openRegistry(join(folder, 'bundle'), { createAs: 'Bench' });
  const file = await openCase(registry, 'Bench');
  const run = 'run--00000000-0000-4000-8000-000000000001';
  const findings = saltFindings(
    Array.from({ length: 10_000 }, (_, i) => ({
      run,
      exhibit: 'exhibit--00000000-0000-4000-8000-000000000001',
      exhibitNumber: 1,
      sha256: '0'.repeat(64),
      file: `logs/access-${i % 50}.log`,
      container: '',
      where: 'content' as const,
      offset: i * 400,
      length: 16,
      line: i,
      kind: 'domain',
      value: `host-${i % 900}.example`,
      matched: `host-${i % 900}.example`,
      indicator: 'indicator--00000000-0000-4000-8000-000000000001',
      name: 'An indicator with a name of usual length',
      contributor: 'Bench',
      contributorKey: registry.identity.kid,
      agreement: null,
      clause: 'own intelligence',
    })),
  );
  await registry.db.transaction(async (tx) => {
    await storeRun(tx, registry, {
      id: run,
      case: file.id,
      tool: { name: 'bench', version: '1', sha256: '0'.repeat(64) },
      parameters: {},
      inputs: [],
      output: { findings: findings.length, commitments: commitmentsDigest(findings.map(commitmentOf)) },
      account: {},
      at: registry.clock().toISOString(),
    });
    await storeFindings(tx, file.id, run, findings);
  });
  const out = join(folder, 'bench.zip');
  let from = performance.now();
  const made = await makeBundle(registry, file, out, { page: true });
  report('a bundle of 10,000 findings made', seconds(from), 's');
  from = performance.now();
  const verdict = await verifyBundle(out);
  if (!verdict.ok || made.findings !== 10_000) throw new Error(verdict.cause ?? 'not all are there');
  report('and verified', seconds(from), 's');
  await registry.close();
}
