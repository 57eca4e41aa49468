import { progressOf } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { LANG, languageOf } from '../exercise-words.ts';
import { PERSON, personOf } from '../request-step-command.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'course list',
  usage: '[--person NAME] [--lang LANG]',
  options: { ...LANG, ...PERSON },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const language = languageOf(invocation);
      const courses = (await progressOf(registry.db, personOf(invocation))).map(
        ({ course, steps, finished }) => ({
          course: course.path,
          title: course.title[language],
          about: course.about[language],
          done: steps.filter((one) => one.done).length,
          of: steps.length,
          finished,
        }),
      );
      if (invocation.json) for (const one of courses) terminal.out(JSON.stringify(one));
      else
        for (const line of table(
          ['course', 'title', 'done', 'what it is for'],
          courses.map(({ course, title, about, done, of, finished }) => [
            course,
            title,
            `${done}/${of}${finished ? ' ✓' : ''}`,
            about,
          ]),
        ))
          terminal.out(line);
      return 0;
    }),
};
