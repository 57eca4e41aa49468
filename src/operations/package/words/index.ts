import type { Language } from '../../operations.ts';
import { AR } from './ar.ts';
import { EN, type Words } from './en.ts';
import { ES } from './es.ts';
import { FR } from './fr.ts';

export const WORDS: Readonly<Record<Language, Words>> = { ar: AR, en: EN, fr: FR, es: ES };
export type { Words } from './en.ts';
