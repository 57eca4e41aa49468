/**
 * Why a verdict is as it is, what would change it and what follows from it, apart from any language: a key of the closed list and the values of its sentence. `say.ts` turns it into a
 * sentence of the reader's language. A reason that was recorded, or that a peer cites, is hostile until `parseReason` has seen it.
 */
import {
  CATEGORIES,
  CLEARANCES,
  EVIDENCE_CODES,
  MATTERS,
  PERSONAL_DATA_CLASSES,
  PURPOSES,
  ROLES,
  SERVICE_KINDS,
  TRAINING_LEVELS,
} from '../terms.ts';

/** Values that each language names; all others are data and stay as they are. */
export const VOCABULARY = {
  category: CATEGORIES,
  personal: PERSONAL_DATA_CLASSES,
  purpose: PURPOSES,
  matter: MATTERS,
  evidence: EVIDENCE_CODES,
  service: SERVICE_KINDS,
  clearance: CLEARANCES,
  level: TRAINING_LEVELS,
  unit: ['days', 'seats', 'requests', 'hours', 'values'],
  per: ['day', 'month', 'year', 'term'],
  /** The next one. */
  period: ['day', 'month', 'year', 'term'],
  role: ROLES,
  state: ['draft', 'proposed', 'in-force', 'suspended', 'expired', 'terminated', 'succeeded'],
  /** Of a request at the desk, once it is over. */
  request: ['withdrawn', 'closed', 'declined'],
} as const;
type Vocabulary = typeof VOCABULARY;
export type Unit = Vocabulary['unit'][number];

/**
 * `text`: names, titles, markings, times in UTC, what a person wrote. `country`: ISO 3166-1 alpha-2. `quota`: so many of a unit. `days` and
 * `hours` are counted in them, `count` in nothing.
 */
type One = keyof Vocabulary | 'text' | 'country' | 'quota' | 'count' | 'days' | 'hours';
export type Kind = One | `${One}[]`;

/** Every reason there is, with its values. */
export const REASONS = {
  // Flows
  flow: {
    title: 'text',
    giver: 'text',
    takers: 'text[]',
    categories: 'category[]',
    tlp: 'text',
    pap: 'text',
    purposes: 'purpose[]',
  },
  'no-flow': { from: 'text', to: 'text', category: 'category' },
  marking: { ceiling: 'text', marked: 'text' },
  'personal-data': { found: 'personal', agreed: 'personal[]' },
  'legal-basis': { found: 'personal' },
  provision: { reference: 'text' },
  purposes: { agreed: 'purpose[]', asked: 'purpose' },
  'countries-only': { only: 'country[]', found: 'country[]' },
  'countries-unknown': { only: 'country[]' },
  'countries-except': { except: 'country[]' },
  operations: { operations: 'text[]' },
  matters: { matters: 'matter[]' },
  'no-public-body': { party: 'text' },
  'onward-amber': {},
  'onward-marking': { marking: 'text' },
  'onward-none': {},
  'onward-ask': { giver: 'text' },
  'onward-members': { to: 'text' },
  'onward-named': { named: 'text[]', to: 'text' },
  'evidence-restricted': { restriction: 'text' },
  'evidence-code': { code: 'evidence' },
  'object-code': { code: 'evidence' },
  'attribution-ask': { giver: 'text' },
  'attribution-never': { giver: 'text' },
  'routing-only': {},
  retention: { received: 'text', days: 'days', until: 'text' },
  // Services
  service: {
    title: 'text',
    giver: 'text',
    takers: 'text[]',
    service: 'service',
    quota: 'quota',
    per: 'per',
  },
  'no-service': { kind: 'service', from: 'text', to: 'text' },
  'service-purposes': { agreed: 'purpose[]', asked: 'purpose' },
  'quota-unit': { unit: 'unit', asked: 'unit' },
  quota: { quota: 'quota', per: 'per', used: 'count' },
  clearance: { needed: 'clearance', held: 'clearance' },
  tools: { tools: 'text[]', tool: 'text' },
  'no-tool': {},
  level: { most: 'level', asked: 'level' },
  'office-hours': { giver: 'text' },
  'nobody-reachable': { giver: 'text' },
  // Accountability
  'may-audit': { parties: 'text[]' },
  'audit-notice': { days: 'days' },
  'log-all': {},
  'log-own': {},
  'log-own-only': {},
  'may-publish': {},
  'not-permitted': { party: 'text' },
  // Parties, their due diligence and their machines
  'no-party': { party: 'text' },
  'gives-nothing': { party: 'text' },
  'receives-nothing': { party: 'text' },
  'diligence-failed': { party: 'text', by: 'text' },
  'diligence-over': { party: 'text', by: 'text', until: 'text' },
  'diligence-later': { party: 'text', by: 'text', at: 'text' },
  'machine-unknown': { party: 'text' },
  'machine-revoked': { party: 'text', on: 'text', reason: 'text' },
  'machine-time': {},
  // The life of the agreement
  unsigned: { parties: 'text[]' },
  'signatures-wrong': { fault: 'text' },
  begins: { title: 'text', from: 'text' },
  'begins-after': { title: 'text', from: 'text', predecessor: 'text' },
  'in-force': { title: 'text', from: 'text', until: 'text' },
  under: { title: 'text', state: 'state' },
  'under-not-here': { title: 'text' },
  suspended: { party: 'text', on: 'text', reason: 'text' },
  terminated: { party: 'text', on: 'text', reason: 'text' },
  'suspended-too-long': { days: 'days' },
  'term-ended': { title: 'text', on: 'text' },
  replaces: { title: 'text', agreement: 'text', from: 'text' },
  replaced: { title: 'text', from: 'text' },
  'kept-after-end': {},
  'open-cases': { days: 'days' },
  'seats-run-out': { days: 'days' },
  'accounts-read-only': {},
  // What a node holds
  'no-agreement': { peer: 'text' },
  'papers-differ': { peer: 'text' },
  'origin-unknown': { agreement: 'text' },
  'contributor-no-party': {},
  'recipient-is-party': { peer: 'text' },
  'permitted-until': { until: 'text', words: 'text', permission: 'text' },
  recalled: {},
  'own-contribution': {},
  'contributor-unknown': {},
  'intelligence-gone': {},
  'intelligence-recalled': {},
  // Seats of experts
  'seat-withdrawn': { at: 'text', reason: 'text' },
  'seat-ended': { at: 'text' },
  'seat-request': { state: 'request' },
  'seat-holder': {},
  'seat-run': {},
  'seat-exhibits': { exhibits: 'text[]', exhibit: 'text' },
  'seat-waiting': { waiting: 'count' },
  // What would have to be different
  'to-mark': { giver: 'text', ceiling: 'text', marked: 'text' },
  'to-mark-open': { giver: 'text' },
  'to-class': { found: 'personal' },
  'to-basis': { found: 'personal' },
  'to-purpose': { agreed: 'purpose[]', asked: 'purpose' },
  'to-countries': { only: 'country[]' },
  'to-except': { except: 'country[]' },
  'to-operations': { operations: 'text[]' },
  'to-matters': {},
  'to-route': {},
  'to-agree': { giver: 'text' },
  'to-permit': { giver: 'text' },
  'to-name': { giver: 'text' },
  'to-name-never': { giver: 'text' },
  'to-onward': {},
  'to-member': { to: 'text' },
  'to-recipient': { to: 'text' },
  'to-lift': {},
  'to-lift-object': { giver: 'text' },
  'to-release': {},
  'to-flow': { from: 'text', to: 'text', category: 'category' },
  'to-service': { kind: 'service', from: 'text', to: 'text' },
  'to-unit': { unit: 'unit' },
  'to-quota': { next: 'period' },
  'to-clearance': { needed: 'clearance' },
  'to-tool': { tool: 'text' },
  'to-level': { most: 'level' },
  'to-hours': { giver: 'text' },
  'to-contact': { giver: 'text' },
  'to-announce': { days: 'days' },
  'to-own': {},
  'to-permit-party': { party: 'text' },
  'to-party': { parties: 'text[]' },
  'to-role': { party: 'text', role: 'role' },
  'to-check': {},
  'to-check-record': {},
  'to-check-first': {},
  'to-key': { party: 'text' },
  'to-new-key': { party: 'text' },
  'to-valid-key': { party: 'text' },
  'to-sign': {},
  'to-begin': {},
  'to-above': {},
  'to-resume': { party: 'text' },
  'to-renew': {},
  'to-conclude': {},
  // What the recipient of something allowed owes
  'owe-review': { review: 'text', delete: 'text' },
  'owe-onward-none': {},
  'owe-onward-ask': { giver: 'text' },
  'owe-onward-members': {},
  'owe-onward-named': { named: 'text[]' },
  'owe-name-ask': { giver: 'text' },
  'owe-name-never': { giver: 'text' },
  'owe-route': {},
  'owe-report': { hours: 'hours' },
  'owe-conditions': { conditions: 'text' },
  'owe-answer': { respond: 'hours', resolve: 'hours' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Kind>>>>;

export type ReasonKey = keyof typeof REASONS;
type Value<K> = K extends `${infer Each}[]`
  ? readonly Value<Each>[]
  : K extends keyof Vocabulary
    ? Vocabulary[K][number]
    : K extends 'count' | 'days' | 'hours'
      ? number
      : K extends 'quota'
        ? `${number} ${Unit}`
        : string;
type Values<K extends ReasonKey> = {
  readonly [Name in keyof (typeof REASONS)[K]]: Value<(typeof REASONS)[K][Name]>;
};

export type Reason = {
  readonly [K in ReasonKey]: { readonly key: K; readonly values: Values<K> };
}[ReasonKey];

/** What a person wrote as a notice's reason is the longest of the texts. */
const TEXT_MAX = 2_000;
/** There are 249 countries. */
const LIST_MAX = 300;

/** Null for a key that is not on the list, and where a value lacks, is odd or is too much: `words` say it then. */
export function parseReason(value: unknown): Reason | null {
  if (typeof value !== 'object' || value === null) return null;
  const { key, values } = value as { key?: unknown; values?: unknown };
  if (typeof key !== 'string' || !Object.hasOwn(REASONS, key)) return null;
  if (typeof values !== 'object' || values === null) return null;
  const kept: Record<string, unknown> = {};
  for (const [name, kind] of Object.entries<Kind>(REASONS[key as ReasonKey])) {
    const held = Object.hasOwn(values, name) ? (values as Record<string, unknown>)[name] : undefined;
    if (!isValue(held, kind)) return null;
    kept[name] = held;
  }
  return { key, values: kept } as unknown as Reason;
}

function isValue(value: unknown, kind: Kind): boolean {
  if (kind.endsWith('[]'))
    return (
      Array.isArray(value) &&
      value.length <= LIST_MAX &&
      value.every((one) => isValue(one, kind.slice(0, -2) as One))
    );
  switch (kind) {
    case 'count':
    case 'days':
    case 'hours':
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case 'text':
      return typeof value === 'string' && value.length <= TEXT_MAX;
    case 'country':
      return typeof value === 'string' && /^[A-Z]{2}$/.test(value);
    case 'quota':
      return typeof value === 'string' && parseQuota(value) !== null;
    default: {
      const words: readonly unknown[] = VOCABULARY[kind as keyof Vocabulary];
      return words.includes(value);
    }
  }
}

/** "20 requests" in its parts. */
export function parseQuota(text: string): { amount: number; unit: Unit } | null {
  const [, amount, unit] = /^(\d{1,15}) ([a-z]+)$/.exec(text) ?? [];
  const known = VOCABULARY.unit.find((one) => one === unit);
  return known ? { amount: Number(amount), unit: known } : null;
}
