import { EXERCISES, PATHS } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { LANG, languageOf } from '../exercise-words.ts';
import { word } from '../request-step-command.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'exercise list',
  usage: '[--path ROLE] [--lang LANG]',
  options: { path: { type: 'string', value: 'ROLE', help: PATHS.join(', ') }, ...LANG },
  async run(invocation, terminal) {
    const language = languageOf(invocation);
    const path = invocation.string('path') === undefined ? null : word(invocation, 'path', PATHS);
    const exercises = EXERCISES.filter(({ paths }) => path === null || paths.includes(path));
    if (invocation.json)
      for (const { id, version, paths, title, briefing } of exercises)
        terminal.out(
          JSON.stringify({ id, version, paths, title: title[language], briefing: briefing[language] }),
        );
    else
      for (const line of table(
        ['exercise', 'paths', 'title'],
        exercises.map(({ id, paths, title }) => [id, paths.join(', '), title[language]]),
      ))
        terminal.out(line);
    return 0;
  },
};
