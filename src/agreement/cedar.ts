/**
 * The Cedar engine, loaded when the first agreement is compiled (its WASM takes some 80 ms of a cold start). Policy sets are
 * parsed once and then named; the engine keeps them by the name, which is made from their content, so that equal
 * sets of several agreements are one.
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

/** Policies by identifier, as Cedar text. */
export type Policies = Readonly<Record<string, string>>;

export type CedarValue = string | number | boolean | readonly string[];

export interface CedarRequest {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, CedarValue>>;
}

export interface CedarAnswer {
  readonly allow: boolean;
  /** The policies that decided, sorted; none for a denial by default. */
  readonly reasons: readonly string[];
}

/** Names of the policy sets that the engine already holds. They are few (one a distinct clause group) and small. */
const held = new Set<string>();

/** Parses a policy set; `decide` asks it. @throws EntenteError `internal` when Cedar refuses what was generated here. */
export function openPolicies(policies: Policies): (request: CedarRequest) => CedarAnswer {
  const name = sha256Hex(JSON.stringify(policies));
  if (!held.has(name)) {
    const answer = load().preparsePolicySet(name, { staticPolicies: { ...policies } });
    if (answer.type === 'failure') {
      throw new EntenteError(
        'internal',
        `Cedar refused a policy: ${answer.errors.map((error) => error.message).join('; ')}`,
      );
    }
    held.add(name);
  }
  return (request) => {
    const answer = load().statefulIsAuthorized({
      principal: { type: 'Party', id: request.principal },
      action: { type: 'Action', id: request.action },
      resource: { type: 'Clause', id: request.resource },
      context: request.context as Record<string, string>,
      preparsedPolicySetId: name,
      entities: [],
    });
    // An evaluation error would silently drop a forbidding policy, so it stops the decision instead.
    if (answer.type === 'failure' || answer.response.diagnostics.errors.length > 0) {
      const errors =
        answer.type === 'failure'
          ? answer.errors
          : answer.response.diagnostics.errors.map(({ error }) => error);
      throw new EntenteError(
        'internal',
        `Cedar could not decide: ${errors.map((error) => error.message).join('; ')}`,
      );
    }
    const { decision, diagnostics } = answer.response;
    return { allow: decision === 'allow', reasons: diagnostics.reason.toSorted() };
  };
}

/** What is wrong with policies under the schema: types, unknown attributes, conditions that can never hold. */
export function validatePolicies(policies: Policies, schema: string): string[] {
  const answer = load().validate({ schema, policies: { staticPolicies: { ...policies } } });
  if (answer.type === 'failure') return answer.errors.map((error) => error.message);
  return answer.validationErrors.map(({ policyId, error }) => `${policyId}: ${error.message}`);
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

export const cedarSet = (texts: readonly string[]): string => `[${texts.map(cedarString).join(', ')}]`;
