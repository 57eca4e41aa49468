import { EntenteError, isTimestamp } from '../../base/index.ts';
import { countRequests } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'request counts',
  usage: '[--from TIME] [--until TIME] [--publish]',
  options: {
    from: { type: 'string', value: 'TIME', help: 'sent from then on, as 2026-01-01T00:00:00Z' },
    until: { type: 'string', value: 'TIME', help: 'sent before' },
    publish: {
      type: 'boolean',
      help: 'for outsiders: peers whose agreement keeps counts back are not named',
    },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const from = invocation.string('from') ?? '1970-01-01T00:00:00.000Z';
      const until = invocation.string('until') ?? '9999-12-31T23:59:59.999Z';
      for (const at of [from, until])
        if (!isTimestamp(at))
          throw new EntenteError('timestamp-invalid', `"${at.slice(0, 40)}" is no UTC timestamp`);
      const counts = await countRequests(registry, { from, until }, invocation.flag('publish'));
      if (invocation.json) for (const count of counts) terminal.out(JSON.stringify(count));
      else if (counts.length === 0) terminal.out('no requests');
      else {
        const heads = [
          'peer',
          '',
          'kind',
          'requests',
          'accepted',
          'declined',
          'answered',
          'withdrawn',
          'in time',
          'late',
        ];
        const rows = counts.map((one) => [
          one.peer ?? '(not named)',
          one.direction === 'in' ? 'asked us' : 'was asked',
          one.kind,
          ...[
            one.requests,
            one.accepted,
            one.declined,
            one.answered,
            one.withdrawn,
            one.inTime,
            one.late,
          ].map(String),
        ]);
        for (const line of table(heads, rows)) terminal.out(line);
      }
      return 0;
    }),
};
