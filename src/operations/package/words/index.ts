import type { Language } from '../../operations.ts';
import { AR } from './ar.ts';
import { EN } from './en.ts';
import { ES } from './es.ts';
import { FR } from './fr.ts';

export type WordKey = keyof typeof EN;
export type Words = Readonly<Record<WordKey, string>>;

export const WORDS: Readonly<Record<Language, Words>> = { ar: AR, en: EN, fr: FR, es: ES };
