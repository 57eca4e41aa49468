/** The language of an exercise, and its tasks as people read them. */
import { LANGUAGES, type Language } from '../agreement/index.ts';
import { type Attempt, openTasks, recordOf, requireExercise } from '../desk/index.ts';
import type { Invocation, Option } from './command.ts';
import { word } from './request-step-command.ts';
import type { Terminal } from './terminal.ts';

export const LANG: Readonly<Record<string, Option>> = {
  lang: { type: 'string', value: 'LANG', help: `${LANGUAGES.join(', ')} (default en)` },
};

export const languageOf = (invocation: Invocation): Language => word(invocation, 'lang', LANGUAGES, 'en');

export function showAttempt(attempt: Attempt, language: Language, terminal: Terminal): void {
  const exercise = requireExercise(attempt.exercise);
  const { answers, injects } = recordOf(attempt);
  terminal.out(`${attempt.id}  ${exercise.title[language]}  ${attempt.team}`);
  terminal.out(exercise.briefing[language]);
  terminal.out(`case ${attempt.case}; indicators: ${exercise.indicators.join(', ')}`);
  for (const one of exercise.injects) if (injects.has(one.id)) terminal.out(`! ${one.words[language]}`);
  for (const task of openTasks(exercise, injects)) {
    const answered = answers.has(task.id) ? '  [answered]' : '';
    terminal.out(`- ${task.id} (${task.points}): ${task.words[language]}${answered}`);
  }
}
