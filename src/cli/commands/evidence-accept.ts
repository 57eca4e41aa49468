import { EntenteError } from '../../base/index.ts';
import { listTransfers, refuseExhibit, requireTransfer } from '../../cases/index.ts';
import { fetchAndAccept, pushMessages, sendAboutEvidence } from '../../exchange/index.ts';
import { findPeer, type Registry } from '../../registry/index.ts';
import { caseNamed } from '../case-named.ts';
import { CIRCUMSTANCES, circumstancesOf } from '../circumstances.ts';
import type { Command, Invocation } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';
import { formatBytes, type Terminal } from '../terminal.ts';

export const command: Command = {
  name: 'evidence accept',
  usage: '[TRANSFER --case CASE]',
  details: `
Fetches the chain of custody and the bytes from the peer, checks every event, proof and digest, and only then accepts. What has come before an
interruption is kept: call it again. \`--refuse REASON\` says no.`,
  options: {
    case: { type: 'string', value: 'CASE', help: 'the case that it becomes an exhibit of' },
    refuse: { type: 'string', value: 'REASON', help: 'do not take it' },
    ...CIRCUMSTANCES,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const asked = invocation.positionals[0];
      if (!asked) return list(registry, invocation, terminal);
      const transfer = await requireTransfer(registry.db, asked);
      const peer = await findPeer(registry.db, transfer.peer);
      if (!peer) throw new EntenteError('not-found', 'the peer that offers it is no longer known here');
      const reason = invocation.string('refuse');
      if (reason !== undefined) {
        await refuseExhibit(registry, transfer, reason, sendAboutEvidence(registry));
        terminal.out(invocation.json ? JSON.stringify({ refused: transfer.id }) : `refused ${transfer.id}`);
      } else {
        const file = await caseNamed(registry, invocation.required('case'), invocation, terminal);
        const said = circumstancesOf(invocation, `transfer from ${peer.name}`);
        const progress = terminal.progress(transfer.offer.exhibit.name, { unit: 'bytes' });
        const exhibit = await fetchAndAccept(registry, transfer, peer, file, said, (done, total) =>
          progress.update(done, total),
        ).finally(() => progress.end());
        terminal.out(
          invocation.json
            ? JSON.stringify(exhibit)
            : `exhibit ${exhibit.number} of ${file.name}: ${exhibit.name}, ${formatBytes(exhibit.sizeBytes)}, ${exhibit.sha256}`,
        );
      }
      for (const problem of (await pushMessages(registry)).problems) terminal.note(problem);
      return 0;
    }),
};

async function list(registry: Registry, invocation: Invocation, terminal: Terminal): Promise<number> {
  const transfers = await listTransfers(registry.db);
  if (invocation.json) {
    for (const transfer of transfers) terminal.out(JSON.stringify(transfer));
    return 0;
  }
  if (transfers.length === 0) {
    terminal.out('nothing was offered, here or from here');
    return 0;
  }
  const rows: string[][] = [];
  for (const { id, direction, peer, state, offer, at } of transfers) {
    const known = await findPeer(registry.db, peer);
    const words = `${direction === 'in' ? 'from' : 'to'} ${known?.name ?? peer}`;
    rows.push([id, words, state, offer.exhibit.name, formatBytes(offer.exhibit.sizeBytes), at]);
  }
  for (const line of table(['transfer', 'peer', 'state', 'exhibit', 'size', 'offered'], rows))
    terminal.out(line);
  return 0;
}
