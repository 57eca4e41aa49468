import { findServer, listServers, syncPeers } from '../../exchange/index.ts';
import { listPeers, requirePeer } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { formatCount } from '../terminal.ts';

export const command: Command = {
  name: 'sync',
  usage: '[PEER|SERVER]',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const asked = invocation.positionals[0];
      const server = asked === undefined ? null : await findServer(registry, asked);
      const everyone = asked === undefined;
      const peers = everyone
        ? await listPeers(registry.db)
        : server
          ? []
          : [await requirePeer(registry.db, asked)];
      const servers = everyone ? await listServers(registry) : server ? [server] : [];
      const progress = terminal.progress('receiving', { unit: 'items' });
      const { reports, failures } = await syncPeers(registry, peers, servers, (_name, received) =>
        progress.update(received),
      ).finally(() => progress.end());
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
      return Math.max(0, ...failures.map(({ error }) => error.exit));
    }),
};
