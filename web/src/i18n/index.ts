/** Four languages, each loaded when it is chosen; ICU messages, so that plurals and numbers follow each language's rules. */
import i18next from 'i18next';
import ICU from 'i18next-icu';
import { initReactI18next } from 'react-i18next';

export const LANGUAGES = { en: 'English', ar: 'العربية', fr: 'Français', es: 'Español' } as const;
export type Language = keyof typeof LANGUAGES;

const isLanguage = (text: string): text is Language => text in LANGUAGES;
export const directionOf = (language: string): 'ltr' | 'rtl' => (language === 'ar' ? 'rtl' : 'ltr');

type Strings = Readonly<Record<string, string>>;
const LOADERS: Readonly<Record<Language, () => Promise<{ default: Strings }>>> = {
  en: () => import('./en.json'),
  ar: () => import('./ar.json'),
  fr: () => import('./fr.json'),
  es: () => import('./es.json'),
};

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
  if (!i18next.hasResourceBundle(language, 'translation'))
    i18next.addResourceBundle(language, 'translation', (await LOADERS[language]()).default);
  await i18next.changeLanguage(language);
  localStorage.setItem(KEPT, language);
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}
