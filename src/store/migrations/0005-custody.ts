import type { Migration } from '../contract.ts';

/** What runs derive names its parent. */
export const migration: Migration = {
  number: 5,
  name: 'custody',
  statements: [
    // cases: the exhibit that a derived one was made from
    'ALTER TABLE exhibit ADD COLUMN parent_id TEXT',
  ],
};
