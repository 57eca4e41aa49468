import type { Migration } from '../contract.ts';

export const migration: Migration = {
  number: 16,
  name: 'work-and-latest',
  statements: [
    // server: long work that persons began, and how it ended; what runs when the node ends is found as `running`
    `CREATE TABLE work (
      id TEXT PRIMARY KEY, person TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, started_at TEXT NOT NULL,
      ended_at TEXT, state TEXT NOT NULL, result TEXT, problem TEXT)`,
    // intel: the n-th object, and how many there are of each type, without reading objects
    'DROP INDEX object_by_type',
    'CREATE INDEX object_by_type ON object (type, seq) WHERE latest = 1',
    'CREATE INDEX object_latest ON object (seq) WHERE latest = 1',
  ],
};
