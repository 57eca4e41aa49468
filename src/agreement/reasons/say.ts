/** A reason as a sentence: the language's own form of it, with the values named, counted and joined as the language does. */
import type { Language } from '../terms.ts';
import {
  type Kind,
  parseQuota,
  parseReason,
  REASONS,
  type Reason,
  type ReasonKey,
  type Unit,
} from './reason.ts';

/** Forms of a noun after a number, by the language's plural rules; `#` is the number. */
type Counted = Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>;

/** A language. */
export interface ReasonWords {
  readonly language: Language;
  /**
   * By key, with `{name}` where a value stands. `{name:or}` joins a list by "or"; `{name:as-is}` leaves a word as the document has it.
   */
  readonly sentences: Readonly<Record<ReasonKey, string>>;
  /** Names of the vocabulary: `purpose-research`, or `research` where the word means one thing only. What has none is said as it stands. */
  readonly names: Readonly<Record<string, string>>;
  readonly units: Readonly<Record<Unit, Counted>>;
  /** An empty list. */
  readonly nothing: string;
  /** How text of another direction is set apart; none in languages written from the left. */
  readonly apart?: (text: string) => string;
}

/** British English has no comma before the last "and". */
const localeOf = (language: Language) => (language === 'en' ? 'en-GB' : language);

const makeFormats = (locale: string) => ({
  number: new Intl.NumberFormat(locale),
  plural: new Intl.PluralRules(locale),
  and: new Intl.ListFormat(locale, { type: 'conjunction' }),
  or: new Intl.ListFormat(locale, { type: 'disjunction' }),
  countries: new Intl.DisplayNames(locale, { type: 'region' }),
});
/** Kept: they cost much more to make than to use. */
const made = new Map<Language, ReturnType<typeof makeFormats>>();
function formatsOf(language: Language): ReturnType<typeof makeFormats> {
  const format = made.get(language) ?? makeFormats(localeOf(language));
  made.set(language, format);
  return format;
}

export function sayReason({ key, values }: Reason, words: ReasonWords): string {
  const kinds: Readonly<Record<string, Kind>> = REASONS[key];
  return words.sentences[key].replaceAll(/\{(\w+)(?::([a-z-]+))?\}/g, (_, name: string, form?: string) =>
    sayValue((values as Readonly<Record<string, unknown>>)[name], kinds[name]!, form, words),
  );
}

/** A clause that decided; where its reason is not known, in the English words that came with it. */
export function sayClause(
  clause: { readonly words: string; readonly reason?: unknown },
  words: ReasonWords,
): string {
  const reason = parseReason(clause.reason);
  return reason ? sayReason(reason, words) : clause.words;
}

function sayValue(value: unknown, kind: Kind, form: string | undefined, words: ReasonWords): string {
  const { language } = words;
  const format = formatsOf(language);
  const { number, plural, countries } = format;
  const counted = (amount: number, unit: Unit) => {
    const forms = words.units[unit];
    return (forms[plural.select(amount)] ?? forms.other).replace('#', number.format(amount));
  };
  const data = (text: string) => words.apart?.(text) ?? text;
  const one = (each: unknown, of: Kind): string => {
    switch (of) {
      case 'count':
        return number.format(each as number);
      case 'days':
      case 'hours':
        return counted(each as number, of);
      case 'quota': {
        const { amount, unit } = parseQuota(each as string)!;
        return counted(amount, unit);
      }
      case 'text':
        return data(each as string);
      case 'country':
        return language === 'en' ? (each as string) : (countries.of(each as string) ?? (each as string));
      default:
        return (form === 'as-is' ? undefined : nameOf(each as string, of, words)) ?? data(each as string);
    }
  };
  if (!kind.endsWith('[]')) return one(value, kind);
  const each = (value as readonly unknown[]).map((item) => one(item, kind.slice(0, -2) as Kind));
  return each.length === 0 ? words.nothing : format[form === 'or' ? 'or' : 'and'].format(each);
}

function nameOf(value: string, kind: string, { names }: ReasonWords): string | undefined {
  return names[`${kind}-${value}`] ?? names[value];
}
