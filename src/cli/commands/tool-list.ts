import { type HeldTool, listHeld, listPublished, requireHeld } from '../../desk/index.ts';
import { listPeers } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';
import { printable } from '../terminal.ts';
import { heldRow, heldView, publishedView } from '../tool-view.ts';

export const command: Command = {
  name: 'tool list',
  usage: '[TOOL | --published]',
  details: 'With TOOL: what it says of itself, as whoever accepts it wants to know.',
  options: { published: { type: 'boolean', help: 'what this node gives to others' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      if (invocation.flag('published')) {
        const published = await listPublished(registry.db);
        if (invocation.json) for (const one of published) terminal.out(JSON.stringify(publishedView(one)));
        else if (published.length === 0) terminal.out('nothing yet; `entente tool publish FILE`');
        else {
          const rows = published.map(({ tool, version, manifest, at, retired }) => [
            tool,
            version,
            manifest.kind,
            printable(manifest.title),
            at.slice(0, 10),
            retired ? `taken back: ${printable(retired.reason)}` : 'offered',
          ]);
          for (const line of table(['tool', 'version', 'kind', 'title', 'since', 'state'], rows))
            terminal.out(line);
        }
        return 0;
      }
      const asked = invocation.positionals[0];
      if (asked !== undefined) {
        const one = await requireHeld(registry.db, asked);
        if (invocation.json) terminal.out(JSON.stringify({ ...heldView(one), manifest: one.manifest }));
        else for (const line of inFull(one)) terminal.out(printable(line));
        return 0;
      }
      const held = await listHeld(registry.db);
      const peers = await listPeers(registry.db);
      if (invocation.json) for (const one of held) terminal.out(JSON.stringify(heldView(one)));
      else if (held.length === 0) terminal.out('nothing yet; `entente tool fetch PEER`');
      else {
        const heads = ['tool', 'version', 'kind', 'title', 'from', 'state', 'seats', 'id'];
        for (const line of table(
          heads,
          held.map((one) => heldRow(one, peers)),
        ))
          terminal.out(line);
      }
      return 0;
    }),
};

function inFull({ id, sha256, by, at, accepted, retired, manifest }: HeldTool): string[] {
  const { title, version, kind, author, licence, description, inputs, outputs } = manifest;
  const { limits, parameters = [], selfTests, content } = manifest;
  return [
    `${title} ${version}  ${kind}`,
    description,
    `by           ${author}, ${licence}`,
    `reads        ${inputs}`,
    `gives        ${outputs}`,
    ...parameters.map(
      ({ name, required, description: about }) =>
        `--set ${name}=…  ${about}${required ? '' : ' (may be left out)'}`,
    ),
    ...(limits
      ? [
          `may take     ${limits.memoryMiB} MiB of memory, ${limits.seconds} s, ${limits.outputMiB} MiB of output`,
        ]
      : [`holds        ${content.length} files`]),
    `self-tests   ${selfTests.map(({ name }) => name).join('; ')}`,
    `fetched      ${at} by ${by}`,
    ...(accepted
      ? [
          `accepted     ${accepted.at} by ${accepted.by}, for ${accepted.purpose}${accepted.clause ? `, ${accepted.seats} seats under ${accepted.clause}` : ''}`,
        ]
      : []),
    ...(retired ? [`retired      ${retired.at} by ${retired.by}: ${retired.reason}`] : []),
    `${id}  ${sha256}`,
  ];
}
