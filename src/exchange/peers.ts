/** Getting to know another node over the network. */
import { EntenteError } from '../base/index.ts';
import { type NodeCard, parseNodeCard } from '../registry/index.ts';
import { call } from './http-client.ts';

/** A node's card is a few hundred bytes, and a person waits for it. */
const CARD_BYTES_MAX = 64 * 1024;
const CARD_TIMEOUT_MS = 10_000;

/** @throws EntenteError `peer-unreachable`, `peer-nonsense` */
export async function fetchNodeCard(address: string): Promise<NodeCard> {
  const answer = await call(`${address}/api/v1/node`, {
    bytesMax: CARD_BYTES_MAX,
    timeoutMs: CARD_TIMEOUT_MS,
  });
  if (answer.status !== 200)
    throw new EntenteError('peer-nonsense', `${address} answered ${answer.status} and is no Entente node`, {
      where: address,
    });
  return parseNodeCard(answer.json(), address);
}
