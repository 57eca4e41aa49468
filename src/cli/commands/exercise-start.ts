import { EntenteError } from '../../base/index.ts';
import { requireExercise } from '../../desk/index.ts';
import { beginExercise } from '../../exchange/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { LANG, languageOf, showAttempt } from '../exercise-words.ts';

export const command: Command = {
  name: 'exercise start',
  usage: 'EXERCISE --team NAME --member NAME… [--lang LANG]',
  options: {
    team: { type: 'string', value: 'NAME', help: 'the team' },
    member: { type: 'string', value: 'NAME', multiple: true, help: 'who is in it' },
    ...LANG,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      terminal.mark(invocation.json);
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the exercise; `entente exercise list` shows them');
      const attempt = await beginExercise(
        registry,
        requireExercise(id),
        invocation.required('team'),
        invocation.strings('member'),
      );
      if (invocation.json) terminal.out(JSON.stringify(attempt));
      else await showAttempt(registry, attempt, languageOf(invocation), terminal);
      return 0;
    }),
};
