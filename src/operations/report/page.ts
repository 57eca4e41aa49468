/** The report on an operation as one page to print, in four languages. The same figures give the same bytes. */
import { html } from '../../base/index.ts';
import { countryName } from '../../geography/index.ts';
import { writeLocalTime } from '../action-day.ts';
import type { Language } from '../operations.ts';
import { documentPage } from '../package/documents.ts';
import { WORDS } from '../package/words/index.ts';
import { barChart, dayChart, worldMap } from './charts.ts';
import type { Figures } from './figures.ts';

/** Countries with a bar; all are in the table. */
const BARS = 30;

export function renderReport(figures: Figures, language: Language): string {
  const t = WORDS[language];
  const rtl = language === 'ar';
  const { operation, packages } = figures;
  return documentPage(
    language,
    `${t['operation-report']}: ${operation.title}`,
    html`<header>
<p><span class="marking">TLP:${operation.tlp.toUpperCase()}</span></p>
<h1>${t['operation-report']}</h1>
<dl class="facts">
<dt>${t.operation}</dt><dd><bdi>${operation.title}</bdi></dd>
<dt>${t.from}</dt><dd><bdi>${figures.lead}</bdi></dd>
<dt>${t.made}</dt><dd><bdi>${figures.at}</bdi></dd>
${operation.actionDay ? html`<dt>${t['action-day']}</dt><dd><bdi>${writeLocalTime(operation.actionDay, 'UTC')}</bdi></dd>` : null}
${operation.purpose ? html`<dt>${t.purpose}</dt><dd><bdi>${operation.purpose}</bdi></dd>` : null}
<dt>${t.parties}</dt><dd>${figures.parties}</dd>
<dt>${t.targets}</dt><dd>${figures.targets} (${figures.marks.map(({ mark, count }) => `${t[mark]}: ${count}`).join(', ')})</dd>
<dt>${t.packages}</dt><dd>${t.sent}: ${packages.sent}, ${t.received}: ${packages.received}, ${t.read}: ${packages.read}</dd>
</dl>
</header>
<section><h2>${t['by-outcome']}</h2>${barChart(
      figures.outcomes.map(({ kind, quantity }) => ({ label: t[kind], value: quantity })),
      t['by-outcome'],
      rtl,
    )}
${figures.contradictory > 0 ? html`<p>${figures.contradictory}: ${t.contradictory}</p>` : null}</section>
${figures.days.length > 0 ? html`<section><h2>${t['over-time']}</h2>${dayChart(figures.days, t['over-time'])}</section>` : null}
<section><h2>${t.map}</h2>${worldMap(figures.countries, t.map, language)}<p>${t['map-text']}</p></section>
<section><h2>${t['by-country']}</h2>${barChart(
      figures.countries
        .slice(0, BARS)
        .map(({ country, targets }) => ({ label: countryName(country, language), value: targets })),
      t['by-country'],
      rtl,
    )}
<div class="scroll"><table><thead><tr><th>${t['by-country']}</th><th>${t.targets}</th><th>${t.outcomes}</th></tr></thead><tbody>${figures.countries.map(
      ({ country, targets, outcomes }) =>
        html`<tr><td>${countryName(country, language)}</td><td>${targets}</td><td>${outcomes}</td></tr>`,
    )}</tbody></table></div></section>
<section><h2>${t.contributors}</h2><div class="scroll"><table><thead><tr><th>${t.contributor}</th><th>${t.given}</th><th>${t.confirmed}</th><th>${t['false-positives']}</th><th>${t.stale}</th><th>${t.withdrawn}</th><th>${t.silent}</th></tr></thead><tbody>${figures.contributors.map(
      (one) =>
        html`<tr><td><bdi>${one.name}</bdi></td><td>${one.given}</td><td>${one.confirmed}</td><td>${one.falsePositive}</td><td>${one.stale}</td><td>${one.withdrawn}</td><td>${one.silent}</td></tr>`,
    )}</tbody></table></div><p>${t['computed-text']}</p></section>
<section><h2>${t.provenance}</h2><p>${t['located-text']}</p><ul>${operation.databases.map((name) => html`<li><bdi>${name}</bdi></li>`)}</ul></section>`,
  );
}
