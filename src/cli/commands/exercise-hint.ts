import { EntenteError } from '../../base/index.ts';
import { takeHint } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { LANG, languageOf } from '../exercise-words.ts';
import { PERSON, personOf } from '../request-step-command.ts';

export const command: Command = {
  name: 'exercise hint',
  usage: 'ATTEMPT TASK [--lang LANG]',
  options: { ...LANG, ...PERSON },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      terminal.mark(invocation.json);
      const [id, task] = invocation.positionals;
      if (!id || !task) throw new EntenteError('usage', 'name the attempt and the task');
      const { cost, words } = await takeHint(registry, id, task, personOf(invocation));
      const text = words[languageOf(invocation)];
      terminal.out(invocation.json ? JSON.stringify({ cost, hint: text }) : `${text} (-${cost})`);
      return 0;
    }),
};
