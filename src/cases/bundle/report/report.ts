/**
 * The report of a bundle for people: one page without scripts in each language, to read or to print. It says what the files under `data/` say,
 * and that they, not it, are what counts. All text of the case is escaped and set apart in its own direction.
 */
import { REASON_WORDS, sayClause } from '../../../agreement/index.ts';
import { exerciseBanner, Html, html } from '../../../base/index.ts';
import type { CustodyEvent } from '../../custody-event.ts';
import type { Exhibit } from '../../exhibits.ts';
import type { CaseFile, Consent, FindingLine, RunLine } from '../contents.ts';
import { type ReportLanguage, WORDS, type WordKey, type Words } from './words/index.ts';

export interface ReportContents {
  readonly caseFile: CaseFile;
  /** In order for each exhibit of this case, each with its ledger entry; `node` where that is another node's, from before the exhibit came here. */
  readonly events: readonly {
    readonly exhibit: string;
    readonly node: string | null;
    readonly leaf: number;
    readonly event: CustodyEvent;
  }[];
  readonly runs: readonly RunLine[];
  readonly findings: readonly FindingLine[];
  readonly consents: readonly Consent[];
}

/** A page with more is nothing to read; the others are in the bundle. */
const FINDINGS_SHOWN = 1_000;

export function renderReport(contents: ReportContents, language: ReportLanguage): string {
  const t = WORDS[language];
  const { caseFile, events, runs } = contents;
  const { case: file, node } = caseFile;
  const page = html`<!doctype html>
<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t.title}: ${file.name}</title>
<style>${STYLE}</style>
</head>
<body>
${exerciseBanner(file.name)}<header>
<p>${t.title}</p>
<h1 dir="auto">${file.name}</h1>
<dl>
<dt>${t.case}</dt><dd>${code(file.id)}</dd>
<dt>${t.opened}</dt><dd>${code(file.openedAt)}</dd>
<dt>${t.made}</dt><dd>${code(caseFile.madeAt)}</dd>
<dt>${t.node}</dt><dd>${own(node.name)}</dd>
<dt>${t.key}</dt><dd>${code(node.kid)}</dd>
</dl>
<p class="caution">${t.caution} ${code('entente verify')}</p>
</header>
${section(
  t.exhibits,
  table(
    [t.number, t.name, t.kind, t.bytes, 'SHA-256 · BLAKE3'],
    caseFile.exhibits.map((exhibit) => exhibitRow(exhibit, t)),
  ),
)}
${withheldSection(contents, t)}
<section><h2>${t.custody}</h2>${caseFile.exhibits.map((exhibit) => custodyTable(exhibit, events, t))}</section>
${section(
  t.runs,
  table(
    [t.run, t.tool, t.inputs, t.outputs, t.account],
    runs.map(({ run, leaf }) => [
      html`${code(run.at)}<br>${t.leaf} ${leaf}<br>${code(run.id)}`,
      html`${own(run.tool.name)} ${own(run.tool.version)}<br>${code(run.tool.sha256)}`,
      run.inputs.map((input) => input.number).join(', '),
      [
        `${run.output.findings} ${t.findings}`,
        ...(run.output.exhibits ?? []).map((one) => `${t.exhibit} ${one.number}`),
      ].join(', '),
      accountOf(run.account, t),
    ]),
  ),
)}
${findingsSection(contents, t)}
${consentSection(contents, language)}
<section><h2>${t.witnesses}</h2>${
    caseFile.witnesses.length === 0
      ? html`<p>${t['no-witnesses']}</p>`
      : html`<ul>${caseFile.witnesses.map((one) => html`<li>${own(one.name)} ${code(one.kid)}</li>`)}</ul>`
  }</section>
</body>
</html>
`;
  return page.text;
}

/** Text of the case, in its own direction whatever stands around it. */
const own = (text: string) => html`<bdi>${text}</bdi>`;
/** What machines compare: always from left to right. */
const code = (text: string) => html`<code dir="ltr">${text}</code>`;
const section = (title: string, body: Html) => html`<section><h2>${title}</h2>${body}</section>`;

function table(heads: readonly string[], rows: readonly (readonly unknown[])[]): Html {
  return html`<table><thead><tr>${heads.map((head) => html`<th>${head}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody></table>`;
}

function exhibitRow(exhibit: Exhibit, t: Words): unknown[] {
  const { parent, sealed, origin } = exhibit;
  const kinds = [
    t[exhibit.media],
    ...(parent ? [`${t.derived} ${parent.number}`] : []),
    ...(sealed ? [t.encrypted] : []),
    ...(origin ? [`${t.received} ${origin.number}`] : []),
  ];
  return [
    exhibit.number,
    own(exhibit.name),
    kinds.join(', '),
    exhibit.sizeBytes,
    html`${code(exhibit.sha256)}<br>${code(exhibit.blake3)}`,
  ];
}

function withheldSection({ caseFile, findings }: ReportContents, t: Words): Html {
  const counts = new Map<string, number>();
  for (const line of findings) if ('withheld' in line) counts.set(line.why, (counts.get(line.why) ?? 0) + 1);
  const rows = [
    ...caseFile.withheld.map(({ what, number, why }) => [`${t[`withheld-${what}`]}: ${number}`, own(why)]),
    ...[...counts].map(([why, count]) => [`${t['withheld-findings']}: ${count}`, own(why)]),
  ];
  return section(
    t.withheld,
    rows.length === 0
      ? html`<p>${t.none}</p>`
      : html`<ul>${rows.map(([what, why]) => html`<li>${what} (${why})</li>`)}</ul>`,
  );
}

function custodyTable(exhibit: Exhibit, events: ReportContents['events'], t: Words): Html {
  const rows = events
    .filter((line) => line.exhibit === exhibit.id)
    .map(({ node, event, leaf }) => [
      code(event.at),
      html`${t[`event-${event.type}`]}<br>${t.leaf} ${leaf}${node === null ? null : html` · ${own(node)}`}`,
      html`${own(event.actor.person)}${event.actor.role === null ? null : html` (${own(event.actor.role)})`}<br>${own(event.actor.organisation)}${
        event.counterparty
          ? html`<br>${t.with}: ${own([event.counterparty.person, event.counterparty.organisation].filter(Boolean).join(', '))}`
          : null
      }`,
      own(event.purpose),
      circumstancesOf(event, t),
      event.comparison === 'changed'
        ? html`<strong>${t['digest-changed']}</strong>`
        : t[`digest-${event.comparison}`],
    ]);
  return html`<h3>${t.exhibit} ${exhibit.number}: ${own(exhibit.name)}</h3>
${table([t.when, t.event, t.who, t.purpose, t.circumstances, t.digest], rows)}`;
}

function circumstancesOf(event: CustodyEvent, t: Words): Html {
  const { change } = event;
  const said: [WordKey, string | null][] = [
    ['authority', event.authority],
    ['place', event.place],
    ['seal', event.seal],
    ['storage', event.storage],
    ['change', change && `${change.what} (${change.justification})`],
    ...event.restrictions.map((text): [WordKey, string] => ['restriction', text]),
    ['tool', `${event.tool.name} ${event.tool.version}`],
    ['clock', event.clock.source],
  ];
  return html`${said.flatMap(([word, text]) => (text === null ? [] : [html`${t[word]}: ${own(text)}<br>`]))}`;
}

/** Counts, and how much was not read; lists are in the bundle. */
function accountOf(account: Readonly<Record<string, unknown>>, t: Words): Html {
  const counts = Object.entries(account)
    .filter(([, value]) => typeof value === 'number')
    .map(([name, value]) => `${name} ${value}`);
  const issues = account['issueCount'];
  return html`${code(counts.join(', '))}${
    typeof issues === 'number' && issues > 0 ? html`<br><strong>${issues} ${t.issues}</strong>` : null
  }`;
}

function findingsSection({ findings }: ReportContents, t: Words): Html {
  const disclosed = findings.flatMap((line) => ('finding' in line ? [line] : []));
  const rows = disclosed
    .slice(0, FINDINGS_SHOWN)
    .map(({ finding }) => [
      finding.exhibitNumber,
      html`${own(finding.file)}${finding.container === '' ? null : html` › ${own(finding.container)}`}${
        finding.line === null ? null : html`<br>${t.line} ${finding.line}`
      }${finding.offset === null ? null : html`<br>${t.byte} ${finding.offset}`}`,
      html`${finding.kind}<br>${code(finding.value)}`,
      html`${own(finding.contributor)}<br>${own(finding.clause)}`,
    ]);
  const more =
    disclosed.length > FINDINGS_SHOWN
      ? html`<p>${FINDINGS_SHOWN} ${t.shown} ${disclosed.length}</p>`
      : html`<p>${disclosed.length}</p>`;
  return section(
    t.findings,
    html`${more}${rows.length > 0 ? table([t.exhibit, t.where, t.value, t.source], rows) : null}`,
  );
}

function consentSection({ consents }: ReportContents, language: ReportLanguage): Html | null {
  const t = WORDS[language];
  const said = REASON_WORDS[language];
  if (consents.length === 0) return null;
  const rows = consents.map((consent) => [
    own(consent.contributor),
    t[consent.verdict],
    consent.findings,
    html`<ul>${consent.clauses.map((clause) => html`<li>${own(sayClause(clause, said))} ${code(clause.path)}</li>`)}</ul>`,
  ]);
  return section(t.consents, table([t.contributor, t.verdict, t.findings, t.clauses], rows));
}

/** Paper first: no colours that carry meaning, logical sides so that right-to-left mirrors, rows kept together. */
const STYLE = new Html(`
@page { size: A4 landscape; margin: 15mm; }
body { font: 10pt/1.5 "Noto Sans", "Noto Naskh Arabic", system-ui, sans-serif; max-width: 78em; margin: 1.5em auto; padding: 0 1em; color: #111; background: #fff; }
h1 { font-size: 1.7em; line-height: 1.25; margin: .1em 0 .5em; } h2 { font-size: 1.25em; border-block-end: 1px solid #888; margin-block-start: 2em; } h3 { font-size: 1em; margin-block: 1.5em .3em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1em 1em; margin: 0; } dt { color: #555; } dd { margin: 0; }
code { font: .85em ui-monospace, monospace; overflow-wrap: anywhere; unicode-bidi: isolate; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: start; vertical-align: top; padding: .25em .6em; border-block-end: 1px solid #ccc; } bdi { overflow-wrap: anywhere; }
th { border-block-end: 2px solid #888; } tr { break-inside: avoid; } ul { margin: 0; padding-inline-start: 1.2em; }
.caution { border-inline-start: 4px solid #888; padding-inline-start: .8em; }
`);
