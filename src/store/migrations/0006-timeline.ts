import type { Migration } from '../contract.ts';

/** What people mark in timelines. */
export const migration: Migration = {
  number: 6,
  name: 'timeline',
  statements: [
    // cases: tags on events, each a signed statement; `removed_by` is the statement that took it back
    `CREATE TABLE timeline_tag (
      id TEXT PRIMARY KEY, case_id TEXT NOT NULL, exhibit INTEGER NOT NULL, seq INTEGER NOT NULL, tag TEXT NOT NULL, at TEXT NOT NULL,
      statement TEXT NOT NULL, leaf_idx INTEGER NOT NULL, removed_by TEXT)`,
    'CREATE INDEX timeline_tag_by_event ON timeline_tag (case_id, exhibit, seq)',
    'CREATE INDEX timeline_tag_by_name ON timeline_tag (case_id, tag)',
  ],
};
