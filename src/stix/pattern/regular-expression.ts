/**
 * MATCHES: a regular expression in PCRE's syntax, searched for with DOTALL (STIX 2.1 §9.6.1).
 *
 * The expression and the text are both somebody else's, so the engine is RE2's, whose time is linear in the text. What
 * an indicator is asked is only whether the expression is found: groups need not capture, greed does not matter, and much
 * of PCRE that RE2 writes otherwise is rewritten here. What no linear engine can do — back-references, look-ahead,
 * recursion, atomic groups — is an error that names it.
 *
 * `\w`, `\d`, `\s`, `\b` and POSIX classes mean ASCII, as in PCRE without its UCP option; the text is code points.
 */
import { RE2JS } from 're2js';
import { REGULAR_EXPRESSION_LENGTH_MAX } from './limits.ts';

export interface RegularExpression {
  /** Whether the expression is found anywhere in the text. */
  find(text: string): boolean;
}

export interface RegularExpressionFault {
  readonly message: string;
  /** Index into the expression. */
  readonly index: number;
}

class Unsupported extends Error {
  readonly index: number;

  constructor(message: string, index: number) {
    super(message);
    this.index = index;
  }
}

/** Why an expression cannot be used, or null when it can. */
export function regularExpressionFault(source: string): RegularExpressionFault | null {
  try {
    compile(source);
    return null;
  } catch (error) {
    if (error instanceof Unsupported) return { message: error.message, index: error.index };
    throw error;
  }
}

/** Only for expressions without fault. */
export function compileRegularExpression(source: string): RegularExpression {
  const engine = compile(source);
  return { find: (text) => engine.test(text) };
}

function compile(source: string): RE2JS {
  if (source.length > REGULAR_EXPRESSION_LENGTH_MAX) {
    throw new Unsupported(
      `a regular expression has at most ${REGULAR_EXPRESSION_LENGTH_MAX} characters`,
      REGULAR_EXPRESSION_LENGTH_MAX,
    );
  }
  const { expression, lookbehind } = new Translator(source).translate();
  try {
    return RE2JS.compile(expression, RE2JS.DOTALL | (lookbehind ? RE2JS.LOOKBEHINDS : 0));
  } catch (error) {
    const reason =
      error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'unknown fault';
    throw new Unsupported(`the regular expression cannot be used: ${reason.slice(0, 200)}`, 0);
  }
}

/** PCRE's `\s`, which unlike RE2's has the vertical tab, and PCRE's `\h` and `\v`, which RE2 lacks. */
const SPACES = {
  s: ['\\t-\\r ', '\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{10ffff}'],
  h: [
    '\\t \\x{a0}\\x{1680}\\x{180e}\\x{2000}-\\x{200a}\\x{202f}\\x{205f}\\x{3000}',
    '\\x{0}-\\x{8}\\x{a}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{180d}\\x{180f}-\\x{1fff}\\x{200b}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}',
  ],
  v: [
    '\\n-\\r\\x{85}\\x{2028}\\x{2029}',
    '\\x{0}-\\x{9}\\x{e}-\\x{84}\\x{86}-\\x{2027}\\x{202a}-\\x{10ffff}',
  ],
} as const;

const CONTROL: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9 };

/** The end, or before a last line feed: PCRE's `\Z`, and `$` unless MULTILINE. */
const END = '(?:\\n?\\z)';

const QUANTIFIER = /(?:[*+?]|\{(\d+)(?:,(\d*))?\})/y;
const FLAGS = /\(\?([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])/y;
const GROUP_NAME = /\(\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/y;

interface Flags {
  multiline: boolean;
  extended: boolean;
}

class Translator {
  readonly #source: string;
  #at = 0;
  #out = '';
  #flags: Flags = { multiline: false, extended: false };
  readonly #open: { at: number; flags: Flags }[] = [];
  #lookbehind = false;

  constructor(source: string) {
    this.#source = source;
  }

  translate(): { expression: string; lookbehind: boolean } {
    while (this.#at < this.#source.length) this.#item();
    const open = this.#open.at(-1);
    if (open) throw new Unsupported('the regular expression has a group that does not end', open.at);
    return { expression: this.#out, lookbehind: this.#lookbehind };
  }

  #item(): void {
    const char = this.#source[this.#at]!;
    if (this.#quantifier()) return;
    if (this.#flags.extended) {
      if (/[\t-\r ]/.test(char)) {
        this.#at++;
        return;
      }
      if (char === '#') {
        const end = this.#source.indexOf('\n', this.#at);
        this.#at = end < 0 ? this.#source.length : end + 1;
        return;
      }
    }
    switch (char) {
      case '\\':
        this.#out += this.#escape(false);
        return;
      case '[':
        this.#class();
        return;
      case '(':
        this.#group();
        return;
      case ')': {
        const open = this.#open.pop();
        if (!open) throw new Unsupported('the regular expression closes a group that is not open', this.#at);
        this.#flags = open.flags;
        break;
      }
      case '^':
        this.#out += this.#flags.multiline ? '(?m:^)' : '\\A';
        this.#at++;
        return;
      case '$':
        this.#out += this.#flags.multiline ? '(?m:$)' : END;
        this.#at++;
        return;
      case '{':
        this.#out += '\\{';
        this.#at++;
        return;
    }
    this.#out += char;
    this.#at++;
  }

  #quantifier(): boolean {
    QUANTIFIER.lastIndex = this.#at;
    const match = QUANTIFIER.exec(this.#source);
    if (!match) return false;
    const end = QUANTIFIER.lastIndex;
    if (Number(match[1] ?? 0) > 1000 || Number(match[2] ?? 0) > 1000) {
      throw new Unsupported(`a repetition over 1000 is not supported: ${match[0]}`, this.#at);
    }
    const next = this.#source[end];
    if (next === '+') {
      throw new Unsupported(`the possessive quantifier ${match[0]}+ is not supported`, this.#at);
    }
    this.#out += match[0];
    this.#at = end;
    if (next === '?') {
      this.#out += '?';
      this.#at++;
    }
    return true;
  }

  #group(): void {
    const opening = this.#opening();
    if (opening) {
      const [text, length] = opening;
      this.#open.push({ at: this.#at, flags: { ...this.#flags } });
      this.#out += text;
      this.#at += length;
    } else if (this.#source.startsWith('(?#', this.#at)) {
      const end = this.#source.indexOf(')', this.#at);
      if (end < 0) throw new Unsupported('the regular expression has a comment that does not end', this.#at);
      this.#at = end + 1;
    } else this.#inlineFlags();
  }

  /** How RE2 opens the group at this place, and the length of PCRE's opening; null for a comment and for flags. */
  #opening(): readonly [string, number] | null {
    const at = this.#at;
    const head = this.#source.slice(at, at + 4);
    const refuse = (construct: string) => new Unsupported(`${construct} is not supported`, at);
    if (head.startsWith('(*')) throw refuse(`the verb ${this.#source.slice(at, at + 12)}`);
    if (!head.startsWith('(?')) return ['(?:', 1];
    if (head === '(?<=' || head === '(?<!') {
      this.#lookbehind = true;
      return [head, 4];
    }
    if (head === '(?P>' || head.startsWith('(?&') || /^\(\?[+-]?[R\d]/.test(head)) {
      throw refuse(`the recursion ${head}`);
    }
    if (head === '(?P=') throw refuse('the back-reference (?P=');
    GROUP_NAME.lastIndex = at;
    if (GROUP_NAME.test(this.#source)) return ['(?:', GROUP_NAME.lastIndex - at];
    switch (head[2]) {
      case ':':
      case '|':
        return ['(?:', 3];
      case '=':
      case '!':
        throw refuse(`the look-ahead ${head.slice(0, 3)}`);
      case '>':
        throw refuse('the atomic group (?>');
      case '(':
        throw refuse('the conditional (?(');
      case 'C':
        throw refuse('the callout (?C');
      default:
        return null;
    }
  }

  /** `i` and `s` are RE2's too; `m` and `x` are done here; `U`, `J` and `n` make no difference to whether it is found. */
  #inlineFlags(): void {
    const at = this.#at;
    FLAGS.lastIndex = at;
    const match = FLAGS.exec(this.#source);
    if (!match || /[^imsxUJn]|xx/.test(match[1]! + (match[2] ?? ''))) {
      throw new Unsupported(`the group ${this.#source.slice(at, at + 4)} is not supported`, at);
    }
    const [whole, on, off = '', close] = match as unknown as [string, string, string | undefined, string];
    if (close === ':') this.#open.push({ at, flags: { ...this.#flags } });
    this.#flags = {
      multiline: (this.#flags.multiline || on.includes('m')) && !off.includes('m'),
      extended: (this.#flags.extended || on.includes('x')) && !off.includes('x'),
    };
    const keep = (flags: string) => flags.replace(/[^is]/g, '');
    const minus = keep(off) === '' ? '' : `-${keep(off)}`;
    if (close === ':') this.#out += `(?${keep(on)}${minus}:`;
    else if (keep(on) + minus !== '') this.#out += `(?${keep(on)}${minus})`;
    this.#at += whole.length;
  }

  #class(): void {
    const start = this.#at++;
    let out = '[';
    if (this.#source[this.#at] === '^') {
      out += '^';
      this.#at++;
    }
    for (let first = true; ; first = false) {
      const char = this.#source[this.#at];
      if (char === undefined)
        throw new Unsupported('the regular expression has a class that does not end', start);
      if (char === ']' && !first) break;
      if (char === '\\') out += this.#escape(true);
      else if (char === '[') {
        const posix = /^\[:\^?[a-z]+:\]/.exec(this.#source.slice(this.#at, this.#at + 16));
        if (!posix && /^\[[.=]/.test(this.#source.slice(this.#at, this.#at + 2))) {
          throw new Unsupported('collating elements such as [.a.] are not supported', this.#at);
        }
        out += posix ? posix[0] : '\\[';
        this.#at += posix ? posix[0].length : 1;
      } else {
        out += char === ']' ? '\\]' : char;
        this.#at++;
      }
    }
    this.#at++;
    this.#out += `${out}]`;
  }

  /** One escape sequence, in RE2's words. */
  #escape(inClass: boolean): string {
    const at = this.#at;
    const char = this.#source[at + 1];
    if (char === undefined) throw new Unsupported('the regular expression ends in a backslash', at);
    this.#at += 2;
    if (!/[A-Za-z0-9]/.test(char)) {
      if (/[\x21-\x7e]/.test(char)) return `\\${char}`;
      return char;
    }
    const space = SPACES[char.toLowerCase() as keyof typeof SPACES];
    if (space && 'shvSHV'.includes(char)) {
      const positive = char === char.toLowerCase();
      if (inClass) return space[positive ? 0 : 1];
      return positive ? `[${space[0]}]` : `[^${space[0]}]`;
    }
    if ('dDwW'.includes(char)) return `\\${char}`;
    if (char === 'b' && inClass) return '\\x{8}';
    if ('bBAz'.includes(char) && !inClass) return `\\${char}`;
    if (CONTROL[char] !== undefined) return point(CONTROL[char]);
    switch (char) {
      case 'x':
        return this.#read(/\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{0,2})/y, 16, at);
      case 'o':
        return this.#read(/\{([0-7]{1,8})\}/y, 8, at);
      case '0':
        return this.#read(/([0-7]{0,2})/y, 8, at);
      case 'c': {
        const control = this.#source.charCodeAt(this.#at++);
        if (!(control >= 0x20 && control < 0x7f)) throw new Unsupported('\\c takes an ASCII character', at);
        return point(String.fromCharCode(control).toUpperCase().charCodeAt(0) ^ 0x40);
      }
      case 'p':
      case 'P': {
        const property = /\{\^?[A-Za-z_ ]{1,40}\}|[A-Z]/y;
        property.lastIndex = this.#at;
        const match = property.exec(this.#source);
        if (!match) throw new Unsupported(`\\${char} takes the name of a Unicode property`, at);
        this.#at = property.lastIndex;
        return `\\${char}${match[0]}`;
      }
      case 'Q': {
        const end = this.#source.indexOf('\\E', this.#at);
        const literal = this.#source.slice(this.#at, end < 0 ? undefined : end);
        this.#at = end < 0 ? this.#source.length : end + 2;
        return literal.replace(/[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]/g, '\\$&');
      }
      case 'E':
        return '';
    }
    if (!inClass) {
      if (char === 'Z') return END;
      if (char === 'R') return `(?:\\r\\n|[${SPACES.v[0]}])`;
      if (char === 'N') return '[^\\n]';
      if (char === 'K') return '(?:)';
    }
    if (/[1-9gk]/.test(char)) throw new Unsupported(`the back-reference \\${char} is not supported`, at);
    throw new Unsupported(`the escape \\${char} is not supported`, at);
  }

  #read(form: RegExp, base: number, at: number): string {
    form.lastIndex = this.#at;
    const match = form.exec(this.#source);
    const digits = match?.[1] ?? match?.[2] ?? (match ? '0' : '');
    const value = Number.parseInt(digits === '' && match ? '0' : digits, base);
    if (!match || !(value <= 0x10ffff)) throw new Unsupported('the escape names no character', at);
    this.#at = form.lastIndex;
    return point(value);
  }
}

function point(value: number): string {
  return `\\x{${value.toString(16)}}`;
}
