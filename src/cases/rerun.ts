/** Executing a run again: the same exhibits, the same parameters, and whether the same comes out. */
import { createHash } from 'node:crypto';
import { canonicalJson, EntenteError } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import { digestsNow } from './access.ts';
import type { Circumstances, Digests } from './custody-event.ts';
import { disposedExhibits, type Exhibit, findExhibit } from './exhibits.ts';
import { commitmentOf, commitmentsDigest, type Finding, findingsOfRun } from './findings.ts';
import { findingText } from './match-run.ts';
import {
  assertOutput,
  assertUnchanged,
  type RunOptions,
  recordAnalysis,
  requireTool,
  type Tool,
} from './run-tool.ts';
import { findRun, type RunOutput, type RunRecord } from './runs.ts';
import { thisTool } from './tool.ts';
import { TOOLS } from './tools.ts';
import { vaultOf } from './vault.ts';

export interface Difference {
  /** `account.bytes`, `finding`, `index`, or `derived 1/timeline.parquet` */
  readonly what: string;
  readonly recorded: unknown;
  readonly now: unknown;
}

export interface RerunReport {
  readonly run: string;
  readonly identical: boolean;
  /** Whether the program is the one that ran then; another one may still find the same. */
  readonly sameTool: boolean;
  readonly tool: { readonly recorded: RunRecord['tool']; readonly now: RunRecord['tool'] };
  readonly findings: { readonly recorded: number; readonly now: number };
  /** Derived exhibits. */
  readonly derived: { readonly recorded: number; readonly now: number };
  /** The first DIFFERENCES_MAX; `differenceCount` counts all. */
  readonly differences: readonly Difference[];
  readonly differenceCount: number;
}

/** A person reads these; who needs all compares the findings. */
const DIFFERENCES_MAX = 100;

/**
 * @throws EntenteError `not-found`; `conflict` when an exhibit was disposed of; `usage` when the tool is not here any more;
 * `store-damaged` when what the run was given is not there any more
 */
export async function rerunTool(
  registry: Registry,
  runId: string,
  { onProgress, ...options }: RunOptions,
  tools: readonly Tool[] = TOOLS,
): Promise<RerunReport> {
  const { record } = await findRun(registry, runId);
  const tool = requireTool(tools, record.tool.name.replace(/^entente /, ''));
  const exhibits = await exhibitsOf(registry, record);
  const stored = await findingsOfRun(registry, runId);
  if (commitmentsDigest(stored.map(commitmentOf)) !== record.output.commitments)
    throw new EntenteError('store-damaged', `the stored findings of ${runId} are not those it gave`);
  const outputs = new Outputs(registry, record);
  const kept: { from: Exhibit; name: string }[] = [];
  const now = await tool.execute({
    registry,
    run: runId,
    exhibits,
    parameters: record.parameters,
    onProgress,
    async keep(from, name, bytes) {
      assertOutput(tool, kept, from, name);
      kept.push({ from, name });
      await outputs.compare(from, name, bytes);
    },
  });
  const findings = now.findings ?? [];
  const differences = [
    ...valueDifferences('', pick(record.parameters, now.computed ?? {}), now.computed ?? {}),
    ...valueDifferences('account.', record.account, now.account),
    ...outputs.differences(),
    ...findingDifferences(
      stored.map(({ finding }) => finding),
      findings,
    ),
  ];
  const { parameters: _, ...program } = thisTool(tool.name);
  const report: RerunReport = {
    run: runId,
    identical: differences.length === 0,
    sameTool: program.sha256 === record.tool.sha256,
    tool: { recorded: record.tool, now: program },
    findings: { recorded: stored.length, now: findings.length },
    derived: { recorded: record.output.exhibits?.length ?? 0, now: kept.length },
    differences: differences.slice(0, DIFFERENCES_MAX),
    differenceCount: differences.length,
  };
  const said = { ...options, purpose: options.purpose ?? 'to see whether a run can be repeated' };
  await recordRerun(registry, exhibits, record, report, said);
  return report;
}

async function exhibitsOf(registry: Registry, record: RunRecord): Promise<Exhibit[]> {
  const disposed = await disposedExhibits(registry, record.case);
  const exhibits: Exhibit[] = [];
  for (const input of record.inputs) {
    const exhibit = await findExhibit(registry.db, input.exhibit);
    if (disposed.has(exhibit.id))
      throw new EntenteError(
        'conflict',
        `exhibit ${exhibit.number} was disposed of at ${disposed.get(exhibit.id)}`,
      );
    exhibits.push(exhibit);
  }
  return exhibits;
}

/** What a tool derives again, against what it derived then. Nothing of it is stored. */
class Outputs {
  readonly #registry: Registry;
  readonly #recorded: Map<string, RunOutput>;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #found: Difference[] = [];

  constructor(registry: Registry, { inputs, output }: RunRecord) {
    this.#registry = registry;
    this.#recorded = new Map((output.exhibits ?? []).map((one) => [`${one.from} ${one.name}`, one]));
    this.#numbers = new Map(inputs.map((input) => [input.exhibit, input.number]));
  }

  async compare(from: Exhibit, name: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const recorded = this.#recorded.get(`${from.id} ${name}`);
    this.#recorded.delete(`${from.id} ${name}`);
    const before = recorded ? await this.#stored(recorded) : null;
    const hash = createHash('sha256');
    let sizeBytes = 0;
    let firstDifference: number | null = null;
    for await (const chunk of bytes) {
      hash.update(chunk);
      if (before && firstDifference === null) {
        const same = await before.countSame(chunk);
        if (same < chunk.length) firstDifference = sizeBytes + same;
      }
      sizeBytes += chunk.length;
    }
    await before?.close();
    const sha256 = hash.digest('hex');
    if (recorded?.sha256 === sha256) return;
    this.#found.push({
      what: `derived ${from.number}/${name}`,
      recorded: recorded ? { sha256: recorded.sha256, sizeBytes: recorded.sizeBytes } : null,
      now: {
        sha256,
        sizeBytes,
        // One that only ends earlier differs where it ends.
        ...(before ? { firstDifferentByte: firstDifference ?? sizeBytes } : {}),
      },
    });
  }

  /** Null when it was disposed of: its digest is still known. */
  async #stored({ exhibit: id, sha256 }: RunOutput) {
    const exhibit = await findExhibit(this.#registry.db, id);
    if ((await disposedExhibits(this.#registry, exhibit.caseId)).has(id)) return null;
    return byteReader((await vaultOf(this.#registry, exhibit)).read(sha256));
  }

  differences(): Difference[] {
    const missing = [...this.#recorded.values()].map(({ from, name, sha256, sizeBytes }) => ({
      what: `derived ${this.#numbers.get(from)}/${name}`,
      recorded: { sha256, sizeBytes },
      now: null,
    }));
    return [...this.#found, ...missing].sort((a, b) => (a.what < b.what ? -1 : a.what > b.what ? 1 : 0));
  }
}

/** Compares a stream with pieces of another, however the two are cut. */
function byteReader(source: AsyncIterable<Uint8Array>) {
  const chunks = source[Symbol.asyncIterator]();
  let piece: Uint8Array = new Uint8Array(0);
  return {
    /** How many bytes at the beginning of `other` are those that come next. */
    async countSame(other: Uint8Array): Promise<number> {
      let at = 0;
      while (at < other.length) {
        if (piece.length === 0) {
          const next = await chunks.next();
          if (next.done) return at;
          piece = next.value;
          continue;
        }
        const length = Math.min(piece.length, other.length - at);
        if (Buffer.compare(piece.subarray(0, length), other.subarray(at, at + length)) !== 0) {
          let same = 0;
          while (piece[same] === other[at + same]) same++;
          return at + same;
        }
        piece = piece.subarray(length);
        at += length;
      }
      return at;
    },
    close: async () => void (await chunks.return?.()),
  };
}

async function recordRerun(
  registry: Registry,
  exhibits: readonly Exhibit[],
  record: RunRecord,
  { identical, differenceCount, tool }: RerunReport,
  said: Circumstances,
): Promise<void> {
  const after: Digests[] = [];
  for (const exhibit of exhibits) after.push(await digestsNow(registry, exhibit));
  const details = { rerun: record.id, identical, differences: differenceCount };
  await registry.db.transaction(async (tx) => {
    await appendLeaf(tx, registry.clock, 'run', { ...details, tool: tool.now });
    await recordAnalysis(tx, registry, exhibits, after, {
      record: { ...record, tool: tool.now },
      said,
      details,
    });
  });
  assertUnchanged(exhibits, after);
}

function pick(values: Readonly<Record<string, unknown>>, like: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.keys(like).map((name) => [name, values[name]]));
}

function valueDifferences(
  prefix: string,
  recorded: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): Difference[] {
  const names = [...new Set([...Object.keys(recorded), ...Object.keys(now)])].sort();
  const text = (value: unknown) => canonicalJson(value ?? null);
  return names
    .filter((name) => text(recorded[name]) !== text(now[name]))
    .map((name) => ({
      what: `${prefix}${name}`,
      recorded: recorded[name] ?? null,
      now: now[name] ?? null,
    }));
}

/** Both lists are in the order of places, so what is in one only is told, and then whether the order is the same. */
function findingDifferences(recorded: readonly Finding[], now: readonly Finding[]): Difference[] {
  const count = new Map<string, number>();
  for (const finding of recorded) {
    const text = findingText(finding);
    count.set(text, (count.get(text) ?? 0) + 1);
  }
  const added: Finding[] = [];
  for (const finding of now) {
    const text = findingText(finding);
    const left = count.get(text) ?? 0;
    if (left === 0) added.push(finding);
    else count.set(text, left - 1);
  }
  const missing = recorded.filter((finding) => {
    const text = findingText(finding);
    const left = count.get(text) ?? 0;
    if (left > 0) count.set(text, left - 1);
    return left > 0;
  });
  if (missing.length > 0 || added.length > 0) {
    return [
      ...missing.map((finding) => ({ what: 'finding', recorded: finding, now: null })),
      ...added.map((finding) => ({ what: 'finding', recorded: null, now: finding })),
    ];
  }
  const at = recorded.findIndex((finding, i) => findingText(finding) !== findingText(now[i]!));
  return at < 0 ? [] : [{ what: `order of findings from ${at}`, recorded: recorded[at]!, now: now[at]! }];
}
