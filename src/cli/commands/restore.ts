import { EntenteError } from '../../base/index.ts';
import { restoreNode } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { dataFolder } from '../data-folder.ts';

export const command: Command = {
  name: 'restore',
  usage: 'FOLDER',
  details: `
Every file is checked against the backup's manifest, and the ledger is rebuilt and compared. A node that goes on from an old backup has a shorter ledger than its
witnesses have seen: they will not cosign it, and say so. That is meant: talk to them.`,
  options: {},
  async run(invocation, terminal) {
    const from = invocation.positionals[0];
    if (!from) throw new EntenteError('usage', 'name the backup');
    const progress = terminal.progress('restoring', { unit: 'bytes' });
    const verdict = await restoreNode(from, dataFolder(invocation), (done) => progress.update(done)).finally(
      () => progress.end(),
    );
    if (invocation.json) terminal.out(JSON.stringify(verdict));
    else
      terminal.out(
        verdict.ok
          ? `restored; ${verdict.leaves} ledger leaves verify`
          : `restored, but the ledger does not verify: leaf ${verdict.firstBad!.index}: ${verdict.firstBad!.why}`,
      );
    return verdict.ok ? 0 : 1;
  },
};
