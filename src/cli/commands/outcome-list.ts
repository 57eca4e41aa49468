import { listOutcomes } from '../../operations/index.ts';
import { listPeers } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'outcome list',
  usage: '',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const names = new Map((await listPeers(registry.db)).map((peer) => [peer.kid, peer.name]));
      const outcomes = await listOutcomes(registry);
      if (invocation.json)
        for (const outcome of outcomes)
          terminal.out(JSON.stringify({ ...outcome, peerName: names.get(outcome.peer) ?? null }));
      else if (outcomes.length === 0) terminal.out('no outcomes yet');
      else {
        const rows = outcomes.map((outcome) => [
          outcome.at,
          outcome.direction === 'in' ? 'from' : 'to',
          names.get(outcome.peer) ?? outcome.peer,
          outcome.kind,
          String(outcome.quantity),
          outcome.object,
        ]);
        for (const line of table(['when', '', 'peer', 'outcome', 'how many', 'object'], rows))
          terminal.out(line);
      }
      return 0;
    }),
};
