/**
 * A package as one HTML file: action cards, the list, the files for programs inside it, and a signature at the end over every byte before it. It
 * needs no connection and no script to be read, prints on A4, and is checked by `verify.ts`, by the script in it, or by any tool for JWS and SHA-256.
 *
 *     <!doctype html> … </html>
 *     <script type="application/jose" id="signature">JWS whose payload has the SHA-256 of everything above</script>
 */
import { gzipSync } from 'node:zlib';
import { canonicalJson, encodeBase64, Html, html, utf8 } from '../../base/index.ts';
import { writeLocalTime } from '../action-day.ts';
import {
  CARD_DAYS,
  CARDS,
  type Card,
  cardOf,
  type PackageContents,
  type PackageItem,
  type Sureness,
  surenessOf,
} from './contents.ts';
import {
  documentPage,
  hasSuspects,
  hasVictims,
  preservationRequest,
  scopeName,
  victimGuide,
} from './documents.ts';
import { bestGrading, writeCsv, writeMisp, writeStix } from './files.ts';
import { VERIFIER } from './verifier.ts';
import { WORDS, type Words } from './words/index.ts';
import { writeCount, writeDay, writeMoment, writePercent } from './written.ts';

const DAY_MS = 86_400_000;

/** The page without its signature. The same contents give the same bytes. */
export function renderPackage(contents: PackageContents): string {
  const t = WORDS[contents.language];
  const { operation } = contents;
  return documentPage(
    contents.language,
    `${t.report}: ${operation.title}`,
    { tlp: contents.tlp, operation: operation.title },
    html`<header>
<p><span class="marking">TLP:${contents.tlp.toUpperCase()}</span></p>
<h1>${t.report}</h1>
<dl class="facts">
<dt>${t.operation}</dt><dd><bdi>${operation.title}</bdi></dd>
<dt>${t.for}</dt><dd><bdi>${contents.to}</bdi> · <bdi>${scopeName(contents)}</bdi></dd>
<dt>${t.from}</dt><dd><bdi>${contents.from}</bdi></dd>
<dt>${t.made}</dt><dd><bdi>${writeMoment(contents.at, contents.language)}</bdi></dd>
<dt>${t.items}</dt><dd>${writeCount(contents.items.length, contents.language)}</dd>
${operation.actionDay ? html`<dt>${t['action-day']}</dt><dd><bdi>${writeLocalTime(operation.actionDay, contents.timeZone)}</bdi></dd>` : null}
${operation.purpose ? html`<dt>${t.purpose}</dt><dd><bdi>${operation.purpose}</bdi></dd>` : null}
</dl>
</header>
<section><h2>${t['how-to-read']}</h2><p>${t['how-to-read-text']}</p></section>
<section>${CARDS.map((card) => cardSection(contents, card, t))}</section>
<section><h2>${t['national-action']}</h2><ol>${(['national-1', 'national-2', 'national-3', 'national-4'] as const).map((key) => html`<li>${t[key]}</li>`)}</ol></section>
${itemTable(contents, t)}
<section><h2>${t.provenance}</h2><p>${t['provenance-text']}</p><p>${t['located-text']}</p><ul>${contents.databases.map((name) => html`<li><bdi>${name}</bdi></li>`)}</ul></section>
<section class="screen"><h2>${t.attachments}</h2><ul class="files">${attachmentsOf(contents).map(
      ({ name, media, bytes, about }) =>
        html`<li><a download="${name}" href="data:${media};base64,${encodeBase64(bytes)}">${name}</a>: ${about}</li>`,
    )}</ul></section>
<section class="screen"><h2>${t.authenticity}</h2><p>${t['authenticity-text']}</p>
<p><label>${t.choose} <input type="file" id="check" accept=".html"></label></p><p id="verdict" role="status" data-genuine="${t.genuine}" data-forged="${t.forged}"></p></section>
<script>${new Html(VERIFIER)}</script>`,
  );
}

interface Attachment {
  readonly name: string;
  readonly media: string;
  readonly bytes: Uint8Array;
  readonly about: string;
}

/** Level 9: a package is made once and crosses bad lines often. */
const packed = (text: string) => new Uint8Array(gzipSync(text, { level: 9 }));

export const CONTENTS_NAME = 'package.json.gz';

export function attachmentsOf(contents: PackageContents): Attachment[] {
  const t = WORDS[contents.language];
  const page = 'text/html;charset=utf-8';
  return [
    {
      name: 'items.csv',
      media: 'text/csv;charset=utf-8',
      bytes: utf8(writeCsv(contents)),
      about: t['attachment-csv'],
    },
    {
      name: 'stix.json.gz',
      media: 'application/gzip',
      bytes: packed(writeStix(contents)),
      about: t['attachment-stix'],
    },
    {
      name: 'misp.json.gz',
      media: 'application/gzip',
      bytes: packed(writeMisp(contents)),
      about: t['attachment-misp'],
    },
    {
      name: CONTENTS_NAME,
      media: 'application/gzip',
      bytes: packed(canonicalJson(contents)),
      about: t['attachment-package'],
    },
    ...(hasSuspects(contents)
      ? [
          {
            name: 'preservation-request.html',
            media: page,
            bytes: utf8(preservationRequest(contents)),
            about: t['attachment-preservation'],
          },
        ]
      : []),
    ...(hasVictims(contents)
      ? [
          {
            name: 'victim-guide.html',
            media: page,
            bytes: utf8(victimGuide(contents)),
            about: t['attachment-guide'],
          },
        ]
      : []),
  ];
}

function cardSection(contents: PackageContents, card: Card, t: Words): Html | null {
  const items = contents.items.filter((item) => cardOf(item) === card);
  if (items.length === 0) return null;
  const sure = (['high', 'medium', 'low'] as const)
    .map((level): [Sureness, number] => [level, items.filter((item) => surenessOf(item) === level).length])
    .filter(([, count]) => count > 0);
  const due = new Date(Date.parse(contents.at) + CARD_DAYS[card] * DAY_MS).toISOString();
  return html`<article class="card ${card}"><span class="count">${writeCount(items.length, contents.language)}</span><h3>${t['action-card']}: ${t[`${card}-title`]}</h3><dl>
<dt>${t.what}</dt><dd>${t[`${card}-what`]}</dd>
<dt>${t.sure}</dt><dd>${sure.map(([level, count]) => html`<div>${sure.length > 1 ? html`<bdi>${writeCount(count, contents.language)}</bdi> · ` : ''}${t[`sure-${level}`]}</div>`)}</dd>
<dt>${t.do}</dt><dd>${t[`${card}-do`]}</dd>
<dt>${t.when}</dt><dd><bdi>${writeDay(due, contents.language)}</bdi></dd>
<dt>${t.ask}</dt><dd>${t['ask-text']} <bdi>${contents.from}</bdi></dd></dl></article>`;
}

function itemTable(contents: PackageContents, t: Words): Html {
  const row = (item: PackageItem) => {
    const best = bestGrading(item);
    const seen =
      item.gradings
        .flatMap(({ seenAt }) => seenAt ?? [])
        .sort()
        .at(-1) ?? '';
    const where = item.grounds.map(
      ({ reason, confidence }) =>
        html`<div>${t[reason as keyof Words] ?? reason} <bdi class="nowrap">${writePercent(confidence, contents.language)}</bdi></div>`,
    );
    const also =
      item.alsoNamed.length > 0
        ? html`<div>${t['also-named']} <bdi>${item.alsoNamed.join(', ')}</bdi></div>`
        : null;
    const network = item.network
      ? html`<div class="detail"><bdi>${item.network.asn} ${item.network.owner}</bdi></div>`
      : null;
    const note = item.note === null ? null : html`<div class="detail" dir="auto">${item.note}</div>`;
    return html`<tr><td><bdi class="value">${item.value}</bdi>${note}</td><td>${t[item.mark]}<div class="detail"><bdi>${item.threat}</bdi></div></td><td>${best.source}${best.information}</td><td>${item.gradings.length}</td><td><bdi class="nowrap">${seen.slice(0, 10)}</bdi></td><td>${where}${also}${network}</td></tr>
`;
  };
  return html`<section><h2>${t.items}</h2><div class="scroll"><table class="items"><colgroup><col style="width:28%"><col style="width:17%"><col style="width:10%"><col style="width:10%"><col style="width:13%"><col style="width:22%"></colgroup><thead><tr><th>${t.target}</th><th>${t.what}</th><th>${t.graded}</th><th>${t.corroborated}</th><th>${t.seen}</th><th>${t.located}</th></tr></thead><tbody>
${contents.items.map(row)}</tbody></table></div></section>`;
}

export const SIGNATURE_START = '<script type="application/jose" id="signature">';
export const SIGNATURE_END = '</script>\n';
