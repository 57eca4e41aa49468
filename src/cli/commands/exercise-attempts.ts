import { EXERCISE_MARK } from '../../base/index.ts';
import { listAttempts } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'exercise attempts',
  usage: '[--member NAME]',
  options: { member: { type: 'string', value: 'NAME', help: 'those of teams with this person' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const attempts = await listAttempts(registry.db, invocation.string('member'));
      if (invocation.json)
        for (const one of attempts) terminal.out(JSON.stringify({ watermark: EXERCISE_MARK, ...one }));
      else if (attempts.length === 0)
        terminal.out('no attempts yet; `entente exercise start EXERCISE` begins one');
      else {
        const rows = attempts.map(({ id, exercise, team, startedAt, grade }) => [
          id,
          exercise,
          team,
          startedAt,
          grade ? `${grade.percent} %, ${grade.passed ? 'passed' : 'not passed'}` : 'open',
        ]);
        for (const line of table(['attempt', 'exercise', 'team', 'begun', ''], rows)) terminal.out(line);
      }
      return 0;
    }),
};
