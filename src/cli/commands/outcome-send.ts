import { EntenteError } from '../../base/index.ts';
import { pushMessages, queueMessage } from '../../exchange/index.ts';
import { findObject } from '../../intel/index.ts';
import { isOutcomeKind, OUTCOME_KINDS, recordOutcome } from '../../operations/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'outcome send',
  usage: 'OBJECT-ID KIND [--quantity N]',
  details: `KIND is one of: ${OUTCOME_KINDS.join(', ')}. No case data goes along.`,
  options: {
    quantity: { type: 'string', value: 'N', help: 'how many: servers seized, victims notified (default 1)' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const [id, kind] = invocation.positionals;
      if (!id || !kind || !isOutcomeKind(kind)) {
        throw new EntenteError('usage', `name the object and what came of it: ${OUTCOME_KINDS.join(', ')}`);
      }
      const object = await findObject(registry, id);
      if (object.contributor === '')
        throw new EntenteError('usage', `${id} is this organisation’s own; there is nobody to tell`);
      const outcome = await recordOutcome(
        registry,
        { id, contributor: object.contributor, agreement: object.agreementId },
        kind,
        invocation.integer('quantity', { min: 0, max: 1_000_000_000, default: 1 }),
        (tx, made) => queueMessage(tx, registry, object.contributor, 'outcome', { ...made }),
      );
      const pushed = await pushMessages(registry);
      if (invocation.json) terminal.out(JSON.stringify({ ...outcome, delivered: pushed.waiting === 0 }));
      else
        terminal.out(
          `${outcome.kind} on ${id}: ${pushed.waiting === 0 ? 'told its contributor' : 'kept, and sent as soon as its contributor answers'}`,
        );
      for (const problem of pushed.problems) terminal.note(problem);
      return 0;
    }),
};
