import type { Migration } from '../contract.ts';

/** People who sign in at their organisation's identity provider. */
export const migration: Migration = {
  number: 13,
  name: 'openid',
  statements: [
    // Two tables of the step `people` in its first form, which nothing ever used.
    'DROP TABLE IF EXISTS openid_provider',
    'DROP TABLE IF EXISTS openid_subject',
    // Issuer and subject name somebody for good; names and mail addresses are given to others.
    `CREATE TABLE openid_identity (issuer TEXT NOT NULL, subject TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (issuer, subject))`,
  ],
};
