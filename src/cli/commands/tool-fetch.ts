import { PURPOSES } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { fetchTools, repositoryIn } from '../../exchange/tools/index.ts';
import { requirePeer } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { PERSON, personOf, word } from '../request-step-command.ts';
import { printable } from '../terminal.ts';
import { heldView, PURPOSE } from '../tool-view.ts';

export const command: Command = {
  name: 'tool fetch',
  usage: 'PEER [TOOL] [--from FOLDER] [--purpose WORD] [--person NAME]',
  details: `
The peer's list is verified (TUF): signed by the keys that the agreement's node key vouches for, not older than what was seen before, not out of date,
of one piece. A tool that the peer has taken back is retired here.`,
  options: {
    from: {
      type: 'string',
      value: 'FOLDER',
      help: 'what `entente tool export` wrote at the peer, carried here',
    },
    ...PURPOSE,
    ...PERSON,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const [name, tool] = invocation.positionals;
      if (!name) throw new EntenteError('usage', 'name the peer (`entente peer list`)');
      const peer = await requirePeer(registry.db, name);
      const purpose = word(invocation, 'purpose', PURPOSES, 'investigation');
      const folder = invocation.string('from');
      const report = await fetchTools(
        registry,
        peer,
        personOf(invocation),
        { purpose, ...(tool === undefined ? {} : { tool }) },
        folder === undefined ? undefined : repositoryIn(peer, folder),
      );
      for (const { tool: path, why } of report.left) terminal.note(printable(`not fetched: ${path}: ${why}`));
      for (const { tool: gone, version } of report.retired)
        terminal.note(`retired: ${gone} ${version}, which ${peer.name} does not offer any more`);
      if (invocation.json)
        terminal.out(
          JSON.stringify({
            fetched: report.fetched.map(heldView),
            left: report.left,
            retired: report.retired.map(({ id }) => id),
          }),
        );
      else {
        for (const { tool: came, version, manifest, id } of report.fetched)
          terminal.out(printable(`${came} ${version}  ${manifest.kind}  "${manifest.title}"  ${id}`));
        terminal.out(
          report.fetched.length === 0
            ? 'nothing new'
            : `${report.fetched.length} fetched; a second person accepts each: \`entente tool accept TOOL\``,
        );
      }
      return 0;
    }),
};
