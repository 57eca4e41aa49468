/**
 * What is in a tool package, made ready to run; and its self-tests, run as its author's inputs say. Rules and sets go through the engines of the
 * node, modules through the sandbox: the same as over evidence.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { decodeUtf8, EntenteError, type Issue } from '../../base/index.ts';
import { ExamineAccounts, examine, type RuleSource } from '../../cases/examine/index.ts';
import type { MatchSource } from '../../cases/index.ts';
import { runInSandbox, type SandboxLimits, type SandboxOutput } from '../../cases/sandbox/index.ts';
import { scanEvidence } from '../../cases/scan/index.ts';
import { isWasm, type Manifest, notAPackage, type SelfTest, type ToolPackage } from '../../desk/index.ts';
import { stixIndicator } from '../../intel/indicators/index.ts';
import { buildIndex, confirmHit, openIndex } from '../../match/index.ts';
import { parseBundle } from '../../stix/index.ts';

/** The rules of a pack. */
export const rulesOf = ({ manifest, files }: ToolPackage): RuleSource[] =>
  manifest.content.map((path) => ({ path, text: decodeUtf8(files.get(path)!) }));

export const moduleOf = ({ manifest, files }: ToolPackage): Uint8Array => files.get(manifest.content[0]!)!;

export const sandboxLimits = ({ limits }: Manifest): SandboxLimits => ({
  memoryPages: limits!.memoryMiB * 16,
  timeMs: limits!.seconds * 1_000,
  outputBytes: limits!.outputMiB * 1024 * 1024,
});

/** From whom, and by which clause: what findings say of an indicator. */
export type SetOrigin = Pick<MatchSource, 'contributor' | 'contributorKey' | 'agreement' | 'clause'>;

/** The values of an indicator set, a STIX 2.1 bundle. @throws EntenteError `tool-package` when it is none */
export function sourcesOfSet({ manifest, files }: ToolPackage, origin: SetOrigin): MatchSource[] {
  const [path] = manifest.content;
  const { objects, issues } = parseBundle(files.get(path!)!);
  const errors = issues.filter(({ severity }) => severity !== 'warning');
  if (errors.length > 0)
    throw notAPackage(
      `${path} is no bundle of valid STIX 2.1: ${errors[0]!.path}: ${errors[0]!.message}`,
      errors.slice(0, 50),
    );
  const sources = objects.flatMap((object) => {
    const indicator = stixIndicator(object);
    return (indicator?.values ?? []).map(({ kind, value }) => ({
      kind,
      value,
      indicator: String(object.id),
      name: indicator!.name ?? '',
      ...origin,
    }));
  });
  if (sources.length === 0) throw notAPackage(`${path} has no indicator that evidence can be searched for`);
  return sources;
}

export interface SelfTestReport {
  readonly name: string;
  readonly passed: boolean;
  /** What came, by digest. */
  readonly outputs: SelfTest['outputs'];
  /** What differs from the manifest, or why it was stopped. */
  readonly issues: readonly Issue[];
}

/** Runs all self-tests; a package without a fault has no issues. */
export async function runSelfTests(pkg: ToolPackage): Promise<SelfTestReport[]> {
  const reports: SelfTestReport[] = [];
  for (const test of pkg.manifest.selfTests) {
    let outputs: SelfTest['outputs'] = [];
    let issues: Issue[] = [];
    try {
      outputs = (await runOver(pkg, test)).map(({ name, bytes }) => ({
        name,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      }));
      issues = differences(test, outputs);
    } catch (error) {
      if (!(error instanceof EntenteError) || error.code === 'internal') throw error;
      issues = [{ code: error.issues[0]?.code ?? error.code, path: test.name, message: error.message }];
    }
    reports.push({ name: test.name, passed: issues.length === 0, outputs, issues });
  }
  return reports;
}

/** @throws EntenteError `tool-package` naming each self-test that does not give what the manifest says */
export function assertSelfTests({ manifest }: ToolPackage, reports: readonly SelfTestReport[]): void {
  const issues = reports.flatMap((report) => report.issues);
  if (issues.length > 0)
    throw notAPackage(
      `${manifest.title} ${manifest.version} fails its own self-test "${issues[0]!.path}": ${issues[0]!.message}`,
      issues,
    );
}

function differences(test: SelfTest, came: SelfTest['outputs']): Issue[] {
  const say = (message: string): Issue => ({ code: 'self-test', path: test.name, message });
  const expected = new Map(test.outputs.map(({ name, sha256 }) => [name, sha256]));
  const issues = came.flatMap(({ name, sha256 }) => {
    const wanted = expected.get(name);
    expected.delete(name);
    if (wanted === undefined) return [say(`gives "${name}", which the manifest does not name`)];
    return wanted === sha256
      ? []
      : [say(`gives "${name}" with the digest ${sha256}; the manifest says ${wanted}`)];
  });
  return [...issues, ...[...expected.keys()].map((name) => say(`does not give "${name}"`))];
}

/** Inputs of self-tests are the author's and no evidence: they may lie on the disk while the test runs. */
async function runOver(pkg: ToolPackage, test: SelfTest): Promise<readonly SandboxOutput[]> {
  const folder = mkdtempSync(join(tmpdir(), 'entente-self-test-'));
  try {
    const files = test.inputs.map((name) => {
      const bytes = pkg.files.get(name)!;
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
      return { name, exhibit: 1, location: { path, key: null, sizeBytes: bytes.length } };
    });
    if (isWasm(pkg.manifest.kind)) {
      const parameters = test.parameters ?? {};
      const limits = sandboxLimits(pkg.manifest);
      return (await runInSandbox({ module: moduleOf(pkg), files, parameters, limits })).outputs;
    }
    const lines =
      pkg.manifest.kind === 'indicator-set' ? await match(pkg, files) : await examineWith(pkg, files);
    const name = `${pkg.manifest.kind}.jsonl`;
    return [{ name, bytes: Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')) }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type InputFile = {
  readonly name: string;
  readonly exhibit: number;
  readonly location: { path: string; key: null; sizeBytes: number };
};

/** @throws EntenteError `tool-package` when a rule cannot be loaded: a pack is whole or nothing */
async function examineWith(pkg: ToolPackage, files: readonly InputFile[]): Promise<unknown[]> {
  const rules = rulesOf(pkg);
  const lines: unknown[] = [];
  await examine({
    files,
    job: pkg.manifest.kind === 'yara-pack' ? { kind: 'yara', rules } : { kind: 'sigma', rules, options: {} },
    accounts: new ExamineAccounts(),
    onReady({ rejected }) {
      const issues = rejected.map(({ path, reason }) => ({ code: 'rule', path, message: reason }));
      if (issues.length > 0)
        throw notAPackage(`${issues[0]!.path} cannot be loaded: ${issues[0]!.message}`, issues);
    },
    take(message) {
      if (message.type === 'hits') lines.push(...message.hits);
    },
  });
  return lines;
}

async function match(pkg: ToolPackage, files: readonly InputFile[]): Promise<unknown[]> {
  const origin = { contributor: '', contributorKey: '', agreement: null, clause: '' };
  const sources = sourcesOfSet(pkg, origin);
  const lines: unknown[] = [];
  await scanEvidence({
    inputs: files.map(({ name, location }) => ({ name, path: location.path })),
    index: openIndex(buildIndex(sources).bytes),
    jobs: 1,
    onHit({ entry, kind, file, offset, keyClass, key }) {
      const { value, indicator } = sources[entry]!;
      if (confirmHit(kind, value, keyClass, key)) lines.push({ file, offset, kind, value, indicator });
    },
  });
  return lines;
}
