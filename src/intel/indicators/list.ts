/**
 * Plain lists: one value a line, or CSV with whatever columns. Comments begin with `#` or `//`. Each line gives the value of the
 * column that a heading names, or else of the first cell whose kind can be recognised; a line that is no table and has
 * no recognisable kind is a plain string. Of running text, as a report has it, come the words that are written so that nobody follows
 * them (`hxxp`, `[.]`), and digests beside such words.
 */
import { INDICATOR_BYTES_MAX, isKind, type Kind, recogniseKind } from '../../match/index.ts';

export interface ListValue {
  readonly kind: Kind;
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

export interface ListIssue {
  readonly line: number;
  readonly message: string;
}

/** A longer line is no line of a list; it is passed over, not held. */
const LINE_BYTES_MAX = 64 * 1024;

/** Headings of the column that holds the value, and of the one that says its kind. */
const VALUE_HEADINGS =
  /^(?:value|indicator|indicator_value|ioc|ioc_value|observable|pattern_value|domain|ip|url|hash|md5|sha1|sha256)$/i;
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

  *#take(text: string, isEnd: boolean): Generator<Value | ListIssue> {
    let from = 0;
    for (let feed = text.indexOf('\n'); feed >= 0; feed = text.indexOf('\n', from)) {
      yield* this.#readLine(this.#text + text.slice(from, feed));
      this.#text = '';
      from = feed + 1;
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
    const text = raw.replace(/\r$/, '').trim();
    if (text === '' || text.startsWith('#') || text.startsWith('//')) return;
    yield* this.readText(text, line);
  }
}

export class ListReader extends LineReader<ListValue> {
  #headings: { value: number; kind: number } | null = null;
  #isFirst = true;

  protected override *readText(text: string, line: number): Generator<ListValue | ListIssue> {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    const cells = splitCells(text);
    if (isFirst && cells.length > 1) {
      const value = cells.findIndex((cell) => VALUE_HEADINGS.test(cell));
      if (value >= 0) {
        this.#headings = { value, kind: cells.findIndex((cell) => KIND_HEADINGS.test(cell)) };
        return;
      }
    }
    if (isFirst && cells.length === 1 && VALUE_HEADINGS.test(text)) return;
    const found = this.#headings ? fromColumns(cells, this.#headings) : fromCells(text, cells);
    if (!this.#headings && (found === null || found.kind === 'string') && DEFANGED.test(text)) {
      const told = fromProse(text);
      if (told.length > 0) {
        for (const one of told) yield { ...one, line };
        return;
      }
    }
    if (found === null) {
      yield { line, message: `has no value of a known kind: "${text.slice(0, 80)}"` };
    } else if (found.value.length > INDICATOR_BYTES_MAX) {
      yield { line, message: `has a value longer than ${INDICATOR_BYTES_MAX} characters` };
    } else yield { ...found, line };
  }
}

function fromColumns(cells: readonly string[], columns: { value: number; kind: number }) {
  const value = undoDefanging(cells[columns.value] ?? '');
  const named = (cells[columns.kind] ?? '').toLowerCase();
  const kind = isKind(named) ? named : (KIND_NAMES[named] ?? null);
  if (value === '') return null;
  // Feeds write "ip" for both families and for ranges.
  const recognised = kind === null || kind === 'ipv4' ? recogniseKind(value) : null;
  const final = recognised ?? kind;
  return final === null ? null : { kind: final, value };
}

function fromCells(text: string, cells: readonly string[]) {
  const whole = undoDefanging(text);
  const kind = recogniseKind(whole);
  if (kind !== null) return { kind, value: whole };
  if (cells.length === 1) return { kind: 'string' as const, value: text };
  for (const cell of cells) {
    const value = undoDefanging(cell);
    const cellKind = recogniseKind(value);
    if (cellKind !== null) return { kind: cellKind, value };
  }
  return null;
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
