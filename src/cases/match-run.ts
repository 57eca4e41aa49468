/**
 * Running intelligence over a case's exhibits: one run, one account, findings in the order of the evidence. The same exhibits and the
 * same indicators give the same findings, byte for byte; what the run was given is kept, so that anybody here can run it again.
 */
import { canonicalJson, newId } from '../base/index.ts';
import { buildIndex, confirmHit, type Index, openIndex } from '../match/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import { changed, digestsNow } from './access.ts';
import type { Case } from './cases.ts';
import { appendCustodyEvent } from './custody.ts';
import type { Circumstances, Digests } from './custody-event.ts';
import {
  digestsOf,
  disposedExhibits,
  type Exhibit,
  type ExhibitFile,
  filesOf,
  listExhibits,
} from './exhibits.ts';
import { commitmentOf, commitmentsDigest, type Finding, saltFindings, storeFindings } from './findings.ts';
import { keepMaterials, type MatchSource } from './materials.ts';
import { type RunRecord, storeRun } from './runs.ts';
import { type EvidenceHit, type ScanAccount, scanEvidence } from './scan/index.ts';
import { thisTool } from './tool.ts';

export interface MatchRun {
  readonly record: RunRecord;
  readonly findings: readonly Finding[];
}

export interface RunOptions extends Omit<Circumstances, 'purpose'> {
  readonly purpose?: string;
  readonly onProgress?: (done: number, total: number) => void;
}

/** @throws EntenteError `store-damaged` when stored evidence is no longer what was registered; the custody event then says so */
export async function runMatch(
  registry: Registry,
  file: Case,
  sources: readonly MatchSource[],
  options: RunOptions,
): Promise<MatchRun> {
  const disposed = await disposedExhibits(registry, file.id);
  const exhibits = (await listExhibits(registry, file.id)).filter(
    // What runs derived is no evidence found anywhere.
    (exhibit) => exhibit.run === null && !disposed.has(exhibit.id),
  );
  const id = newId('run');
  const index = openIndex(buildIndex(sources).bytes);
  const materials = await keepMaterials(registry, sources);
  const { findings, account } = await matchExhibits(
    registry,
    exhibits,
    index,
    sources,
    id,
    options.onProgress,
  );
  const after: Digests[] = [];
  for (const exhibit of exhibits) after.push(await digestsNow(registry, exhibit));
  const salted = saltFindings(findings);
  const { parameters: _, ...tool } = thisTool('match');
  const record: RunRecord = {
    id,
    case: file.id,
    tool,
    parameters: { indicators: sources.length, index: index.digest, materials },
    inputs: exhibits.map((exhibit) => ({
      exhibit: exhibit.id,
      number: exhibit.number,
      sha256: exhibit.sha256,
    })),
    output: { findings: findings.length, commitments: commitmentsDigest(salted.map(commitmentOf)) },
    account: { ...account },
    at: registry.clock().toISOString(),
  };
  await registry.db.transaction(async (tx) => {
    await storeRun(tx, registry, record);
    await storeFindings(tx, file.id, id, salted);
    await appendLeaf(tx, registry.clock, 'finding-set', { run: id, ...record.output });
    for (const [i, exhibit] of exhibits.entries()) {
      await appendCustodyEvent(tx, registry, exhibit, {
        type: 'analyse',
        said: { ...options, purpose: options.purpose ?? 'search for known indicators' },
        before: digestsOf(exhibit),
        after: after[i]!,
        tool: { ...record.tool, parameters: record.parameters },
        inputs: [exhibit.sha256, materials],
        outputs: [record.output.commitments],
        details: { run: id },
      });
    }
  });
  assertUnchanged(exhibits, after);
  return { record, findings };
}

export function assertUnchanged(exhibits: readonly Exhibit[], after: readonly Digests[]): void {
  const at = exhibits.findIndex((exhibit, i) => exhibit.sha256 !== after[i]!.sha256);
  if (at >= 0) throw changed(exhibits[at]!, exhibits[at]!.sha256);
}

/** The scan itself: findings of exactly these exhibits and indicators. `run` is only named in them. */
export async function matchExhibits(
  registry: Registry,
  exhibits: readonly Exhibit[],
  index: Index,
  sources: readonly MatchSource[],
  run: string,
  onProgress?: (done: number, total: number) => void,
): Promise<{ findings: Finding[]; account: ScanAccount }> {
  const files = new Map<string, { exhibit: Exhibit; file: ExhibitFile }>();
  const inputs = [];
  for (const exhibit of exhibits) {
    for (const one of await filesOf(registry, exhibit)) {
      // The number keeps apart what two exhibits call alike.
      const name = `${exhibit.number}/${one.name}`;
      files.set(name, { exhibit, file: one });
      inputs.push({ path: await registry.blobs.path(one.sha256), name });
    }
  }
  const findings: Finding[] = [];
  const account = await scanEvidence({
    inputs,
    index,
    ...(onProgress ? { onProgress } : {}),
    onHit: (hit) => {
      const source = sources[hit.entry]!;
      // The index compares fingerprints; whoever has the values settles it.
      if (!confirmHit(hit.kind, source.value, hit.keyClass, hit.key)) return;
      findings.push(findingOf(run, files.get(hit.file)!, hit, source));
    },
  });
  return { findings, account };
}

function findingOf(
  run: string,
  { exhibit, file }: { exhibit: Exhibit; file: ExhibitFile },
  hit: EvidenceHit,
  source: MatchSource,
): Finding {
  return {
    run,
    exhibit: exhibit.id,
    exhibitNumber: exhibit.number,
    sha256: file.sha256,
    file: file.name,
    container: hit.container ?? '',
    where: hit.where,
    offset: hit.offset,
    length: hit.length,
    line: hit.line,
    kind: hit.kind,
    value: source.value,
    matched: hit.matched,
    indicator: source.indicator,
    name: source.name,
    contributor: source.contributor,
    contributorKey: source.contributorKey,
    agreement: source.agreement,
    clause: source.clause,
  };
}

/** Findings that compare alike exactly when they say the same. */
export const findingText = (finding: Finding): string => canonicalJson(finding);
