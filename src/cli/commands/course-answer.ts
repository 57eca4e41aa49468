import { EntenteError } from '../../base/index.ts';
import { answerLesson } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { LANG, languageOf } from '../exercise-words.ts';
import { PERSON, personOf } from '../request-step-command.ts';

export const command: Command = {
  name: 'course answer',
  usage: 'LESSON N… [--person NAME] [--lang LANG]',
  details:
    'One number for each question of the lesson, in order. Exit code 1 when one is wrong; it may be answered again, after reading again.',
  options: { ...LANG, ...PERSON },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const [id, ...said] = invocation.positionals;
      if (!id || said.length === 0)
        throw new EntenteError('usage', 'name the lesson, and a number for each of its questions');
      const person = personOf(invocation);
      const result = await answerLesson(registry, id, said.map(Number), person, languageOf(invocation));
      if (invocation.json) terminal.out(JSON.stringify(result));
      else {
        result.answers.forEach(({ right, why }, i) => {
          terminal.out(`${i + 1}. ${right ? `✓ ${why}` : '✗'}`);
        });
        terminal.note(
          result.passed
            ? `${person} has done this lesson`
            : `read again what the wrong ones ask about: entente course read ${id}`,
        );
      }
      return result.passed ? 0 : 1;
    }),
};
