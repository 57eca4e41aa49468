import { AR } from './ar.ts';
import { EN, type WordKey, type Words } from './en.ts';
import { ES } from './es.ts';
import { FR } from './fr.ts';

export const REPORT_LANGUAGES = ['ar', 'en', 'es', 'fr'] as const;
export type ReportLanguage = (typeof REPORT_LANGUAGES)[number];
export type { WordKey, Words };

export const WORDS: Readonly<Record<ReportLanguage, Words>> = { ar: AR, en: EN, es: ES, fr: FR };
