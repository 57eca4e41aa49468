/**
 * The HTML report of `entente match`: one file, nothing loaded from anywhere, sortable by a click, printable, and in the
 * reader's language and direction. Everything in it comes from evidence and intelligence, so everything is escaped, and its policy lets
 * no script run but the one written here.
 */
import { createHash } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import {
  EntenteError,
  EXERCISE_MARK,
  EXERCISE_STYLE,
  exerciseBanner,
  type Html,
  html,
} from '../base/index.ts';
import type { EvidenceHit, ScanAccount } from '../cases/scan/index.ts';
import type { Kind } from '../match/index.ts';

/** One finding of a scan, as `--json` prints it. */
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
  /** Names of the warninglists that hold the value: a mark, not a verdict. */
  readonly warninglists: readonly string[];
}

/** More rows than this a browser shows slowly and nobody reads; the JSON output has all. */
export const REPORT_ROWS_MAX = 20_000;

export interface ReportContent {
  /** The first REPORT_ROWS_MAX. */
  readonly findings: readonly MatchFinding[];
  readonly findingCount: number;
  readonly account: ScanAccount;
  readonly indicators: number;
  readonly intel: readonly string[];
  readonly evidence: readonly string[];
  /** Indicators that were left out, and why. */
  readonly notes: readonly string[];
  readonly noteCount: number;
  /** All evidence says of itself that it is an exercise's. */
  readonly exercise: boolean;
}

export const REPORT_LANGUAGES = ['en', 'fr', 'es', 'ar'] as const;
export type ReportLanguage = (typeof REPORT_LANGUAGES)[number];

const WORDS = {
  en: {
    title: 'Findings',
    partial: 'Partial: the scan was stopped before its end.',
    findings: 'Findings',
    indicators: 'Indicators',
    files: 'Files read',
    inFiles: 'Files',
    bytes: 'Bytes read',
    index: 'Index',
    intelligence: 'Intelligence',
    evidence: 'Evidence',
    matched: 'Found',
    kind: 'Kind',
    value: 'Indicator',
    file: 'File',
    place: 'Place',
    source: 'Source',
    warning: 'Known to be harmless elsewhere',
    byIndicator: 'By indicator',
    count: 'Times',
    notRead: 'Not read, or not wholly',
    notes: 'Notes on the intelligence',
    line: 'line',
    byte: 'byte',
    name: 'its name',
    digest: 'its digest',
    more: 'more; the JSON output has all',
    none: 'None.',
  },
  fr: {
    title: 'Constatations',
    partial: 'Partiel : l’analyse a été arrêtée avant la fin.',
    findings: 'Constatations',
    indicators: 'Indicateurs',
    files: 'Fichiers lus',
    inFiles: 'Fichiers',
    bytes: 'Octets lus',
    index: 'Index',
    intelligence: 'Renseignement',
    evidence: 'Preuves',
    matched: 'Trouvé',
    kind: 'Type',
    value: 'Indicateur',
    file: 'Fichier',
    place: 'Emplacement',
    source: 'Source',
    warning: 'Connu comme inoffensif ailleurs',
    byIndicator: 'Par indicateur',
    count: 'Fois',
    notRead: 'Non lu, ou pas entièrement',
    notes: 'Remarques sur le renseignement',
    line: 'ligne',
    byte: 'octet',
    name: 'son nom',
    digest: 'son empreinte',
    more: 'de plus ; la sortie JSON les contient tous',
    none: 'Aucun.',
  },
  es: {
    title: 'Hallazgos',
    partial: 'Parcial: el análisis se detuvo antes de terminar.',
    findings: 'Hallazgos',
    indicators: 'Indicadores',
    files: 'Archivos leídos',
    inFiles: 'Archivos',
    bytes: 'Bytes leídos',
    index: 'Índice',
    intelligence: 'Inteligencia',
    evidence: 'Pruebas',
    matched: 'Encontrado',
    kind: 'Tipo',
    value: 'Indicador',
    file: 'Archivo',
    place: 'Lugar',
    source: 'Fuente',
    warning: 'Conocido como inofensivo en otros casos',
    byIndicator: 'Por indicador',
    count: 'Veces',
    notRead: 'No leído, o no del todo',
    notes: 'Notas sobre la inteligencia',
    line: 'línea',
    byte: 'byte',
    name: 'su nombre',
    digest: 'su resumen criptográfico',
    more: 'más; la salida JSON los contiene todos',
    none: 'Ninguno.',
  },
  ar: {
    title: 'النتائج',
    partial: 'جزئي: أُوقف الفحص قبل نهايته.',
    findings: 'النتائج',
    indicators: 'المؤشرات',
    files: 'الملفات المقروءة',
    inFiles: 'الملفات',
    bytes: 'البايتات المقروءة',
    index: 'الفهرس',
    intelligence: 'المعلومات الاستخبارية',
    evidence: 'الأدلة',
    matched: 'ما عُثر عليه',
    kind: 'النوع',
    value: 'المؤشر',
    file: 'الملف',
    place: 'الموضع',
    source: 'المصدر',
    warning: 'معروف بأنه غير ضار في سياقات أخرى',
    byIndicator: 'حسب المؤشر',
    count: 'المرات',
    notRead: 'لم يُقرأ أو لم يُقرأ كاملاً',
    notes: 'ملاحظات على المعلومات الاستخبارية',
    line: 'سطر',
    byte: 'بايت',
    name: 'اسمه',
    digest: 'بصمته',
    more: 'أخرى؛ مخرجات JSON تحتوي عليها كلها',
    none: 'لا يوجد.',
  },
} as const satisfies Record<ReportLanguage, Record<string, string>>;

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { margin: 0 0 .25rem; font-size: 1.6rem; } h2 { margin: 2rem 0 .5rem; font-size: 1.15rem; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2.5rem; } dt { opacity: .65; font-size: .85rem; } dd { margin: 0; font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; }
th, td { text-align: start; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
th { position: sticky; top: 0; background: Canvas; white-space: nowrap; }
.word { overflow-wrap: normal; white-space: nowrap; }
th button { all: unset; cursor: pointer; font-weight: 600; } th button:focus-visible { outline: 2px solid; }
th[aria-sort=ascending] button::after { content: " \\25B2"; } th[aria-sort=descending] button::after { content: " \\25BC"; }
code, .v { font-family: ui-monospace, monospace; unicode-bidi: isolate; direction: ltr; }
.warn { color: #a15c00; } .partial { border: 2px solid #c33; padding: .5rem 1rem; font-weight: 600; }
.n { text-align: end; font-variant-numeric: tabular-nums; } th.n, td.n { width: 1%; }
@media print { body { margin: 0; max-width: none; } th { position: static; } tr { break-inside: avoid; } thead { display: table-header-group; } a { color: inherit; } }
`;

const SCRIPT = `
for (const table of document.querySelectorAll('table')) {
  const heads = [...table.querySelectorAll('th')];
  heads.forEach((head, column) => head.querySelector('button')?.addEventListener('click', () => {
    const up = head.getAttribute('aria-sort') !== 'ascending';
    for (const other of heads) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const body = table.tBodies[0];
    const key = (row) => row.cells[column].dataset.k ?? row.cells[column].textContent;
    const rows = [...body.rows].map((row) => [key(row), row]);
    const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
    rows.sort(([a], [b]) => (up ? compare(a, b) : compare(b, a)));
    body.append(...rows.map(([, row]) => row));
  }));
}
`;

/** Writes the report beside its place and moves it there whole. @throws EntenteError `file-unreadable`, `disk-full` */
export function writeReport(path: string, content: ReportContent, language: ReportLanguage): void {
  const temporary = `${path}.${process.pid}.part`;
  try {
    writeFileSync(temporary, reportPage(content, language), { mode: 0o600 });
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    const isFull = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
    throw new EntenteError(
      isFull ? 'disk-full' : 'file-unreadable',
      `${path}: the report cannot be written`,
      {
        where: path,
        cause,
      },
    );
  }
}

export function reportPage(content: ReportContent, language: ReportLanguage): string {
  const words: Words = { ...WORDS[language], ...numbersOf(language) };
  const { findings, findingCount, account } = content;
  const policy = `default-src 'none'; style-src ${[STYLE, ...(content.exercise ? [EXERCISE_STYLE] : [])].map((style) => `'${sourceHash(style)}'`).join(' ')}; script-src '${sourceHash(SCRIPT)}'`;
  const page = html`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">
<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width"><title>${words.title}</title>
`;
  const body = html`${content.exercise && exerciseBanner(EXERCISE_MARK)}<h1>${words.title}</h1>
${account.partial && html`<p class="partial" role="alert">${words.partial}</p>`}
<dl>${facts(content, words)}</dl>
<h2>${words.byIndicator}</h2>${byIndicator(findings, words)}
<h2>${words.findings}</h2>${findingTable(findings, words)}
${findingCount > findings.length && html`<p>… ${words.number(findingCount - findings.length)} ${words.more}</p>`}
<h2>${words.notRead}</h2>${list(
    account.issues
      .slice(0, NOTES_MAX)
      .map((issue) => [[issue.file, issue.container].filter(Boolean).join(' › '), issue.message]),
    account.issueCount,
    words,
  )}
<h2>${words.notes}</h2>${list(
    content.notes.slice(0, NOTES_MAX).map((note) => ['', note]),
    content.noteCount,
    words,
  )}`;
  return `<!doctype html>\n${page}<style>${STYLE}</style></head>\n<body>${body}\n<script>${SCRIPT}</script></body></html>\n`;
}

const NOTES_MAX = 500;

type Words = Record<keyof (typeof WORDS)['en'], string> & ReturnType<typeof numbersOf>;

/** How numbers are written in a language, with the digits that evidence has. */
function numbersOf(language: ReportLanguage) {
  const locale = `${language}-u-nu-latn`;
  const counts = new Intl.NumberFormat(locale);
  return {
    number: (value: number) => counts.format(value),
    size(bytes: number): string {
      const power = Math.min(SIZE_UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
      const unit = SIZE_UNITS[power]!;
      return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumSignificantDigits: 4 }).format(
        bytes / 1000 ** power,
      );
    },
  };
}

const SIZE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'];

function facts({ findingCount, account, indicators, intel, evidence }: ReportContent, words: Words): Html[] {
  const fact = (name: string, value: string) => html`<div><dt>${name}</dt><dd class="v">${value}</dd></div>`;
  const amount = (name: string, value: string) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  return [
    amount(words.findings, words.number(findingCount)),
    amount(words.indicators, words.number(indicators)),
    amount(words.files, words.number(account.files)),
    amount(words.bytes, words.size(account.bytes + account.unpackedBytes)),
    fact(words.intelligence, intel.join(', ')),
    fact(words.evidence, evidence.join(', ')),
    fact(words.index, account.index),
  ];
}

function byIndicator(findings: readonly MatchFinding[], words: Words): Html {
  const groups = new Map<string, { first: MatchFinding; count: number; files: Set<string> }>();
  for (const finding of findings) {
    const key = `${finding.kind}\n${finding.value}\n${finding.indicator}`;
    const group = groups.get(key) ?? { first: finding, count: 0, files: new Set<string>() };
    group.count++;
    group.files.add(finding.file);
    groups.set(key, group);
  }
  if (groups.size === 0) return html`<p>${words.none}</p>`;
  const rows = [...groups.values()].sort((a, b) => b.count - a.count);
  return table(
    [words.value, words.kind, { number: words.count }, { number: words.inFiles }, words.source],
    rows.map(({ first, count, files }) => [
      html`<td><code>${first.value}</code>${warning(first, words)}</td>`,
      html`<td class="word">${first.kind}</td>`,
      html`<td class="n" data-k="${count}">${words.number(count)}</td>`,
      html`<td class="n" data-k="${files.size}">${words.number(files.size)}</td>`,
      html`<td>${source(first)}</td>`,
    ]),
  );
}

function findingTable(findings: readonly MatchFinding[], words: Words): Html {
  if (findings.length === 0) return html`<p>${words.none}</p>`;
  return table(
    [words.matched, words.kind, words.file, words.place, words.source],
    findings.map((finding) => [
      html`<td><code>${finding.matched}</code>${warning(finding, words)}</td>`,
      html`<td class="word">${finding.kind}</td>`,
      html`<td><span class="v">${[finding.file, finding.container].filter(Boolean).join(' › ')}</span></td>`,
      html`<td data-k="${finding.offset ?? 0}">${place(finding, words)}</td>`,
      html`<td>${source(finding)}</td>`,
    ]),
  );
}

function warning(finding: MatchFinding, words: Words): Html | false {
  if (finding.warninglists.length === 0) return false;
  return html`<br><small class="warn">${words.warning}: ${finding.warninglists.join('; ')}</small>`;
}

function place(finding: MatchFinding, words: Words): string {
  if (finding.where === 'name') return words.name;
  if (finding.where === 'digest') return words.digest;
  const line = finding.line === null ? '' : `${words.line} ${words.number(finding.line)}, `;
  return `${line}${words.byte} ${words.number(finding.offset ?? 0)}`;
}

function source(finding: MatchFinding): string {
  return [finding.name, finding.contributor, finding.indicator].filter(Boolean).join(' · ');
}

/** `number` heads a column of numbers. */
type Head = string | { readonly number: string };

function table(heads: readonly Head[], rows: readonly (readonly Html[])[]): Html {
  const head = (one: Head) =>
    typeof one === 'string'
      ? html`<th scope="col"><button type="button">${one}</button></th>`
      : html`<th scope="col" class="n"><button type="button">${one.number}</button></th>`;
  return html`<table><thead><tr>${heads.map(head)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${[...cells]}</tr>\n`)}</tbody></table>`;
}

function list(
  items: readonly (readonly [string, string] | readonly string[])[],
  count: number,
  words: Words,
): Html {
  if (count === 0) return html`<p>${words.none}</p>`;
  return html`<ul>${items.map(([place, text]) => html`<li>${place && html`<span class="v">${place}</span> `}${text}</li>`)}</ul>
${count > items.length && html`<p>… ${words.number(count - items.length)} ${words.more}</p>`}`;
}

function sourceHash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
