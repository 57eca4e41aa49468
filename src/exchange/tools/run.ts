/** Running an accepted tool over exhibits of a case: asked of the agreement now, recorded with package and clause, and repeatable like every run. */
import { EntenteError } from '../../base/index.ts';
import {
  type Case,
  type Exhibit,
  keepRules,
  type RunOptions,
  runMatch,
  runTool,
  SIGMA,
  type ToolRun,
  YARA,
} from '../../cases/index.ts';
import { PACKAGED } from '../../cases/sandbox/index.ts';
import { assertParameters, assertUsable, isWasm, requireHeld } from '../../desk/index.ts';
import type { Registry } from '../../registry/index.ts';
import { moduleOf, rulesOf, sandboxLimits, sourcesOfSet } from './content.ts';
import { packageOf, stored } from './lifecycle.ts';

/**
 * @param set parameters of the tool by name
 * @throws EntenteError `conflict` before it is accepted or after it is retired, `agreement-denied`, `usage`
 */
export async function runAccepted(
  registry: Registry,
  asked: string,
  file: Case,
  exhibits: readonly Exhibit[],
  set: Readonly<Record<string, string>>,
  options: RunOptions,
): Promise<ToolRun> {
  const held = await requireHeld(registry.db, asked);
  const { clause, agreement, peer } = await assertUsable(registry, held);
  if (exhibits.length === 0)
    throw new EntenteError('usage', 'the case has no exhibit that the tool could read');
  const pkg = await packageOf(registry, held.sha256);
  assertParameters(pkg.manifest, set);
  const origin = {
    contributor: peer?.name ?? registry.name,
    contributorKey: peer?.kid ?? registry.identity.kid,
    agreement,
    clause,
  };
  const said = { purpose: `${pkg.manifest.title} ${held.version}`, ...options };
  const { kind } = pkg.manifest;
  if (kind === 'indicator-set')
    return runMatch(registry, file, sourcesOfSet(pkg, origin), { ...said, exhibits });
  const named = { package: { id: held.tool, version: held.version, sha256: held.sha256 }, origin };
  if (!isWasm(kind)) {
    const materials = await keepRules(registry, rulesOf(pkg));
    return runTool(
      registry,
      file,
      kind === 'yara-pack' ? YARA : SIGMA,
      exhibits,
      { materials, ...named },
      said,
    );
  }
  const { sha256: materials } = await stored(registry, moduleOf(pkg));
  const parameters = { materials, limits: sandboxLimits(pkg.manifest), set, ...named };
  return runTool(registry, file, PACKAGED, exhibits, parameters, said);
}
