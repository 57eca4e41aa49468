/**
 * A contributed target as a line of a file or a member of a message: the value, what it is, how good the information is, when it was
 * seen. Whoever writes it controls all of it; every member is bounded and a wrong one is named.
 */

import { TLP_LEVELS, type Tlp } from '../agreement/index.ts';
import { EntenteError, type Issue, isTimestamp } from '../base/index.ts';
import { isRefused, normaliseIndicator, parseIpv4, parseIpv6, recogniseKind } from '../match/index.ts';
import {
  INFORMATION_GRADES,
  type InformationGrade,
  isOneOf,
  MARKS,
  type Mark,
  SOURCE_GRADES,
  type SourceGrade,
  TARGET_KINDS,
  type TargetKind,
} from './vocabulary.ts';

export interface TargetLine {
  readonly kind: TargetKind;
  /** In the one form that its kind has. */
  readonly value: string;
  readonly mark: Mark;
  readonly source: SourceGrade;
  readonly information: InformationGrade;
  readonly tlp: Tlp;
  /** When it was last seen, RFC 3339; null when nobody knows. */
  readonly seenAt: string | null;
  /** Country of the victim, as written. */
  readonly seat: string | null;
  /** Addresses to which the name resolved when it was seen. */
  readonly hosting: readonly string[];
  /** A word for what it does: c2, phishing, scam, infected-host. */
  readonly threat: string;
  readonly note: string;
}

export const NOTE_MAX = 2_000;
const WORD_MAX = 60;
const HOSTING_MAX = 16;
const VALUE_MAX = 2_048;
/** Lines of one file; the largest operation so far had 30,000 addresses. */
export const LINES_MAX = 1_000_000;

/** What a file need not say on every line. */
export type LineDefaults = Partial<
  Record<'mark' | 'source' | 'information' | 'tlp' | 'seenAt' | 'threat', string>
>;

/** Addresses written so that nobody follows them by accident. */
const refanged = (text: string) =>
  text
    .replace(/^hxxp/i, 'http')
    .replace(/\[\.\]|\(\.\)|\{\.\}|\[dot\]/gi, '.')
    .replace(/\[:\/\/\]/g, '://')
    .replace(/\[@\]/g, '@');

/** The line, or every reason why it is none. Never throws. */
export function readTargetLine(
  raw: Readonly<Record<string, unknown>>,
): TargetLine | { readonly issues: readonly string[] } {
  const issues: string[] = [];
  const text = (name: string, max: number, fallback = ''): string => {
    const value = raw[name] ?? fallback;
    if (typeof value !== 'string' || value.length > max) {
      issues.push(`"${name}" is no text of up to ${max} characters`);
      return fallback;
    }
    return value.trim();
  };
  const word = <T extends string>(name: string, list: readonly T[], fallback: T): T => {
    const value = raw[name] === undefined || raw[name] === '' ? fallback : raw[name];
    if (isOneOf(list, value)) return value;
    issues.push(`"${name}" is one of ${list.join(', ')}, not "${String(value).slice(0, 40)}"`);
    return fallback;
  };
  const written = refanged(text('value', VALUE_MAX));
  const kind = raw['kind'] === undefined || raw['kind'] === '' ? recogniseKind(written) : raw['kind'];
  let value = written;
  if (!isOneOf(TARGET_KINDS, kind)) {
    issues.push(
      written === ''
        ? 'the value is empty'
        : `"${written.slice(0, 80)}" is nothing that can be a target (${TARGET_KINDS.join(', ')})`,
    );
  } else {
    const normal = normaliseIndicator(kind, written);
    if (isRefused(normal)) issues.push(`"${written.slice(0, 80)}" ${normal.refused}`);
    else if (normal.canonical.includes('/') && kind !== 'url')
      issues.push(`"${written.slice(0, 80)}" is a range; name its addresses`);
    else value = normal.canonical;
  }
  const seenAt = text('seenAt', 40);
  if (seenAt !== '' && !isTimestamp(seenAt))
    issues.push(`"seenAt" is a UTC timestamp like 2026-01-31T12:00:00Z, not "${seenAt}"`);
  const rawHosting = raw['hosting'] ?? [];
  const hosting = (
    typeof rawHosting === 'string'
      ? rawHosting.split(/[\s,;]+/)
      : Array.isArray(rawHosting)
        ? rawHosting
        : [null]
  ).filter((one) => one !== '');
  if (
    hosting.length > HOSTING_MAX ||
    !hosting.every((one) => typeof one === 'string' && addressBytes(one) !== null)
  )
    issues.push(`"hosting" is a list of up to ${HOSTING_MAX} addresses`);
  const line = {
    // An IPv4 address may be written as an IPv6 one.
    kind: kind === 'ipv6' && !value.includes(':') ? ('ipv4' as const) : (kind as TargetKind),
    value,
    mark: word('mark', MARKS, 'undetermined'),
    source: word('source', SOURCE_GRADES, 'X'),
    information: word('information', INFORMATION_GRADES, '4'),
    tlp: word('tlp', TLP_LEVELS, 'amber'),
    seenAt: seenAt === '' ? null : seenAt,
    seat: text('seat', 20) || null,
    hosting: hosting as string[],
    threat: text('threat', WORD_MAX).toLowerCase(),
    note: text('note', NOTE_MAX),
  };
  return issues.length > 0 ? { issues } : line;
}

/** Bytes of an address, one character a byte, or null. */
export function addressBytes(text: string): string | null {
  return parseIpv4(text) ?? (text.includes(':') ? parseIpv6(text) : null);
}

export interface ReadLines {
  readonly lines: readonly TargetLine[];
  readonly refused: readonly Issue[];
}

/** A file of targets: CSV with a head line, JSON (a list), or one value a line. @throws EntenteError `intelligence-format`, `input-limit` */
export function readTargetFile(content: string, defaults: LineDefaults, where: string): ReadLines {
  const lines: TargetLine[] = [];
  const refused: Issue[] = [];
  let at = 0;
  for (const raw of rowsOf(content, where)) {
    if (++at > LINES_MAX)
      throw new EntenteError('input-limit', `${where}: more than ${LINES_MAX} targets`, { where });
    const given = Object.fromEntries(
      Object.entries(raw).filter(([, value]) => value !== '' && value !== null),
    );
    const read = readTargetLine({ ...defaults, ...given });
    if ('issues' in read)
      for (const message of read.issues)
        refused.push({ code: 'intelligence-format', path: `targets[${at - 1}]`, message });
    else lines.push(read);
  }
  return { lines, refused };
}

function rowsOf(content: string, where: string): Record<string, unknown>[] {
  const text = content.replace(/^\ufeff/, '');
  if (/^\s*[[{]/.test(text)) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new EntenteError('json-syntax', `${where}: ${(cause as Error).message}`, { where, cause });
    }
    const list = Array.isArray(value) ? value : ((value as { targets?: unknown }).targets ?? null);
    if (!Array.isArray(list) || !list.every((one) => typeof one === 'object' && one !== null))
      throw new EntenteError('intelligence-format', `${where}: is no list of targets`, { where });
    return list as Record<string, unknown>[];
  }
  const rows = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const head = splitCsv(rows[0] ?? '').map((name) => COLUMNS[name.trim().toLowerCase()] ?? '');
  if (!head.includes('value')) return rows.map((value) => ({ value: value.trim() }));
  return rows.slice(1).map((row) => {
    const cells = splitCsv(row);
    return Object.fromEntries(
      head.flatMap((name, i) => (name === '' ? [] : [[name, (cells[i] ?? '').trim()]])),
    );
  });
}

/** Heads of columns, and what they are called here. */
const COLUMNS: Readonly<Record<string, string>> = {
  value: 'value',
  target: 'value',
  indicator: 'value',
  ip: 'value',
  kind: 'kind',
  mark: 'mark',
  source: 'source',
  information: 'information',
  info: 'information',
  tlp: 'tlp',
  seen: 'seenAt',
  seenat: 'seenAt',
  timestamp: 'seenAt',
  seat: 'seat',
  country: 'seat',
  hosting: 'hosting',
  threat: 'threat',
  note: 'note',
};

/** One line of RFC 4180; a quoted cell does not run over lines here. */
function splitCsv(line: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (line[i + 1] === '"') {
        cell += '"';
        i++;
      } else quoted = false;
    } else if (char === '"' && cell === '') quoted = true;
    else if (char === ',') {
      cells.push(cell);
      cell = '';
    } else cell += char;
  }
  cells.push(cell);
  return cells;
}
