/**
 * Running intelligence over a case's exhibits: findings in the order of the evidence. The same exhibits and the same indicators give the
 * same findings, byte for byte; what the run was given is kept, so that anybody here can run it again.
 */
import { canonicalJson } from '../base/index.ts';
import { buildIndex, confirmHit, type Index, openIndex } from '../match/index.ts';
import type { Registry } from '../registry/index.ts';
import type { Case } from './cases.ts';
import { disposedExhibits, type Exhibit, type ExhibitFile, filesOf, listExhibits } from './exhibits.ts';
import type { Finding } from './findings.ts';
import { keepMaterials, type MatchSource, readMaterials } from './materials.ts';
import {
  type RunOptions,
  runTool,
  type Tool,
  type ToolContext,
  type ToolResult,
  type ToolRun,
} from './run-tool.ts';
import { type EvidenceHit, scanEvidence } from './scan/index.ts';
import { vaultOf } from './vault.ts';

/** `materials` is the digest of the indicators, with all that findings say of them. */
export const MATCH: Tool = {
  name: 'match',
  purpose: 'search for known indicators',
  async execute(context) {
    const sources = await readMaterials(context.registry, String(context.parameters['materials']));
    return match(context, sources, openIndex(buildIndex(sources).bytes));
  },
};

/** Over all evidence of the case that is here, or the named exhibits of it. @throws EntenteError as `runTool` does */
export async function runMatch(
  registry: Registry,
  file: Case,
  sources: readonly MatchSource[],
  { exhibits: named, ...options }: RunOptions & { readonly exhibits?: readonly Exhibit[] },
): Promise<ToolRun> {
  const disposed = await disposedExhibits(registry, file.id);
  const exhibits =
    named ??
    (await listExhibits(registry, file.id)).filter(
      // What runs derived is no evidence found anywhere.
      (exhibit) => exhibit.run === null && !disposed.has(exhibit.id),
    );
  const index = openIndex(buildIndex(sources).bytes);
  const parameters = { indicators: sources.length, materials: await keepMaterials(registry, sources) };
  const tool: Tool = { ...MATCH, execute: (context) => match(context, sources, index) };
  return runTool(registry, file, tool, exhibits, parameters, options);
}

async function match(
  { registry, exhibits, run, onProgress }: ToolContext,
  sources: readonly MatchSource[],
  index: Index,
): Promise<ToolResult> {
  const files = new Map<string, { exhibit: Exhibit; file: ExhibitFile }>();
  const inputs = [];
  for (const exhibit of exhibits) {
    const vault = await vaultOf(registry, exhibit);
    for (const one of await filesOf(registry, exhibit)) {
      // The number keeps apart what two exhibits call alike.
      const name = `${exhibit.number}/${one.name}`;
      files.set(name, { exhibit, file: one });
      const { path, key } = await vault.locate(one.sha256);
      inputs.push({ path, name, ...(key ? { key } : {}) });
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
  return { findings, account: { ...account }, computed: { index: index.digest } };
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
    ...(source.warninglists ? { warninglists: source.warninglists } : {}),
    ...(source.confidence === undefined ? {} : { confidence: source.confidence }),
    ...(source.validUntil === undefined ? {} : { validUntil: source.validUntil }),
  };
}

/** Findings that compare alike exactly when they say the same. */
export const findingText = (finding: Finding): string => canonicalJson(finding);
