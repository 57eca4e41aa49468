import { listPermissions } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'permission list',
  usage: '',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const permissions = await listPermissions(registry);
      if (invocation.json) for (const one of permissions) terminal.out(JSON.stringify(one));
      else if (permissions.length === 0) terminal.out('nothing was asked');
      else {
        const rows = permissions.map((one) => [
          one.id,
          one.direction === 'in' ? `${one.peerName} asks` : `asked of ${one.peerName}`,
          `${one.question.act}${one.question.onwardTo ? ` to ${one.question.onwardTo}` : ''}, ${one.question.purpose}`,
          one.verdict === null ? 'waits' : one.verdict === 'allow' ? `yes, until ${one.validUntil}` : 'no',
          one.reason,
        ]);
        for (const line of table(['id', 'who', 'what', 'answer', 'reason'], rows)) terminal.out(line);
      }
      return 0;
    }),
};
