import type { Migration } from '../contract.ts';

const COLUMNS = `seq, id, version, latest, type, class_id, reveal_id, contributor, agreement_id, digest, body, added_at, withdrawn_at, spec`;

/**
 * Objects are found by a short key of their identifier (`id_key`), whose index is a quarter of that of the identifiers. That an identifier has
 * a version once is seen to by the import, which is the only writer and looks before it writes.
 */
export const migration: Migration = {
  number: 15,
  name: 'identifier-keys',
  statements: [
    `CREATE TABLE object_next (
      seq INTEGER PRIMARY KEY, id TEXT NOT NULL, version TEXT NOT NULL, latest INTEGER NOT NULL, type TEXT NOT NULL, class_id INTEGER NOT NULL,
      reveal_id INTEGER NOT NULL, contributor TEXT NOT NULL, agreement_id TEXT NOT NULL, digest TEXT NOT NULL,
      body TEXT NOT NULL, added_at TEXT NOT NULL, withdrawn_at TEXT, spec TEXT NOT NULL DEFAULT '2.1', id_key INTEGER NOT NULL)`,
    `INSERT INTO object_next (${COLUMNS}, id_key) SELECT ${COLUMNS}, id_key(id) FROM object ORDER BY seq`,
    'DROP TABLE object',
    'ALTER TABLE object_next RENAME TO object',
    'CREATE INDEX object_by_key ON object (id_key)',
    'CREATE INDEX object_by_type ON object (type, seq)',
    `CREATE INDEX object_by_agreement ON object (agreement_id, class_id, added_at) WHERE agreement_id <> ''`,
  ],
};
