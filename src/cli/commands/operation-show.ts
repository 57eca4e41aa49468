import { watermarkOf } from '../../base/index.ts';
import {
  listOperations,
  listParties,
  listPosts,
  readTargets,
  writeLocalTime,
} from '../../operations/index.ts';
import { listPeers } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { operationCommand } from '../operation.ts';
import { table } from '../table.ts';
import { formatCount } from '../terminal.ts';

const one = operationCommand(
  { name: 'operation show', usage: '', options: {} },
  async ({ registry, operation }) => {
    const { lookUpKey: _secret, ...facts } = operation;
    const names = new Map((await listPeers(registry.db)).map(({ kid, name }) => [kid, name]));
    const nameOf = (kid: string) => (kid === '' ? registry.name : (names.get(kid) ?? kid));
    const parties = await listParties(registry.db, operation);
    const posts = await listPosts(registry.db, operation);
    const targets = await readTargets(registry.db, operation);
    const counts = { targets: targets.length, waiting: targets.filter(({ queue }) => queue !== null).length };
    const clock = parties.map(
      ({ peer, timeZone }) =>
        [nameOf(peer), operation.actionDay && writeLocalTime(operation.actionDay, timeZone)] as const,
    );
    const rows = parties.map(({ peer, role, state, covers, language }) => [
      nameOf(peer),
      role,
      state,
      covers.join(' '),
      language,
    ]);
    return {
      value: {
        ...facts,
        lead: nameOf(operation.lead),
        parties: parties.map((party) => ({ ...party, name: nameOf(party.peer) })),
        posts,
        ...counts,
      },
      lines: [
        `${operation.title} (${operation.name}), ${operation.state}, TLP:${operation.tlp.toUpperCase()}, led by ${nameOf(operation.lead)}`,
        ...(operation.purpose ? [operation.purpose] : []),
        `${formatCount(counts.targets)} targets, ${formatCount(counts.waiting)} wait for a person`,
        '',
        ...table(['party', 'role', 'state', 'covers', 'language'], rows),
        ...(operation.actionDay
          ? ['', `action day ${operation.actionDay}`, ...clock.map(([name, time]) => `  ${time}  ${name}`)]
          : []),
        ...(posts.length > 0
          ? ['', ...posts.map(({ room, author, at, text }) => `${at} ${room} ${author}: ${text}`)]
          : []),
      ],
    };
  },
);

export const command: Command = {
  name: 'operation show',
  usage: '[OPERATION]',
  options: {},
  run(invocation, terminal) {
    if (invocation.positionals.length > 0) return one.run(invocation, terminal);
    return withRegistry(invocation, async (registry) => {
      const operations = await listOperations(registry.db);
      if (invocation.json)
        for (const { lookUpKey: _secret, ...facts } of operations)
          terminal.out(JSON.stringify({ ...watermarkOf(facts.title), ...facts }));
      else if (operations.length === 0) terminal.out('no operations yet');
      else
        for (const line of table(
          ['name', 'state', 'led', 'title'],
          operations.map(({ name, state, lead, title }) => [
            name,
            state,
            lead === '' ? 'here' : 'by a peer',
            title,
          ]),
        ))
          terminal.out(line);
      return 0;
    });
  },
};
