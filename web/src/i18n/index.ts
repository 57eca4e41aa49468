/** Four languages, each loaded when it is chosen; ICU messages, so that plurals and numbers follow each language's rules. */
import i18next from 'i18next';
import ICU from 'i18next-icu';
import { initReactI18next } from 'react-i18next';
import type { ReasonWords } from '../../../src/agreement/reasons/say.ts';

export const LANGUAGES = { en: 'English', ar: 'العربية', fr: 'Français', es: 'Español' } as const;
export type Language = keyof typeof LANGUAGES;

const isLanguage = (text: string): text is Language => text in LANGUAGES;
export const directionOf = (language: string): 'ltr' | 'rtl' => (language === 'ar' ? 'rtl' : 'ltr');

type Strings = Readonly<Record<string, string>>;
type Book = Readonly<Record<Language, () => Promise<{ default: Strings }>>>;

/** What the first page says. */
const FIRST: Book = {
  en: () => import('./first/en.json', { with: { type: 'json' } }),
  ar: () => import('./first/ar.json', { with: { type: 'json' } }),
  fr: () => import('./first/fr.json', { with: { type: 'json' } }),
  es: () => import('./first/es.json', { with: { type: 'json' } }),
};
/** What all other pages say. */
const OTHERS: Book = {
  en: () => import('./en.json', { with: { type: 'json' } }),
  ar: () => import('./ar.json', { with: { type: 'json' } }),
  fr: () => import('./fr.json', { with: { type: 'json' } }),
  es: () => import('./es.json', { with: { type: 'json' } }),
};
/** The sentences of a verdict; English ones come from the node. */
const REASONS: Readonly<Partial<Record<Language, () => Promise<ReasonWords>>>> = {
  ar: async () => (await import('../../../src/agreement/reasons/ar.ts')).AR,
  fr: async () => (await import('../../../src/agreement/reasons/fr.ts')).FR,
  es: async () => (await import('../../../src/agreement/reasons/es.ts')).ES,
};
const reasons = new Map<string, ReasonWords>();
/** What says reasons in a language, on pages that say more than the first one; undefined where the node's own words do. */
export const reasonWords = (language: string): ReasonWords | undefined => reasons.get(language);

/** Those that a page has asked for: another language loads them too. */
const open = new Set([FIRST]);

const KEPT = 'entente-language';

function preferred(): Language {
  const kept = localStorage.getItem(KEPT) ?? '';
  const wanted = [kept, ...navigator.languages].map((tag) => tag.split('-')[0]!);
  return wanted.find(isLanguage) ?? 'en';
}

export async function startLanguages(): Promise<void> {
  await i18next
    .use(ICU)
    .use(initReactI18next)
    .init({
      lng: preferred(),
      fallbackLng: false,
      keySeparator: false,
      nsSeparator: false,
      interpolation: { escapeValue: false },
      resources: {},
    });
  await speak(preferred());
}

/** Loads a language and turns the page to it. */
export async function speak(language: Language): Promise<void> {
  await Promise.all([...open].map((book) => read(book, language)));
  await i18next.changeLanguage(language);
  localStorage.setItem(KEPT, language);
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}

/** A module of pages that say more than the first one, once their words are here. */
export async function withWords<M>(load: () => Promise<M>): Promise<M> {
  open.add(OTHERS);
  const [module] = await Promise.all([load(), read(OTHERS, i18next.language as Language)]);
  return module;
}

async function read(book: Book, language: Language): Promise<void> {
  if (book === OTHERS) {
    const words = await REASONS[language]?.();
    if (words) reasons.set(language, words);
  }
  i18next.addResourceBundle(language, 'translation', (await book[language]()).default, true);
}
