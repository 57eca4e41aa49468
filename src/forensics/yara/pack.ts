/**
 * Rule packs, compiled once. YARA-X spends some milliseconds on every scan whatever its size, hundreds with a large pack, so three sets are
 * made of the rules: `all` of them; `relaxed`, which says over many small files at once in which of them a rule could match; and `lone`, the
 * rules that may match without any of their patterns, which each file must be asked by itself.
 *
 * Rules come from others. They are compiled and run in a thread that can be ended: YARA-X's own limit of time does not hold in WebAssembly.
 */
import { Compiler, type Rules } from '@virustotal/yara-x';
import { relaxedCondition } from './relax.ts';
import { type RuleText, readSource, type SourceText } from './rule-text.ts';

export interface YaraFile {
  readonly path: string;
  readonly text: string;
}

export interface RejectedRule {
  readonly path: string;
  /** Null when the file as a whole could not be read. */
  readonly rule: string | null;
  readonly reason: string;
}

export interface YaraPack {
  readonly all: Rules;
  readonly relaxed: Rules | null;
  readonly lone: Rules | null;
  readonly rules: number;
  readonly rejected: readonly RejectedRule[];
}

interface Accepted {
  readonly namespace: string;
  readonly source: string;
  readonly parts: SourceText | null;
  readonly relaxed: ReadonlyMap<RuleText, RuleText | null>;
}

/** `initSync` was called before. */
export function compilePack(files: readonly YaraFile[]): YaraPack {
  const rejected: RejectedRule[] = [];
  const accepted: Accepted[] = [];
  let rules = 0;
  for (const { path, text } of files) {
    const parts = readSource(text);
    const whole = fault(text);
    let source = text;
    let kept = parts;
    if (whole !== null) {
      if (parts === null) {
        rejected.push({ path, rule: null, reason: whole });
        continue;
      }
      const good: RuleText[] = [];
      for (const rule of parts.rules) {
        const reason = fault(join(parts.imports, [...good.filter((one) => isNamed(rule, one)), rule]));
        if (reason === null) good.push(rule);
        else rejected.push({ path, rule: rule.name, reason });
      }
      if (parts.rules.length === 0) rejected.push({ path, rule: null, reason: whole });
      source = join(parts.imports, good);
      kept = { imports: parts.imports, rules: good };
      if (good.length === 0) continue;
      const rest = fault(source);
      if (rest !== null) {
        rejected.push({ path, rule: null, reason: rest });
        continue;
      }
    }
    rules += kept?.rules.length ?? 1;
    accepted.push({
      namespace: path,
      source,
      parts: kept,
      relaxed: kept === null ? new Map() : relaxedRules(kept),
    });
  }
  const relaxed = accepted.flatMap(relaxedOf);
  const lone = accepted.flatMap(loneOf);
  return {
    all: build(accepted),
    relaxed: relaxed.length > 0 ? build(relaxed) : null,
    lone: lone.length > 0 ? build(lone) : null,
    rules,
    rejected,
  };
}

const isNamed = (by: RuleText, rule: RuleText) =>
  rule.isGlobal || by.condition.some((token) => token.kind === 'word' && token.text === rule.name);

const join = (imports: readonly string[], rules: readonly RuleText[]) =>
  [...imports, ...rules.map(({ text }) => text)].join('\n');

/** What is wrong with a source: the first line of YARA-X's message and its place; null when nothing is. */
function fault(source: string): string | null {
  const compiler = new Compiler();
  try {
    compiler.addSource(source);
    return null;
  } catch (error) {
    const [first = '', place = ''] = String((error as Error).message ?? error).split('\n');
    return `${first.replace(/^error\[\w+\]: /, '')}${place.includes('-->') ? ` (${place.replace(/^[\s>-]*/, '').trim()})` : ''}`;
  } finally {
    compiler.free();
  }
}

function build(sources: readonly Accepted[]): Rules {
  const compiler = new Compiler();
  try {
    for (const { namespace, source } of sources) {
      compiler.newNamespace(namespace);
      compiler.addSource(source);
    }
    return compiler.build();
  } finally {
    compiler.free();
  }
}

/** Of each rule that people see: what is asked of many files at once, or null where each file must be asked by itself. */
function relaxedRules(parts: SourceText): Map<RuleText, RuleText | null> {
  const relaxed = new Map<RuleText, RuleText | null>();
  for (const rule of parts.rules) {
    if (rule.isPrivate || rule.isGlobal) continue;
    const condition = relaxedCondition(rule);
    // Every pattern is named once more, since YARA refuses those that a condition does not use.
    const text = `${rule.text.slice(0, rule.conditionFrom)} ${condition} and any of them }`;
    relaxed.set(rule, condition !== null && fault(text) === null ? { ...rule, text } : null);
  }
  return relaxed;
}

function relaxedOf({ namespace, parts, relaxed }: Accepted): Accepted[] {
  const rules = [...relaxed.values()].filter((rule) => rule !== null);
  return rules.length === 0 ? [] : [{ namespace, source: join([], rules), parts, relaxed }];
}

/** With those that their conditions name, and global ones, which hold for all. */
function loneOf(accepted: Accepted): Accepted[] {
  const { namespace, parts, relaxed } = accepted;
  if (parts === null) return [accepted];
  const wanted = new Set<RuleText>();
  const want = (rule: RuleText) => {
    if (wanted.has(rule)) return;
    wanted.add(rule);
    for (const other of parts.rules) if (isNamed(rule, other)) want(other);
  };
  for (const [rule, text] of relaxed) if (text === null) want(rule);
  const rules = parts.rules.filter((rule) => wanted.has(rule));
  return rules.length === 0 ? [] : [{ namespace, source: join(parts.imports, rules), parts, relaxed }];
}
