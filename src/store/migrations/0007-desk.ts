import type { Migration } from '../contract.ts';

/** The desk: requests as their signed steps, services used, experts, seats, exercises, and the free service for police. */
export const migration: Migration = {
  number: 7,
  name: 'desk',
  statements: [
    // A request; everything that happened to it is in its steps. `opened_at`: when it was drafted or arrived here.
    `CREATE TABLE desk_request (
       id TEXT PRIMARY KEY, direction TEXT NOT NULL, peer TEXT NOT NULL, kind TEXT NOT NULL, opened_at TEXT NOT NULL)`,
    'CREATE INDEX desk_request_order ON desk_request (opened_at, id)',
    // A signed step. `person` is who took it here; null for steps of the peer and of the node itself. It never crosses.
    `CREATE TABLE desk_step (
       request_id TEXT NOT NULL, seq INTEGER NOT NULL, digest TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, step TEXT NOT NULL, person TEXT, received_at TEXT NOT NULL,
       PRIMARY KEY (request_id, seq))`,
    // What people search in, folded by one rule.
    'CREATE TABLE desk_text (request_id TEXT NOT NULL, seq INTEGER NOT NULL, folded TEXT NOT NULL, PRIMARY KEY (request_id, seq))',
    // What was taken up of a service, counted against its clause. `about`: the request or seat.
    `CREATE TABLE service_use (
       about TEXT PRIMARY KEY, agreement_id TEXT NOT NULL, service TEXT NOT NULL, amount INTEGER NOT NULL, at TEXT NOT NULL)`,
    'CREATE INDEX service_use_period ON service_use (agreement_id, service, at)',
    // Working calendars: this organisation's, and what peers said theirs is.
    'CREATE TABLE desk_calendar (node TEXT PRIMARY KEY, calendar TEXT NOT NULL, at TEXT NOT NULL)',
    // People who can be sent; personal data, deleted when they leave.
    'CREATE TABLE expert (id TEXT PRIMARY KEY, profile TEXT NOT NULL, added_at TEXT NOT NULL)',
    // A seat in one case, and what was done from it. `holder_hash`: SHA-256 of the token that its holder shows.
    `CREATE TABLE seat (
       id TEXT PRIMARY KEY, case_id TEXT NOT NULL, request_id TEXT NOT NULL, holder_hash TEXT NOT NULL, grant_body TEXT NOT NULL, withdrawn TEXT)`,
    `CREATE TABLE seat_act (
       seat_id TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL, act TEXT NOT NULL, leaf_idx INTEGER NOT NULL, PRIMARY KEY (seat_id, seq))`,
    // A trainee's or team's attempt at an exercise, with what was answered, hinted and injected.
    'CREATE TABLE exercise_attempt (id TEXT PRIMARY KEY, exercise TEXT NOT NULL, case_id TEXT NOT NULL, started_at TEXT NOT NULL, body TEXT NOT NULL)',
    'CREATE TABLE exercise_event (attempt_id TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (attempt_id, seq))',
    // Credentials issued here; `list_index` is the bit of the status list that says whether it was revoked.
    'CREATE TABLE credential (id TEXT PRIMARY KEY, attempt_id TEXT NOT NULL, list_index INTEGER NOT NULL UNIQUE, credential TEXT NOT NULL, revoked_at TEXT)',
    // Agencies that use the free service. Only the hash of the token is kept; `used` says how much, never what.
    `CREATE TABLE free_agency (
       id TEXT PRIMARY KEY, name TEXT NOT NULL, domain TEXT NOT NULL, token_hash TEXT UNIQUE, state TEXT NOT NULL, body TEXT NOT NULL, registered_at TEXT NOT NULL)`,
    'CREATE TABLE free_use (agency_id TEXT NOT NULL, period TEXT NOT NULL, used INTEGER NOT NULL, missed INTEGER NOT NULL, PRIMARY KEY (agency_id, period))',
    'CREATE TABLE free_kept (agency_id TEXT NOT NULL, at TEXT NOT NULL, seq INTEGER NOT NULL, asked TEXT NOT NULL, PRIMARY KEY (agency_id, at, seq))',
    'CREATE TABLE desk_setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)',
  ],
};
