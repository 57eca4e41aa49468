/** `entente sigma run`: Sigma rules over evidence on one machine, without a node. */
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { EntenteError } from '../../base/index.ts';
import { correlationFinding, type SigmaFinding } from '../../cases/examine/sigma-job.ts';
import { HEAD_BYTES, recogniseFormat } from '../../forensics/index.ts';
import { Correlator, parseRuleFiles, type RuleSet } from '../../forensics/sigma/index.ts';
import { openBlobFileSync, startThread } from '../../store/index.ts';
import type { Command, Invocation } from '../command.ts';
import { filesAt, LineBuffer, locationOf } from '../exhibits.ts';
import { readRuleFiles, SIGMA_ENDING } from '../rule-files.ts';
import { type ScanResult, type ScanUnit, SigmaScanner } from '../sigma-scan.ts';
import type { WorkerAnswer } from '../sigma-worker.ts';
import { asEntenteError } from '../system-errors.ts';
import { formatCount, type Terminal } from '../terminal.ts';

export const command: Command = {
  name: 'sigma run',
  usage: '--rules PATH… --evidence PATH… [--json]',
  details: [
    'Rules: a Sigma file, a folder, or an archive such as rules.tar.gz. Evidence: everything that `entente parse` reads.',
    'Rules that could not be loaded are named on standard error with the reason.',
    '',
    '  entente sigma run --rules sigma/rules.tar.gz --evidence logs/ --json',
  ].join('\n'),
  options: {
    rules: { type: 'string', many: true, value: 'PATH', help: 'files, folders or archives with Sigma rules' },
    evidence: {
      type: 'string',
      many: true,
      value: 'PATH',
      help: 'files, folders or archives to look through',
    },
    placeholder: {
      type: 'string',
      multiple: true,
      value: 'NAME=VALUE',
      help: 'a value for %NAME% in rules; may be repeated',
    },
    jobs: { type: 'string', value: 'N', help: 'threads (default: one for each processor)' },
  },
  run,
};

async function run(invocation: Invocation, terminal: Terminal): Promise<number> {
  const rulePaths = invocation.strings('rules');
  const evidence = [...invocation.strings('evidence'), ...invocation.positionals];
  if (rulePaths.length === 0)
    throw new EntenteError('usage', '--rules is missing (entente sigma run --help)');
  if (evidence.length === 0)
    throw new EntenteError('usage', '--evidence is missing (entente sigma run --help)');
  const note = (name: string, message: string) => terminal.note(`${name}: ${message}`);
  const units = await unitsOf(evidence, note);
  const set = await loadRules(rulePaths, placeholders(invocation), terminal);
  const jobs = invocation.integer('jobs', { min: 1, max: 256, default: availableParallelism() });
  const lines = new LineBuffer((text) => terminal.out(text));
  const print = (finding: SigmaFinding) =>
    lines.add(invocation.json ? JSON.stringify(finding) : lineOf(finding, terminal));
  const correlator = new Correlator(set.rules, set.correlations);
  const progress = terminal.progress('reading', { unit: 'items' });
  const total = { events: 0, findings: 0, errors: 0, skippedBytes: 0, failed: 0 };
  let done = 0;
  await scanAll(set, units, jobs, (result) => {
    progress.update(++done, units.length);
    if ('failure' in result) {
      total.failed++;
      terminal.note(result.failure);
      return;
    }
    total.events += result.events;
    total.findings += result.findings.length;
    total.errors += result.errors;
    total.skippedBytes += result.skippedBytes;
    for (const text of result.notes) terminal.note(text);
    for (const finding of result.findings) print(finding);
    if (result.gathered !== null) correlator.absorb(result.gathered);
  });
  for (const finding of correlator.finish()) {
    total.findings++;
    print(correlationFinding(finding));
  }
  progress.end();
  lines.flush();
  if (correlator.untimed > 0)
    terminal.note(`${formatCount(correlator.untimed)} hits without a time took no part in correlations`);
  if (correlator.ungrouped > 0)
    terminal.note(
      `${formatCount(correlator.ungrouped)} hits without a field that is grouped by or counted took no part in correlations`,
    );
  if (correlator.dropped > 0)
    terminal.note(`${formatCount(correlator.dropped)} hits beyond the limit took no part in correlations`);
  terminal.note(
    `${formatCount(set.rules.length + set.correlations.length)} rules, ${formatCount(total.events)} events, ${formatCount(total.findings)} findings, ${formatCount(total.errors)} errors, ${formatCount(total.skippedBytes)} bytes not read`,
  );
  return total.failed > 0 ? 2 : 0;
}

async function loadRules(
  paths: readonly string[],
  values: Readonly<Record<string, readonly string[]>>,
  terminal: Terminal,
): Promise<RuleSet> {
  const files = await readRuleFiles(paths, SIGMA_ENDING, terminal);
  const set = parseRuleFiles(files, { placeholders: values });
  for (const { path, title, reason } of set.rejected) {
    terminal.note(`rule not loaded: ${path}${title === null ? '' : ` (${title})`}: ${reason}`);
  }
  if (set.rules.length === 0) {
    throw new EntenteError('sigma-rules', `no Sigma rule could be loaded from ${paths.join(', ')}`, {
      issues: set.rejected.map(({ path, reason }) => ({ code: 'sigma-rule', path, message: reason })),
    });
  }
  return set;
}

/** Files this large are divided, if their format can be, so that all threads work on them. */
const DIVIDE_BYTES = 16 * 1024 * 1024;

async function unitsOf(
  evidence: readonly string[],
  note: (name: string, message: string) => void,
): Promise<ScanUnit[]> {
  const units: ScanUnit[] = [];
  for (const path of evidence) {
    for (const file of await filesAt(path, note)) {
      using reader = openBlobFileSync(locationOf(file));
      const format = reader.sizeBytes < DIVIDE_BYTES ? null : recogniseFormat(reader.read(0, HEAD_BYTES));
      const parts = Math.ceil(reader.sizeBytes / DIVIDE_BYTES);
      if (format?.divide)
        for (const range of format.divide(reader.sizeBytes, parts)) units.push({ path: file, range });
      else units.push({ path: file });
    }
  }
  return units;
}

/** Below this much evidence, starting threads takes longer than reading it. */
const ALONE_BYTES = 48 * 1024 * 1024;

type UnitResult = ScanResult | { readonly failure: string };

/** Scans all units and calls `take` with their results in the order of the units, whoever was first. */
async function scanAll(
  set: RuleSet,
  units: readonly ScanUnit[],
  jobs: number,
  take: (result: UnitResult) => void,
): Promise<void> {
  const sizeBytes = units.reduce(
    (sum, { path, range }) => sum + (range ? range.to - range.from : statSync(path).size),
    0,
  );
  // This thread works too: it holds the rules already, and would only wait.
  const helpers = sizeBytes < ALONE_BYTES ? 0 : Math.min(jobs, units.length) - 1;
  const waiting = new Map<number, UnitResult>();
  let next = 0;
  let taken = 0;
  const collect = (unit: number, result: UnitResult) => {
    waiting.set(unit, result);
    for (let ready = waiting.get(taken); ready !== undefined; ready = waiting.get(taken)) {
      waiting.delete(taken++);
      take(ready);
    }
  };
  const fail = (unit: number, message: string): UnitResult => ({
    failure: `${units[unit]!.path}: ${message}`,
  });
  const workerData = { rules: set.rules, correlations: set.correlations };
  const helping = Array.from({ length: helpers }, () => {
    const worker = startThread(new URL('../sigma-worker.ts', import.meta.url), { workerData });
    return new Promise<void>((resolve, reject) => {
      const feed = () => {
        if (next < units.length) worker.postMessage({ unit: next, work: units[next++] });
        else void worker.terminate().then(() => resolve());
      };
      worker.on('message', (answer: WorkerAnswer) => {
        collect(answer.unit, 'result' in answer ? answer.result : fail(answer.unit, answer.failure));
        feed();
      });
      worker.on('error', reject);
      feed();
    });
  });
  const working = async () => {
    const scanner = new SigmaScanner(set.rules, set.correlations);
    while (next < units.length) {
      const unit = next++;
      let result: UnitResult;
      try {
        result = await scanner.scan(units[unit]!);
      } catch (error) {
        result = fail(unit, asEntenteError(error).message);
      }
      collect(unit, result);
      await setImmediate(); // the helpers' answers are taken in between
    }
  };
  await Promise.all([working(), ...helping]);
}

function lineOf(finding: SigmaFinding, { style }: Terminal): string {
  const level = `[${finding.level}]`.padEnd(15);
  const colour = /^(?:high|critical)$/.test(finding.level)
    ? style.red
    : finding.level === 'medium'
      ? style.yellow
      : style.dim;
  const parts = [finding.time ?? 'no time', colour(level), style.bold(finding.title)];
  const more = finding.correlation === undefined ? '' : `  ${finding.correlation.count} events`;
  return `${parts.join('  ')}${more}  ${style.dim(visible(`${finding.host ?? ''} ${finding.file} record ${finding.recordId ?? `at byte ${finding.offset}`}`))}`;
}

function placeholders(invocation: Invocation): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const text of invocation.strings('placeholder')) {
    const at = text.indexOf('=');
    if (at < 1) throw new EntenteError('usage', `--placeholder takes NAME=VALUE, not "${text}"`);
    const name = text.slice(0, at);
    values[name] = [...(values[name] ?? []), text.slice(at + 1)];
  }
  return values;
}

/** Evidence must not steer the terminal. */
function visible(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '\ufffd');
}
