import { sendInOperation } from '../../exchange/index.ts';
import { preparePackages, sendPackage } from '../../operations/index.ts';
import { requirePeer } from '../../registry/index.ts';
import { operationCommand } from '../operation.ts';
import { packageLines } from '../operation-packages.ts';
import { formatBytes } from '../terminal.ts';

export const command = operationCommand(
  {
    name: 'operation send',
    usage: 'OPERATION [--party PEER]',
    details:
      'Each recipient gets only what it has not got yet. Receipt and reading come back; see `operation packages`.',
    options: { party: { type: 'string', value: 'PEER', help: 'to this recipient only' } },
  },
  async ({ registry, operation, invocation, terminal }) => {
    const asked = invocation.string('party');
    const only = asked === undefined ? undefined : (await requirePeer(registry.db, asked)).kid;
    const prepared = await preparePackages(registry, operation, { only });
    const progress = terminal.progress('sending', { unit: 'items', total: prepared.length });
    const sent = [];
    const lines: string[] = [];
    for (const [i, one] of prepared.entries()) {
      lines.push(...packageLines(one));
      if (one.contents) {
        const made = await sendPackage(registry, operation, one, sendInOperation(registry));
        sent.push(made);
        lines.push(`  sent: ${formatBytes(made.sizeBytes)}, ${made.id}`);
      }
      progress.update(i + 1);
    }
    progress.end();
    return { value: sent, lines: sent.length === 0 ? [...lines, 'nothing to send'] : lines };
  },
);
