/** Charts as inline SVG: readable in print and by screen readers, nothing loaded. Numbers stand as text beside every bar. */
import { Html, html } from '../../base/index.ts';
import { COUNTRIES, centreOf, countryName } from '../../geography/index.ts';
import type { Language } from '../operations.ts';
import { writeCount } from '../package/written.ts';

const WIDTH = 640;
const ROW = 24;
const LABEL = 230;
const INK = '#234';

/** Horizontal bars, mirrored where the language is written from right to left. */
export function barChart(
  rows: readonly { readonly label: string; readonly value: number }[],
  title: string,
  language: Language,
): Html {
  const rtl = language === 'ar';
  const most = Math.max(1, ...rows.map(({ value }) => value));
  const space = WIDTH - LABEL - 90;
  const x = (from: number, width = 0) => (rtl ? WIDTH - from - width : from);
  return html`<svg viewBox="0 0 ${WIDTH} ${rows.length * ROW + 4}" role="img" aria-label="${title}" direction="${rtl ? 'rtl' : 'ltr'}" font-size="13">
${rows.map(({ label, value }, i) => {
  const width = Math.round((space * value) / most);
  const y = i * ROW + 16;
  return html`<text x="${x(LABEL - 8)}" y="${y}" text-anchor="end">${label}</text><rect x="${x(LABEL, width)}" y="${y - 12}" width="${width}" height="15" fill="${INK}"/><text x="${x(LABEL + width + 6)}" y="${y}" text-anchor="start">${writeCount(value, language)}</text>
`;
})}</svg>`;
}

/** Columns by day; days without an outcome are not left out, up to a year. */
export function dayChart(
  days: readonly { readonly day: string; readonly count: number }[],
  title: string,
  language: Language,
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
    const height = Math.max(2, Math.round((105 * count) / most));
    return [
      html`<rect x="${(10 + place * step).toFixed(1)}" y="${125 - height}" width="${Math.max(1, step - 2).toFixed(1)}" height="${height}" fill="${INK}"><title>${day}: ${writeCount(count, language)}</title></rect>`,
    ];
  });
  return html`<svg viewBox="0 0 ${WIDTH} 150" role="img" aria-label="${title}" direction="ltr" font-size="12">${columns}<line x1="10" x2="${WIDTH - 10}" y1="126" y2="126" stroke="#888"/><text x="10" y="142">${first.day}</text><text x="${WIDTH - 10}" y="142" text-anchor="end">${last.day}</text><text x="10" y="12">${writeCount(most, language)}</text></svg>`;
}

interface Window {
  readonly west: number;
  readonly north: number;
  readonly width: number;
  readonly height: number;
}

const WORLD: Window = { west: -180, north: 85, width: 360, height: 145 };
/** A near view: as many degrees as Europe or West Africa has, in the proportions of the world's. */
const NEAR = { width: 60, height: 32 };
/** So many in one near view cover each other in the world's. */
const CROWDED = 6;

type Share = { readonly country: string; readonly targets: number };

/**
 * Every country as a dot at its middle, those of the operation as circles whose area is their share; where they crowd, that part again, enlarged. No borders, which
 * somebody would dispute.
 */
export function worldMap(countries: readonly Share[], title: string, language: Language): Html {
  const most = Math.max(1, ...countries.map(({ targets }) => targets));
  const near = crowdedWindow(countries);
  return html`${drawMap(WORLD, countries, most, title, language, near)}${near ? drawMap(near, countries, most, title, language, null) : null}`;
}

/** The near view with the most countries of the operation, when they crowd. */
function crowdedWindow(countries: readonly Share[]): Window | null {
  const views = countries.flatMap(({ country }) => {
    const centre = centreOf(country);
    if (!centre) return [];
    const view = {
      west: centre.longitude - NEAR.width / 2,
      north: centre.latitude + NEAR.height / 2,
      ...NEAR,
    };
    return [{ view, count: countries.filter((other) => isInside(view, other.country)).length }];
  });
  const best = views.sort((a, b) => b.count - a.count)[0];
  return best && best.count >= CROWDED ? best.view : null;
}

function isInside({ west, north, width, height }: Window, country: string): boolean {
  const centre = centreOf(country);
  if (!centre) return false;
  const { longitude, latitude } = centre;
  return longitude >= west && longitude <= west + width && latitude <= north && latitude >= north - height;
}

function drawMap(
  view: Window,
  countries: readonly Share[],
  most: number,
  title: string,
  language: Language,
  framed: Window | null,
): Html {
  const height = Math.round((WIDTH * view.height) / view.width);
  const x = (longitude: number) => Math.round(((longitude - view.west) / view.width) * WIDTH);
  const y = (latitude: number) => Math.round(((view.north - latitude) / view.height) * height);
  const shown = countries.filter(({ country }) => isInside(view, country));
  const largest = view === WORLD ? 12 : 22;
  const taken: { x: number; y: number }[] = [];
  const dots = COUNTRIES.filter((code) => code !== 'AQ' && isInside(view, code)).map((code) => {
    const { latitude, longitude } = centreOf(code)!;
    return `<circle cx="${x(longitude)}" cy="${y(latitude)}" r="2"/>`;
  });
  // The larger first, so that the smaller lie on them; a name where no other is in its way.
  const circles: Html[] = [];
  const labels: Html[] = [];
  for (const { country, targets } of [...shown].sort((a, b) => b.targets - a.targets)) {
    const centre = centreOf(country)!;
    const at = { x: x(centre.longitude), y: y(centre.latitude) };
    const radius = 2.5 + (largest - 2.5) * Math.sqrt(targets / most);
    circles.push(
      html`<circle cx="${at.x}" cy="${at.y}" r="${radius.toFixed(1)}"><title>${countryName(country, language)}: ${writeCount(targets, language)}</title></circle>`,
    );
    if (taken.some((other) => Math.abs(other.x - at.x) < 18 && Math.abs(other.y - at.y) < 11)) continue;
    taken.push(at);
    labels.push(html`<text x="${at.x}" y="${at.y + 4}" text-anchor="middle">${country}</text>`);
  }
  const frame = framed
    ? html`<rect x="${x(framed.west)}" y="${y(framed.north)}" width="${x(framed.west + framed.width) - x(framed.west)}" height="${y(framed.north - framed.height) - y(framed.north)}" fill="none" stroke="#456" stroke-dasharray="4 3"/>`
    : null;
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}" direction="ltr" font-size="10"><rect width="${WIDTH}" height="${height}" fill="#f4f6f8"/><g fill="#aab">${new Html(dots.join(''))}</g><g fill="#d8614f" fill-opacity=".8" stroke="#fff">${circles}</g><g fill="#111" font-weight="600">${labels}</g>${frame}</svg>`;
}
