import type { Language } from '../terms.ts';
import { AR } from './ar.ts';
import { EN } from './en.ts';
import { ES } from './es.ts';
import { FR } from './fr.ts';
import type { ReasonWords } from './say.ts';

/** What can say a reason in any of the languages; the engine itself needs only the English words. */
export const REASON_WORDS: Readonly<Record<Language, ReasonWords>> = { ar: AR, en: EN, es: ES, fr: FR };
export { parseReason, REASONS, type Reason, type ReasonKey } from './reason.ts';
export { type ReasonWords, sayClause, sayReason } from './say.ts';
