import type { Migration } from '../contract.ts';

/** Evidence that goes from hand to hand: derived exhibits, transfers between nodes, disposal, findings that can be withheld one by one. */
export const migration: Migration = {
  number: 3,
  name: 'evidence',
  statements: [
    // cases: where the line of derived exhibits begins, the run that derived this one, what it was at the node that handed it over
    'ALTER TABLE exhibit ADD COLUMN root_id TEXT',
    'ALTER TABLE exhibit ADD COLUMN root_number INTEGER',
    'ALTER TABLE exhibit ADD COLUMN run_id TEXT',
    'ALTER TABLE exhibit ADD COLUMN origin TEXT',
    // cases: set in the transaction of the disposal; blobs are removed afterwards, so that a crash in between can be made good
    'ALTER TABLE exhibit ADD COLUMN disposed_at TEXT',
    // cases: what an exhibit consists of, so that nothing is removed that another exhibit still needs
    'CREATE TABLE exhibit_blob (sha256 TEXT NOT NULL, exhibit_id TEXT NOT NULL, PRIMARY KEY (sha256, exhibit_id))',
    'CREATE INDEX exhibit_blob_back ON exhibit_blob (exhibit_id)',
    // cases: opens the commitment to one finding, so that others can be withheld without giving them away
    'ALTER TABLE finding ADD COLUMN salt BLOB',
    // cases: the custody chain that came with an exhibit from another node, with its proofs
    'CREATE TABLE carried_custody (exhibit_id TEXT PRIMARY KEY, chain TEXT NOT NULL)',
    // cases: exhibits offered to a peer or by one; `exhibit_id` is null for an offer that is not accepted yet
    `CREATE TABLE evidence_transfer (
      id TEXT PRIMARY KEY, direction TEXT NOT NULL, peer TEXT NOT NULL, exhibit_id TEXT, state TEXT NOT NULL, offer TEXT NOT NULL,
      at TEXT NOT NULL, answered_at TEXT, acceptance TEXT)`,
    'CREATE INDEX evidence_transfer_by_exhibit ON evidence_transfer (exhibit_id)',
  ],
};
