import { EntenteError } from '../../base/index.ts';
import { pushMessages, queuePermission } from '../../exchange/index.ts';
import { answerPermission } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'permission answer',
  usage: 'ID (--yes --until TIME | --no) --words TEXT',
  options: {
    yes: { type: 'boolean', help: 'permit it' },
    no: { type: 'boolean', help: 'refuse it' },
    until: { type: 'string', value: 'TIME', help: 'with --yes: until when it holds, RFC 3339 or a day' },
    words: { type: 'string', value: 'TEXT', help: 'what the asker reads' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the question, as `entente permission list` does');
      if (invocation.flag('yes') === invocation.flag('no'))
        throw new EntenteError('usage', 'say --yes or --no');
      const until = invocation.string('until');
      const answered = await answerPermission(
        registry,
        id,
        {
          verdict: invocation.flag('yes') ? 'allow' : 'deny',
          validUntil:
            until === undefined ? null : /^\d{4}-\d{2}-\d{2}$/.test(until) ? `${until}T00:00:00Z` : until,
          words: invocation.required('words'),
        },
        queuePermission(registry),
      );
      const pushed = await pushMessages(registry);
      if (invocation.json) terminal.out(JSON.stringify({ ...answered, waiting: pushed.waiting }));
      else terminal.out(answered.verdict === 'allow' ? `permitted until ${answered.validUntil}` : 'refused');
      for (const problem of pushed.problems) terminal.note(problem);
      return 0;
    }),
};
