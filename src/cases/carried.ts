/**
 * The custody of an exhibit as it goes with it to another node: the signed events, and the proofs that each is in this node's ledger. Kept
 * by the receiver beside the exhibit, and put into every bundle that it makes.
 */
import { currentCheckpoint, proveLeaf, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import type { CarriedChain, CustodyLine } from './bundle/contents.ts';
import { custodyOf, decodeEvent } from './custody.ts';
import type { CustodyEvent } from './custody-event.ts';
import type { Exhibit } from './exhibits.ts';

export async function chainOf(registry: Registry, exhibit: Exhibit): Promise<CarriedChain> {
  const custody = await custodyLines(registry, exhibit);
  const checkpoint = await currentCheckpoint(registry);
  const size = Number(checkpoint.split('\n')[1]);
  const registered = await registrationLeaf(registry, exhibit);
  const leaves = [];
  for (const index of [registered, ...custody.map((line) => line.leaf)])
    leaves.push(await proveLeaf(registry, index, size));
  return {
    v: 1,
    node: { name: registry.name, kid: registry.identity.kid, key: registry.identity.publicJwk },
    exhibit,
    custody,
    checkpoint,
    leaves,
    carried: await carriedCustody(registry.db, exhibit.id),
  };
}

export async function custodyLines(registry: Registry, exhibit: Exhibit): Promise<CustodyLine[]> {
  const stored = await custodyOf(registry, exhibit.id);
  return stored.map(({ seq, leafIndex, jws }) => ({ exhibit: exhibit.id, seq, leaf: leafIndex, event: jws }));
}

/** The leaf of the registration stands right before that of the first custody event: both are one transaction. */
async function registrationLeaf(registry: Registry, exhibit: Exhibit): Promise<number> {
  const first = (await custodyOf(registry, exhibit.id))[0]!;
  return first.leafIndex - 1;
}

/** What came with an exhibit; null when it was taken in here. */
export async function carriedCustody(queries: Queries, exhibitId: string): Promise<CarriedChain | null> {
  const row = await queries.get<{ chain: string }>(
    'SELECT chain FROM carried_custody WHERE exhibit_id = ?',
    exhibitId,
  );
  return row ? (JSON.parse(row.chain) as CarriedChain) : null;
}

export async function keepCarried(tx: Queries, exhibitId: string, chain: CarriedChain): Promise<void> {
  await tx.run(
    'INSERT INTO carried_custody (exhibit_id, chain) VALUES (?, ?)',
    exhibitId,
    JSON.stringify(chain),
  );
}

/** An event from the time before an exhibit came here. */
export interface EarlierEvent {
  /** The node in whose ledger it is. */
  readonly node: string;
  /** The exhibit's number there. */
  readonly number: number;
  readonly seq: number;
  readonly leafIndex: number;
  readonly jws: string;
  readonly event: CustodyEvent;
}

/** The custody of an exhibit at the nodes that it came through, the first node first; all of it was checked before the exhibit was accepted. */
export function earlierEvents(chain: CarriedChain | null): EarlierEvent[] {
  if (chain === null) return [];
  const { node, exhibit, custody, carried } = chain;
  return [
    ...earlierEvents(carried),
    ...custody.map(({ seq, leaf, event }) => ({
      node: node.name,
      number: exhibit.number,
      seq,
      leafIndex: leaf,
      jws: event,
      event: decodeEvent(event),
    })),
  ];
}

export async function custodyBefore(registry: Registry, exhibitId: string): Promise<EarlierEvent[]> {
  return earlierEvents(await carriedCustody(registry.db, exhibitId));
}
