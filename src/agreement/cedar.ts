/**
 * The Cedar engine, loaded when the first agreement is compiled (its WASM takes some 30 ms). One clause is one policy, and the engine is
 * asked about few at a time: what it answers depends on the policies' text and the attributes that text names, so the answer is
 * remembered by exactly these and shared by all agreements that say the same. Two hundred classes under fifty agreements then
 * cost some hundred calls of 60 µs instead of ten thousand.
 *
 * Only the attributes a policy names are handed over. If it needed another, Cedar reports an error and the decision stops:
 * a remembered answer cannot hide a dependency.
 */
import { createRequire } from 'node:module';
import { EntenteError } from '../base/index.ts';
import { sha256Hex } from './digest.ts';

type Engine = typeof import('@cedar-policy/cedar-wasm/nodejs');

let engine: Engine | undefined;
function load(): Engine {
  engine ??= createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as Engine;
  return engine;
}

export type CedarValue = string | number | boolean | readonly string[];

export interface CedarRequest {
  readonly principal: string;
  readonly action: string;
  readonly context: Readonly<Record<string, CedarValue>>;
}

/** One request put to many policies: the text of each of its parts is made once. */
export class CedarQuestion {
  readonly request: CedarRequest;
  readonly #texts: ReadonlyMap<string, string>;

  constructor(request: CedarRequest) {
    this.request = request;
    const { principal, action, context } = request;
    const parts: [string, unknown][] = [
      ['principal', principal],
      ['action', action],
      ...Object.entries(context),
    ];
    this.#texts = new Map(parts.map(([name, value]) => [name, JSON.stringify(value)]));
  }

  /** Equal exactly for requests that are equal in these parts: JSON texts hold no line feed. */
  keyOf(parts: readonly string[]): string {
    let key = '';
    for (const part of parts) key += `${this.#texts.get(part)}\n`;
    return key;
  }
}

/** For each policy asked together, whether it holds: its scope fits and its conditions are true. */
export type PolicyCheck = (question: CedarQuestion) => readonly boolean[];

/** Texts of policies known to the engine; each is some hundred bytes there, and only what people signed or simulate is compiled. */
const checks = new Map<string, PolicyCheck>();

/** Answers kept for one check. Its attributes are short enumerations, except for names of organisations. */
const ANSWERS_MAX = 10_000;

/** A policy before it is text: `scope` is a Cedar constraint on the action, `when` a condition. */
export interface PolicyParts {
  readonly effect: 'permit' | 'forbid';
  readonly scope?: string | undefined;
  readonly when: string;
}

/** About one resource when it is given, about whichever is asked for when not. */
export function policyText({ effect, scope, when }: PolicyParts, resource?: string): string {
  const about = resource === undefined ? 'resource' : `resource == Clause::${cedarString(resource)}`;
  return `${effect} (principal, ${scope ?? 'action'}, ${about}) when { ${when} };`;
}

/**
 * Policies of one effect, asked together. What forbids is asked alone, so that agreements share the answers; what permits is asked
 * for all flows of an agreement at once, since it reads the same few attributes.
 * @throws EntenteError `internal` when Cedar refuses what was generated here.
 */
export function openPolicies(policies: readonly PolicyParts[]): PolicyCheck {
  const texts = policies.map((parts) => policyText(parts));
  const key = texts.join('\n');
  let check = checks.get(key);
  if (!check) {
    check = makeCheck(policies, texts, sha256Hex(key));
    checks.set(key, check);
  }
  return check;
}

function makeCheck(policies: readonly PolicyParts[], texts: readonly string[], name: string): PolicyCheck {
  const staticPolicies = Object.fromEntries(texts.map((text, i) => [`${i}`, text]));
  const parsed = load().preparsePolicySet(name, { staticPolicies });
  if (parsed.type === 'failure') throw refused('refused a policy', parsed.errors);
  // Names inside string literals are taken too: one attribute too many costs a little, none is missed.
  const conditions = policies.map(({ when }) => when).join('\n');
  const reads = [...new Set([...conditions.matchAll(/\bcontext\.(\w+)/g)].map((match) => match[1]!))].sort();
  const readsPrincipal = /\bprincipal\b/.test(conditions);
  const readsAction = policies.some(({ scope }) => scope !== undefined) || /\baction\b/.test(conditions);
  const parts = [...(readsPrincipal ? ['principal'] : []), ...(readsAction ? ['action'] : []), ...reads];
  const answers = new Map<string, readonly boolean[]>();
  return (question) => {
    const key = question.keyOf(parts);
    let answer = answers.get(key);
    if (answer === undefined) {
      const { principal, action, context } = question.request;
      const held = reads.filter((read) => read in context).map((read) => [read, context[read]!]);
      const reasons = askEngine(name, {
        principal: readsPrincipal ? principal : '',
        action: readsAction ? action : '',
        context: Object.fromEntries(held),
      });
      answer = texts.map((_, i) => reasons.includes(`${i}`));
      if (answers.size >= ANSWERS_MAX) answers.clear();
      answers.set(key, answer);
    }
    return answer;
  };
}

/** The policies of the set that hold and decided, in Cedar's sense. */
function askEngine(set: string, { principal, action, context }: CedarRequest): string[] {
  const answer = load().statefulIsAuthorized({
    principal: { type: 'Party', id: principal },
    action: { type: 'Action', id: action },
    resource: { type: 'Clause', id: '' }, // a policy is asked alone, about whichever clause it stems from
    context: context as Record<string, string>,
    preparsedPolicySetId: set,
    entities: [],
  });
  // An evaluation error would silently drop a forbidding policy, so it stops the decision instead.
  if (answer.type === 'failure') throw refused('could not decide', answer.errors);
  const { errors, reason } = answer.response.diagnostics;
  if (errors.length > 0)
    throw refused(
      'could not decide',
      errors.map(({ error }) => error),
    );
  return reason;
}

function refused(what: string, errors: readonly { message: string }[]): EntenteError {
  return new EntenteError('internal', `Cedar ${what}: ${errors.map((error) => error.message).join('; ')}`);
}

/** Policies by identifier, as Cedar text. */
export type Policies = Readonly<Record<string, string>>;

/** What Cedar itself says to all policies of an agreement together; the engine of `verdict.ts` is tested against it. */
export function authorizeAll(
  policies: Policies,
  request: CedarRequest & { readonly resource: string },
): { allow: boolean; reasons: string[] } {
  const { principal, action, resource, context } = request;
  const answer = load().isAuthorized({
    principal: { type: 'Party', id: principal },
    action: { type: 'Action', id: action },
    resource: { type: 'Clause', id: resource },
    context: context as Record<string, string>,
    policies: { staticPolicies: { ...policies } },
    entities: [],
  });
  if (answer.type === 'failure') throw refused('could not decide', answer.errors);
  return {
    allow: answer.response.decision === 'allow',
    reasons: answer.response.diagnostics.reason.toSorted(),
  };
}

/** What is wrong with policies under the schema: types, unknown attributes, conditions that can never hold. */
export function validatePolicies(policies: Policies, schema: string): { id: string; message: string }[] {
  const answer = load().validate({ schema, policies: { staticPolicies: { ...policies } } });
  if (answer.type === 'failure') return answer.errors.map(({ message }) => ({ id: '', message }));
  return answer.validationErrors.map(({ policyId, error }) => ({ id: policyId, message: error.message }));
}

/** A Cedar string literal. Cedar knows `\u{…}` where JSON has `\uXXXX`. */
export function cedarString(text: string): string {
  let literal = '"';
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (char === '"' || char === '\\') literal += `\\${char}`;
    else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) literal += `\\u{${code.toString(16)}}`;
    else literal += char;
  }
  return `${literal}"`;
}

/** Sorted, so that equal sets of several agreements make equal policies. */
export const cedarSet = (texts: readonly string[]): string =>
  `[${texts.toSorted().map(cedarString).join(', ')}]`;

export const cedarParties = (ids: readonly string[]): string =>
  `[${ids.map((id) => `Party::${cedarString(id)}`).join(', ')}]`;
