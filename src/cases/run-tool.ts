/**
 * Running a tool over exhibits. A run is (exhibits, tool, parameters) → derived exhibits and findings, with an account of what was
 * read and what was not. What a tool hands over is kept by digest; the run, the exhibits that it derived and all custody events are
 * one transaction, so a crash leaves a whole run or none.
 *
 * A tool gives the same bytes for the same exhibits and parameters: no clock, no randomness, no order of scheduling. `evidence rerun`
 * holds it to that.
 */
import { EntenteError, newId } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import type { BlobDigests } from '../store/index.ts';
import { assertNotDisposed, changed, digestsNow } from './access.ts';
import type { Case } from './cases.ts';
import { appendCustodyEvent } from './custody.ts';
import { assertCircumstances, type Circumstances, type Digests } from './custody-event.ts';
import { digestsOf, type Exhibit, registerExhibit } from './exhibits.ts';
import { commitmentOf, commitmentsDigest, type Finding, saltFindings, storeFindings } from './findings.ts';
import { type RunOutput, type RunRecord, storeRun } from './runs.ts';
import { thisTool } from './tool.ts';
import { openVault, type Vault } from './vault.ts';

export interface ToolContext {
  readonly registry: Registry;
  /** The identifier of the run: findings name it, derived bytes must not. */
  readonly run: string;
  readonly exhibits: readonly Exhibit[];
  readonly parameters: Readonly<Record<string, unknown>>;
  /**
   * Hands over one derived file; `name` is unique among those derived from one exhibit. The bytes are read once, before the promise
   * resolves.
   */
  keep(from: Exhibit, name: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface ToolResult {
  readonly findings?: readonly Finding[];
  /** What was parsed, failed, skipped and recovered. The same again when the run is repeated. */
  readonly account: Readonly<Record<string, unknown>>;
  /** What follows from the parameters and is recorded with them, such as the digest of an index. */
  readonly computed?: Readonly<Record<string, unknown>>;
}

export interface Tool {
  /** As people type it and runs name it: `match`, `timeline`. */
  readonly name: string;
  /** Why a run is made, where nobody says. */
  readonly purpose: string;
  execute(context: ToolContext): Promise<ToolResult>;
}

export interface RunOptions extends Omit<Circumstances, 'purpose'> {
  readonly purpose?: string;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface ToolRun {
  readonly record: RunRecord;
  readonly findings: readonly Finding[];
  /** The derived exhibits, by exhibit and name. */
  readonly derived: readonly Exhibit[];
}

/**
 * @throws EntenteError `conflict` when an exhibit was disposed of; `store-damaged` when stored evidence is no longer what was
 * registered, after the custody events that say so
 */
export async function runTool(
  registry: Registry,
  file: Case,
  tool: Tool,
  exhibits: readonly Exhibit[],
  parameters: Readonly<Record<string, unknown>>,
  { onProgress, ...options }: RunOptions,
): Promise<ToolRun> {
  const said: Circumstances = { ...options, purpose: options.purpose ?? tool.purpose };
  assertCircumstances(said); // before hours of work
  for (const exhibit of exhibits) await assertNotDisposed(registry, exhibit);
  const id = newId('run');
  const kept: KeptOutput[] = [];
  const result = await tool.execute({
    registry,
    run: id,
    exhibits,
    parameters,
    onProgress,
    async keep(from, name, bytes) {
      assertOutput(tool, kept, from, name);
      const output: KeptOutput = { from, name };
      kept.push(output);
      output.vault = await openVault(registry, file.encrypted === true || from.sealed !== undefined);
      output.digests = await output.vault.blobs.put(bytes);
    },
  });
  const after: Digests[] = [];
  for (const exhibit of exhibits) after.push(await digestsNow(registry, exhibit));
  const salted = saltFindings(result.findings ?? []);
  const { parameters: _, ...program } = thisTool(tool.name);
  const all = { ...parameters, ...result.computed };
  const derived: Exhibit[] = [];
  const record = await registry.db.transaction(async (tx) => {
    for (const { from, name, digests, vault } of kept.sort(byPlace)) {
      const exhibit = await registerExhibit(tx, registry, {
        caseId: file.id,
        name,
        media: 'file',
        digests: digests!,
        vault: vault!,
        derived: { from, run: id },
      });
      await appendCustodyEvent(tx, registry, exhibit, {
        type: 'analyse',
        said,
        before: null,
        after: digestsOf(exhibit),
        tool: { ...program, parameters: all },
        inputs: [from.sha256],
        outputs: [exhibit.sha256],
        details: { run: id, derivedFrom: from.id },
      });
      derived.push(exhibit);
    }
    const made: RunRecord = {
      id,
      case: file.id,
      tool: program,
      parameters: all,
      inputs: exhibits.map(({ id: exhibit, number, sha256 }) => ({ exhibit, number, sha256 })),
      output: {
        findings: salted.length,
        commitments: commitmentsDigest(salted.map(commitmentOf)),
        exhibits: derived.map(outputOf),
      },
      account: result.account,
      at: registry.clock().toISOString(),
    };
    await storeRun(tx, registry, made);
    await storeFindings(tx, file.id, id, salted);
    if (result.findings) await appendLeaf(tx, registry.clock, 'finding-set', { run: id, ...made.output });
    await recordAnalysis(tx, registry, exhibits, after, { record: made, said, details: { run: id } });
    return made;
  });
  assertUnchanged(exhibits, after);
  return { record, findings: result.findings ?? [], derived };
}

interface KeptOutput {
  readonly from: Exhibit;
  readonly name: string;
  /** Both absent while its bytes are still coming. What is derived from encrypted evidence is encrypted, under a key of its own. */
  vault?: Vault;
  digests?: BlobDigests;
}

const byPlace = (a: KeptOutput, b: KeptOutput) =>
  a.from.number - b.from.number || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

const outputOf = ({ id, number, name, sizeBytes, sha256, blake3, parent }: Exhibit): RunOutput => ({
  exhibit: id,
  number,
  name,
  sizeBytes,
  sha256,
  blake3,
  from: parent!.id,
});

/** Names end up in lists, paths and reports. */
const NAME_LENGTH_MAX = 1_000;

/** A tool that breaks its word is a defect of ours, not of what it was given. */
export function assertOutput(
  tool: Tool,
  kept: readonly { readonly from: Exhibit; readonly name: string }[],
  from: Exhibit,
  name: string,
): void {
  if (name === '' || name.length > NAME_LENGTH_MAX || /\p{Cc}/u.test(name))
    throw new RangeError(`the tool ${tool.name} gives what it derived no proper name`);
  if (kept.some((one) => one.from.id === from.id && one.name === name))
    throw new RangeError(`the tool ${tool.name} gives "${name}" twice for exhibit ${from.number}`);
}

/** An event for every exhibit that was read, with its digest as found afterwards. */
export async function recordAnalysis(
  tx: Parameters<typeof appendCustodyEvent>[0],
  registry: Registry,
  exhibits: readonly Exhibit[],
  after: readonly Digests[],
  act: {
    readonly record: Pick<RunRecord, 'tool' | 'parameters' | 'output'>;
    readonly said: Circumstances;
    readonly details: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const { tool, parameters, output } = act.record;
  const { materials } = parameters;
  for (const [i, exhibit] of exhibits.entries()) {
    const derived = (output.exhibits ?? []).filter((one) => one.from === exhibit.id);
    await appendCustodyEvent(tx, registry, exhibit, {
      type: 'analyse',
      said: act.said,
      before: digestsOf(exhibit),
      after: after[i]!,
      tool: { ...tool, parameters },
      inputs: [exhibit.sha256, ...(typeof materials === 'string' ? [materials] : [])],
      outputs: [output.commitments, ...derived.map((one) => one.sha256)],
      details: act.details,
    });
  }
}

/** @throws EntenteError `store-damaged` */
export function assertUnchanged(exhibits: readonly Exhibit[], after: readonly Digests[]): void {
  const at = exhibits.findIndex((exhibit, i) => exhibit.sha256 !== after[i]!.sha256);
  if (at >= 0) throw changed(exhibits[at]!, exhibits[at]!.sha256);
}

/** @throws EntenteError `usage` for a name that is none of these tools */
export function requireTool(tools: readonly Tool[], name: string): Tool {
  const found = tools.find((tool) => tool.name === name);
  if (found) return found;
  const names = tools.map((tool) => `"${tool.name}"`).join(', ');
  throw new EntenteError('usage', `"${name.slice(0, 40)}" is no tool of this node; there are: ${names}`);
}
