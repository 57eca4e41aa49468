/**
 * The Cedar engine, loaded when the first question is put (its WASM takes some 30 ms). One clause is one policy. What a policy answers depends on
 * its text and the attributes that text names, so policies that read the same attributes are asked together, for all agreements at once, and the
 * answer is remembered by exactly these attributes. Two hundred classes under fifty agreements then cost some hundred calls
 * instead of ten thousand, and nearly all the cost of a call is the crossing into the engine.
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
  readonly #texts = new Map<string, string>();
  readonly #answers = new Map<object, BatchAnswer>();

  constructor(request: CedarRequest) {
    this.request = request;
  }

  /** Equal exactly for requests that are equal in these parts: JSON texts hold no line feed. */
  keyOf(parts: readonly string[]): string {
    let key = '';
    for (const part of parts) {
      let text = this.#texts.get(part);
      if (text === undefined) {
        text = `${JSON.stringify(this.#value(part))}\n`;
        this.#texts.set(part, text);
      }
      key += text;
    }
    return key;
  }

  /** Put to each batch of policies once. */
  answerOf(batch: object, ask: () => BatchAnswer): BatchAnswer {
    let answer = this.#answers.get(batch);
    if (!answer) {
      answer = ask();
      this.#answers.set(batch, answer);
    }
    return answer;
  }

  /** The request with these parts alone. */
  restrictedTo(parts: readonly string[]): CedarRequest {
    const { principal, action, context } = this.request;
    const held = parts.filter((part) => part in context).map((part) => [part, context[part]!]);
    return {
      principal: parts.includes('principal') ? principal : '',
      action: parts.includes('action') ? action : '',
      context: Object.fromEntries(held),
    };
  }

  #value(part: string): CedarValue | undefined {
    if (part === 'principal' || part === 'action') return this.request[part];
    return this.request.context[part];
  }
}

/** Whether a policy holds: its scope fits and its conditions are true. */
export type PolicyCheck = (question: CedarQuestion) => boolean;

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

/** Policies known to the engine by their text; each is some hundred bytes there, and only what people signed or simulate is compiled. */
const checks = new Map<string, PolicyCheck>();

/** Families by effect and by what their policies read. */
const families = new Map<string, Family>();

/** The check throws EntenteError `internal` where Cedar refuses what was generated here, or cannot evaluate it. */
export function openPolicy(parts: PolicyParts): PolicyCheck {
  const text = policyText(parts);
  let check = checks.get(text);
  if (!check) {
    const { effect, scope, when } = parts;
    // Names inside string literals are taken too: one attribute too many costs a little, none is missed.
    const context = [...new Set([...when.matchAll(/\bcontext\.(\w+)/g)].map((match) => match[1]!))].sort();
    const principal = /\bprincipal\b/.test(when);
    const action = scope !== undefined || /\baction\b/.test(when);
    const reads = [...(principal ? ['principal'] : []), ...(action ? ['action'] : []), ...context];
    const name = `${effect} ${reads}`;
    const family = families.get(name) ?? new Family(reads);
    families.set(name, family);
    check = family.add(text);
    checks.set(text, check);
  }
  return check;
}

/** Answers kept for one batch. Attributes are short enumerations, except for names of organisations. */
const ANSWERS_MAX = 10_000;

/** What a batch says to one question, by the identifiers of its policies. */
interface BatchAnswer {
  readonly holds: ReadonlySet<string>;
  /** Policies that have no answer. Each stops whoever asks it, and nobody else: agreements do not depend on each other. */
  readonly faults: ReadonlyMap<string, EntenteError>;
}

type Batch = (question: CedarQuestion) => BatchAnswer;

/**
 * Policies of one effect that read the same attributes, whichever agreements they stem from. What has been added since the last question goes to
 * the engine as one batch, and a question is put to a batch once for all its policies.
 */
class Family {
  readonly #reads: readonly string[];
  #adding: { texts: string[]; ask?: Batch } = { texts: [] };

  constructor(reads: readonly string[]) {
    this.#reads = reads;
  }

  add(text: string): PolicyCheck {
    if (this.#adding.ask) this.#adding = { texts: [] };
    const batch = this.#adding;
    const id = policyName(batch.texts.push(text) - 1);
    return (question) => {
      const { holds, faults } = question.answerOf(batch, () => {
        batch.ask ??= openBatch(batch.texts, this.#reads);
        return batch.ask(question);
      });
      const fault = faults.get(id);
      if (fault) throw fault;
      return holds.has(id);
    };
  }
}

/** As Cedar names the policies of one text. */
const policyName = (index: number) => `policy${index}`;

/** Handed over as one text, policies are parsed four times as fast as one by one. */
function openBatch(texts: readonly string[], reads: readonly string[]): Batch {
  const staticPolicies = texts.join('\n');
  const set = sha256Hex(staticPolicies);
  // A text that were two policies would shift the names of all after it.
  const parts = load().policySetTextToParts(staticPolicies);
  const fault =
    parts.type === 'failure'
      ? refused('refused a policy', parts.errors)
      : parts.policies.length !== texts.length &&
        new EntenteError('internal', 'the text of a policy is not one policy');
  if (fault) return openOneByOne(texts, reads, fault);
  const parsed = load().preparsePolicySet(set, { staticPolicies });
  if (parsed.type === 'failure') throw refused('refused a policy', parsed.errors);
  const answers = new Map<string, BatchAnswer>();
  return (question) => {
    const key = question.keyOf(reads);
    let answer = answers.get(key);
    if (answer === undefined) {
      answer = askEngine(set, question.restrictedTo(reads));
      if (answers.size >= ANSWERS_MAX) answers.clear();
      answers.set(key, answer);
    }
    return answer;
  };
}

/** Where one policy of a batch cannot be parsed, the others still answer. */
function openOneByOne(texts: readonly string[], reads: readonly string[], fault: EntenteError): Batch {
  if (texts.length === 1) {
    const answer: BatchAnswer = { holds: new Set(), faults: new Map([[policyName(0), fault]]) };
    return () => answer;
  }
  const batches = texts.map((text) => openBatch([text], reads));
  return (question) => {
    const holds = new Set<string>();
    const faults = new Map<string, EntenteError>();
    for (const [i, batch] of batches.entries()) {
      const answer = batch(question);
      if (answer.holds.size > 0) holds.add(policyName(i));
      for (const one of answer.faults.values()) faults.set(policyName(i), one);
    }
    return { holds, faults };
  };
}

/** The policies of the set that hold and decided, in Cedar's sense, and those that could not be evaluated. */
function askEngine(set: string, { principal, action, context }: CedarRequest): BatchAnswer {
  const answer = load().statefulIsAuthorized({
    principal: { type: 'Party', id: principal },
    action: { type: 'Action', id: action },
    resource: { type: 'Clause', id: '' }, // these policies are about whichever clause they stem from
    context: context as Record<string, string>,
    preparsedPolicySetId: set,
    entities: [],
  });
  if (answer.type === 'failure') throw refused('could not decide', answer.errors);
  const { errors, reason } = answer.response.diagnostics;
  // An evaluation error would silently drop a forbidding policy, so it stops the decision instead.
  const faults = new Map(
    errors.map(({ policyId, error }) => [policyId, refused('could not decide', [error])]),
  );
  return { holds: new Set(reason), faults };
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
