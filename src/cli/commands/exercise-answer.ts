import { EntenteError } from '../../base/index.ts';
import { answerTask, requireAttempt } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { LANG, languageOf, showAttempt } from '../exercise-words.ts';
import { PERSON, personOf } from '../request-step-command.ts';

export const command: Command = {
  name: 'exercise answer',
  usage: 'ATTEMPT [TASK ANSWER] [--person NAME] [--lang LANG]',
  options: { ...LANG, ...PERSON },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      terminal.mark(invocation.json);
      const [id, task, ...answer] = invocation.positionals;
      if (!id || (task !== undefined && answer.length === 0))
        throw new EntenteError('usage', 'name the attempt, the task and the answer');
      const attempt =
        task === undefined
          ? await requireAttempt(registry.db, id)
          : await answerTask(registry, id, task, answer.join(' '), personOf(invocation));
      if (invocation.json) terminal.out(JSON.stringify(attempt));
      else await showAttempt(registry, attempt, languageOf(invocation), terminal);
      return 0;
    }),
};
