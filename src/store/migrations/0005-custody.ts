import type { Migration } from '../contract.ts';

/** What runs derive names its parent; exhibits can be encrypted, each under a key that can be destroyed; ledgers are time-stamped. */
export const migration: Migration = {
  number: 5,
  name: 'custody',
  statements: [
    // cases: the exhibit that a derived one was made from
    'ALTER TABLE exhibit ADD COLUMN parent_id TEXT',
    // cases: what is added to it is encrypted
    'ALTER TABLE case_file ADD COLUMN encrypted INTEGER NOT NULL DEFAULT 0',
    // cases: the key that an exhibit is encrypted with; null when it is not
    'ALTER TABLE exhibit ADD COLUMN key_id TEXT',
    // cases: such keys, wrapped by the node's sealing key; `wrapped` is null when the key was destroyed
    'CREATE TABLE exhibit_key (id TEXT PRIMARY KEY, commitment TEXT NOT NULL, wrapped BLOB, created_at TEXT NOT NULL, destroyed_at TEXT)',
    // registry: what time-stamping authorities said of this ledger's checkpoints; `note` is what was stamped
    'CREATE TABLE ledger_timestamp (id TEXT PRIMARY KEY, size INTEGER NOT NULL, note TEXT NOT NULL, token BLOB NOT NULL, at TEXT NOT NULL, authority TEXT NOT NULL)',
  ],
};
