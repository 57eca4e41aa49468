import { readLedger } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'ledger list',
  usage: '[--from N] [--limit N]',
  options: {
    from: { type: 'string', value: 'N', help: 'first leaf (default 0)' },
    limit: { type: 'string', value: 'N', help: 'how many (default 100)' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const from = invocation.integer('from', { min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 });
      const limit = invocation.integer('limit', { min: 1, max: 100_000, default: 100 });
      for (const { index, kind, at, body } of await readLedger(registry.db, from, limit)) {
        terminal.out(
          invocation.json
            ? JSON.stringify({ index, kind, at, body })
            : `${String(index).padStart(6)}  ${at}  ${kind}`,
        );
      }
      return 0;
    }),
};
