import { clockOf, listRequests, PAGE_MAX, REQUEST_KINDS, REQUEST_STATES } from '../../desk/index.ts';
import { listPeers, requirePeer } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { word } from '../request-step-command.ts';
import { requestJson } from '../request-view.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'request list',
  usage: '[WORDS…] [--state STATE] [--kind KIND] [--peer PEER] [--in | --out] [--late]',
  options: {
    state: { type: 'string', value: 'STATE', help: REQUEST_STATES.join(', ') },
    kind: { type: 'string', value: 'KIND', help: REQUEST_KINDS.join(', ') },
    peer: { type: 'string', value: 'PEER', help: 'with whom' },
    in: { type: 'boolean', help: 'received only' },
    out: { type: 'boolean', help: 'made only' },
    late: { type: 'boolean', help: 'only those to be escalated, of this page' },
    limit: { type: 'string', value: 'N', help: `how many (default 50, up to ${PAGE_MAX})` },
    after: { type: 'string', value: 'PLACE', help: 'where the page before ended' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const now = registry.clock();
      const peer = invocation.string('peer');
      const after = invocation.string('after');
      const page = await listRequests(
        registry.db,
        {
          text: invocation.positionals.join(' '),
          ...(invocation.string('state') ? { state: word(invocation, 'state', REQUEST_STATES) } : {}),
          ...(invocation.string('kind') ? { kind: word(invocation, 'kind', REQUEST_KINDS) } : {}),
          ...(peer === undefined ? {} : { peer: (await requirePeer(registry.db, peer)).kid }),
          ...(invocation.flag('in') ? { direction: 'in' as const } : {}),
          ...(invocation.flag('out') ? { direction: 'out' as const } : {}),
        },
        {
          limit: invocation.integer('limit', { min: 1, max: PAGE_MAX, default: 50 }),
          ...(after === undefined ? {} : { after }),
        },
      );
      const requests = page.requests.filter(
        (request) => !invocation.flag('late') || (clockOf(request, now)?.escalation ?? 0) > 0,
      );
      const names = new Map((await listPeers(registry.db)).map(({ kid, name }) => [kid, name]));
      if (invocation.json)
        for (const request of requests) terminal.out(JSON.stringify(requestJson(request, now)));
      else if (requests.length === 0) terminal.out('no requests');
      else {
        const rows = requests.map((request) => {
          const clock = clockOf(request, now);
          const due = [clock?.respond, clock?.resolve].find((target) => target && target.at === null);
          return [
            request.id.slice(9, 17),
            request.direction === 'in' ? 'from' : 'to',
            names.get(request.peer) ?? request.peer,
            request.kind,
            request.ask.priority,
            request.state,
            due ? `${due.by.slice(0, 16)}${clock!.escalation ? ` LATE ${clock!.escalation}` : ''}` : '',
            request.ask.subject,
          ];
        });
        for (const line of table(
          ['request', '', 'peer', 'kind', 'priority', 'state', 'due', 'subject'],
          rows,
        ))
          terminal.out(line);
      }
      if (page.next) terminal.note(`more: --after ${page.next}`);
      return 0;
    }),
};
