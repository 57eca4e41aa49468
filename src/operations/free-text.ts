/**
 * Free text that people write beside targets. It is where names of persons, and what belongs to another country, slip through every
 * clause; what looks like either is found and shown, and the text stays behind until a person decides. Finding too much costs a look.
 */
import { COUNTRIES, countryName } from '../geography/index.ts';

export interface Passage {
  readonly kind: 'person' | 'e-mail' | 'telephone' | 'address' | 'country';
  readonly text: string;
  readonly from: number;
}

const WORD = String.raw`\p{Lu}[\p{L}’'-]+`;
const TITLES = `(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau|M|Mme|Mlle|Sr|Sra|Srta|Don|Doña|Señor|Señora|Monsieur|Madame|Inspector|Officer|Capt|Sgt|Lt)`;
const BEFORE = String.raw`(?:named?|called|alias|aka|a\.k\.a\.|suspect|victim|owner|operator|handler|nommée?|appelée?|suspecte?|victime|propriétaire|llamad[oa]|sospechos[oa]|víctima|propietari[oa]|lives? with|married to)`;

const PERSONS: readonly RegExp[] = [
  new RegExp(String.raw`(?<![\p{L}])${TITLES}\.?\s+${WORD}(?:\s+${WORD}){0,3}`, 'gu'),
  new RegExp(String.raw`(?<![\p{L}])(?i:${BEFORE})\s*:?\s+(?:is\s+|was\s+)?${WORD}(?:\s+${WORD}){0,3}`, 'gu'),
  // Two or three capitalised words in a row: a name more often than not; product names among them cost a look.
  new RegExp(String.raw`(?<![\p{L}])${WORD}(?:\s+\p{Lu}\.?)?(?:\s+${WORD}){1,2}`, 'gu'),
  /(?:السيد|السيدة|الدكتور|المدعو|المدعوة|المشتبه به|الضحية|اسمه|اسمها)\s+[\u0600-\u06ff]+(?:\s+[\u0600-\u06ff]+){0,3}/gu,
];

const MAIL = /[^\s@<>"(),;:]+(?:@|\[at\]|\(at\))[^\s@<>"(),;:]+\.[\p{L}]{2,}/gu;
const PHONE = /(?<![\d.:/-])\+?\d[\d ()./-]{7,18}\d(?![\d.:/-])/gu;
const IPV4 = /(?<![\d.])\d{1,3}(?:(?:\.|\[\.\]|\(\.\))\d{1,3}){3}(?![\d.])/gu;
const IPV6 = /(?<![\p{L}\d:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\p{L}\d:])/giu;
const HOST = /(?<![\p{L}\d@.-])(?:[\p{L}\d-]+(?:\.|\[\.\]|\(\.\)))+\p{L}{2,24}(?![\p{L}\d])/gu;

let names: { readonly pattern: RegExp; readonly codes: ReadonlyMap<string, string> } | null = null;

/** The names of all countries in the four languages, longest first, as one expression. */
function countryNames(): NonNullable<typeof names> {
  if (names) return names;
  const codes = new Map<string, string>();
  for (const code of COUNTRIES)
    for (const language of ['ar', 'en', 'fr', 'es'])
      codes.set(countryName(code, language).toLowerCase(), code);
  const all = [...codes.keys()]
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
    .map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  names = { pattern: new RegExp(`(?<![\\p{L}])(?:${all.join('|')})(?![\\p{L}])`, 'giu'), codes };
  return names;
}

/** Passages that look like a person, in the order of the text. */
export function findPersons(text: string): Passage[] {
  const found: Passage[] = [];
  for (const pattern of PERSONS)
    for (const match of text.matchAll(pattern))
      found.push({ kind: 'person', text: match[0], from: match.index });
  for (const match of text.matchAll(MAIL)) found.push({ kind: 'e-mail', text: match[0], from: match.index });
  for (const match of text.matchAll(PHONE))
    if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(match[0]) && !/^\d{4}-\d{2}-\d{2}/.test(match[0]))
      found.push({ kind: 'telephone', text: match[0], from: match.index });
  return inOrder(found);
}

/** Passages that may belong to another country than `country`: its name in any of the languages, and any address, host or e-mail beside the item's own `value`. */
export function findForeign(text: string, country: string | null, value: string): Passage[] {
  const found: Passage[] = [];
  const { pattern, codes } = countryNames();
  for (const match of text.matchAll(pattern))
    if (codes.get(match[0].toLowerCase()) !== country)
      found.push({ kind: 'country', text: match[0], from: match.index });
  for (const shape of [IPV4, IPV6, HOST, MAIL])
    for (const match of text.matchAll(shape)) {
      const plain = match[0].replace(/\[\.\]|\(\.\)/g, '.').toLowerCase();
      if (!value.toLowerCase().includes(plain) && plain.length > 2)
        found.push({ kind: 'address', text: match[0], from: match.index });
    }
  return inOrder(found);
}

function inOrder(found: readonly Passage[]): Passage[] {
  const kept: Passage[] = [];
  for (const one of [...found].sort((a, b) => a.from - b.from || b.text.length - a.text.length)) {
    const last = kept.at(-1);
    if (!last || one.from >= last.from + last.text.length) kept.push(one);
  }
  return kept;
}
