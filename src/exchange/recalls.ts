/** Recalls on their way to whoever has a copy. */
import { type Recall, recallNarrowed } from '../intel/index.ts';
import type { Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { queueMessage } from './messages.ts';

export const queueRecall =
  (registry: Registry) =>
  (tx: Queries, peer: string, recall: Recall): Promise<string> =>
    queueMessage(tx, registry, peer, 'recall', { ...recall });

/** Tells peers whose copy of an object they may not have any more, since its handling was narrowed. Returns how many copies. */
export function recallNarrowedCopies(registry: Registry): Promise<number> {
  return recallNarrowed(registry, queueRecall(registry));
}
