/** Charts as inline SVG: readable in print and by screen readers, nothing loaded. Numbers stand as text beside every bar. */
import { Html, html } from '../../base/index.ts';
import { COUNTRIES, centreOf, countryName } from '../../geography/index.ts';

const WIDTH = 640;
const ROW = 24;
const LABEL = 230;
const INK = '#234';

/** Horizontal bars, mirrored where the language is written from right to left. */
export function barChart(
  rows: readonly { readonly label: string; readonly value: number }[],
  title: string,
  rtl: boolean,
): Html {
  const most = Math.max(1, ...rows.map(({ value }) => value));
  const space = WIDTH - LABEL - 90;
  const x = (from: number, width = 0) => (rtl ? WIDTH - from - width : from);
  return html`<svg viewBox="0 0 ${WIDTH} ${rows.length * ROW + 4}" role="img" aria-label="${title}" direction="${rtl ? 'rtl' : 'ltr'}" font-size="13">
${rows.map(({ label, value }, i) => {
  const width = Math.round((space * value) / most);
  const y = i * ROW + 16;
  return html`<text x="${x(LABEL - 8)}" y="${y}" text-anchor="end">${label}</text><rect x="${x(LABEL, width)}" y="${y - 12}" width="${width}" height="15" fill="${INK}"/><text x="${x(LABEL + width + 6)}" y="${y}" text-anchor="start">${value}</text>
`;
})}</svg>`;
}

/** Columns by day; days without an outcome are not left out, up to a year. */
export function dayChart(
  days: readonly { readonly day: string; readonly count: number }[],
  title: string,
): Html | null {
  const first = days[0];
  const last = days.at(-1);
  if (!first || !last) return null;
  const span = Math.min(366, Math.round((Date.parse(last.day) - Date.parse(first.day)) / 86_400_000) + 1);
  const most = Math.max(...days.map(({ count }) => count));
  const step = Math.min(40, (WIDTH - 20) / span);
  const columns = days.flatMap(({ day, count }) => {
    const place = Math.round((Date.parse(day) - Date.parse(first.day)) / 86_400_000);
    if (place >= span) return [];
    const height = Math.max(2, Math.round((110 * count) / most));
    return [
      html`<rect x="${(10 + place * step).toFixed(1)}" y="${125 - height}" width="${Math.max(1, step - 2).toFixed(1)}" height="${height}" fill="${INK}"><title>${day}: ${count}</title></rect>`,
    ];
  });
  return html`<svg viewBox="0 0 ${WIDTH} 150" role="img" aria-label="${title}" direction="ltr" font-size="12">${columns}<line x1="10" x2="${WIDTH - 10}" y1="126" y2="126" stroke="#888"/><text x="10" y="142">${first.day}</text><text x="${WIDTH - 10}" y="142" text-anchor="end">${last.day}</text><text x="10" y="12">${most}</text></svg>`;
}

/** Every country as a dot at its middle, those of the operation as circles whose area is their share. No borders, which somebody would dispute. */
export function worldMap(
  countries: readonly { readonly country: string; readonly targets: number }[],
  title: string,
  language: string,
): Html {
  const x = (longitude: number) => Math.round(((longitude + 180) / 360) * WIDTH);
  const y = (latitude: number) => Math.round(((85 - latitude) / 150) * 290);
  const most = Math.max(1, ...countries.map(({ targets }) => targets));
  const dots = COUNTRIES.filter((code) => code !== 'AQ').map((code) => {
    const { latitude, longitude } = centreOf(code)!;
    return `<circle cx="${x(longitude)}" cy="${y(latitude)}" r="2"/>`;
  });
  const bubbles = countries.flatMap(({ country, targets }) => {
    const centre = centreOf(country);
    if (!centre) return [];
    const radius = (3 + 17 * Math.sqrt(targets / most)).toFixed(1);
    const near = Number(radius) > 9;
    return [
      html`<circle cx="${x(centre.longitude)}" cy="${y(centre.latitude)}" r="${radius}"><title>${countryName(country, language)}: ${targets}</title></circle>${near ? html`<text x="${x(centre.longitude)}" y="${y(centre.latitude) + 4}" text-anchor="middle" fill="#fff" fill-opacity="1">${country}</text>` : null}`,
    ];
  });
  return html`<svg viewBox="0 0 ${WIDTH} 300" role="img" aria-label="${title}" direction="ltr" font-size="10"><rect width="${WIDTH}" height="300" fill="#f4f6f8"/><g fill="#aab">${new Html(dots.join(''))}</g><g fill="#b32" fill-opacity=".75">${bubbles}</g></svg>`;
}
