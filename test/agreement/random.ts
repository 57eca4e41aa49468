/** Seeded agreements and questions for property tests. */
import {
  type Agreement,
  ATTRIBUTIONS,
  bindText,
  CATEGORIES,
  EVIDENCE_CODES,
  type Flow,
  MATTERS,
  ONWARD_MODES,
  PAP_LEVELS,
  PERSONAL_DATA_CLASSES,
  PURPOSES,
  type Question,
  TLP_LEVELS,
} from '../../src/agreement/index.ts';
import { DURING, exampleAgreement } from './example.ts';

export const COUNTRIES = ['FR', 'ES', 'EG', 'KE'] as const;
export const OPERATIONS = ['Op A', 'Op B'] as const;
export const OUTSIDERS = ['Police of Arvenia', 'Police of Belmar', 'Europol', 'Somebody'] as const;
const OBJECT_ACTS = ['release', 'onward', 'export', 'evidence-use', 'look-up'] as const;

export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed | 0;
  }
  /** mulberry32 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  below(count: number): number {
    return Math.floor(this.next() * count);
  }
  chance(share: number): boolean {
    return this.next() < share;
  }
  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  some<T>(list: readonly T[], share = 0.5): T[] {
    return list.filter(() => this.chance(share));
  }
  someAtLeastOne<T>(list: readonly T[]): T[] {
    const picked = this.some(list);
    return picked.length > 0 ? picked : [this.one(list)];
  }
}

export function randomFlow(random: Random): Flow {
  const mode = random.one(ONWARD_MODES);
  const code = random.one(EVIDENCE_CODES);
  const turned = random.chance(0.3);
  return {
    title: `Flow ${random.below(1000)}`,
    from: turned ? 'interlink' : 'northlight',
    to: [turned ? 'northlight' : 'interlink'],
    categories: random.someAtLeastOne(CATEGORIES),
    personalData: random.someAtLeastOne(PERSONAL_DATA_CLASSES),
    tlp: random.one(TLP_LEVELS),
    pap: random.one(PAP_LEVELS),
    purposes: random.someAtLeastOne(PURPOSES),
    legalBasis: random.chance(0.7)
      ? [{ reference: 'Law', covers: random.someAtLeastOne(PERSONAL_DATA_CLASSES) }]
      : [],
    countries: {
      ...(random.chance(0.3) ? { only: random.someAtLeastOne(COUNTRIES.slice(0, 2)) } : {}),
      ...(random.chance(0.3) ? { except: random.some(COUNTRIES.slice(2)) } : {}),
    },
    ...(random.chance(0.3) ? { operations: random.someAtLeastOne(OPERATIONS) } : {}),
    excludedMatters: random.some(MATTERS, 0.2),
    onward: mode === 'named' ? { mode, named: random.someAtLeastOne(OUTSIDERS) } : { mode },
    evidenceUse: code === 'H3' ? { code, restriction: 'none' } : { code },
    attribution: random.one(ATTRIBUTIONS),
    retention: { days: 100 + random.below(1000), reviewDays: 50 },
    routingOnly: random.chance(0.2),
  };
}

export function randomAgreement(random: Random, flows = 1 + random.below(4)): Agreement {
  const draft = structuredClone(exampleAgreement());
  draft.flows = Array.from({ length: flows }, () => randomFlow(random));
  return bindText(draft);
}

export function randomQuestion(random: Random, at = DURING): Question {
  const turned = random.chance(0.3);
  const act = random.one(OBJECT_ACTS);
  return {
    act,
    from: turned ? 'interlink' : 'northlight',
    to: turned ? 'northlight' : 'interlink',
    purpose: random.one(PURPOSES),
    at,
    attributed: random.chance(0.2),
    ...(act === 'onward' || (act === 'export' && random.chance(0.5))
      ? { onwardTo: random.one(OUTSIDERS) }
      : {}),
    ...(random.chance(0.3) ? { receivedAt: '2026-12-20T00:00:00Z' } : {}),
    releaseClass: {
      category: random.one(CATEGORIES),
      tlp: random.one(TLP_LEVELS),
      pap: random.one(PAP_LEVELS),
      personalData: random.chance(0.5) ? 'none' : random.one(PERSONAL_DATA_CLASSES),
      countries: random.some(COUNTRIES, 0.3),
      matters: random.some(MATTERS, 0.05),
      operations: random.some(OPERATIONS, 0.4),
      ...(random.chance(0.2) ? { handling: random.one(EVIDENCE_CODES) } : {}),
    },
  };
}

/** A question near a flow: each of its members mostly fits, so that single clauses come to decide. */
export function fittingQuestion(random: Random, flow: Flow, at = DURING): Question {
  const any = randomQuestion(random, at);
  const fit = <T>(fitting: T, other: T): T => (random.chance(0.88) ? fitting : other);
  const object = any.releaseClass!;
  const upTo = <T extends string>(levels: readonly T[], level: T): T =>
    levels[random.below(levels.indexOf(level) + 1)]!;
  return {
    ...any,
    from: fit(flow.from, any.from),
    to: fit(flow.to[0]!, any.to),
    purpose: fit(random.one(flow.purposes), any.purpose),
    releaseClass: {
      ...object,
      category: fit(random.one(flow.categories), object.category),
      tlp: fit(upTo(TLP_LEVELS, flow.tlp), object.tlp),
      pap: fit(upTo(PAP_LEVELS, flow.pap), object.pap),
      personalData: fit(
        random.chance(0.6) && flow.personalData.includes('none') ? 'none' : random.one(flow.personalData),
        object.personalData,
      ),
      countries: fit(random.someAtLeastOne(flow.countries.only ?? ['FR']), [...object.countries!]),
      matters: fit([], [...object.matters!]),
      operations: fit([...(flow.operations ?? [])], [...object.operations!]),
      handling: fit('H0', random.one(EVIDENCE_CODES)),
    },
  };
}

/** One flow made narrower in one way; the result never allows more. */
export function narrowed(agreement: Agreement, random: Random): Agreement {
  const draft = structuredClone(agreement);
  const flow = random.one(draft.flows);
  const lower = <T extends string>(levels: readonly T[], level: T): T =>
    levels[Math.max(0, levels.indexOf(level) - 1)]!;
  const fewer = <T>(list: T[]): T[] => list.slice(0, Math.max(1, list.length - 1));
  const change = (fields: Partial<Flow>) => () => void Object.assign(flow, fields);
  const ways: (() => void)[] = [
    change({ tlp: lower(TLP_LEVELS, flow.tlp) }),
    change({ pap: lower(PAP_LEVELS, flow.pap) }),
    change({ categories: fewer(flow.categories) }),
    change({ personalData: fewer(flow.personalData) }),
    change({ purposes: fewer(flow.purposes) }),
    change({ legalBasis: [] }),
    change({
      countries: { ...flow.countries, only: flow.countries.only ? fewer(flow.countries.only) : ['FR', 'ES'] },
    }),
    change({
      countries: { ...flow.countries, except: [...new Set([...(flow.countries.except ?? []), 'EG', 'FR'])] },
    }),
    change({ operations: flow.operations ? fewer(flow.operations) : ['Op A'] }),
    change({ excludedMatters: [...MATTERS] }),
    change({ onward: { mode: 'none' } }),
    // H3 asks nobody before passing on, which H2 does; between the others each code is stricter than the one before.
    change({ evidenceUse: ['H0', 'H1'].includes(flow.evidenceUse.code) ? { code: 'H2' } : flow.evidenceUse }),
    change({ attribution: 'anonymous' }),
    change({ retention: { days: 60, reviewDays: 50 } }),
    change({ routingOnly: true }),
    () => void draft.flows.splice(draft.flows.indexOf(flow), 1),
    () => void Object.assign(draft.parties[1]!, { kind: 'company' }),
    () => void Object.assign(draft.parties[1]!, { members: [] }),
    () => void Object.assign(draft.parties[0]!, { roles: ['recipient'] }),
  ];
  random.one(ways)();
  return bindText(draft);
}
