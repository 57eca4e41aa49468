/**
 * Rule files (YAML) to rules. Whoever wrote a rule pack controls its text: documents, aliases, depth and counts are
 * bounded, and a rule that cannot be used is named with the reason, never left out in silence.
 *
 * Sigma specification 2.1: rules, correlations, and collections of several documents in a file.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { parseAllDocuments } from 'yaml';
import { encodeHex, utf8 } from '../../base/index.ts';
import { join, parseCondition } from './condition.ts';
import { type DetectionOptions, parseDetection } from './detection.ts';
import {
  type CorrelationRule,
  type CorrelationType,
  type Expression,
  type RejectedRule,
  RuleFault,
  type SigmaRule,
} from './rule.ts';

/** The largest public rule file has 60 kB. */
export const RULE_FILE_CHARS_MAX = 4 * 1024 * 1024;
const DOCUMENTS_MAX = 10_000;
/** YAML aliases can double a document with every line; rules use none. */
const ALIASES_MAX = 100;

export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

export interface RuleSet {
  readonly rules: readonly SigmaRule[];
  readonly correlations: readonly CorrelationRule[];
  readonly rejected: readonly RejectedRule[];
}

/** Reads rule files. A rule is rejected alone; its neighbours load. */
export function parseRuleFiles(files: Iterable<RuleFile>, options: DetectionOptions = {}): RuleSet {
  const rules: SigmaRule[] = [];
  const correlations: CorrelationRule[] = [];
  const rejected: RejectedRule[] = [];
  const ids = new Map<string, string>();
  for (const { path, text } of files) {
    const reject = (reason: string, document?: unknown) =>
      rejected.push({ path, id: textOf(document, 'id'), title: textOf(document, 'title'), reason });
    for (const document of documentsOf(text, reject)) {
      try {
        const rule = parseRule(document, path, options);
        const twin = ids.get(rule.id);
        if (twin !== undefined) throw new RuleFault(`its id is that of a rule in ${twin}`);
        ids.set(rule.id, path);
        if (rule.type === 'rule') rules.push(rule);
        else correlations.push(rule);
      } catch (fault) {
        if (!(fault instanceof RuleFault)) throw fault;
        reject(fault.message, document);
      }
    }
  }
  return withReferences({ rules, correlations, rejected });
}

function* documentsOf(text: string, reject: (reason: string) => void): Generator<unknown> {
  if (text.length > RULE_FILE_CHARS_MAX) {
    reject(`the file is larger than ${RULE_FILE_CHARS_MAX} characters`);
    return;
  }
  let documents: ReturnType<typeof parseAllDocuments>;
  try {
    documents = parseAllDocuments(text, { prettyErrors: false, logLevel: 'silent' });
  } catch (error) {
    reject(`not YAML: ${(error as Error).message.slice(0, 200)}`); // nested deeper than the parser can follow
    return;
  }
  if (!Array.isArray(documents)) return; // an empty file
  if (documents.length > DOCUMENTS_MAX) {
    reject(`the file has more than ${DOCUMENTS_MAX} documents`);
    return;
  }
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) {
      reject(`not YAML: ${error.message.slice(0, 200)} at character ${error.pos[0]}`);
      continue;
    }
    try {
      const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
      if (value !== null) yield value;
    } catch (error_) {
      reject(`not YAML: ${(error_ as Error).message.slice(0, 200)}`);
    }
  }
}

/** @throws RuleFault */
function parseRule(document: unknown, path: string, options: DetectionOptions): SigmaRule | CorrelationRule {
  if (!isMap(document)) throw new RuleFault('no Sigma rule: not a map');
  if (document['action'] !== undefined) {
    throw new RuleFault('the collection uses "action", which Sigma has given up: write whole rules');
  }
  const title = textOf(document, 'title');
  const name = textOf(document, 'name');
  if (title === null) throw new RuleFault('no Sigma rule: it has no title');
  const id = textOf(document, 'id') ?? name ?? contentId(document);
  const head = {
    id,
    name,
    title,
    path,
    level: textOf(document, 'level') ?? 'medium',
    status: textOf(document, 'status'),
    tags: listOf(document['tags']),
  };
  if (document['correlation'] !== undefined) return { ...head, ...parseCorrelation(document['correlation']) };
  const source = document['logsource'];
  if (!isMap(source)) throw new RuleFault('it has no log source');
  const logSource = {
    product: lower(textOf(source, 'product')),
    category: lower(textOf(source, 'category')),
    service: lower(textOf(source, 'service')),
  };
  if (logSource.product === null && logSource.category === null && logSource.service === null) {
    throw new RuleFault('its log source names no product, category or service');
  }
  return { ...head, type: 'rule', logSource, expression: parseDetections(document['detection'], options) };
}

/** The same for the same rule, wherever it lies. */
function contentId(document: Record<string, unknown>): string {
  let text: string;
  try {
    text = JSON.stringify(document);
  } catch {
    throw new RuleFault('it has no id, and a part of it contains itself');
  }
  return `content-${encodeHex(sha256(utf8(text))).slice(0, 32)}`;
}

function parseDetections(value: unknown, options: DetectionOptions): Expression {
  if (!isMap(value)) throw new RuleFault('it has no detection');
  const { condition, timeframe, ...parts } = value;
  if (timeframe !== undefined) {
    throw new RuleFault('the detection has a timeframe, which Sigma has given up: write a correlation');
  }
  const detections = new Map<string, Expression>();
  for (const [name, part] of Object.entries(parts)) {
    try {
      detections.set(name, parseDetection(part, options));
    } catch (fault) {
      if (fault instanceof RuleFault) throw new RuleFault(`${name}: ${fault.message}`);
      throw fault;
    }
  }
  const conditions = listOf(condition);
  if (conditions.length === 0) throw new RuleFault('it has no condition');
  return join(
    'or',
    conditions.map((text) => parseCondition(text, detections)),
  );
}

const TYPES: readonly string[] = ['event_count', 'value_count', 'temporal', 'temporal_ordered'];
const OPERATORS = { gt: 'gt', gte: 'gte', lt: 'lt', lte: 'lte', eq: 'eq', neq: 'neq' } as const;
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
  M: 2_629_746,
  y: 31_556_952,
};

function parseCorrelation(
  value: unknown,
): Omit<CorrelationRule, 'id' | 'name' | 'title' | 'path' | 'level' | 'status' | 'tags'> {
  if (!isMap(value)) throw new RuleFault('its correlation is no map');
  const kind = textOf(value, 'type') ?? '';
  if (!TYPES.includes(kind))
    throw new RuleFault(`correlations of type "${kind.slice(0, 64)}" are not supported`);
  const rules = listOf(value['rules']);
  if (rules.length === 0) throw new RuleFault('its correlation names no rules');
  const span = /^(\d{1,9})([smhdwMy])$/.exec(textOf(value, 'timespan') ?? '');
  if (span === null) throw new RuleFault('its timespan is not like 30s, 5m, 1h or 7d');
  const isCount = kind === 'event_count' || kind === 'value_count';
  const condition = value['condition'];
  const conditions: { operator: keyof typeof OPERATORS; value: number }[] = [];
  let field: string | null = null;
  if (isMap(condition)) {
    for (const [key, entry] of Object.entries(condition)) {
      if (key === 'field') field = String(entry);
      else if (Object.hasOwn(OPERATORS, key) && Number.isFinite(Number(entry))) {
        conditions.push({ operator: key as keyof typeof OPERATORS, value: Number(entry) });
      } else throw new RuleFault(`its condition has an unknown "${key.slice(0, 64)}"`);
    }
  } else if (condition !== undefined)
    throw new RuleFault('conditions written as text are not supported for correlations');
  if (isCount && conditions.length === 0) throw new RuleFault('its correlation has no condition');
  if (kind === 'value_count' && field === null)
    throw new RuleFault('value_count needs the field to count in its condition');
  const aliases: Record<string, Record<string, string>> = {};
  if (isMap(value['aliases'])) {
    for (const [alias, byRule] of Object.entries(value['aliases'])) {
      if (!isMap(byRule)) throw new RuleFault(`its alias "${alias.slice(0, 64)}" is no map`);
      aliases[alias] = Object.fromEntries(Object.entries(byRule).map(([rule, name]) => [rule, String(name)]));
    }
  }
  return {
    type: 'correlation',
    kind: kind as CorrelationType,
    rules,
    groupBy: listOf(value['group-by']),
    timespanSeconds: Number(span[1]) * UNIT_SECONDS[span[2]!]!,
    conditions,
    field,
    aliases,
    generate: value['generate'] === true,
  };
}

/** Correlations whose rules are not there, or that lead back to themselves, are rejected. */
function withReferences(set: RuleSet): RuleSet {
  const rejected = [...set.rejected];
  const names = new Set(set.rules.flatMap((rule) => [rule.id, ...(rule.name === null ? [] : [rule.name])]));
  let waiting = [...set.correlations];
  const correlations: CorrelationRule[] = [];
  for (;;) {
    const ready = waiting.filter((rule) => rule.rules.every((reference) => names.has(reference)));
    if (ready.length === 0) break;
    for (const rule of ready) {
      names.add(rule.id);
      if (rule.name !== null) names.add(rule.name);
    }
    correlations.push(...ready);
    waiting = waiting.filter((rule) => !ready.includes(rule));
  }
  for (const rule of waiting) {
    const missing = rule.rules.find((reference) => !names.has(reference))!;
    rejected.push({
      path: rule.path,
      id: rule.id,
      title: rule.title,
      reason: `it refers to "${missing.slice(0, 64)}", which is not loaded or leads back to it`,
    });
  }
  return { rules: set.rules, correlations, rejected };
}

function textOf(map: unknown, key: string): string | null {
  if (!isMap(map)) return null;
  const value = map[key];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

function listOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

function lower(text: string | null): string | null {
  return text === null ? null : text.toLowerCase();
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
