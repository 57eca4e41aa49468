import type { Migration } from '../contract.ts';

/** Everything the story passes through. Each table belongs to the room named above it, which alone writes its SQL. */
export const migration: Migration = {
  number: 1,
  name: 'node',
  statements: [
    // registry: the node's own facts
    'CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)',
    // registry: the ledger. `salt` and `body` open the leaf's commitment and may be erased; `leaf` never changes.
    `CREATE TABLE ledger_leaf (
      idx INTEGER PRIMARY KEY, kind TEXT NOT NULL, at TEXT NOT NULL, leaf BLOB NOT NULL, salt BLOB, body TEXT)`,
    'CREATE TABLE ledger_node (level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, idx))',
    // registry: checkpoints that were given out; the ledger is held to them
    'CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL)',
    // registry: cosignatures of witnesses over this ledger's checkpoints
    `CREATE TABLE cosignature (
      size INTEGER NOT NULL, witness TEXT NOT NULL, line TEXT NOT NULL, time_s INTEGER NOT NULL, PRIMARY KEY (witness, size))`,
    // registry: the last head of each peer's ledger that this node has cosigned, and the proof of a fork where one was seen
    'CREATE TABLE witnessed_log (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL)',
    'CREATE TABLE fork_seen (origin TEXT NOT NULL, note TEXT NOT NULL, held TEXT NOT NULL, seen_at TEXT NOT NULL)',
    // registry: other nodes
    'CREATE TABLE peer (kid TEXT PRIMARY KEY, name TEXT NOT NULL, url TEXT NOT NULL, jwk TEXT NOT NULL, added_at TEXT NOT NULL)',
    // registry: agreements, each version whole, its signatures and its notices (suspend, resume, terminate)
    `CREATE TABLE agreement (
      id TEXT NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL, received_at TEXT NOT NULL, PRIMARY KEY (id, version))`,
    `CREATE TABLE agreement_signature (
      id TEXT NOT NULL, version INTEGER NOT NULL, kid TEXT NOT NULL, signature TEXT NOT NULL, PRIMARY KEY (id, version, kid))`,
    `CREATE TABLE agreement_notice (
      id TEXT NOT NULL, digest TEXT NOT NULL, notice TEXT NOT NULL, received_at TEXT NOT NULL, PRIMARY KEY (id, digest))`,
    // intel: what is decided once for many objects
    'CREATE TABLE release_class (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, class TEXT NOT NULL)',
    // intel: the set of classes that an object reveals: its own and those of everything it refers to, however far
    'CREATE TABLE reveal_set (id INTEGER PRIMARY KEY, classes TEXT NOT NULL UNIQUE)',
    // intel: objects, verbatim, every version. `contributor` is the peer's kid, or empty for the node's own.
    `CREATE TABLE object (
      seq INTEGER PRIMARY KEY, id TEXT NOT NULL, version TEXT NOT NULL, latest INTEGER NOT NULL, type TEXT NOT NULL, class_id INTEGER NOT NULL,
      reveal_id INTEGER NOT NULL, contributor TEXT NOT NULL, agreement_id TEXT NOT NULL, digest TEXT NOT NULL,
      body TEXT NOT NULL, added_at TEXT NOT NULL, withdrawn_at TEXT, UNIQUE (id, version))`,
    'CREATE INDEX object_by_type ON object (type, seq)',
    'CREATE TABLE object_reference (from_id TEXT NOT NULL, to_id TEXT NOT NULL, PRIMARY KEY (from_id, to_id))',
    'CREATE INDEX object_reference_back ON object_reference (to_id, from_id)',
    // exchange: TAXII collections; `added_us` (microseconds) is unique in a collection and follows the order of commits
    'CREATE TABLE collection (id TEXT PRIMARY KEY, alias TEXT NOT NULL UNIQUE, title TEXT NOT NULL)',
    `CREATE TABLE collection_object (
      collection_id TEXT NOT NULL, added_us INTEGER NOT NULL, object_seq INTEGER NOT NULL, PRIMARY KEY (collection_id, added_us))`,
    'CREATE INDEX collection_object_back ON collection_object (object_seq)',
    // exchange: what crossed, in either direction, and the signed answer
    `CREATE TABLE delivery (
      id TEXT PRIMARY KEY, direction TEXT NOT NULL, peer TEXT NOT NULL, at TEXT NOT NULL, statement TEXT NOT NULL, receipt TEXT, receipt_at TEXT)`,
    `CREATE TABLE delivery_object (
      delivery_id TEXT NOT NULL, object_id TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL, under TEXT NOT NULL,
      PRIMARY KEY (delivery_id, object_id, version))`,
    'CREATE INDEX delivery_object_back ON delivery_object (object_id)',
    // exchange: signed messages to and from peers; the outbox survives a peer that is away
    `CREATE TABLE outbox (
      seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, peer TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL,
      created_at TEXT NOT NULL, delivered_at TEXT)`,
    `CREATE TABLE inbox (
      id TEXT PRIMARY KEY, peer TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL, received_at TEXT NOT NULL)`,
    // exchange: how far a peer's collection has been read
    `CREATE TABLE sync_state (
      peer TEXT NOT NULL, collection_id TEXT NOT NULL, added_after TEXT, next TEXT, synced_at TEXT, PRIMARY KEY (peer, collection_id))`,
    // intel: recalls, sent and received
    `CREATE TABLE recall (
      id TEXT PRIMARY KEY, direction TEXT NOT NULL, object_id TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL)`,
    `CREATE TABLE recall_peer (
      recall_id TEXT NOT NULL, peer TEXT NOT NULL, answered_at TEXT, answer TEXT, PRIMARY KEY (recall_id, peer))`,
    // operations: what came of it
    `CREATE TABLE outcome (
      id TEXT PRIMARY KEY, direction TEXT NOT NULL, peer TEXT NOT NULL, object_id TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL)`,
    // cases
    'CREATE TABLE case_file (id TEXT PRIMARY KEY, name TEXT NOT NULL, opened_at TEXT NOT NULL)',
    `CREATE TABLE exhibit (
      id TEXT PRIMARY KEY, case_id TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, media TEXT NOT NULL,
      size INTEGER NOT NULL, sha256 TEXT NOT NULL, blake3 TEXT NOT NULL, registered_at TEXT NOT NULL, UNIQUE (case_id, number))`,
    `CREATE TABLE custody_event (
      exhibit_id TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, event TEXT NOT NULL, leaf_idx INTEGER NOT NULL,
      PRIMARY KEY (exhibit_id, seq))`,
    `CREATE TABLE run (
      id TEXT PRIMARY KEY, case_id TEXT NOT NULL, tool TEXT NOT NULL, record TEXT NOT NULL, at TEXT NOT NULL, leaf_idx INTEGER NOT NULL)`,
    `CREATE TABLE finding (
      id TEXT PRIMARY KEY, case_id TEXT NOT NULL, run_id TEXT NOT NULL, exhibit_id TEXT NOT NULL, indicator_id TEXT NOT NULL, finding TEXT NOT NULL)`,
    'CREATE INDEX finding_by_case ON finding (case_id, id)',
    'CREATE INDEX finding_by_indicator ON finding (indicator_id)',
    // server: invitations to sign in; only a digest of the secret is kept
    'CREATE TABLE invitation (digest TEXT PRIMARY KEY, role TEXT NOT NULL, created_at TEXT NOT NULL, used_at TEXT)',
    'CREATE TABLE session (digest TEXT PRIMARY KEY, role TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL)',
  ],
};
