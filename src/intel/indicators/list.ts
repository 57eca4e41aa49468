/**
 * Plain lists: one value a line, or CSV with whatever columns. Comments begin with `#` or `//`, and may follow a value. Each line gives the values of
 * the columns that headings name, or else of the first cell whose kind can be recognised; a line that is no table and has
 * no recognisable kind is a plain string, and it is told when it looks like something else. Of a line of a hosts file come its names, of a host with a
 * port the host. Of running text, as a report has it, come the words that are written so that nobody follows
 * them (`hxxp`, `[.]`), and digests beside such words.
 */
import { INDICATOR_BYTES_MAX, isKind, type Kind, recogniseKind } from '../../match/index.ts';

export interface ListValue {
  readonly kind: Kind;
  readonly value: string;
  /** From 1. */
  readonly line: number;
  /** What of the line is not looked for, or not as it may have been meant. */
  readonly note?: string;
}

export interface ListIssue {
  readonly line: number;
  readonly message: string;
}

/** A longer line is no line of a list; it is passed over, not held. */
const LINE_BYTES_MAX = 64 * 1024;

/** Headings of the columns that hold values, and of the one that says the kind of those that do not say it themselves. */
const VALUE_HEADINGS =
  /^(?:value|indicator|indicator_value|ioc|ioc_value|observable|pattern_value|domain|hostname|fqdn|ip|ipv4|ipv6|url|email|hash|(?:md5|sha1|sha256|sha512)(?:_hash)?)$/i;
const ANY_KIND_HEADINGS = /^(?:value|indicator|indicator_value|ioc|ioc_value|observable|pattern_value)$/i;
const KIND_HEADINGS = /^(?:type|kind|indicator_type|ioc_type|observable_type)$/i;

/** Names that other tools give to kinds, beside our own. */
export const KIND_NAMES: Readonly<Record<string, Kind>> = {
  ip: 'ipv4',
  'ip-src': 'ipv4',
  'ip-dst': 'ipv4',
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  hostname: 'domain',
  fqdn: 'domain',
  uri: 'url',
  mail: 'email',
  'e-mail': 'email',
  'email-addr': 'email',
  'domain-name': 'domain',
  'ipv4-addr': 'ipv4',
  'ipv6-addr': 'ipv6',
  filename: 'file-name',
  file: 'file-name',
  path: 'file-path',
  regkey: 'registry-key',
  'user agent': 'user-agent',
  useragent: 'user-agent',
  'sha-1': 'sha1',
  'sha-256': 'sha256',
  'sha-512': 'sha512',
  btc: 'coin-address',
  as: 'asn',
};

/** Cuts text into lines as it comes, numbers them, and passes over comments and what is no line. */
export abstract class LineReader<Value> {
  #line = 0;
  #text = '';
  /** A carriage return at a chunk's end: a line feed that belongs to it may follow. */
  #held = '';
  #overlong = false;
  readonly #decoder = new TextDecoder('utf-8');

  /** One line that is neither empty nor a comment, without white space around it. */
  protected abstract readText(text: string, line: number): Generator<Value | ListIssue>;

  /** Values and issues of the lines that end in this chunk. */
  *push(chunk: Uint8Array): Generator<Value | ListIssue> {
    yield* this.#take(this.#decoder.decode(chunk, { stream: true }), false);
  }

  *end(): Generator<Value | ListIssue> {
    yield* this.#take(this.#decoder.decode(), true);
  }

  *#take(chunk: string, isEnd: boolean): Generator<Value | ListIssue> {
    let text = this.#held + chunk;
    this.#held = !isEnd && text.endsWith('\r') ? '\r' : '';
    if (this.#held !== '') text = text.slice(0, -1);
    let from = 0;
    for (const end of text.matchAll(/\r\n?|\n/g)) {
      yield* this.#readLine(this.#text + text.slice(from, end.index));
      this.#text = '';
      from = end.index + end[0].length;
    }
    this.#text += text.slice(from);
    if (this.#text.length > LINE_BYTES_MAX) {
      this.#overlong = true;
      this.#text = '';
    }
    if (isEnd && (this.#text !== '' || this.#overlong)) yield* this.#readLine(this.#text);
  }

  *#readLine(raw: string): Generator<Value | ListIssue> {
    this.#line++;
    const line = this.#line;
    if (this.#overlong || raw.length > LINE_BYTES_MAX) {
      this.#overlong = false;
      yield { line, message: `is longer than ${LINE_BYTES_MAX} bytes and was passed over` };
      return;
    }
    const text = raw.trim();
    if (text === '' || text.startsWith('#') || text.startsWith('//')) return;
    yield* this.readText(text, line);
  }
}

/** Columns from 0; -1 where there is none. */
interface Headings {
  readonly values: readonly { readonly column: number; readonly isAnyKind: boolean }[];
  readonly kind: number;
}

type Found = Omit<ListValue, 'line'>;

export class ListReader extends LineReader<ListValue> {
  #headings: Headings | null = null;
  #isFirst = true;
  #hasToldOfOthers = false;

  protected override *readText(text: string, line: number): Generator<ListValue | ListIssue> {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    const cells = splitCells(text);
    if (isFirst && cells.length > 1) {
      const values = [...cells.entries()]
        .filter(([, cell]) => VALUE_HEADINGS.test(cell))
        .map(([column, cell]) => ({ column, isAnyKind: ANY_KIND_HEADINGS.test(cell) }));
      if (values.length > 0) {
        this.#headings = { values, kind: cells.findIndex((cell) => KIND_HEADINGS.test(cell)) };
        return;
      }
    }
    if (isFirst && cells.length === 1 && VALUE_HEADINGS.test(text)) return;
    const found = this.#headings ? this.#fromColumns(cells, this.#headings) : this.#fromLine(text, cells);
    if (found.length === 0) yield { line, message: `has no value of a known kind: "${text.slice(0, 80)}"` };
    for (const one of found) {
      if (one.value.length > INDICATOR_BYTES_MAX)
        yield { line, message: `has a value longer than ${INDICATOR_BYTES_MAX} characters` };
      else yield { ...one, line };
    }
  }

  #fromColumns(cells: readonly string[], headings: Headings): Found[] {
    const named = (cells[headings.kind] ?? '').toLowerCase();
    const kindOfRow = isKind(named) ? named : (KIND_NAMES[named] ?? null);
    let unknown = '';
    const found = headings.values.flatMap(({ column, isAnyKind }): Found[] => {
      const cell = cells[column] ?? '';
      const kind = isAnyKind || headings.values.length === 1 ? kindOfRow : null;
      // Feeds write "ip" for both families and for ranges.
      const recognised = kind === null || kind === 'ipv4' ? fromValue(cell) : null;
      if (recognised !== null) return [recognised];
      if (cell === '') return [];
      if (kind !== null) return [{ kind, value: undoDefanging(cell) }];
      if (!/^(?:-|n\/?a|none|null)$/i.test(cell)) unknown = cell;
      return [];
    });
    if (found.length === 0 || unknown === '') return found;
    const note = `has a value of no known kind in a further column: "${unknown.slice(0, 80)}"`;
    return [{ ...found[0]!, note }, ...found.slice(1)];
  }

  #fromLine(text: string, cells: readonly string[]): Found[] {
    const names = fromHostsLine(text);
    if (names !== null) return names;
    const whole = fromValue(text);
    if (whole !== null) return [whole];
    const fromCells = cells.length > 1 ? this.#fromCells(cells) : [];
    if (fromCells.length > 0) return fromCells;
    const told = DEFANGED.test(text) ? fromProse(text) : [];
    if (told.length > 0) return told;
    if (cells.length > 1) return [];
    return [
      LOOKS_OTHERWISE.test(text)
        ? {
            kind: 'string',
            value: text,
            note: `is looked for as it stands, as one string: "${text.slice(0, 80)}"`,
          }
        : { kind: 'string', value: text },
    ];
  }

  /** The first cell, as the others say where it comes from; all of them where they are a list in one line, or the digests of one file. */
  #fromCells(cells: readonly string[]): Found[] {
    const [first, ...others] = cells.map(fromValue).filter((found) => found !== null);
    if (first === undefined || others.length === 0) return first === undefined ? [] : [first];
    const isList = 1 + others.length === cells.filter((cell) => cell !== '').length;
    const kinds = new Set([first, ...others].map(({ kind }) => (isDigest(kind) ? 'digest' : kind)));
    if (isList && kinds.size === 1) return [first, ...others];
    if (this.#hasToldOfOthers) return [first];
    this.#hasToldOfOthers = true;
    const note = `has further values, such as "${others[0]!.value.slice(0, 80)}": only the first is taken, here and below, as no headings name columns`;
    return [{ ...first, note }];
  }
}

const isDigest = (kind: Kind) => kind === 'md5' || kind === 'sha1' || kind === 'sha256' || kind === 'sha512';

/** A plain string that has a name, an address, a digest, a URL or a wildcard in it may have been meant as one. */
const LOOKS_OTHERWISE =
  /[\p{L}\p{N}]\.\p{L}{2}|\d\.\d{1,3}\.\d{1,3}\.\d|[0-9a-f]{32}|:\/\/|(?:[0-9a-f]{1,4}:){2,7}:?[0-9a-f]|\*|\s(?:#|\/\/)/iu;

/** Addresses to which a hosts file sends names that must not be reached. */
const NOWHERE = /^(?:0\.0\.0\.0|127\.\d+\.\d+\.\d+|::|::1)\s+(.*)$/;

/** The names of a line of a hosts file; null when it is none. */
function fromHostsLine(text: string): Found[] | null {
  const [, names] = NOWHERE.exec(text) ?? [];
  if (names === undefined || /^[#/]/.test(names)) return null;
  const found = names
    .split('#', 1)[0]!
    .trim()
    .split(/\s+/)
    .map((name) => ({ kind: recogniseKind(undoDefanging(name)), value: undoDefanging(name) }));
  return found.flatMap(({ kind, value }) =>
    kind === 'domain' || kind === 'file-name' ? [{ kind: 'domain', value }] : [],
  );
}

/** One value of a kind that can be recognised, with what is written around it taken off. */
function fromValue(text: string): Found | null {
  const [value = ''] = text.split(/\s(?:#|\/\/)/, 1);
  const plain = undoDefanging(value.trim());
  const kind = recogniseKind(plain);
  if (kind !== null) return { kind, value: plain };
  const wild = /^\*?\.(.+)$/.exec(plain);
  if (wild && recogniseKind(wild[1]!) === 'domain') return { kind: 'domain', value: wild[1]! };
  const [, host, address] = /^(?:([^\s:[\]]+)|\[([0-9a-f:.]+)\]):\d{1,5}$/i.exec(plain) ?? [];
  const bare = host ?? address;
  const ofHost = bare === undefined ? null : recogniseKind(bare);
  if (ofHost !== 'domain' && ofHost !== 'ipv4' && ofHost !== 'ipv6') return null;
  return { kind: ofHost, value: bare!, note: `is taken as ${bare!.slice(0, 80)}: a port is not looked for` };
}

/** A sign that something is written so that nobody follows it. */
const DEFANGED = /hxxp|\[(?:\.|:|:\/\/|@|at|dot)\]|\((?:\.|@|at|dot)\)|\{(?:\.|dot)\}/i;
const DIGEST = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$/i;

const OPENING = '"\'“«<(';
const CLOSING = '"\'”»>).,;:!?';

/** Sign by sign: an expression for the end of a word takes a time that grows with the square of its length. */
function withoutPunctuation(word: string): string {
  let from = 0;
  let to = word.length;
  while (from < to && OPENING.includes(word[from]!)) from++;
  while (to > from && CLOSING.includes(word[to - 1]!)) to--;
  return word.slice(from, to);
}

function fromProse(text: string): { kind: Kind; value: string }[] {
  return text.split(/\s+/).flatMap((word) => {
    const bare = withoutPunctuation(word);
    if (!DEFANGED.test(bare) && !DIGEST.test(bare)) return [];
    const value = undoDefanging(bare);
    const kind = recogniseKind(value);
    return kind === null || value.length > INDICATOR_BYTES_MAX ? [] : [{ kind, value }];
  });
}

/** RFC 4180 with `,`, `;` or tab, whichever stands first outside of quotes. */
export function splitCells(text: string): string[] {
  const delimiter = /^(?:"(?:[^"]|"")*"|[^",;\t])*([,;\t])/.exec(text)?.[1];
  if (delimiter === undefined) return [unquoted(text)];
  const cells: string[] = [];
  let cell = '';
  let inQuotes = false;
  for (const char of text) {
    if (char === '"') inQuotes = !inQuotes;
    if (char === delimiter && !inQuotes) {
      cells.push(unquoted(cell));
      cell = '';
    } else cell += char;
  }
  cells.push(unquoted(cell));
  return cells;
}

function unquoted(cell: string): string {
  const text = cell.trim();
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replaceAll('""', '"')
    : text;
}

/** Lists are often passed on in a form that nobody can click. */
export function undoDefanging(value: string): string {
  return value
    .replace(/^hxxp/i, 'http')
    .replace(/\[(\.|:|:\/\/|@)\]|\((\.)\)|\{(\.)\}/g, '$1$2$3')
    .replace(/[[({]dot[\])}]/gi, '.')
    .replace(/[[({]at[\])}]/gi, '@');
}
