/** Other nodes: who they are by key, and where they answer. Knowing a peer permits nothing; agreements do. */
import { EntenteError } from '../base/index.ts';
import type { Queries } from '../store/index.ts';
import { type PublicJwk, thumbprint } from './key-names.ts';
import { appendLeaf } from './ledger.ts';
import type { Registry } from './registry.ts';

export interface Peer {
  readonly kid: string;
  readonly name: string;
  readonly url: string;
  /** The node's key. */
  readonly jwk: PublicJwk;
  /** The key that signs agreements for the organisation. */
  readonly signatoryJwk: PublicJwk;
  /** The key that cosigns other ledgers' checkpoints. */
  readonly witnessJwk: PublicJwk;
}

/** What a node tells about itself at `/api/v1/node`. */
export interface NodeCard {
  readonly name: string;
  readonly kid: string;
  readonly key: PublicJwk;
  readonly signatoryKey: PublicJwk;
  readonly witnessKey: PublicJwk;
}

export function nodeCard(registry: Registry): NodeCard {
  return {
    name: registry.name,
    kid: registry.identity.kid,
    key: registry.identity.publicJwk,
    signatoryKey: registry.signatory.publicJwk,
    witnessKey: registry.witness.publicJwk,
  };
}

/** @throws EntenteError `peer-nonsense` when the card is none, or its key is not the one it names. */
export function parseNodeCard(value: unknown, where: string): NodeCard {
  const card = value as Partial<NodeCard> | null;
  const isKey = (key: unknown): key is PublicJwk => {
    const jwk = key as Partial<PublicJwk> | null;
    return jwk?.kty === 'OKP' && jwk.crv === 'Ed25519' && /^[A-Za-z0-9_-]{43}$/.test(jwk.x ?? '');
  };
  if (
    typeof card?.name !== 'string' ||
    card.name.length === 0 ||
    card.name.length > 200 ||
    /[\p{Cc}\p{Cf}]/u.test(card.name) || // would move the cursor or turn the line where the name is shown
    !isKey(card.key) ||
    !isKey(card.signatoryKey) ||
    !isKey(card.witnessKey) ||
    card.kid !== thumbprint(card.key)
  ) {
    throw new EntenteError('peer-nonsense', `${where} does not describe an Entente node`, { where });
  }
  const { name, kid, key, signatoryKey, witnessKey } = card as NodeCard;
  return { name, kid, key, signatoryKey, witnessKey };
}

/** @throws EntenteError `conflict` when another key was known under this address. */
export async function addPeer(registry: Registry, card: NodeCard, url: string): Promise<Peer> {
  const peer: Peer = {
    kid: card.kid,
    name: card.name,
    url,
    jwk: card.key,
    signatoryJwk: card.signatoryKey,
    witnessJwk: card.witnessKey,
  };
  if (card.kid === registry.identity.kid) throw new EntenteError('usage', `${url} is this node itself`);
  await registry.db.transaction(async (tx) => {
    const known = await tx.get<{ kid: string }>(
      'SELECT kid FROM peer WHERE url = ? AND kid <> ?',
      url,
      card.kid,
    );
    if (known) {
      throw new EntenteError(
        'conflict',
        `${url} was node ${known.kid} and now says it is ${card.kid}; compare both with its administrator`,
      );
    }
    await tx.run(
      `INSERT INTO peer (kid, name, url, jwk, added_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (kid) DO UPDATE SET name = excluded.name, url = excluded.url, jwk = excluded.jwk`,
      card.kid,
      card.name,
      url,
      JSON.stringify({ node: card.key, signatory: card.signatoryKey, witness: card.witnessKey }),
      registry.clock().toISOString(),
    );
    await appendLeaf(tx, registry.clock, 'peer-added', { kid: card.kid, name: card.name, url });
  });
  return peer;
}

interface PeerRow {
  kid: string;
  name: string;
  url: string;
  jwk: string;
}

function fromRow(row: PeerRow): Peer {
  const keys = JSON.parse(row.jwk) as Record<'node' | 'signatory' | 'witness', PublicJwk>;
  return {
    kid: row.kid,
    name: row.name,
    url: row.url,
    jwk: keys.node,
    signatoryJwk: keys.signatory,
    witnessJwk: keys.witness,
  };
}

export async function listPeers(queries: Queries): Promise<Peer[]> {
  return (await queries.all<PeerRow>('SELECT kid, name, url, jwk FROM peer ORDER BY name, kid')).map(fromRow);
}

export async function findPeer(queries: Queries, kid: string): Promise<Peer | null> {
  const row = await queries.get<PeerRow>('SELECT kid, name, url, jwk FROM peer WHERE kid = ?', kid);
  return row ? fromRow(row) : null;
}

/** Finds a peer by key, name or address as a person types it. @throws EntenteError `not-found`, `usage` when several fit. */
export async function requirePeer(queries: Queries, asked: string): Promise<Peer> {
  const peers = await listPeers(queries);
  const fits = peers.filter(
    (peer) => peer.kid === asked || peer.url === asked || peer.name.toLowerCase() === asked.toLowerCase(),
  );
  if (fits.length === 1) return fits[0]!;
  const known = peers.map((peer) => peer.name).join(', ') || 'none';
  if (fits.length === 0) throw new EntenteError('not-found', `no peer "${asked}"; known: ${known}`);
  throw new EntenteError('usage', `several peers are called "${asked}"; name one by its key`);
}
