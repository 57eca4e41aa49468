/** The bytes of a peer's repository of tools over HTTP: calls signed by this node, bounded in size and time, in pieces of a size that is known before. */
import { EntenteError, isEntenteError } from '../../base/index.ts';
import { repositoryFault } from '../../desk/index.ts';
import type { GetFile } from '../../desk/tools/trusted.ts';
import type { Peer, Registry } from '../../registry/index.ts';
import { PIECE_BYTES } from '../evidence.ts';
import { callPeer, refusedBy } from '../http-client.ts';

export const TOOLS_PATH = '/api/v1/exchange/tools';

/** A slow line sends a list in seconds, and a piece of a package within a minute. */
const TIMEOUT_MS = 60_000;

/** @throws EntenteError `not-found`, `agreement-denied`, `peer-unreachable`, `tool-repository` (`endless-data`, `slow-retrieval`) */
export function repositoryOf(registry: Registry, peer: Peer, timeoutMs = TIMEOUT_MS): GetFile {
  const ask = async (path: string, bytesMax: number) => {
    try {
      const answer = await callPeer(registry, peer, path, {
        accept: 'application/json, application/octet-stream',
        bytesMax,
        timeoutMs,
      });
      if (answer.status === 404) throw new EntenteError('not-found', `${peer.name} has no ${path}`);
      if (answer.status !== 200) throw refusedBy(peer, answer, 'its tools');
      return answer.bytes;
    } catch (error) {
      if (!isEntenteError(error)) throw error;
      if (error.code === 'peer-nonsense' && error.message.includes('answered more than'))
        throw repositoryFault(peer, 'endless-data', error);
      if (error.code === 'peer-unreachable' && error.message.includes(' within '))
        throw repositoryFault(peer, 'slow-retrieval', error);
      throw error;
    }
  };
  return async (path, bytesMax) => {
    if (path.startsWith('metadata/')) return ask(`${TOOLS_PATH}/${path}`, bytesMax);
    const pieces: Uint8Array[] = [];
    for (let offset = 0; offset < bytesMax; ) {
      const wanted = Math.min(PIECE_BYTES, bytesMax - offset);
      const piece = await ask(`${TOOLS_PATH}/${path}?offset=${offset}`, wanted);
      // Whoever sends a little at a time keeps a taker for days.
      if (piece.length < wanted)
        throw repositoryFault(peer, 'slow-retrieval', new Error(`${piece.length} of ${wanted} bytes came`));
      pieces.push(piece);
      offset += piece.length;
    }
    return new Uint8Array(Buffer.concat(pieces));
  };
}
