/**
 * What one recipient gets of an operation, for one country or one constituency. Everything in a package is made from this value and from nothing
 * else, so what is not in here cannot be in a page, a file, a count or a relation. Contributors have no names in it.
 */

import { TLP_LEVELS, type Tlp } from '../../agreement/index.ts';
import { EntenteError, isId, isTimestamp, isTimeZone } from '../../base/index.ts';
import { isCountry } from '../../geography/index.ts';
import { LANGUAGES, type Language } from '../operations.ts';
import { readTargetLine } from '../target-line.ts';
import type { InformationGrade, Mark, SourceGrade, TargetKind } from '../vocabulary.ts';

export interface PackageContents {
  readonly v: 1;
  readonly id: string;
  readonly operation: {
    readonly id: string;
    readonly name: string;
    readonly title: string;
    readonly purpose: string;
    readonly actionDay: string | null;
  };
  /** Of the recipient (IANA), for the clock of the action day. */
  readonly timeZone: string;
  /** Name of the lead, and whom to ask there. */
  readonly from: string;
  /** Name of the recipient. */
  readonly to: string;
  /** `FR`, `AS64500`, or `networks`. */
  readonly scope: string;
  readonly language: Language;
  readonly tlp: Tlp;
  readonly at: string;
  /** Databases of countries with their dates. */
  readonly databases: readonly string[];
  readonly items: readonly PackageItem[];
}

export interface PackageItem {
  readonly id: string;
  readonly kind: TargetKind;
  readonly value: string;
  readonly mark: Mark;
  readonly country: string;
  /** Who announces its address; absent when nobody knows. */
  readonly network?: { readonly asn: string; readonly owner: string };
  readonly threat: string;
  readonly tlp: Tlp;
  /** One entry a contributor that may be passed on. */
  readonly gradings: readonly {
    readonly source: SourceGrade;
    readonly information: InformationGrade;
    readonly seenAt: string | null;
  }[];
  readonly grounds: readonly {
    readonly reason: string;
    readonly confidence: number;
    readonly from: string;
  }[];
  /** Countries that other grounds named; then an analyst decided. */
  readonly alsoNamed: readonly string[];
  readonly note: string | null;
}

export type Sureness = 'high' | 'medium' | 'low';

/** Two independent sources, or one that is reliable and sure, confirm; what nobody can judge is a hint. */
export function surenessOf({ gradings }: PackageItem): Sureness {
  const good = gradings.filter(
    ({ source, information }) => 'AB'.includes(source) && '12'.includes(information),
  );
  if (gradings.length > 1 && good.length > 0) return 'high';
  if (gradings.some(({ source, information }) => source === 'A' && information === '1')) return 'high';
  return good.length > 0 || gradings.length > 1 ? 'medium' : 'low';
}

export const CARDS = ['victim', 'suspect', 'phishing', 'scam', 'undetermined'] as const;
export type Card = (typeof CARDS)[number];

/** Days from the package until it should be done: victims lose something daily, logs are kept for days, the rest can be looked at. */
export const CARD_DAYS: Readonly<Record<Card, number>> = {
  victim: 3,
  suspect: 2,
  phishing: 2,
  scam: 5,
  undetermined: 14,
};

export function cardOf({ mark, kind, threat }: PackageItem): Card {
  if (mark !== 'suspect') return mark;
  if (threat.includes('phish')) return 'phishing';
  return kind === 'email' ||
    kind === 'phone' ||
    kind === 'coin-address' ||
    threat.includes('scam') ||
    threat.includes('fraud')
    ? 'scam'
    : 'suspect';
}

/** The word for it in files for programs. */
export const ACTION_OF: Readonly<Record<Card, string>> = {
  victim: 'notify-victim',
  suspect: 'preserve-then-seize',
  phishing: 'take-down',
  scam: 'ask-provider',
  undetermined: 'examine',
};

const ITEMS_MAX = 1_000_000;

/** Contents that another node made: every member checked. @throws EntenteError `message-invalid` */
export function parseContents(value: unknown): PackageContents {
  const wrong = (what: string) => new EntenteError('message-invalid', `the package: ${what}`);
  const contents = value as Partial<PackageContents> | null;
  const texts = (['id', 'from', 'to', 'scope', 'at'] as const).every(
    (name) => typeof contents?.[name] === 'string' && contents[name].length <= 300,
  );
  if (contents?.v !== 1 || !texts || !isId(contents.id!, 'package') || !isTimestamp(contents.at!))
    throw wrong('is none that this version knows');
  if (!LANGUAGES.includes(contents.language!) || !TLP_LEVELS.includes(contents.tlp!))
    throw wrong('has an unknown language or marking');
  const { operation, databases, timeZone } = contents;
  const day = operation?.actionDay;
  if (
    typeof operation?.id !== 'string' ||
    !Array.isArray(databases) ||
    (day !== null && (typeof day !== 'string' || !isTimestamp(day)))
  )
    throw wrong('names no operation');
  if (!isTimeZone(timeZone)) throw wrong('names no time zone');
  if (!Array.isArray(contents.items) || contents.items.length > ITEMS_MAX)
    throw wrong('has no list of items');
  for (const [i, item] of contents.items.entries()) {
    const line = readTargetLine({
      value: item?.value,
      kind: item?.kind,
      mark: item?.mark,
      tlp: item?.tlp,
      threat: item?.threat,
      note: item?.note ?? '',
    });
    if (
      'issues' in line ||
      line.value !== item.value ||
      typeof item.id !== 'string' ||
      !isId(item.id, 'target') ||
      !isCountry(item.country)
    )
      throw wrong(`items[${i}] ${'issues' in line ? line.issues.join('; ') : 'is no target with a country'}`);
    if (
      !Array.isArray(item.gradings) ||
      item.gradings.length === 0 ||
      !Array.isArray(item.grounds) ||
      !Array.isArray(item.alsoNamed)
    )
      throw wrong(`items[${i}] is not graded`);
    const { network } = item;
    if (
      network !== undefined &&
      (!/^AS\d{1,10}$/.test(network?.asn) || typeof network.owner !== 'string' || network.owner.length > 120)
    )
      throw wrong(`items[${i}] names no network`);
  }
  return contents as PackageContents;
}
