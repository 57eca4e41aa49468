/**
 * What is an exercise, and how it is marked: the one place. A case or an operation is an exercise when its name begins with the mark. The name is
 * given once and never changes, is in the ledger, and goes along wherever the case or operation goes, so nothing else has to be kept or sent for
 * a recipient to know it too.
 */
import { Html, html } from './html.ts';

/** In the four languages, so that nobody has to know one. */
export const EXERCISE_MARK = 'EXERCISE - NOT REAL - EJERCICIO - EXERCICE - تمرين';

/** `name`: of a case, or the title of an operation. */
export const isExercise = (name: string): boolean => name.startsWith(EXERCISE_MARK);

export const exerciseName = (name: string): string => `${EXERCISE_MARK} · ${name}`;

/** For records that other programs read: empty unless it is an exercise. */
export const watermarkOf = (name: string): { readonly watermark?: typeof EXERCISE_MARK } =>
  isExercise(name) ? { watermark: EXERCISE_MARK } : {};

/** The letters across are fixed, so that a printer repeats them on every page, and pale, so that what is under them can be read. */
export const EXERCISE_STYLE = `
.exercise-band { position: sticky; inset-block-start: 0; z-index: 9; margin: 0 0 1em; padding: .5em; border: 3px solid #000; background: #fd0; color: #000; font-weight: 700; text-align: center; }
.exercise-across { position: fixed; inset: 0; z-index: 8; display: flex; align-items: center; justify-content: center; pointer-events: none; font: 700 3em/1.3 system-ui, sans-serif; text-align: center; color: #b00; opacity: .13; transform: rotate(-24deg); }
.exercise-band, .exercise-across { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
`;

/** For pages: a band at the top and letters across, on the screen and on every printed page. Nothing unless it is an exercise. */
export function exerciseBanner(name: string): Html | null {
  if (!isExercise(name)) return null;
  return html`<style>${new Html(EXERCISE_STYLE)}</style><p class="exercise-band" role="note" dir="auto">${EXERCISE_MARK}</p><div class="exercise-across" aria-hidden="true">${EXERCISE_MARK}</div>`;
}
