import { syncPeers } from '../../exchange/index.ts';
import { listPeers, requirePeer } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { formatCount } from '../terminal.ts';

export const command: Command = {
  name: 'sync',
  summary: 'exchange what waits with one peer or all: messages, deliveries, receipts',
  usage: '[PEER]',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const asked = invocation.positionals[0];
      const peers =
        asked === undefined ? await listPeers(registry.db) : [await requirePeer(registry.db, asked)];
      const { reports, failures } = await syncPeers(registry, peers);
      for (const report of reports) {
        if (invocation.json) terminal.out(JSON.stringify({ ok: true, ...report }));
        else {
          terminal.out(
            `${report.peer}: ${formatCount(report.accepted)} objects accepted, ${formatCount(report.unchanged)} known, ${formatCount(report.refused.length)} refused, ${formatCount(report.messages)} messages`,
          );
        }
        for (const problem of report.problems) terminal.note(problem);
      }
      for (const { peer, error } of failures) {
        if (invocation.json)
          terminal.out(
            JSON.stringify({
              ok: false,
              peer,
              error: { code: error.code, message: error.message, clauses: error.clauses },
            }),
          );
        terminal.note(`${terminal.style.red('error')} ${error.message}`);
      }
      return failures[0]?.error.exit ?? 0;
    }),
};
