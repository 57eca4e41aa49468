/**
 * YARA rules as text, as far as scanning many files at once needs them: where each rule begins and ends, what it is called, and its condition.
 * What a rule means is YARA-X's to say; what is not understood here is only scanned more slowly.
 */
export interface RuleText {
  readonly name: string;
  readonly isPrivate: boolean;
  readonly isGlobal: boolean;
  /** The whole rule. */
  readonly text: string;
  readonly hasStrings: boolean;
  /** A pattern is tied to the beginning or the end of the file. */
  readonly hasAnchors: boolean;
  readonly condition: readonly Token[];
  /** Where the condition's tokens lie in `text`. */
  readonly conditionFrom: number;
  readonly conditionTo: number;
}

export interface SourceText {
  /** `import` lines. */
  readonly imports: readonly string[];
  readonly rules: readonly RuleText[];
}

export interface Token {
  readonly kind: 'word' | 'pattern' | 'text' | 'regexp' | 'hex' | 'sign';
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** Null when the text cannot be cut into rules; YARA-X then says why. */
export function readSource(source: string): SourceText | null {
  const tokens = tokensOf(source);
  if (tokens === null) return null;
  const imports: string[] = [];
  const rules: RuleText[] = [];
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at]!;
    if (token.text === 'import' && tokens[at + 1]?.kind === 'text') {
      imports.push(source.slice(token.from, tokens[at + 1]!.to));
      at += 2;
      continue;
    }
    const start = at;
    while (tokens[at]?.text === 'private' || tokens[at]?.text === 'global') at++;
    if (tokens[at]?.text !== 'rule') return null;
    const flags = tokens.slice(start, at).map(({ text }) => text);
    const name = tokens[at + 1];
    while (at < tokens.length && tokens[at]!.text !== '{') at++;
    let end = at + 1;
    for (let depth = 1; end < tokens.length; end++) {
      if (tokens[end]!.text === '{') depth++;
      else if (tokens[end]!.text === '}' && --depth === 0) break;
    }
    const close = tokens[end];
    const body = tokens.slice(at + 1, end);
    const condition = sectionAt(body, 'condition');
    if (name?.kind !== 'word' || !close || condition < 0) return null;
    const strings = sectionAt(body, 'strings');
    const first = body[condition + 2];
    if (!first) return null;
    const from = tokens[start]!.from;
    rules.push({
      name: name.text,
      isPrivate: flags.includes('private'),
      isGlobal: flags.includes('global'),
      text: source.slice(from, close.to),
      hasStrings: strings >= 0,
      hasAnchors:
        strings >= 0 &&
        body.slice(strings, condition).some((one) => one.kind === 'regexp' && isAnchored(one.text)),
      condition: body.slice(condition + 2),
      conditionFrom: first.from - from,
      conditionTo: close.from - from,
    });
    at = end + 1;
  }
  return { imports, rules };
}

const sectionAt = (body: readonly Token[], name: string) =>
  body.findIndex((token, i) => token.text === name && body[i + 1]?.text === ':');

/** `^` outside of a class, or `$`; a backslash before them does not count as one. */
const isAnchored = (regexp: string) => /[$^]/.test(regexp.replace(/\\./gs, '').replace(/\[\^/g, '['));

const WORD = /[A-Za-z_]\w*/y;
const PATTERN = /[$#@!]\w*\*?/y;
const NUMBER = /0x[\da-fA-F]+|0o[0-7]+|\d+(?:\.\d+)?(?:KB|MB)?/y;
const TEXT = /"(?:[^"\\\n]|\\.)*"/y;
const REGEXP = /\/(?:[^/\\\n]|\\.)+\/[is]*/y;
const HEX = /\{[\da-fA-F?~\s()|[\]-]*\}/y;
const SPACE = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const SIGN = /\.\.|<<|>>|<=|>=|==|!=|[\s\S]/y;

function tokensOf(source: string): Token[] | null {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0] ?? null;
  };
  while (at < source.length) {
    const space = take(SPACE);
    if (space !== null) {
      at += space.length;
      continue;
    }
    const before = tokens.at(-1)?.text;
    const afterValue = before === '=';
    const found: [Token['kind'], string | null][] = [
      ['text', take(TEXT)],
      ['hex', afterValue ? hexAt(source, at) : null],
      [
        'regexp',
        afterValue || before === 'matches' || before === '(' || before === ',' ? take(REGEXP) : null,
      ],
      ['pattern', before !== '=' && source.startsWith('!=', at) ? null : take(PATTERN)],
      ['word', take(WORD) ?? take(NUMBER)],
      ['sign', take(SIGN)],
    ];
    const [kind, text] = found.find(([, one]) => one !== null) as [Token['kind'], string];
    if (kind === 'sign' && text === '"') return null;
    tokens.push({ kind, text, from: at, to: at + text.length });
    at += text.length;
  }
  return tokens;
}

/** A hex pattern may hold comments. */
function hexAt(source: string, at: number): string | null {
  if (source[at] !== '{') return null;
  const end = source.indexOf('}', at);
  if (end < 0) return null;
  const text = source.slice(at, end + 1);
  HEX.lastIndex = 0;
  const plain = text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, ' ');
  return HEX.exec(plain)?.[0].length === plain.length ? text : null;
}
