/** What can be asked of an agreement, and how it answers. */
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { EntenteError } from '../base/index.ts';
import { EN } from './reasons/en.ts';
import { parseReason, type Reason } from './reasons/reason.ts';
import { sayReason } from './reasons/say.ts';
import {
  type Act,
  CATEGORIES,
  type Category,
  type Clearance,
  EVIDENCE_CODES,
  type EvidenceCode,
  MATTERS,
  type Matter,
  PAP_LEVELS,
  type Pap,
  PERSONAL_DATA_CLASSES,
  type PersonalDataClass,
  type Priority,
  type Purpose,
  TLP_LEVELS,
  type Tlp,
  type TrainingLevel,
} from './terms.ts';

/**
 * The handling-relevant part of an object. Objects of one class are decided alike, so it holds nothing that tells two
 * objects of equal handling apart.
 */
export interface ReleaseClass {
  readonly category: Category;
  readonly tlp: Tlp;
  readonly pap: Pap;
  readonly personalData: PersonalDataClass;
  /** Countries the object concerns, ISO 3166-1 alpha-2, sorted. Absent or empty: not known. */
  readonly countries?: readonly string[];
  /** Reserved matters it touches, sorted. */
  readonly matters?: readonly Matter[];
  /** Operations it belongs to, sorted. */
  readonly operations?: readonly string[];
  /** A Europol handling code on the object itself; the stricter of it and the flow's counts. */
  readonly handling?: EvidenceCode;
  /** The agreement under which it was received; absent for what the node's own organisation made. */
  readonly origin?: string;
}

const strict = { additionalProperties: false } as const;
const oneOf = (words: readonly string[]) => Type.Enum([...words]);
const ReleaseClassSchema = Type.Object(
  {
    category: oneOf(CATEGORIES),
    tlp: oneOf(TLP_LEVELS),
    pap: oneOf(PAP_LEVELS),
    personalData: oneOf(PERSONAL_DATA_CLASSES),
    countries: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Z]{2}$' }), { maxItems: 300 })),
    matters: Type.Optional(Type.Array(oneOf(MATTERS), { maxItems: MATTERS.length })),
    operations: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { maxItems: 300 })),
    handling: Type.Optional(oneOf(EVIDENCE_CODES)),
    origin: Type.Optional(Type.String({ maxLength: 60 })),
  },
  strict,
);

/** @throws EntenteError `usage` naming the first member that is wrong. */
export function parseReleaseClass(value: unknown, where = 'release class'): ReleaseClass {
  if (Value.Check(ReleaseClassSchema, value)) return value as ReleaseClass;
  const fault = Value.Errors(ReleaseClassSchema, value)[0];
  const path = fault?.instancePath.slice(1) || 'the whole';
  throw new EntenteError('usage', `${where}: ${path}: ${fault?.message ?? 'is no release class'}`, { where });
}

/** The memo key: equal exactly for classes that are decided alike. */
export function releaseClassKey(releaseClass: ReleaseClass): string {
  const { category, tlp, pap, personalData, countries, matters, operations, handling, origin } = releaseClass;
  const sets = [sorted(countries), sorted(matters), sorted(operations)];
  return JSON.stringify([category, tlp, pap, personalData, ...sets, handling ?? 'H0', origin ?? '']);
}

const sorted = (list: readonly string[] | undefined) =>
  list?.length ? [...new Set(list)].sort() : undefined;

export interface Question {
  readonly act: Act;
  /** Party (its `id`) that contributed the object, or gives the service; for `audit` and `log-access`, who is looked at. */
  readonly from: string;
  /** Party that receives or holds it. For `onward` and `export`, who passes it on. */
  readonly to: string;
  readonly purpose: Purpose;
  /** The instant of use, RFC 3339. */
  readonly at: string;
  /** Needed for acts on objects. */
  readonly releaseClass?: ReleaseClass;
  /** `onward`, and `export` to somebody else: the organisation that gets it. */
  readonly onwardTo?: string;
  /** `onward`, `export`, `evidence-use`: the contributor would be named as the source. */
  readonly attributed?: boolean;
  /** When `to` received the object; retention is decided with it. */
  readonly receivedAt?: string;
  /** When the case was opened for which it would be used, for what is allowed after the end of the agreement. */
  readonly caseOpenedAt?: string;
  /** When the seat or place was granted that would be used on, for what runs out after the end. */
  readonly seatGrantedAt?: string;
  /** Paths of clauses saying `ask` whose contributor has said yes for this use. The caller keeps the proof of that yes. */
  readonly granted?: readonly string[];
  /** Services: how much of the quota its period has used up already, and how much this takes (1). */
  readonly used?: number;
  readonly amount?: number;
  /** In what `used` and `amount` are counted; taken as the quota's unit when absent. */
  readonly unit?: 'days' | 'seats' | 'requests' | 'hours';
  readonly clearance?: Clearance;
  readonly tool?: string;
  readonly level?: TrainingLevel;
  readonly priority?: Priority;
  /** `audit`: when it was announced. */
  readonly announcedAt?: string;
  /** `log-access`: `own` for entries about what the asker contributed. */
  readonly logs?: 'own' | 'all';
  /** Key of the machine that asks for `to`; it must be one of the party's. */
  readonly node?: string;
}

export type Effect = 'allow' | 'deny' | 'ask';

/** A clause that decided. */
export interface DecidingClause {
  /** `flows[0].tlp`; `flows` when none covers it; `notice.suspend` for a notice. */
  readonly path: string;
  readonly effect: Effect;
  /** In English. */
  readonly words: string;
  /** The same for `sayReason` in any language; absent where it was recorded without, or a peer sent none that is known. */
  readonly reason?: Reason;
}

export function decidingClause(path: string, effect: Effect, reason: Reason): DecidingClause {
  return { path, effect, words: sayReason(reason, EN), reason };
}

const EFFECTS: readonly unknown[] = ['allow', 'deny', 'ask'] satisfies Effect[];
/** Paths name fields of a document; the longest words are a notice's reason. */
const CITED_MAX = { path: 200, words: 2_000 };

/** A clause that a peer cites, cut to size; null for what is none. Of an effect that is not known, the careful one. */
export function parseDecidingClause(value: unknown): DecidingClause | null {
  if (typeof value !== 'object' || value === null) return null;
  const { path, effect, words, reason } = value as Readonly<Record<string, unknown>>;
  if (typeof path !== 'string' || typeof words !== 'string') return null;
  const known = parseReason(reason);
  return {
    path: path.slice(0, CITED_MAX.path),
    effect: EFFECTS.includes(effect) ? (effect as Effect) : 'deny',
    words: words.slice(0, CITED_MAX.words),
    ...(known ? { reason: known } : {}),
  };
}

/** What the recipient of something allowed must do. */
export interface Obligation {
  readonly path: string;
  /** In English. */
  readonly words: string;
  readonly reason: Reason;
}

export const obligation = (path: string, reason: Reason): Obligation => ({
  path,
  words: sayReason(reason, EN),
  reason,
});

export interface Verdict {
  readonly verdict: Effect;
  /** Every clause that decided; never empty. */
  readonly clauses: readonly DecidingClause[];
  readonly agreement: { readonly id: string; readonly version: number };
  /** For a denial or `ask`: what would have to be different, in English, each once. */
  readonly toAllow?: readonly string[];
  /** The same, in the same order, for `sayReason` in any language. */
  readonly remedies?: readonly Reason[];
  /** For `allow` and `ask`. */
  readonly obligations?: readonly Obligation[];
}

/**
 * The strictest of several verdicts, where each has to allow: what was received under one agreement crosses under another only
 * when the first lets it be passed on. All clauses of the verdicts that decided stand in the answer, and the agreement is that of the
 * first of them. @throws EntenteError `usage` for none
 */
export function strictest(verdicts: readonly Verdict[]): Verdict {
  const effect = (['deny', 'ask', 'allow'] as const).find((one) =>
    verdicts.some(({ verdict }) => verdict === one),
  );
  if (!effect) throw new EntenteError('usage', 'there is no verdict to choose from');
  const deciding = verdicts.filter(({ verdict }) => verdict === effect);
  const clauses = deciding.flatMap((one) => one.clauses);
  const toAllow = deciding.flatMap((one) => one.toAllow ?? []);
  const remedies = deciding.flatMap((one) => one.remedies ?? []);
  const obligations = verdicts.flatMap((one) => one.obligations ?? []);
  return {
    verdict: effect,
    clauses,
    agreement: deciding[0]!.agreement,
    ...(effect === 'allow' ? {} : { toAllow, remedies }),
    ...(effect === 'deny' ? {} : { obligations }),
  };
}

/** A denial as an error for whoever must stop. */
export function denialError(verdict: Verdict): EntenteError {
  const { path, words } = verdict.clauses[0]!;
  return new EntenteError('agreement-denied', `${path}: ${words}`, { clauses: verdict.clauses });
}
