/**
 * Running intelligence over a case's exhibits: one run, one account, findings in the order of the evidence. The same exhibits and the
 * same indicators give the same findings, byte for byte.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, newId } from '../base/index.ts';
import { buildIndex, confirmHit, type Entry, openIndex } from '../match/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import type { Case } from './cases.ts';
import { appendCustodyEvent } from './custody.ts';
import { digestsOf, type Exhibit, type ExhibitFile, filesOf, listExhibits } from './exhibits.ts';
import { type Finding, storeFindings } from './findings.ts';
import { type RunRecord, storeRun } from './runs.ts';
import { type EvidenceHit, scanEvidence } from './scan/index.ts';
import { TOOL } from './tool.ts';

/** An indicator ready for matching, and what a finding says about where it came from. */
export interface MatchSource extends Entry {
  readonly indicator: string;
  readonly name: string;
  readonly contributor: string;
  readonly contributorKey: string;
  readonly agreement: { readonly id: string; readonly version: number } | null;
  readonly clause: string;
}

export interface MatchRun {
  readonly record: RunRecord;
  readonly findings: readonly Finding[];
}

export interface RunOptions {
  readonly person: string;
  readonly onProgress?: (done: number, total: number) => void;
}

export async function runMatch(
  registry: Registry,
  file: Case,
  sources: readonly MatchSource[],
  options: RunOptions,
): Promise<MatchRun> {
  const exhibits = await listExhibits(registry, file.id);
  const index = openIndex(buildIndex(sources).bytes);
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
  const id = newId('run');
  const findings: Finding[] = [];
  const account = await scanEvidence({
    inputs,
    index,
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
    onHit: (hit) => {
      const source = sources[hit.entry]!;
      // The index compares fingerprints; whoever has the values settles it.
      if (!confirmHit(hit.kind, source.value, hit.keyClass, hit.key)) return;
      findings.push(findingOf(id, files.get(hit.file)!, hit, source));
    },
  });
  const output = findings.map((finding) => `${canonicalJson(finding)}\n`).join('');
  const record: RunRecord = {
    id,
    case: file.id,
    tool: { ...TOOL, name: 'entente match' },
    parameters: { indicators: sources.length, index: index.digest },
    inputs: exhibits.map((exhibit) => ({ exhibit: exhibit.id, sha256: exhibit.sha256 })),
    output: { sha256: createHash('sha256').update(output).digest('hex'), findings: findings.length },
    account: { ...account },
    at: registry.clock().toISOString(),
  };
  await registry.db.transaction(async (tx) => {
    await storeRun(tx, registry, record);
    await storeFindings(tx, file.id, id, findings);
    await appendLeaf(tx, registry.clock, 'finding-set', { run: id, ...record.output });
    for (const exhibit of exhibits) {
      await appendCustodyEvent(tx, registry, exhibit.id, {
        type: 'analyse',
        person: options.person,
        purpose: 'search for known indicators',
        before: digestsOf(exhibit),
        after: digestsOf(exhibit), // read from the blob that this digest names
        tool: record.tool,
        details: { run: id },
      });
    }
  });
  return { record, findings };
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
