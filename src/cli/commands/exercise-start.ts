import { userInfo } from 'node:os';
import { EntenteError } from '../../base/index.ts';
import { requireExercise } from '../../desk/index.ts';
import { beginExercise } from '../../exchange/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { LANG, languageOf, showAttempt } from '../exercise-words.ts';

export const command: Command = {
  name: 'exercise start',
  usage: 'EXERCISE [--member NAME…] [--team NAME] [--lang LANG]',
  options: {
    team: { type: 'string', value: 'NAME', help: 'the team (default: its first member)' },
    member: {
      type: 'string',
      value: 'NAME',
      multiple: true,
      help: 'who is in it (default: the user of this computer)',
    },
    ...LANG,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      terminal.mark(invocation.json);
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the exercise; `entente exercise list` shows them');
      const named = invocation.strings('member');
      const members = named.length > 0 ? named : [userInfo().username];
      const team = invocation.string('team') ?? members[0]!;
      const attempt = await beginExercise(registry, requireExercise(id), team, members);
      if (invocation.json) terminal.out(JSON.stringify(attempt));
      else await showAttempt(registry, attempt, languageOf(invocation), terminal);
      return 0;
    }),
};
