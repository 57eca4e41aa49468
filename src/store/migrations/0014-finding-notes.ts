import type { Migration } from '../contract.ts';

export const migration: Migration = {
  number: 14,
  name: 'finding-notes',
  statements: [
    // cases: what persons say about findings, each a signed statement; a later one does not remove an earlier one
    `CREATE TABLE finding_note (
      id TEXT PRIMARY KEY, case_id TEXT NOT NULL, finding_id TEXT NOT NULL, at TEXT NOT NULL, statement TEXT NOT NULL, leaf_idx INTEGER NOT NULL)`,
    'CREATE INDEX finding_note_by_finding ON finding_note (case_id, finding_id)',
  ],
};
