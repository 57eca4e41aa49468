/** `entente match`: intelligence against evidence on one machine, without a node. */
import { EntenteError } from '../../base/index.ts';
import { type EvidenceHit, type ScanAccount, scanEvidence } from '../../cases/scan/index.ts';
import {
  type CataloguedIndicator,
  type LoadedIndicators,
  loadIndicators,
} from '../../intel/indicators/index.ts';
import { confirmHit, isKind, KINDS, type Kind, openIndex } from '../../match/index.ts';
import type { Command, Invocation } from '../command.ts';
import { formatBytes, formatCount, formatDuration, type Terminal } from '../terminal.ts';

/** One finding as `--json` prints it, one a line. */
export interface MatchFinding {
  /** The indicator's value as its contributor wrote it. */
  readonly value: string;
  /** As found. */
  readonly matched: string;
  readonly kind: Kind;
  readonly file: string;
  /** Path inside the archive; null outside of archives. */
  readonly container: string | null;
  readonly where: EvidenceHit['where'];
  readonly offset: number | null;
  readonly length: number;
  readonly line: number | null;
  /** STIX id, MISP UUID, or list and line. */
  readonly indicator: string;
  readonly name: string | null;
  readonly contributor: string | null;
  readonly encoding: string | null;
  readonly defanged: boolean;
}

export const command: Command = {
  name: 'match',
  summary: 'find intelligence in evidence, here and now, without a node',
  usage: '--intel FILE… --evidence PATH… [--json | --report FILE.html]',
  details: [
    'Intelligence: STIX 2.1 bundles, MISP events, lists of values (one a line, or CSV).',
    'Evidence: files and folders of any size, streamed; text, UTF-16, gzip, zstd, zip, tar and each in the other.',
    '',
    '  entente match --intel feed.json hashes.txt --evidence /mnt/case/logs --report findings.html',
    '',
    `Kinds: ${KINDS.join(', ')}.`,
  ].join('\n'),
  options: {
    intel: { type: 'string', many: true, value: 'FILE', help: 'intelligence to look for' },
    evidence: { type: 'string', many: true, value: 'PATH', help: 'files and folders to look in' },
    kinds: { type: 'string', many: true, value: 'KIND', help: 'only indicators of these kinds' },
    jobs: { type: 'string', value: 'N', help: 'worker threads (default: one for each processor)' },
    refang: { type: 'boolean', help: 'also find defanged forms: hxxp, [.]' },
  },
  run,
};

async function run(invocation: Invocation, terminal: Terminal): Promise<number> {
  const intel = invocation.strings('intel');
  const evidence = [...invocation.strings('evidence'), ...invocation.positionals];
  if (intel.length === 0) throw new EntenteError('usage', '--intel is missing (entente match --help)');
  if (evidence.length === 0) throw new EntenteError('usage', '--evidence is missing (entente match --help)');
  const kinds = invocation.strings('kinds').flatMap((text) => text.split(','));
  const unknown = kinds.find((kind) => !isKind(kind));
  if (unknown !== undefined)
    throw new EntenteError('usage', `"${unknown}" is no kind; kinds are ${KINDS.join(', ')}`);
  const jobs = invocation.integer('jobs', { min: 1, max: 256, default: 0 });
  const loaded = await loadIndicators(intel, kinds.length > 0 ? { kinds: new Set(kinds as Kind[]) } : {});
  for (const issue of loaded.issues.slice(0, NOTES_MAX))
    terminal.note(`${issue.file}: ${issue.where} ${issue.message}`);
  if (loaded.issueCount > NOTES_MAX)
    terminal.note(`… and ${formatCount(loaded.issueCount - NOTES_MAX)} more notes on the intelligence`);
  const abort = new AbortController();
  const interrupt = () => abort.abort();
  process.once('SIGINT', interrupt);
  const progress = terminal.progress('matching', { unit: 'bytes' });
  const started = performance.now();
  const output = openOutput(invocation, terminal);
  let account: ScanAccount;
  try {
    account = await scanEvidence({
      inputs: evidence.map((path) => ({ path })),
      index: openIndex(loaded.built.bytes),
      ...(jobs > 0 ? { jobs } : {}),
      refang: invocation.flag('refang'),
      signal: abort.signal,
      onHit(hit) {
        const indicator = loaded.catalogue.get(hit.entry);
        if (confirmHit(indicator.kind, indicator.value, hit.keyClass, hit.key))
          output.finding(findingOf(hit, indicator));
      },
      onProgress: (done, total) => progress.update(done, total),
    });
  } finally {
    progress.end();
    process.removeListener('SIGINT', interrupt);
  }
  output.end();
  closing(account, loaded, (performance.now() - started) / 1000, terminal);
  return account.partial ? 3 : 0;
}

/** Notes on the terminal; the report has them all. */
const NOTES_MAX = 10;

interface Output {
  finding(finding: MatchFinding): void;
  end(): void;
}

function openOutput(invocation: Invocation, terminal: Terminal): Output {
  if (invocation.json) return { finding: (finding) => terminal.out(JSON.stringify(finding)), end() {} };
  const { style } = terminal;
  return {
    finding(finding) {
      const place = [finding.file, finding.container].filter((part) => part !== null).join(' › ');
      const at =
        finding.where === 'content'
          ? `line ${finding.line}, byte ${finding.offset}`
          : finding.where === 'name'
            ? 'its name'
            : 'its digest';
      terminal.out(
        `${style.bold(visible(finding.matched))}  ${finding.kind}  ${visible(place)}: ${at}  ${style.dim(
          visible([finding.indicator, finding.name, finding.contributor].filter((part) => part).join(' · ')),
        )}`,
      );
    },
    end() {},
  };
}

function findingOf(hit: EvidenceHit, indicator: CataloguedIndicator): MatchFinding {
  return {
    value: indicator.value,
    matched: hit.matched,
    kind: indicator.kind,
    file: hit.file,
    container: hit.container,
    where: hit.where,
    offset: hit.offset,
    length: hit.length,
    line: hit.line,
    indicator: indicator.id ?? `${indicator.file}:${indicator.line}`,
    name: indicator.name,
    contributor: indicator.contributor,
    encoding: hit.encoding,
    defanged: hit.defanged,
  };
}

function closing(account: ScanAccount, loaded: LoadedIndicators, seconds: number, terminal: Terminal): void {
  for (const issue of account.issues.slice(0, NOTES_MAX)) {
    const place = [issue.file, issue.container].filter((part) => part !== null).join(' › ');
    terminal.note(`not wholly read: ${visible(place)} ${visible(issue.message)}`);
  }
  if (account.issueCount > NOTES_MAX)
    terminal.note(`… and ${formatCount(account.issueCount - NOTES_MAX)} more that were not wholly read`);
  const unpacked =
    account.members > 0
      ? `, ${formatCount(account.members)} members unpacked to ${formatBytes(account.unpackedBytes)}`
      : '';
  terminal.note(
    `${account.partial ? 'PARTIAL: stopped before the end. ' : ''}${formatCount(account.hits)} findings of ${formatCount(loaded.catalogue.entries)} indicators in ${formatCount(
      account.files,
    )} files, ${formatBytes(account.bytes)}${unpacked}, in ${formatDuration(seconds)}; index ${account.index.slice(0, 16)}`,
  );
}

/** Evidence must not speak to the terminal. */
function visible(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
