import { writeFile } from 'node:fs/promises';
import { EntenteError } from '../../base/index.ts';
import { encodeProofFile, inclusionProof } from '../../ledger/index.ts';
import { cosignedCheckpoint, currentCheckpoint, hashReader, readLedger } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'ledger prove',
  usage: 'INDEX [--out FILE.tlog-proof]',
  details: `
The proof leads to the newest checkpoint that a witness has cosigned and that covers the leaf, else to this node's own. It can be
checked years later with any C2SP tlog-proof verifier and the node's key (\`/ledger/key\`).`,
  options: { out: { type: 'string', value: 'FILE', help: 'write it here instead of printing it' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const index = Number(invocation.positionals[0]);
      if (!Number.isSafeInteger(index) || index < 0)
        throw new EntenteError('usage', 'name the leaf by its number (see `entente ledger list`)');
      const cosigned = await cosignedCheckpoint(registry);
      const checkpoint =
        cosigned && cosigned.size > index ? cosigned.checkpoint : await currentCheckpoint(registry);
      const size = Number(checkpoint.split('\n')[1]);
      const [entry] = await readLedger(registry.db, index, 1);
      if (!entry || index >= size)
        throw new EntenteError('not-found', `the ledger has no leaf ${index}; it has ${size}`);
      const proof = encodeProofFile({
        extra: entry.leaf,
        index,
        proof: await inclusionProof(index, size, hashReader(registry.db)),
        checkpoint,
      });
      const out = invocation.string('out');
      if (out !== undefined) await writeFile(out, proof, { flag: 'wx' });
      const opened = {
        index,
        kind: entry.kind,
        at: entry.at,
        body: entry.body,
        salt: entry.salt && Buffer.from(entry.salt).toString('base64'),
      };
      if (invocation.json)
        terminal.out(JSON.stringify({ ...opened, size, ...(out === undefined ? { proof } : { file: out }) }));
      else
        terminal.out(
          out === undefined
            ? proof.trimEnd()
            : `leaf ${index} (${entry.kind}, ${entry.at}) is proven in ${out}`,
        );
      return 0;
    }),
};
