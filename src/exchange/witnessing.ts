/** Asking a peer to witness this node's ledger, over the peer's `/ledger/add-checkpoint`. */
import { EntenteError } from '../base/index.ts';
import { decideAfterConflict, parseTreeSize } from '../ledger/index.ts';
import {
  askToCosign,
  continuesCheckpoint,
  keepCosignature,
  lastCosigned,
  type Peer,
  type Registry,
} from '../registry/index.ts';
import { call } from './http-client.ts';

/**
 * Returns the size that is cosigned now.
 * @throws EntenteError `ledger-fork` when the witness has seen another history of this ledger: stop and look;
 *   `peer-unreachable`, `peer-nonsense`
 */
export async function seekCosignature(registry: Registry, peer: Peer): Promise<number> {
  let oldSize = await lastCosigned(registry, peer);
  for (const isRetry of [false, true]) {
    const { checkpoint, size, body } = await askToCosign(registry, oldSize);
    const answer = await call(new URL('/ledger/add-checkpoint', peer.url).href, {
      method: 'POST',
      accept: 'text/plain',
      contentType: 'text/plain; charset=utf-8',
      body,
    });
    if (answer.status === 200) {
      await keepCosignature(registry, peer, checkpoint, size, answer.bytes);
      return size;
    }
    if (answer.status === 409 && !isRetry) {
      oldSize = decideAfterConflict(size, parseTreeSize(answer.bytes));
      continue;
    }
    if (answer.status === 422 && !(await continuesCheckpoint(registry, peer, oldSize))) {
      throw new EntenteError(
        'ledger-fork',
        `${peer.name} has seen another history of this ledger and does not cosign it`,
        { where: peer.url },
      );
    }
    throw new EntenteError('peer-nonsense', `${peer.name} did not cosign the ledger (${answer.status})`, {
      where: peer.url,
    });
  }
  throw new EntenteError('peer-nonsense', `${peer.name} names another size of this ledger each time`, {
    where: peer.url,
  });
}
