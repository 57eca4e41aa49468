import { EntenteError } from '../../base/index.ts';
import { courseStatements, progressOf, requireCourse, titleOf } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { LANG, languageOf } from '../exercise-words.ts';
import { PERSON, personOf } from '../request-step-command.ts';

export const command: Command = {
  name: 'course show',
  usage: 'COURSE [--person NAME] [--lang LANG] [--xapi]',
  details:
    'Lessons and exercises in the order in which they build on each other. With --xapi, what the person answered comes as xAPI statements, one a line.',
  options: { ...LANG, ...PERSON, xapi: { type: 'boolean', help: 'xAPI statements' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const asked = invocation.positionals[0];
      if (!asked) throw new EntenteError('usage', 'name the course; `entente course list` shows them');
      const { path } = requireCourse(asked);
      const language = languageOf(invocation);
      const person = personOf(invocation);
      if (invocation.flag('xapi')) {
        const home = `urn:entente:${registry.identity.kid}`;
        for (const one of await courseStatements(registry.db, path, person, home))
          terminal.out(JSON.stringify(one));
        return 0;
      }
      const { course, steps, finished } = (await progressOf(registry.db, person)).find(
        (one) => one.course.path === path,
      )!;
      const rows = steps.map(({ step, done }) => ({ ...step, title: titleOf(step, language), done }));
      if (invocation.json) {
        const [title, about] = [course.title[language], course.about[language]];
        terminal.out(JSON.stringify({ course: path, title, about, steps: rows, finished }));
        return 0;
      }
      terminal.out(terminal.style.bold(course.title[language]));
      terminal.out(course.about[language]);
      terminal.out('');
      for (const { kind, id, title, done } of rows)
        terminal.out(`${done ? '✓' : '·'} ${kind} ${id}  ${title}`);
      const next = rows.find(({ done }) => !done);
      if (next)
        terminal.note(
          next.kind === 'lesson'
            ? `next: entente course read ${next.id}`
            : `next: entente exercise start ${next.id} --team TEAM --member "${person}"`,
        );
      if (finished) terminal.note(`${person} has finished this course`);
      return 0;
    }),
};
