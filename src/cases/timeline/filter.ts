/**
 * What people ask of a timeline, as SQL. The language is small on purpose: whoever asks never writes SQL, every value is bound, and every
 * name is one of the schema's columns or a path into `fields`. Comparisons of text ignore case, save `matches`.
 *
 *     kind = windows-event and fields.EventID in (4624, 4625) and not user endswith "$"
 *     message contains "mimikatz" or "psexec"
 *     tag = suspicious and exists user
 *
 * A text alone is looked for in the message and all fields.
 */
import { EntenteError } from '../../base/index.ts';
import { COLUMNS, type ColumnName } from '../../forensics/timeline/index.ts';
import { parseTime } from './time-range.ts';

export type FilterValue = string | number | bigint | boolean;

/** A condition over the columns of `events`, with `?` for its values. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly FilterValue[];
}

/** What carries a tag: the numbers of its exhibits, and the events in them. */
export type TaggedEvents = (tag: string) => readonly { readonly exhibit: number; readonly seq: number }[];

/** A person's question is a line or two. */
const LENGTH_MAX = 4_000;
const DEPTH_MAX = 50;
const TERMS_MAX = 200;

const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(!=|>=|<=|[=<>(),])|([^\s"'=<>!(),]+))/y;

interface Token {
  readonly text: string;
  readonly kind: 'quoted' | 'sign' | 'word';
  readonly at: number;
}

/** @throws EntenteError `usage` with the place of the fault */
export function parseFilter(text: string, tagged: TaggedEvents = () => []): Condition {
  if (text.length > LENGTH_MAX)
    throw new EntenteError('usage', `a filter has at most ${LENGTH_MAX} characters`);
  return new Parser(tokensOf(text), tagged, text.length).whole();
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.trimEnd().length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw fault(at, `"${text.slice(at, at + 10).trim()}" begins nothing that a filter has`);
    const [, quoted, sign, word] = match;
    if (quoted !== undefined)
      tokens.push({ kind: 'quoted', text: quoted.slice(1, -1).replace(/\\(.)/gs, '$1'), at });
    else tokens.push({ kind: sign === undefined ? 'word' : 'sign', text: (sign ?? word)!, at });
  }
  return tokens;
}

const fault = (at: number, message: string) =>
  new EntenteError('usage', `the filter is wrong at character ${at + 1}: ${message}`);

const WORDS: readonly string[] = ['contains', 'startswith', 'endswith', 'matches', 'in'];
const SIGNS: readonly string[] = ['=', '!=', '<', '<=', '>', '>='];

class Parser {
  readonly #tokens: readonly Token[];
  readonly #tagged: TaggedEvents;
  readonly #end: number;
  #at = 0;
  #terms = 0;

  constructor(tokens: readonly Token[], tagged: TaggedEvents, end: number) {
    this.#tokens = tokens;
    this.#tagged = tagged;
    this.#end = end;
  }

  whole(): Condition {
    if (this.#tokens.length === 0) throw fault(0, 'it is empty');
    const condition = this.#or(0);
    const left = this.#tokens[this.#at];
    if (left) throw fault(left.at, `"${left.text.slice(0, 40)}" is too much`);
    return condition;
  }

  #or(depth: number): Condition {
    return this.#list('or', () => this.#list('and', () => this.#not(depth)));
  }

  #list(word: 'and' | 'or', part: () => Condition): Condition {
    const parts = [part()];
    while (this.#takeWord(word)) parts.push(part());
    if (parts.length === 1) return parts[0]!;
    return {
      sql: `(${parts.map(({ sql }) => sql).join(` ${word.toUpperCase()} `)})`,
      values: parts.flatMap(({ values }) => values),
    };
  }

  #not(depth: number): Condition {
    if (depth > DEPTH_MAX) throw fault(this.#place(), `it nests deeper than ${DEPTH_MAX}`);
    if (this.#takeWord('not')) {
      const { sql, values } = this.#not(depth + 1);
      // What a record does not say is not what was asked for: NULL counts as "no", so its negation as "yes".
      return { sql: `NOT coalesce(${sql}, false)`, values };
    }
    if (this.#takeSign('(')) {
      const inner = this.#or(depth + 1);
      if (!this.#takeSign(')')) throw fault(this.#place(), 'a ) is missing');
      return inner;
    }
    return this.#term();
  }

  #term(): Condition {
    if (++this.#terms > TERMS_MAX) throw fault(this.#place(), `it has more than ${TERMS_MAX} comparisons`);
    const first = this.#next('a comparison or a text to look for');
    if (first.kind === 'word' && first.text.toLowerCase() === 'exists') {
      const { sql, values } = this.#operand(this.#next('what must exist'));
      return { sql: `${sql} IS NOT NULL`, values };
    }
    const operator = this.#tokens[this.#at];
    const word = operator?.text.toLowerCase() ?? '';
    const compares =
      operator?.kind === 'sign' ? SIGNS.includes(word) : operator?.kind === 'word' && WORDS.includes(word);
    if (!compares || (first.kind === 'quoted' && operator?.kind !== 'sign')) return searched(first.text);
    this.#at++;
    if (first.text === 'tag' && first.kind === 'word') return this.#tag(operator!);
    if (word === 'in') return this.#in(first);
    return this.#compared(first, operator!, this.#next('a value'));
  }

  #tag(operator: Token): Condition {
    const tag = this.#next('the tag').text;
    if (operator.text !== '=') throw fault(operator.at, 'a tag is compared with =');
    const events = this.#tagged(tag);
    if (events.length === 0) return { sql: 'false', values: [] };
    return {
      sql: `(exhibit, seq) IN (${events.map(({ exhibit, seq }) => `(${Math.trunc(exhibit)}, ${Math.trunc(seq)})`).join(', ')})`,
      values: [],
    };
  }

  #in(name: Token): Condition {
    if (!this.#takeSign('(')) throw fault(this.#place(), 'after "in" comes a list in ( )');
    const parts: Condition[] = [];
    const is: Token = { kind: 'sign', text: '=', at: name.at };
    do {
      if (++this.#terms > TERMS_MAX) throw fault(this.#place(), `it has more than ${TERMS_MAX} comparisons`);
      parts.push(this.#compared(name, is, this.#next('a value')));
    } while (this.#takeSign(','));
    if (!this.#takeSign(')')) throw fault(this.#place(), 'a ) is missing');
    return {
      sql: `(${parts.map(({ sql }) => sql).join(' OR ')})`,
      values: parts.flatMap(({ values }) => values),
    };
  }

  #compared(name: Token, operator: Token, value: Token): Condition {
    const { sql, values, column } = this.#operand(name);
    const word = operator.text.toLowerCase();
    if (column?.type === 'time') {
      if (!SIGNS.includes(word)) throw fault(operator.at, `times are compared with ${SIGNS.join(' ')}`);
      return { sql: `${sql} ${word} make_timestamp_ns(?::BIGINT)`, values: [parseTime(value.text)] };
    }
    if (column?.type === 'integer' || column?.type === 'boolean') {
      const number = column.type === 'boolean' ? value.text === 'true' : Number(value.text);
      if (!SIGNS.includes(word) || (typeof number === 'number' && !Number.isFinite(number)))
        throw fault(
          value.at,
          `${name.text} is compared with a ${column.type === 'boolean' ? 'true or false' : 'number'}`,
        );
      return { sql: `${sql} ${word} ?`, values: [number] };
    }
    switch (word) {
      case '=': {
        const is = { sql: `lower(${sql}) = lower(?)`, values: [...values, value.text] };
        // A value without letters stands in `fields` as it is: most records are passed over without being taken apart.
        if (column || !/^[\d.:-]+$/.test(value.text)) return is;
        return { sql: `(contains(fields, ?) AND ${is.sql})`, values: [value.text, ...is.values] };
      }
      case '!=':
        return { sql: `NOT coalesce(lower(${sql}) = lower(?), false)`, values: [...values, value.text] };
      case 'contains':
        return matching(sql, values, literal(value.text));
      case 'startswith':
        return matching(sql, values, `^${literal(value.text)}`);
      case 'endswith':
        return matching(sql, values, `${literal(value.text)}$`);
      case 'matches':
        return { sql: `regexp_matches(${sql}, ?)`, values: [...values, value.text] }; // RE2: linear time
      default: {
        const number = Number(value.text);
        if (value.text === '' || !Number.isFinite(number))
          throw fault(value.at, `${operator.text} compares with a number`);
        return { sql: `TRY_CAST(${sql} AS DOUBLE) ${word} ?`, values: [...values, number] };
      }
    }
  }

  #operand(name: Token): Condition & { column?: (typeof COLUMNS)[number] } {
    const column = name.kind === 'word' ? COLUMNS.find((one) => one.name === name.text) : undefined;
    if (column) return { sql: `"${column.name}"`, values: [], column };
    const field = /^fields\.(.+)$/s.exec(name.text)?.[1];
    if (field === undefined)
      throw fault(
        name.at,
        `"${name.text.slice(0, 40)}" is no column; there are ${COLUMNS.map((one) => one.name).join(', ')}, fields.NAME, tag`,
      );
    // A JSON Pointer (RFC 6901): whatever the name holds, it is a name.
    return {
      sql: 'json_extract_string(fields, ?)',
      values: [`/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`],
    };
  }

  #next(what: string): Token {
    const token = this.#tokens[this.#at];
    if (!token || token.kind === 'sign') throw fault(this.#place(), `here must be ${what}`);
    this.#at++;
    return token;
  }

  #takeWord(word: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'word' || token.text.toLowerCase() !== word) return false;
    this.#at++;
    return true;
  }

  #takeSign(sign: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'sign' || token.text !== sign) return false;
    this.#at++;
    return true;
  }

  #place(): number {
    return this.#tokens[this.#at]?.at ?? this.#end;
  }
}

/** RE2 without case is faster than bringing every text to lower case, and knows all letters. */
function matching(sql: string, values: readonly FilterValue[], pattern: string): Condition {
  return { sql: `regexp_matches(${sql}, ?, 'is')`, values: [...values, pattern] };
}

const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** In what people read of an event, and in everything its record says. In `fields` texts stand as JSON writes them. */
function searched(text: string): Condition {
  return {
    sql: "(regexp_matches(message, ?, 'is') OR regexp_matches(fields, ?, 'is'))",
    values: [literal(text), literal(JSON.stringify(text).slice(1, -1))],
  };
}

export const isColumn = (name: string): name is ColumnName => COLUMNS.some((column) => column.name === name);
