import type { Migration } from '../contract.ts';

/** Intelligence from several contributors, found by value; what a changed agreement or marking opens and closes reaches peers. */
export const migration: Migration = {
  number: 4,
  name: 'intelligence',
  statements: [
    // intel: the values that an object is about (`values.ts`), by fingerprint; whoever looks up compares the values themselves
    'CREATE TABLE object_value (value_key INTEGER NOT NULL, object_seq INTEGER NOT NULL, PRIMARY KEY (value_key, object_seq))',
    // intel: objects that were here before this table have their values entered when one is first looked up
    "INSERT INTO meta (key, value) SELECT 'values-missing-after', '0' WHERE EXISTS (SELECT 1 FROM object)",
    // intel: others who sent an object that was here already
    `CREATE TABLE object_corroboration (
      object_id TEXT NOT NULL, contributor TEXT NOT NULL, agreement_id TEXT NOT NULL, version TEXT NOT NULL, at TEXT NOT NULL,
      PRIMARY KEY (object_id, contributor))`,
    // intel: classes that a peer was refused when it last asked, and how often something that it was refused became allowed
    'CREATE TABLE release_denied (peer TEXT NOT NULL, class_id INTEGER NOT NULL, PRIMARY KEY (peer, class_id))',
    'CREATE TABLE release_epoch (peer TEXT PRIMARY KEY, epoch INTEGER NOT NULL)',
    // exchange: the epoch of the peer's releases up to which everything was read
    'ALTER TABLE sync_state ADD COLUMN epoch INTEGER',
    // exchange: events of MISP feeds that were taken in, with the time that the feed's manifest gave then
    'CREATE TABLE misp_feed_event (feed TEXT NOT NULL, event TEXT NOT NULL, timestamp TEXT NOT NULL, PRIMARY KEY (feed, event))',
    // intel: lists of values that must not alert, in MISP's form
    'CREATE TABLE warninglist (name TEXT PRIMARY KEY, version TEXT NOT NULL, entries INTEGER NOT NULL, list TEXT NOT NULL, added_at TEXT NOT NULL)',
    // intel: objects whose class changed with a new version, until whoever has a copy and may no longer have it is told
    'CREATE TABLE class_changed (object_id TEXT PRIMARY KEY)',
  ],
};
