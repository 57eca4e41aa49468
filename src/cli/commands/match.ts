/** `entente match`: intelligence against evidence on one machine, without a node. */
import { EntenteError } from '../../base/index.ts';
import {
  type EvidenceHit,
  isExerciseEvidence,
  journalPath,
  openFileJournal,
  type ScanAccount,
  scanEvidence,
} from '../../cases/scan/index.ts';
import {
  type CataloguedIndicator,
  type LoadedIndicators,
  loadIndicators,
  openWarninglists,
} from '../../intel/indicators/index.ts';
import { confirmHit, isKind, KINDS, type Kind, openIndex } from '../../match/index.ts';
import type { Command, Invocation } from '../command.ts';
import { dataFolder } from '../data-folder.ts';
import {
  type MatchFinding,
  REPORT_LANGUAGES,
  REPORT_ROWS_MAX,
  type ReportLanguage,
  writeReport,
} from '../match-report.ts';
import { formatBytes, formatCount, formatDuration, type Terminal } from '../terminal.ts';

export const command: Command = {
  name: 'match',
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
    warninglists: {
      type: 'string',
      many: true,
      value: 'FILE',
      help: 'MISP warninglists: mark what is known to be harmless',
    },
    report: { type: 'string', value: 'FILE.html', help: 'write the findings as one HTML page' },
    language: {
      type: 'string',
      value: 'CODE',
      help: `of the report: ${REPORT_LANGUAGES.join(', ')} (default en)`,
    },
    resume: { type: 'boolean', help: 'go on with an interrupted scan of the same evidence' },
  },
  run,
};

async function run(invocation: Invocation, terminal: Terminal): Promise<number> {
  const request = parseRequest(invocation);
  const { intel, evidence, kinds, jobs, refang } = request;
  const warninglists = await openWarninglists(invocation.strings('warninglists'));
  const loaded = await loadIndicators(intel, kinds.length > 0 ? { kinds: new Set(kinds) } : {});
  const notes = loaded.issues.map((note) => `${note.file}: ${note.where} ${note.message}`);
  tell(notes, loaded.issueCount, 'more notes on the intelligence', invocation, terminal);
  if (loaded.onEvents > 0)
    terminal.note(
      `${formatCount(loaded.onEvents)} indicators have patterns that are decided on events: \`entente evidence run CASE --tool patterns\` does that, in a case`,
    );
  const index = openIndex(loaded.built.bytes);
  const inputs = evidence.map((path) => ({ path }));
  const options = JSON.stringify({ refang });
  const journalFile = journalPath(dataFolder(invocation), index.digest, inputs, options);
  const journal = openFileJournal(journalFile, index.digest, invocation.flag('resume'));
  if (journal.found > 0) terminal.note(`going on: ${formatCount(journal.found)} parts were done before`);
  const abort = new AbortController();
  const interrupt = () => abort.abort();
  process.once('SIGINT', interrupt);
  const progress = terminal.progress('matching', { unit: 'bytes' });
  const started = performance.now();
  const exercise = await isExerciseEvidence(evidence);
  if (exercise) terminal.mark(invocation.json);
  const print = invocation.json ? jsonPrinter(terminal) : linePrinter(terminal);
  const kept: MatchFinding[] = [];
  let count = 0;
  let account: ScanAccount;
  try {
    account = await scanEvidence({
      inputs,
      index,
      ...(jobs > 0 ? { jobs } : {}),
      refang,
      signal: abort.signal,
      journal,
      onHit(hit) {
        const indicator = loaded.catalogue.get(hit.entry);
        if (!confirmHit(indicator.kind, indicator.value, hit.keyClass, hit.key)) return;
        const finding = findingOf(hit, indicator, warninglists.of(indicator.kind, indicator.value));
        count++;
        if (request.report !== null && kept.length < REPORT_ROWS_MAX) kept.push(finding);
        print(finding);
      },
      onProgress: (done, total) => progress.update(done, total),
    });
  } finally {
    progress.end();
    process.removeListener('SIGINT', interrupt);
  }
  if (account.partial) journal.flush();
  else journal.remove();
  if (request.report !== null) {
    writeReport(
      request.report,
      {
        findings: kept,
        findingCount: count,
        account,
        indicators: loaded.catalogue.entries,
        intel,
        evidence,
        notes,
        noteCount: loaded.issueCount,
        exercise,
      },
      request.language,
    );
    terminal.note(`report: ${request.report}`);
  }
  const unread = account.issues.map(({ file, container, message }) => {
    const place = container === null ? file : `${file} › ${container}`;
    return `not wholly read: ${place} ${message}`;
  });
  tell(unread, account.issueCount, 'more that were not wholly read', invocation, terminal);
  closing(account, count, loaded, (performance.now() - started) / 1000, terminal);
  return account.partial ? 3 : 0;
}

interface Request {
  readonly intel: readonly string[];
  readonly evidence: readonly string[];
  readonly kinds: readonly Kind[];
  /** 0: as many as there are processors. */
  readonly jobs: number;
  readonly refang: boolean;
  readonly report: string | null;
  readonly language: ReportLanguage;
}

/** @throws EntenteError `usage` */
function parseRequest(invocation: Invocation): Request {
  const usage = (message: string) => new EntenteError('usage', `${message} (entente match --help)`);
  const intel = invocation.strings('intel');
  const evidence = [...invocation.strings('evidence'), ...invocation.positionals];
  if (intel.length === 0) throw usage('--intel is missing');
  if (evidence.length === 0) throw usage('--evidence is missing');
  const kinds: Kind[] = [];
  for (const kind of invocation.strings('kinds').flatMap((text) => text.split(','))) {
    if (!isKind(kind)) throw usage(`"${kind}" is no kind; kinds are ${KINDS.join(', ')}`);
    kinds.push(kind);
  }
  const language = invocation.string('language') ?? 'en';
  if (!REPORT_LANGUAGES.includes(language as ReportLanguage)) {
    throw usage(`there is no report in "${language}"; languages are ${REPORT_LANGUAGES.join(', ')}`);
  }
  return {
    intel,
    evidence,
    kinds,
    jobs: invocation.integer('jobs', { min: 1, max: 256, default: 0 }),
    refang: invocation.flag('refang'),
    report: invocation.string('report') ?? null,
    language: language as ReportLanguage,
  };
}

/** Notes for a person; a program gets them all. */
const NOTES_MAX = 10;

/** `count`: of all, where `notes` are the first of them. */
function tell(
  notes: readonly string[],
  count: number,
  more: string,
  { json }: Invocation,
  terminal: Terminal,
): void {
  const shown = json ? notes : notes.slice(0, NOTES_MAX);
  for (const note of shown) terminal.note(visible(note));
  if (count > shown.length)
    terminal.note(`… and ${formatCount(count - shown.length)} ${more}${json ? '' : ' (--json names them)'}`);
}

type Print = (finding: MatchFinding) => void;

function jsonPrinter(terminal: Terminal): Print {
  return (finding) => terminal.out(JSON.stringify(finding));
}

function linePrinter(terminal: Terminal): Print {
  const { style } = terminal;
  return (finding) => {
    const place = [finding.file, finding.container].filter((part) => part !== null).join(' › ');
    const at =
      finding.where === 'content'
        ? `${finding.line === null ? '' : `line ${finding.line}, `}byte ${finding.offset}`
        : finding.where === 'name'
          ? 'its name'
          : 'its digest';
    const source = [finding.indicator, finding.name, finding.contributor].filter((part) => part).join(' · ');
    const mark =
      finding.warninglists.length > 0 ? style.yellow(`  (${finding.warninglists.join('; ')})`) : '';
    terminal.out(
      `${style.bold(visible(finding.matched))}  ${finding.kind}  ${visible(place)}: ${at}  ${style.dim(visible(source))}${mark}`,
    );
  };
}

function findingOf(
  hit: EvidenceHit,
  indicator: CataloguedIndicator,
  warninglists: readonly string[],
): MatchFinding {
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
    warninglists,
  };
}

function closing(
  account: ScanAccount,
  count: number,
  loaded: LoadedIndicators,
  seconds: number,
  terminal: Terminal,
): void {
  const unpacked =
    account.members > 0
      ? `, ${formatCount(account.members)} members unpacked to ${formatBytes(account.unpackedBytes)}`
      : '';
  terminal.note(
    `${account.partial ? 'PARTIAL: stopped before the end, --resume goes on. ' : ''}${formatCount(count)} findings of ${formatCount(loaded.catalogue.entries)} indicators in ${formatCount(
      account.files,
    )} files, ${formatBytes(account.bytes)}${unpacked}, in ${formatDuration(seconds)}; index ${account.index.slice(0, 16)}`,
  );
}

/** Evidence must not speak to the terminal. */
function visible(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
