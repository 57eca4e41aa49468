/** Executing a run again: the same exhibits, the same indicators, and whether the same comes out. */
import { EntenteError } from '../base/index.ts';
import { buildIndex, openIndex } from '../match/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import { digestsNow } from './access.ts';
import { appendCustodyEvent } from './custody.ts';
import type { Digests } from './custody-event.ts';
import { digestsOf, disposedExhibits, type Exhibit, findExhibit } from './exhibits.ts';
import { commitmentOf, commitmentsDigest, type Finding, findingsOfRun } from './findings.ts';
import { assertUnchanged, findingText, matchExhibits, type RunOptions } from './match-run.ts';
import { readMaterials } from './materials.ts';
import { findRun, type RunRecord } from './runs.ts';
import { thisTool } from './tool.ts';

export interface Difference {
  /** `account.bytes`, or `finding` */
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
  /** The first DIFFERENCES_MAX; `differenceCount` counts all. */
  readonly differences: readonly Difference[];
  readonly differenceCount: number;
}

/** A person reads these; who needs all compares the findings. */
const DIFFERENCES_MAX = 100;

/** @throws EntenteError `not-found`; `conflict` when an exhibit was disposed of; `store-damaged` when what it was given is not there any more */
export async function rerunMatch(
  registry: Registry,
  runId: string,
  options: RunOptions,
): Promise<RerunReport> {
  const { record } = await findRun(registry, runId);
  const exhibits = await exhibitsOf(registry, record);
  const sources = await readMaterials(registry, String(record.parameters['materials']));
  const index = openIndex(buildIndex(sources).bytes);
  const stored = await findingsOfRun(registry, runId);
  if (commitmentsDigest(stored.map(commitmentOf)) !== record.output.commitments)
    throw new EntenteError('store-damaged', `the stored findings of ${runId} are not those it gave`);
  const now = await matchExhibits(registry, exhibits, index, sources, runId, options.onProgress);
  const differences = [
    ...(index.digest === record.parameters['index']
      ? []
      : [{ what: 'index', recorded: record.parameters['index'], now: index.digest }]),
    ...accountDifferences(record.account, { ...now.account }),
    ...findingDifferences(
      stored.map(({ finding }) => finding),
      now.findings,
    ),
  ];
  const { parameters: _, ...tool } = thisTool('match');
  const report: RerunReport = {
    run: runId,
    identical: differences.length === 0,
    sameTool: tool.sha256 === record.tool.sha256,
    tool: { recorded: record.tool, now: tool },
    findings: { recorded: stored.length, now: now.findings.length },
    differences: differences.slice(0, DIFFERENCES_MAX),
    differenceCount: differences.length,
  };
  await recordRerun(registry, exhibits, record, report, options);
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

async function recordRerun(
  registry: Registry,
  exhibits: readonly Exhibit[],
  record: RunRecord,
  { identical, differenceCount, tool }: RerunReport,
  options: RunOptions,
): Promise<void> {
  const after: Digests[] = [];
  for (const exhibit of exhibits) after.push(await digestsNow(registry, exhibit));
  const outcome = { rerun: record.id, identical, differences: differenceCount };
  await registry.db.transaction(async (tx) => {
    await appendLeaf(tx, registry.clock, 'run', { ...outcome, tool: tool.now });
    for (const [i, exhibit] of exhibits.entries()) {
      await appendCustodyEvent(tx, registry, exhibit, {
        type: 'analyse',
        said: { ...options, purpose: options.purpose ?? 'to see whether a run can be repeated' },
        before: digestsOf(exhibit),
        after: after[i]!,
        tool: { ...tool.now, parameters: record.parameters },
        inputs: [exhibit.sha256, String(record.parameters['materials'])],
        details: outcome,
      });
    }
  });
  assertUnchanged(exhibits, after);
}

function accountDifferences(
  recorded: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): Difference[] {
  const names = [...new Set([...Object.keys(recorded), ...Object.keys(now)])].sort();
  return names
    .filter((name) => JSON.stringify(recorded[name]) !== JSON.stringify(now[name]))
    .map((name) => ({
      what: `account.${name}`,
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
