/** Getting to know another node over the network. */
import { EntenteError } from '../base/index.ts';
import { type NodeCard, parseNodeCard } from '../registry/index.ts';
import { call } from './http-client.ts';

/** @throws EntenteError `peer-unreachable`, `peer-nonsense` */
export async function fetchNodeCard(address: string): Promise<NodeCard> {
  const answer = await call(`${address}/api/v1/node`);
  if (answer.status !== 200)
    throw new EntenteError('peer-nonsense', `${address} answered ${answer.status} and is no Entente node`, {
      where: address,
    });
  return parseNodeCard(answer.json(), address);
}
