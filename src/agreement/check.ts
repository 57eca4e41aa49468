/**
 * From unknown JSON to an Agreement, with every fault named in words that a lawyer understands. First the shape
 * (`document.ts`), then what no schema can say: parties that exist, terms that do not end before they begin,
 * keys that are what they are called, prose that belongs to this machine part.
 *
 * The input comes from a peer or a file and may be hostile: size, depth and number of faults are bounded.
 */
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { canonicalJson, EntenteError, type Issue } from '../base/index.ts';
import { keyThumbprint, machineDigest, sha256Hex } from './digest.ts';
import { AGREEMENT_BYTES_MAX, type Agreement, AgreementSchema, type PublicKey } from './document.ts';
import { instantNs } from './instant.ts';
import type { Instrument } from './terms.ts';

/** Faults reported at once; who has more reads these first. */
export const ISSUES_MAX = 50;

/**
 * @throws EntenteError `agreement-invalid` with its issues; `json-limit`, `canonical-json`, `input-limit` for what
 * cannot be read at all.
 */
export function parseAgreement(json: unknown, where = 'agreement'): Agreement {
  const { agreement, issues } = checkAgreement(json);
  const errors = issues.filter((issue) => issue.severity !== 'warning');
  if (agreement === null || errors.length > 0) {
    const first = errors[0];
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    throw new EntenteError(
      'agreement-invalid',
      `${where}: ${first?.path || 'the document'}: ${first?.message}${more}`,
      {
        where,
        issues: errors,
      },
    );
  }
  return agreement;
}

/** Everything that is wrong (or, as a warning, strange) with a draft. `agreement` is null when its shape is wrong. */
export function checkAgreement(json: unknown): { agreement: Agreement | null; issues: Issue[] } {
  const length = canonicalJson(json).length; // also refuses what has no JSON form, and depth
  if (length > AGREEMENT_BYTES_MAX) {
    throw new EntenteError(
      'input-limit',
      `an agreement may have ${AGREEMENT_BYTES_MAX} bytes; this one has ${length}`,
    );
  }
  if (!shape().Check(json)) return { agreement: null, issues: shapeIssues(json) };
  const agreement = json as Agreement;
  const issues: Issue[] = [];
  const report: Report = (path, message, severity) => {
    if (issues.length < ISSUES_MAX) {
      issues.push({ code: 'agreement-invalid', path, message, ...(severity ? { severity } : {}) });
    }
  };
  for (const rule of RULES) rule(agreement, report);
  return { agreement, issues };
}

let compiled: { Check(value: unknown): boolean } | undefined;
/** Compiled at first use: it takes some ten milliseconds, which a node's start does not have to spend. */
function shape() {
  compiled ??= Compile(AgreementSchema);
  return compiled;
}

// ---------------------------------------------------------------------------------------------- shape

interface SchemaFault {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: Record<string, unknown>;
  readonly message: string;
}

function shapeIssues(json: unknown): Issue[] {
  const issues: Issue[] = [];
  for (const fault of Value.Errors(AgreementSchema, json) as Iterable<SchemaFault>) {
    if (fault.keyword === 'boolean') continue; // repeats `additionalProperties`
    const at = plainPath(fault.instancePath);
    for (const [path, message] of explain(fault, at, valueAt(json, fault.instancePath))) {
      issues.push({ code: 'agreement-invalid', path, message });
      if (issues.length === ISSUES_MAX) return issues;
    }
  }
  return issues;
}

function explain(fault: SchemaFault, path: string, value: unknown): [string, string][] {
  const { params } = fault;
  const below = (name: unknown) => (path === '' ? `${name}` : `${path}.${name}`);
  const named = (names: unknown) => (Array.isArray(names) ? names : []).slice(0, ISSUES_MAX);
  const wanted = describe(fault.schemaPath);
  switch (fault.keyword) {
    case 'required':
      return named(params['requiredProperties']).map((name) => {
        const meaning = describe(`${fault.schemaPath}/properties/${name}`);
        return [below(name), `is missing${meaning ? `: ${meaning}` : ''}`];
      });
    case 'additionalProperties':
      return named(params['additionalProperties']).map((name) => [
        below(String(name).slice(0, 80)),
        'is no field of an agreement here; check its spelling and place',
      ]);
    case 'enum':
      return [[path, `${quote(value)} is not one of: ${(params['allowedValues'] as unknown[]).join(', ')}`]];
    case 'const':
      return [[path, `must be ${quote(params['allowedValue'])}, not ${quote(value)}`]];
    case 'type':
      return [[path, `must be ${TYPE_WORDS[String(params['type'])] ?? params['type']}, not ${quote(value)}`]];
    case 'minItems':
      return [[path, `needs at least ${params['limit']}${wanted ? ` (${wanted})` : ''}`]];
    case 'maxItems':
      return [[path, `has more than ${params['limit']} entries`]];
    case 'uniqueItems':
      return [[path, 'names something twice']];
    case 'minLength':
      return [[path, `is empty${wanted ? `: ${wanted}` : ''}`]];
    case 'maxLength':
      return [[path, `is longer than ${params['limit']} characters`]];
    case 'minimum':
      return [[path, `must be ${params['limit']} or more, not ${quote(value)}`]];
    case 'maximum':
      return [[path, `must be ${params['limit']} or less, not ${quote(value)}`]];
    case 'pattern':
    case 'format':
      return [[path, `${quote(value)} does not have the form of: ${wanted || 'this field'}`]];
    default:
      return [[path, fault.message]];
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of fields',
};

function quote(value: unknown): string {
  if (typeof value === 'string') return `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`;
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'a group of fields' : String(value);
}

/** The description of the schema at `#/properties/x/items/…`. */
function describe(schemaPath: string): string {
  let schema: unknown = AgreementSchema;
  for (const step of schemaPath.split('/').slice(1))
    schema = (schema as Record<string, unknown> | undefined)?.[step];
  const { description } = (schema ?? {}) as { description?: unknown };
  return typeof description === 'string' ? description : '';
}

const pointerSteps = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

/** `/flows/0/tlp` → `flows[0].tlp` */
function plainPath(pointer: string): string {
  let path = '';
  for (const step of pointerSteps(pointer)) {
    path += /^\d+$/.test(step) ? `[${step}]` : path === '' ? step : `.${step}`;
  }
  return path;
}

function valueAt(json: unknown, pointer: string): unknown {
  let value = json;
  for (const step of pointerSteps(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

// ---------------------------------------------------------------------------------------------- rules

type Report = (path: string, message: string, severity?: 'warning') => void;
type Rule = (agreement: Agreement, report: Report) => void;

/** The instrument whose rules apply: an amendment keeps those of what it amends. */
export function instrumentOf(agreement: Agreement): Exclude<Instrument, 'amendment'> {
  return agreement.instrument === 'amendment'
    ? (agreement.amends?.instrument ?? 'contribution')
    : agreement.instrument;
}

const instrumentRule: Rule = (agreement, report) => {
  const { instrument, amends, version, flows, services } = agreement;
  if (instrument === 'amendment') {
    if (!amends) report('amends', 'is missing: an amendment names the version it replaces');
    else if (version !== amends.version + 1) {
      report('version', `must be ${amends.version + 1}, one more than the version amended`);
    }
  } else {
    if (amends) report('amends', 'only an amendment has this; set "instrument" to "amendment"');
    if (version !== 1) report('version', 'must be 1; a later version is an amendment');
  }
  const kind = instrumentOf(agreement);
  if (kind === 'framework' && flows.length > 0) {
    report('flows', 'a framework permits no exchange by itself; put flows into an agreement under it');
  }
  if (kind === 'framework' && services.length > 0) {
    report('services', 'a framework grants no services by itself; put them into an agreement under it');
  }
  if (kind === 'data-exchange' && services.length > 0) {
    report('services', 'a data-exchange agreement grants no services; use the instrument "contribution"');
  }
  if (kind === 'annex' && !agreement.under)
    report('under', 'is missing: an annex names the agreement it belongs to');
  if (kind !== 'framework' && flows.length + services.length === 0) {
    report('flows', 'the agreement has neither flows nor services, so it permits nothing', 'warning');
  }
  for (const link of ['under', 'predecessor', 'successor'] as const) {
    if (agreement[link]?.agreement === agreement.id)
      report(`${link}.agreement`, 'an agreement cannot name itself');
  }
};

const partyRule: Rule = ({ parties }, report) => {
  const ids = new Set<string>();
  const keys = new Map<string, string>();
  const useKey = (key: PublicKey, path: string) => {
    if (key.kid !== keyThumbprint(key)) report(`${path}.kid`, 'is not the thumbprint of this key (RFC 7638)');
    const first = keys.get(key.x);
    if (first !== undefined)
      report(path, `is the same key as ${first}; every person and machine has its own`);
    else keys.set(key.x, path);
    checkSpan(key, path, report);
  };
  parties.forEach((party, i) => {
    const path = `parties[${i}]`;
    if (ids.has(party.id)) report(`${path}.id`, `"${party.id}" is used by two parties`);
    ids.add(party.id);
    if (party.roles.includes('observer') && party.roles.length > 1) {
      report(`${path}.roles`, 'an observer neither contributes nor receives');
    }
    if (party.nodes.length === 0 && !party.roles.includes('observer')) {
      report(`${path}.nodes`, 'no machine can act for this party', 'warning');
    }
    party.nodes.forEach((key, k) => {
      useKey(key, `${path}.nodes[${k}]`);
    });
    const names = new Set<string>();
    party.signatories.forEach((signatory, k) => {
      if (names.has(signatory.id)) report(`${path}.signatories[${k}].id`, `"${signatory.id}" is used twice`);
      names.add(signatory.id);
      useKey(signatory.key, `${path}.signatories[${k}].key`);
    });
    party.contacts.forEach((contact, k) => {
      if (!contact.email && !contact.phone)
        report(`${path}.contacts[${k}]`, 'needs an e-mail address or a telephone number');
    });
    const diligence = party.dueDiligence;
    if (!diligence) report(`${path}.dueDiligence`, 'no due diligence is recorded for this party', 'warning');
    else {
      checkInstants(diligence, ['at', 'validUntil'], `${path}.dueDiligence`, report);
      if (diligence.outcome === 'passed-with-conditions' && !diligence.conditions) {
        report(`${path}.dueDiligence.conditions`, 'is missing: the check was passed with conditions');
      }
    }
  });
};

const termRule: Rule = (agreement, report) => {
  const { term } = agreement;
  checkSpan(term, 'term', report);
  if (term.renewal.mode !== 'none' && (term.renewal.months === 0 || term.renewal.times === 0)) {
    report('term.renewal', 'a renewal needs a length in months and how often it may happen');
  }
  term.suspension.by.forEach((id, i) => {
    checkParty(agreement, id, `term.suspension.by[${i}]`, report);
  });
  if (agreement.successor) checkInstants(agreement.successor, ['from'], 'successor', report);
};

const flowRule: Rule = (agreement, report) => {
  agreement.flows.forEach((flow, i) => {
    const path = `flows[${i}]`;
    checkDirection(agreement, flow, path, report);
    if ((flow.onward.mode === 'named') !== (flow.onward.named !== undefined)) {
      report(`${path}.onward.named`, 'is given exactly when the mode is "named"');
    }
    if ((flow.evidenceUse.code === 'H3') !== (flow.evidenceUse.restriction !== undefined)) {
      report(`${path}.evidenceUse.restriction`, 'is given exactly when the code is "H3"');
    }
    if (flow.retention.reviewDays > flow.retention.days) {
      report(`${path}.retention.reviewDays`, 'the review comes after the end of retention');
    }
    const both = flow.countries.only?.filter((code) => flow.countries.except?.includes(code)) ?? [];
    if (both.length > 0) report(`${path}.countries`, `${both.join(', ')} is both included and left out`);
    const covered = new Set(flow.legalBasis.flatMap((basis) => basis.covers));
    const open = flow.personalData.filter((kind) => kind !== 'none' && !covered.has(kind));
    if (open.length > 0) report(`${path}.legalBasis`, `no provision covers: ${open.join(', ')}`, 'warning');
    if (
      flow.onward.mode === 'members' &&
      !flow.to.some((id) => agreement.parties.find((p) => p.id === id)?.members)
    ) {
      report(`${path}.onward.mode`, 'no receiving party names its members', 'warning');
    }
  });
};

/** Fields that only one kind of service has. */
const SERVICE_FIELDS = { clearance: 'experts', tools: 'tools', level: 'training' } as const;

const serviceRule: Rule = (agreement, report) => {
  agreement.services.forEach((service, i) => {
    const path = `services[${i}]`;
    checkDirection(agreement, service, path, report);
    for (const [field, kind] of Object.entries(SERVICE_FIELDS)) {
      if (service[field as keyof typeof SERVICE_FIELDS] !== undefined && service.kind !== kind) {
        report(`${path}.${field}`, `only a service of the kind "${kind}" has this`);
      }
    }
    if ((service.kind === 'look-ups') !== (service.quota.unit === 'values'))
      report(`${path}.quota.unit`, 'look-ups are counted in values, and nothing else is');
    const seen = new Set<string>();
    service.targets.forEach((target, k) => {
      if (seen.has(target.priority))
        report(`${path}.targets[${k}].priority`, `"${target.priority}" has two targets`);
      seen.add(target.priority);
      if (target.resolveHours < target.respondHours) {
        report(`${path}.targets[${k}].resolveHours`, 'is less than the time for a first answer');
      }
    });
  });
};

const accountabilityRule: Rule = (agreement, report) => {
  agreement.accountability.audit.by.forEach((id, i) => {
    checkParty(agreement, id, `accountability.audit.by[${i}]`, report);
  });
};

const textRule: Rule = (agreement, report) => {
  const { text } = agreement;
  if (!text.languages[text.authentic]) {
    report(`text.languages.${text.authentic}`, 'is missing: the authentic text must be there');
  }
  for (const [language, entry] of Object.entries(text.languages)) {
    if (entry.prose !== undefined && sha256Hex(entry.prose) !== entry.sha256) {
      report(`text.languages.${language}.sha256`, 'does not fit the prose; one of them was changed');
    }
  }
  if (text.boundTo !== machineDigest(agreement)) {
    report(
      'text.boundTo',
      'the prose was bound to other clauses than these; read both again and bind them anew',
    );
  }
};

const RULES: readonly Rule[] = [
  instrumentRule,
  partyRule,
  termRule,
  flowRule,
  serviceRule,
  accountabilityRule,
  textRule,
];

function checkParty(agreement: Agreement, id: string, path: string, report: Report): void {
  if (!agreement.parties.some((party) => party.id === id)) {
    report(path, `"${id}" is no party; parties are ${agreement.parties.map((party) => party.id).join(', ')}`);
  }
}

function checkDirection(
  agreement: Agreement,
  clause: { from: string; to: string[] },
  path: string,
  report: Report,
): void {
  checkParty(agreement, clause.from, `${path}.from`, report);
  clause.to.forEach((id, i) => {
    checkParty(agreement, id, `${path}.to[${i}]`, report);
    if (id === clause.from) report(`${path}.to[${i}]`, 'a party cannot give to itself');
  });
}

function checkInstants<K extends string>(
  record: Partial<Record<K, string>>,
  fields: readonly K[],
  path: string,
  report: Report,
) {
  for (const field of fields) {
    const text = record[field];
    if (text !== undefined && instantNs(text) === null) {
      report(`${path}.${field}`, `${quote(text)} is no date and time that exists`);
    }
  }
}

function checkSpan(span: { from?: string; until?: string }, path: string, report: Report): void {
  checkInstants(span, ['from', 'until'], path, report);
  const from = span.from === undefined ? null : instantNs(span.from);
  const until = span.until === undefined ? null : instantNs(span.until);
  if (from !== null && until !== null && until <= from)
    report(`${path}.until`, 'the end is not after the beginning');
}
