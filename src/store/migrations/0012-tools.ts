import type { Migration } from '../contract.ts';

/** Tool packages: those published here and what each peer is shown of them; those held here, and what is trusted of the peers they came from. */
export const migration: Migration = {
  number: 12,
  name: 'tools',
  statements: [
    // Published here. `retired`: when and why it was taken back, as JSON.
    `CREATE TABLE tool_published (
       tool TEXT NOT NULL, version TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, manifest TEXT NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL,
       retired TEXT, PRIMARY KEY (tool, version))`,
    // The TUF metadata that this node signed, every version: one repository for each peer; the root, of all, has no peer.
    'CREATE TABLE tool_metadata (peer TEXT NOT NULL, role TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (peer, role, version))',
    // Packages that a peer was given.
    'CREATE TABLE tool_delivery (peer TEXT NOT NULL, sha256 TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (peer, sha256))',
    // The last TUF metadata of each peer that was verified here.
    'CREATE TABLE tool_trust (peer TEXT NOT NULL, role TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (peer, role))',
    // Packages held here. `peer` is empty for the node's own. `accepted` and `retired`: who, when and how, as JSON.
    `CREATE TABLE tool_held (
       id TEXT PRIMARY KEY, peer TEXT NOT NULL, tool TEXT NOT NULL, version TEXT NOT NULL, sha256 TEXT NOT NULL, manifest TEXT NOT NULL, at TEXT NOT NULL,
       by TEXT NOT NULL, accepted TEXT, retired TEXT)`,
    'CREATE INDEX tool_held_by_tool ON tool_held (peer, tool)',
  ],
};
