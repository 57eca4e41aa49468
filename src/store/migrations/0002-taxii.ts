import type { Migration } from '../contract.ts';

/** TAXII as a whole: several API roots, collections of several kinds, service accounts, statuses, and servers that are no nodes. */
export const migration: Migration = {
  number: 2,
  name: 'taxii',
  statements: [
    // exchange: an API root other than the node's own, which is called `root` and has the node's name
    'CREATE TABLE api_root (name TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT)',
    // exchange: `place` orders and numbers collections. `peer`: the only peer that may see it; null for all. `last_added_us`: the newest
    // time that was ever given out in it, also when what had it is deleted, so that no time is given twice.
    `CREATE TABLE collection_next (
      place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, root TEXT NOT NULL, alias TEXT, title TEXT NOT NULL, description TEXT, peer TEXT,
      has_stix20 INTEGER NOT NULL DEFAULT 0, last_added_us INTEGER NOT NULL DEFAULT 0, UNIQUE (root, alias))`,
    `INSERT INTO collection_next (id, root, alias, title, last_added_us)
     SELECT id, 'root', alias, title, coalesce((SELECT max(added_us) FROM collection_object WHERE collection_id = collection.id), 0)
     FROM collection ORDER BY alias`,
    // exchange: what is in a collection. `type` is the object's, so that a rare type is found without reading the others.
    `CREATE TABLE collection_object_next (
      collection INTEGER NOT NULL, added_us INTEGER NOT NULL, object_seq INTEGER NOT NULL, type TEXT NOT NULL, PRIMARY KEY (collection, added_us))`,
    `INSERT INTO collection_object_next (collection, added_us, object_seq, type)
     SELECT c.place, m.added_us, m.object_seq, o.type FROM collection_object m JOIN collection_next c ON c.id = m.collection_id
     JOIN object o ON o.seq = m.object_seq ORDER BY c.place, m.added_us`,
    'DROP TABLE collection_object',
    'DROP TABLE collection',
    'ALTER TABLE collection_next RENAME TO collection',
    'ALTER TABLE collection_object_next RENAME TO collection_object',
    'CREATE UNIQUE INDEX collection_object_back ON collection_object (object_seq, collection)',
    'CREATE INDEX collection_object_type ON collection_object (collection, type, added_us)',
    // intel: the version of STIX that the object is written in, 2.1 or 2.0
    `ALTER TABLE object ADD COLUMN spec TEXT NOT NULL DEFAULT '2.1'`,
    // intel: references by the number of the version that has them, which grows: rows are added at the end of both indexes
    `CREATE TABLE object_reference_next (from_seq INTEGER NOT NULL, to_id TEXT NOT NULL, PRIMARY KEY (from_seq, to_id))`,
    `INSERT INTO object_reference_next (from_seq, to_id)
     SELECT o.seq, r.to_id FROM object o JOIN object_reference r ON r.from_id = o.id`,
    'DROP TABLE object_reference',
    'ALTER TABLE object_reference_next RENAME TO object_reference',
    'CREATE INDEX object_reference_back ON object_reference (to_id, from_seq)',
    // exchange: accounts of the organisation's own tools; `password` is a scrypt hash with its parameters
    'CREATE TABLE account (name TEXT PRIMARY KEY, password TEXT NOT NULL, created_at TEXT NOT NULL)',
    `CREATE TABLE account_collection (
      account TEXT NOT NULL, collection INTEGER NOT NULL, can_read INTEGER NOT NULL, can_write INTEGER NOT NULL, PRIMARY KEY (account, collection))`,
    // exchange: what came of a POST, for a day
    `CREATE TABLE taxii_status (
      id TEXT PRIMARY KEY, account TEXT NOT NULL, root TEXT NOT NULL, finished_at TEXT NOT NULL, status TEXT NOT NULL)`,
    'CREATE INDEX taxii_status_age ON taxii_status (finished_at)',
    // exchange: TAXII servers that are no Entente nodes. `unmarked`: what their objects count as when they carry no TLP.
    `CREATE TABLE taxii_server (
      name TEXT PRIMARY KEY, url TEXT NOT NULL, username TEXT, unmarked TEXT NOT NULL, added_at TEXT NOT NULL)`,
  ],
};
