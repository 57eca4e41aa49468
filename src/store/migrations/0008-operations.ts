import type { Migration } from '../contract.ts';

/** Joint operations: parties, targets of several contributors, packages, tasks, outcomes, pointers. */
export const migration: Migration = {
  number: 8,
  name: 'operations',
  statements: [
    // operations: `lead` is the key of the node that runs it, empty for this one; `body` has title, purpose, marking, action day
    `CREATE TABLE operation (
      id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, lead TEXT NOT NULL, state TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL)`,
    // operations: at the lead every party; at a party only itself, as the lead sees it
    `CREATE TABLE operation_party (
      operation_id TEXT NOT NULL, peer TEXT NOT NULL, role TEXT NOT NULL, state TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL,
      PRIMARY KEY (operation_id, peer))`,
    // operations: what is said in the knowledge room and in the operations room
    `CREATE TABLE operation_post (
      id TEXT PRIMARY KEY, operation_id TEXT NOT NULL, room TEXT NOT NULL, author TEXT NOT NULL, at TEXT NOT NULL, text TEXT NOT NULL)`,
    // operations: one row a value. `country` is where it is routed, null while nobody knows; `queue` says why it waits for a person
    `CREATE TABLE operation_target (
      seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, operation_id TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, mark TEXT NOT NULL,
      country TEXT, decision TEXT, queue TEXT, placement TEXT, UNIQUE (operation_id, kind, value))`,
    'CREATE INDEX operation_target_by_country ON operation_target (operation_id, country)',
    // operations: who gave it. `peer` is empty for this node's own; `ref` is the contributor's identifier for it
    `CREATE TABLE operation_contribution (
      target_id TEXT NOT NULL, peer TEXT NOT NULL, ref TEXT NOT NULL, agreement_id TEXT NOT NULL, at TEXT NOT NULL, withdrawn_at TEXT, body TEXT NOT NULL,
      PRIMARY KEY (target_id, peer))`,
    'CREATE INDEX operation_contribution_by_ref ON operation_contribution (peer, ref)',
    // operations: decisions of persons on a target (mark, route, hold, text), in order, each with its reason
    `CREATE TABLE operation_decision (
      seq INTEGER PRIMARY KEY, target_id TEXT NOT NULL, kind TEXT NOT NULL, was TEXT, becomes TEXT, reason TEXT NOT NULL, person TEXT NOT NULL, at TEXT NOT NULL)`,
    'CREATE INDEX operation_decision_by_target ON operation_decision (target_id)',
    // operations: packages, sent or received; `statement` is the signed one
    `CREATE TABLE operation_package (
      id TEXT PRIMARY KEY, operation_id TEXT NOT NULL, direction TEXT NOT NULL, peer TEXT NOT NULL, scope TEXT NOT NULL, at TEXT NOT NULL,
      statement TEXT NOT NULL, received_at TEXT, read_at TEXT)`,
    `CREATE TABLE operation_package_item (
      package_id TEXT NOT NULL, target_id TEXT NOT NULL, recalled_at TEXT, PRIMARY KEY (package_id, target_id))`,
    'CREATE INDEX operation_package_item_back ON operation_package_item (target_id)',
    `CREATE TABLE operation_task (
      id TEXT PRIMARY KEY, operation_id TEXT NOT NULL, owner TEXT NOT NULL, state TEXT NOT NULL, due TEXT NOT NULL, body TEXT NOT NULL)`,
    // operations: what came of a target. `peer` is who reported it, or, for outcomes told to a contributor, the lead; `superseded` by a person's decision
    `CREATE TABLE operation_outcome (
      id TEXT PRIMARY KEY, operation_id TEXT NOT NULL, target_id TEXT NOT NULL, direction TEXT NOT NULL, peer TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL,
      superseded TEXT, body TEXT NOT NULL)`,
    'CREATE INDEX operation_outcome_by_target ON operation_outcome (target_id)',
    // operations: to whom an outcome was told on, and what it said to that contributor; or why it was not
    `CREATE TABLE operation_told (
      outcome_id TEXT NOT NULL, peer TEXT NOT NULL, told_at TEXT, why TEXT, PRIMARY KEY (outcome_id, peer))`,
    // operations: who works on what, by a keyed digest of the value, and what was asked
    `CREATE TABLE operation_interest (
      operation_id TEXT NOT NULL, value_key TEXT NOT NULL, peer TEXT NOT NULL, body TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (operation_id, value_key, peer))`,
    `CREATE TABLE operation_query (
      id TEXT PRIMARY KEY, operation_id TEXT NOT NULL, peer TEXT NOT NULL, direction TEXT NOT NULL, at TEXT NOT NULL, value_keys INTEGER NOT NULL, body TEXT NOT NULL)`,
    `CREATE TABLE operation_pointer (
      id TEXT PRIMARY KEY, operation_id TEXT NOT NULL, value_key TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL)`,
    // operations: reminders that went out, so that silence is asked about once a period
    `CREATE TABLE operation_reminder (
      package_id TEXT NOT NULL, at TEXT NOT NULL, direction TEXT NOT NULL, about TEXT NOT NULL, PRIMARY KEY (package_id, at, about))`,
  ],
};
