import { EntenteError } from '../../base/index.ts';
import { inject } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { LANG, languageOf } from '../exercise-words.ts';
import { PERSON, personOf } from '../request-step-command.ts';

export const command: Command = {
  name: 'exercise inject',
  usage: 'ATTEMPT INJECT [--lang LANG]',
  options: { ...LANG, ...PERSON },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      terminal.mark(invocation.json);
      const [id, name] = invocation.positionals;
      if (!id || !name) throw new EntenteError('usage', 'name the attempt and the inject');
      const text = (await inject(registry, id, name, personOf(invocation)))[languageOf(invocation)];
      terminal.out(invocation.json ? JSON.stringify({ inject: name, text }) : text);
      return 0;
    }),
};
