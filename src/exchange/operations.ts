/** Messages of joint operations go through the outbox, in the transaction of the act; packages are fetched in pieces, and a broken line goes on where it broke. */
import { isEntenteError } from '../base/index.ts';
import { type Send, takePackage, waitingPackages } from '../operations/index.ts';
import type { Peer, Registry } from '../registry/index.ts';
import { pieces } from './evidence.ts';
import { queueMessage } from './messages.ts';

/**
 * Bytes of a package in one call: packed they are 8 kB of list or 25 kB of the files inside, which pass a line of 16 kbit/s within the time of a call. What has come is
 * kept, so that every call that succeeds is a step forward, however often the line breaks.
 */
export const PACKAGE_PIECE_BYTES = 32 * 1024;

export function sendInOperation(registry: Registry): Send {
  return (tx, to, body) => queueMessage(tx, registry, to, 'operation', body);
}

/**
 * Fetches every package that a peer has announced. One that is refused, by the peer or because it is not genuine, does not keep the others
 * from coming; it is asked for again the next time. Returns how many came, and why the others did not.
 * @throws EntenteError `peer-unreachable`: call again, what has come is kept
 */
export async function fetchPackages(
  registry: Registry,
  peer: Peer,
): Promise<{ readonly fetched: number; readonly problems: readonly string[] }> {
  let fetched = 0;
  const problems: string[] = [];
  for (const waiting of await waitingPackages(registry.db, peer.kid)) {
    const { sha256, sizeBytes } = waiting.file;
    const path = `/api/v1/exchange/packages/${waiting.id}`;
    try {
      if (!(await registry.blobs.has(sha256)))
        await registry.blobs.receive(waiting.file, (offset) =>
          pieces(registry, peer, path, offset, sizeBytes),
        );
      await takePackage(registry, waiting, sendInOperation(registry));
      fetched++;
    } catch (error) {
      if (!isEntenteError(error) || error.exit === 3 || error.code === 'peer-unreachable') throw error;
      problems.push(`${waiting.id}: ${error.message}`);
    }
  }
  return { fetched, problems };
}
