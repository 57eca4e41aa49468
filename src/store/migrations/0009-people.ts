import type { Migration } from '../contract.ts';

/** People with names and roles, their sessions, and the ways in which they sign in. Sessions of before end here. */
export const migration: Migration = {
  number: 9,
  name: 'people',
  statements: [
    'DROP TABLE invitation',
    'DROP TABLE session',
    // server: who works here; one who left stays, so that old acts keep their name
    'CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT NOT NULL, added_at TEXT NOT NULL, left_at TEXT)',
    'CREATE TABLE person_role (person TEXT NOT NULL, role TEXT NOT NULL, PRIMARY KEY (person, role))',
    // server: one-time links; only a digest of the secret is kept
    'CREATE TABLE invitation (digest TEXT PRIMARY KEY, person TEXT NOT NULL, created_at TEXT NOT NULL, used_at TEXT)',
    // server: `id` names a session to people, `digest` is of the cookie's secret; `way` is how it began
    `CREATE TABLE session (
      id TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, person TEXT NOT NULL, way TEXT NOT NULL, device TEXT NOT NULL,
      created_at TEXT NOT NULL, expires_at TEXT NOT NULL)`,
    'CREATE INDEX session_of_person ON session (person)',
    // server: passkeys (WebAuthn credentials); the id is base64url, the key COSE bytes
    `CREATE TABLE passkey (
      id TEXT PRIMARY KEY, person TEXT NOT NULL, public_key BLOB NOT NULL, counter INTEGER NOT NULL, transports TEXT NOT NULL,
      name TEXT NOT NULL, added_at TEXT NOT NULL, used_at TEXT)`,
    'CREATE INDEX passkey_of_person ON passkey (person)',
  ],
};
