import { EntenteError } from '../../base/index.ts';
import { addTags, listTags, openCaseTimeline, removeTag } from '../../cases/timeline/index.ts';
import { caseNamed } from '../case-named.ts';
import { circumstancesOf } from '../circumstances.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';
import { printable } from '../terminal.ts';

export const command: Command = {
  name: 'timeline tag',
  usage: 'CASE [EVENT… --tag NAME [--comment TEXT] | --remove ID]',
  details: `
A tag is a signed record beside the timeline, which never changes. Without events the tags of the case are listed.

  entente timeline tag Example 1:4711 1:4712 --tag suspicious --comment "before the log-on"`,
  options: {
    tag: { type: 'string', value: 'NAME', help: 'the mark; without events: list only these' },
    comment: { type: 'string', value: 'TEXT', help: 'why' },
    remove: { type: 'string', value: 'ID', help: 'take this tag back' },
    person: { type: 'string', value: 'NAME', help: 'who marks (default: the system’s user name)' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const [name, ...events] = invocation.positionals;
      if (!name) throw new EntenteError('usage', 'name the case');
      const file = await caseNamed(registry, name, invocation, terminal);
      const { person } = circumstancesOf(invocation, 'to mark events');
      const remove = invocation.string('remove');
      if (remove !== undefined) {
        await removeTag(registry, file, remove, person);
        terminal.note(`${remove} is taken back; the record of it stays`);
        return 0;
      }
      const tag = invocation.string('tag');
      const comment = invocation.string('comment');
      if (events.length > 0) {
        using opened = await openCaseTimeline(registry, file);
        const said = {
          tag: invocation.required('tag'),
          person,
          ...(comment === undefined ? {} : { comment }),
        };
        for (const made of await addTags(registry, file, opened, events, said))
          terminal.out(invocation.json ? JSON.stringify(made) : `${made.event}  ${made.tag}  ${made.id}`);
        return 0;
      }
      const tags = await listTags(registry, file, tag === undefined ? {} : { tag });
      if (invocation.json) for (const one of tags) terminal.out(JSON.stringify(one));
      else {
        const rows = tags.map((one) => [
          one.event,
          one.tag,
          one.person,
          one.at,
          one.id,
          printable(one.comment),
        ]);
        for (const line of table(['event', 'tag', 'by', 'at', 'id', 'comment'], rows)) terminal.out(line);
      }
      return 0;
    }),
};
