import type { Migration } from '../contract.ts';

/** Questions that an agreement leaves to the contributor, and what was erased when its time was over. */
export const migration: Migration = {
  number: 10,
  name: 'permissions',
  statements: [
    // registry: `direction` out: asked here of the contributor; in: asked of this node. `question` without its instant, `question_key` compares it.
    `CREATE TABLE permission (
      id TEXT PRIMARY KEY, direction TEXT NOT NULL, peer TEXT NOT NULL, agreement_id TEXT NOT NULL, version INTEGER NOT NULL,
      question TEXT NOT NULL, question_key TEXT NOT NULL, clauses TEXT NOT NULL, about TEXT NOT NULL, reason TEXT NOT NULL, asked_at TEXT NOT NULL,
      verdict TEXT, valid_until TEXT, words TEXT, answered_at TEXT)`,
    'CREATE INDEX permission_by_question ON permission (agreement_id, question_key)',
    // intel: what was erased here because its time was over, or at a peer who said so
    `CREATE TABLE erasure (
      id TEXT PRIMARY KEY, direction TEXT NOT NULL, peer TEXT NOT NULL, agreement_id TEXT NOT NULL, clause TEXT NOT NULL, words TEXT NOT NULL,
      objects INTEGER NOT NULL, digest TEXT NOT NULL, at TEXT NOT NULL)`,
    // intel: when somebody last looked whether what was received is still needed
    `CREATE TABLE retention_review (
      agreement_id TEXT NOT NULL, class_id INTEGER NOT NULL, day TEXT NOT NULL, reviewed_at TEXT NOT NULL, reviewer TEXT NOT NULL,
      PRIMARY KEY (agreement_id, class_id, day))`,
    'CREATE INDEX object_by_agreement ON object (agreement_id, class_id, added_at)',
  ],
};
