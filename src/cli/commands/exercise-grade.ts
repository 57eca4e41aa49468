import { EntenteError } from '../../base/index.ts';
import { requireAttempt, xapiStatements } from '../../desk/index.ts';
import { gradeExercise } from '../../exchange/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { PERSON, personOf } from '../request-step-command.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'exercise grade',
  usage: 'ATTEMPT [--xapi]',
  details:
    'Exit code 1 when it was not passed. With --xapi the results come as xAPI statements, one a line. Graded before, it shows the grade.',
  options: { xapi: { type: 'boolean', help: 'xAPI statements' }, ...PERSON },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      terminal.mark(invocation.json);
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the attempt');
      const before = await requireAttempt(registry.db, id);
      const attempt = before.grade ? before : await gradeExercise(registry, id, personOf(invocation));
      const grade = attempt.grade!;
      if (invocation.flag('xapi'))
        for (const one of xapiStatements(attempt, `urn:entente:${registry.identity.kid}`))
          terminal.out(JSON.stringify(one));
      else if (invocation.json) terminal.out(JSON.stringify(grade));
      else {
        const rows = grade.tasks.map(({ task, points, of, because }) => [
          task,
          `${points}/${of}`,
          because ?? '',
        ]);
        for (const line of table(['task', 'points', 'because'], rows)) terminal.out(line);
        terminal.out(
          `${grade.points} of ${grade.of}, ${grade.percent} %: ${grade.passed ? 'passed' : 'not passed'}`,
        );
      }
      return grade.passed ? 0 : 1;
    }),
};
