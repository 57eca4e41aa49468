import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { preparePackages, signPackage } from '../../operations/index.ts';
import { requirePeer } from '../../registry/index.ts';
import { operationCommand } from '../operation.ts';
import { packageLines } from '../operation-packages.ts';

export const command = operationCommand(
  {
    name: 'operation package',
    usage: 'OPERATION [--party PEER] [--out DIR]',
    details:
      'Shows what stays behind and by which clause, and free text that has to be decided first (`operation text`).',
    options: {
      party: { type: 'string', value: 'PEER', help: 'for this recipient only' },
      out: { type: 'string', value: 'DIR', help: 'write the files here, to look at' },
      again: { type: 'boolean', help: 'with what a recipient has already' },
    },
  },
  async ({ registry, operation, invocation }) => {
    const asked = invocation.string('party');
    const only = asked === undefined ? undefined : (await requirePeer(registry.db, asked)).kid;
    const prepared = await preparePackages(registry, operation, { only, again: invocation.flag('again') });
    const out = invocation.string('out');
    const files: string[] = [];
    if (out !== undefined) await mkdir(out, { recursive: true });
    for (const { contents, peer, scope } of prepared) {
      if (out === undefined || !contents) continue;
      const name = join(out, `${scope.name}-${peer.name.replace(/[^\p{L}\p{N}]+/gu, '-')}.html`);
      await writeFile(name, (await signPackage(registry.identity, contents, peer.kid)).file, { mode: 0o600 });
      files.push(name);
    }
    return {
      value: prepared.map(({ peer, scope, selection: { items, denied, texts } }) => ({
        to: peer.name,
        scope: scope.name,
        items: items.length,
        denied,
        texts,
      })),
      lines: [...prepared.flatMap(packageLines), ...files],
    };
  },
);
