/** The language of an exercise, and its tasks as people read them. */
import { LANGUAGES, type Language } from '../agreement/index.ts';
import { type Attempt, isDone, openTasks, recordOf, requireExercise } from '../desk/index.ts';
import { actionsIn, operationOf } from '../exchange/index.ts';
import type { Registry } from '../registry/index.ts';
import type { Invocation, Option } from './command.ts';
import { word } from './request-step-command.ts';
import type { Terminal } from './terminal.ts';

export const LANG: Readonly<Record<string, Option>> = {
  lang: { type: 'string', value: 'LANG', help: `${LANGUAGES.join(', ')} (default en)` },
};

export const languageOf = (invocation: Invocation): Language => word(invocation, 'lang', LANGUAGES, 'en');

/** What is asked, what was answered and done, what came in; how to go on is said beside it. */
export async function showAttempt(
  registry: Registry,
  attempt: Attempt,
  language: Language,
  terminal: Terminal,
): Promise<void> {
  const exercise = requireExercise(attempt.exercise);
  const { answers, hints, injects } = recordOf(attempt);
  const actions = await actionsIn(registry, attempt);
  const operation = exercise.operation ? operationOf(attempt.case) : null;
  terminal.out(`${attempt.id}  ${exercise.title[language]}  ${attempt.team}`);
  terminal.out(exercise.briefing[language]);
  terminal.out(`case ${attempt.case}; indicators: ${exercise.indicators.join(', ')}`);
  if (operation) terminal.out(`operation ${operation}`);
  for (const one of exercise.injects) if (injects.has(one.id)) terminal.out(`! ${one.words[language]}`);
  for (const task of openTasks(exercise, injects)) {
    const answer = answers.get(task.id);
    // Whether an answer is right is told with the grade.
    const state = task.kind === 'action' && isDone(task, actions) ? '✓' : answer === undefined ? '·' : '→';
    const hint = task.hint && !hints.has(task.id) ? `; hint -${task.hint.cost}` : '';
    terminal.out(
      `${state} ${task.id} (${task.points}${hint}): ${task.words[language]}${answer === undefined ? '' : `  → ${answer}`}`,
    );
  }
  if (attempt.grade) return;
  terminal.note(`work as in any case: entente evidence list ${attempt.case}`);
  terminal.note('                     entente evidence show|run …, entente timeline …');
  if (operation)
    terminal.note(`and operation:       entente operation targets|slice|route|hold ${operation} …`);
  terminal.note(
    'its indicators:      one a line in a file, entente import FILE --unmarked red (red goes to nobody)',
  );
  terminal.note(`answer:              entente exercise answer ${attempt.id} TASK ANSWER`);
}
