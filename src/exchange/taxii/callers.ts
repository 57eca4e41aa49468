/**
 * Who calls the TAXII server, and what it may see. A peer shows a call token and sees, of the collections that are open to it, what the
 * agreements in force allow. A service account is inside the organisation: it sees its collections whole, but for what was recalled.
 */
import { EntenteError } from '../../base/index.ts';
import { decideRelease, type ReleaseDecision, withdrawnClass } from '../../intel/index.ts';
import type { Registry } from '../../registry/index.ts';
import type { AccountGate } from '../accounts.ts';
import type { CallingPeer, PeerGate } from '../peer-auth.ts';
import { type ApiRoot, COLLECTION_COLUMNS, type Collection, findRoot } from './collections.ts';
import type { Visibility } from './queries.ts';

export interface OpenCollection extends Collection {
  readonly canRead: number;
  readonly canWrite: number;
}

export interface Caller {
  /** Tells callers apart: what is made for one (a page token, a status) gives another nothing. */
  readonly scope: string;
  /** The name of the service account; null for a peer. */
  readonly account: string | null;
  /** Names of the API roots in which the caller has a collection. */
  roots(): Promise<ApiRoot[]>;
  collections(root: string): Promise<OpenCollection[]>;
  /** By id or alias (TAXII 2.1 §5.2.1). @throws EntenteError `not-found`, also for one that is there but not for the caller */
  collection(root: string, name: string): Promise<OpenCollection>;
  /** @throws EntenteError `agreement-denied` when no agreement with the peer is in force */
  visibility(): Promise<Visibility>;
  /** What a peer's page is delivered under; null for an account. */
  readonly delivery: { readonly peer: CallingPeer; decision(): ReleaseDecision } | null;
}

export interface CallerGate {
  /** @throws EntenteError `unauthenticated` */
  admit(authorization: string | undefined, method: string, url: string): Promise<Caller>;
}

export function openCallerGate(registry: Registry, peers: PeerGate, accounts: AccountGate): CallerGate {
  return {
    async admit(authorization, method, url) {
      if (/^basic /i.test(authorization ?? ''))
        return accountCaller(registry, await accounts.admit(authorization!));
      return peerCaller(registry, await peers.admit(authorization, method, url));
    },
  };
}

const noCollection = () => new EntenteError('not-found', 'there is no such collection for you');

/** `source` is what collections are taken from, with its parameters; both kinds of caller differ in nothing else. */
function collectionsFrom(registry: Registry, source: string, rights: string, parameters: string[]) {
  const columns = `SELECT ${COLLECTION_COLUMNS}, ${rights} FROM ${source}`;
  return {
    async roots() {
      const rows = await registry.db.all<{ root: string }>(
        `SELECT c.root, min(c.place) AS first FROM ${source} GROUP BY c.root ORDER BY first`,
        ...parameters,
      );
      return Promise.all(rows.map(({ root }) => findRoot(registry, root)));
    },
    collections: (root: string) =>
      registry.db.all<OpenCollection>(`${columns} AND c.root = ? ORDER BY c.place`, ...parameters, root),
    async collection(root: string, name: string) {
      const found = await registry.db.get<OpenCollection>(
        `${columns} AND c.root = ? AND (c.id = ? OR c.alias = ?)`,
        ...parameters,
        root,
        name,
        name,
      );
      if (!found) throw noCollection();
      return found;
    },
  };
}

function accountCaller(registry: Registry, account: string): Caller {
  return {
    scope: `account ${account}`,
    account,
    ...collectionsFrom(
      registry,
      'collection c JOIN account_collection a ON a.collection = c.place WHERE a.account = ?',
      'a.can_read AS "canRead", a.can_write AS "canWrite"',
      [account],
    ),
    visibility: async () => ({ reveals: null, withdrawn: await withdrawnClass(registry.db) }),
    delivery: null,
  };
}

function peerCaller(registry: Registry, peer: CallingPeer): Caller {
  let decision: ReleaseDecision | null = null;
  async function visibility(): Promise<Visibility> {
    decision ??= await decideRelease(registry, peer);
    if (decision.refusal)
      throw new EntenteError('agreement-denied', decision.refusal.words, { clauses: [decision.refusal] });
    return { reveals: decision.allowedReveals, withdrawn: null };
  }
  const open = collectionsFrom(
    registry,
    'collection c WHERE (c.peer IS NULL OR c.peer = ?)',
    '1 AS "canRead", 0 AS "canWrite"',
    [peer.kid],
  );
  return {
    scope: `peer ${peer.kid}`,
    account: null,
    roots: open.roots,
    // Without an agreement in force a peer does not learn which collections there are.
    collections: async (root) => {
      await visibility();
      return open.collections(root);
    },
    collection: async (root, name) => {
      await visibility();
      return open.collection(root, name);
    },
    visibility,
    delivery: { peer, decision: () => decision! },
  };
}
