/**
 * Sigma and YARA rules over a case's exhibits. The rules are kept as a blob, so that the run can be repeated; each exhibit's hits, with all
 * they say, are a derived exhibit, and each is a finding of the case as well.
 */
import { canonicalJson, EntenteError } from '../base/index.ts';
import type { Registry } from '../registry/index.ts';
import { type EvidenceSource, ExamineAccounts, examine, sourcesOf } from './examine/index.ts';
import type { Job, RejectedSource, RuleSource } from './examine/job.ts';
import type { SigmaFinding } from './examine/sigma-job.ts';
import type { YaraFinding } from './examine/yara-job.ts';
import type { Exhibit } from './exhibits.ts';
import { filesOf } from './exhibits.ts';
import type { Finding } from './findings.ts';
import type { Tool, ToolContext, ToolResult } from './run-tool.ts';

/** Where rules came from when they came from a peer: what findings say of it. */
type Origin = Pick<Finding, 'contributor' | 'contributorKey' | 'agreement' | 'clause'>;

/** `materials` is the digest of the rules; `origin` says where they came from. */
export const SIGMA: Tool = {
  name: 'sigma',
  purpose: 'look for what Sigma rules describe',
  async execute(context) {
    const rules = await readRules(context.registry, String(context.parameters['materials']));
    return runJob<SigmaFinding>(
      context,
      { kind: 'sigma', rules, options: {} },
      ({ ruleId, title, offset }) => ({
        kind: 'sigma',
        value: ruleId,
        indicator: `sigma:${ruleId}`,
        name: title,
        matched: title,
        offset,
        length: 0,
        ...originOf(context),
      }),
    );
  },
};

export const YARA: Tool = {
  name: 'yara',
  purpose: 'look for what YARA rules describe',
  async execute(context) {
    const rules = await readRules(context.registry, String(context.parameters['materials']));
    return runJob<YaraFinding>(context, { kind: 'yara', rules }, ({ rule, source, matches }) => ({
      kind: 'yara',
      value: `${source}:${rule}`,
      indicator: `yara:${source}:${rule}`,
      name: rule,
      matched: matches[0] ? `${matches[0].pattern} ${matches[0].bytes}` : '',
      offset: matches[0]?.offset ?? null,
      length: matches[0]?.length ?? 0,
      ...originOf(context),
    }));
  },
};

/** Returns the digest by which a run names its rules. */
export async function keepRules(registry: Registry, rules: readonly RuleSource[]): Promise<string> {
  const lines = rules.map(({ path, text }) => `${canonicalJson({ path, text: text.toWellFormed() })}\n`);
  const { sha256 } = await registry.blobs.put(
    (async function* () {
      for (const line of lines) yield Buffer.from(line);
    })(),
  );
  return sha256;
}

export async function readRules(registry: Registry, sha256: string): Promise<RuleSource[]> {
  const parts: Uint8Array[] = [];
  for await (const part of registry.blobs.read(sha256)) parts.push(part);
  const text = Buffer.concat(parts).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RuleSource);
}

/** What a hit says as a finding. */
type Said = Origin &
  Pick<
    Finding,
    'kind' | 'value' | 'indicator' | 'name' | 'matched' | 'offset' | 'length' | 'confidence' | 'validUntil'
  >;

const originOf = ({ registry, parameters }: ToolContext): Origin =>
  (parameters['origin'] as Origin | undefined) ?? {
    contributor: registry.name,
    contributorKey: registry.identity.kid,
    agreement: null,
    clause: 'rules given to the run',
  };

/** Hits that are kept; rules that hit more often than this say nothing. The account counts the rest. */
const HITS_MAX = 200_000;

/** A job over the exhibits of a run. What rules say of a hit is kept whole beside the findings; a finding from a pattern says all. */
export async function runJob<Hit extends { readonly file: string }>(
  context: ToolContext,
  job: Exclude<Job, { kind: 'timeline' }>,
  say: (hit: Hit) => Said,
): Promise<ToolResult> {
  const { registry, exhibits, onProgress } = context;
  const { kind } = job;
  const takesRules = kind !== 'patterns';
  const files: EvidenceSource[] = [];
  const digests = new Map<string, string>();
  for (const exhibit of exhibits) {
    files.push(...(await sourcesOf(registry, exhibit)));
    for (const { name, sha256 } of await filesOf(registry, exhibit))
      digests.set(`${exhibit.number} ${name}`, sha256);
  }
  const byNumber = new Map(exhibits.map((exhibit) => [exhibit.number, exhibit]));
  const sizes = files.map(({ location }) => location.sizeBytes);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const accounts = new ExamineAccounts();
  const findings: Finding[] = [];
  const lines = new Map<Exhibit, string[]>();
  let hits = 0;
  let read = 0;
  let loaded: { readonly rules: number; readonly rejected: readonly RejectedSource[] } = {
    rules: 0,
    rejected: [],
  };
  const summary = await examine<Hit>({
    files,
    job,
    accounts,
    onReady(ready) {
      if (ready.rules === 0 && takesRules)
        throw new EntenteError('usage', 'no rule could be loaded', {
          issues: ready.rejected.map(({ path, reason }) => ({ code: `${kind}-rule`, path, message: reason })),
        });
      loaded = ready;
    },
    onFile(done) {
      read += sizes[done - 1]!;
      onProgress?.(read, total);
    },
    take(message) {
      if (message.type !== 'hits') return;
      const exhibit = byNumber.get(message.exhibit)!;
      for (const hit of message.hits) {
        if (++hits > HITS_MAX) continue;
        if (takesRules) {
          const own = lines.get(exhibit) ?? [];
          own.push(`${JSON.stringify(hit)}\n`);
          lines.set(exhibit, own);
        }
        findings.push(findingOf(context.run, exhibit, hit.file, digests, say(hit)));
      }
    },
  });
  for (const exhibit of exhibits) {
    const own = lines.get(exhibit);
    if (own) await context.keep(exhibit, `${kind}.jsonl`, bytesOf(own));
  }
  const account = {
    ...accounts.finish(),
    rules: loaded.rules,
    rulesNotLoaded: loaded.rejected,
    hits,
    hitsNotKept: Math.max(0, hits - HITS_MAX),
    ...summary,
  };
  return { findings, account };
}

async function* bytesOf(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  const step = 1_000;
  for (let at = 0; at < lines.length; at += step) yield Buffer.from(lines.slice(at, at + step).join(''));
}

function findingOf(
  run: string,
  exhibit: Exhibit,
  place: string,
  digests: ReadonlyMap<string, string>,
  said: Said,
): Finding {
  // A member's name follows that of the file that holds it.
  let file = place;
  while (!digests.has(`${exhibit.number} ${file}`)) file = file.slice(0, file.lastIndexOf('/'));
  return {
    run,
    exhibit: exhibit.id,
    exhibitNumber: exhibit.number,
    sha256: digests.get(`${exhibit.number} ${file}`)!,
    file,
    container: place.slice(file.length + 1),
    where: 'content',
    line: null,
    ...said,
  };
}
