/**
 * The custody of an exhibit as it goes with it to another node: the signed events, and the proofs that each is in this node's ledger. Kept
 * by the receiver beside the exhibit, and put into every bundle that it makes.
 */
import { currentCheckpoint, proveLeaf, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import type { CarriedChain, CustodyLine } from './bundle/contents.ts';
import { custodyOf } from './custody.ts';
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
