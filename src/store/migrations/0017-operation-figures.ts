import type { Migration } from '../contract.ts';

const COUNTS = `FROM operation_outcome o WHERE o.target_id = operation_target.id AND o.superseded IS NULL AND o.direction <> 'out'`;

/** Figures of an operation are counted from indexes alone, whatever else is kept of half a million targets. */
export const migration: Migration = {
  number: 17,
  name: 'operation-figures',
  statements: [
    // operations: what reports that count say of a target, as bits: 1 something, 2 that it was what it was said to be, 4 that it was nothing
    'ALTER TABLE operation_target ADD COLUMN said INTEGER NOT NULL DEFAULT 0',
    // operations: the same beside each contribution, whose quality it is
    `ALTER TABLE operation_contribution ADD COLUMN operation_id TEXT NOT NULL DEFAULT ''`,
    'ALTER TABLE operation_contribution ADD COLUMN said INTEGER NOT NULL DEFAULT 0',
    `UPDATE operation_target SET said = 1 + (SELECT
       max(CASE WHEN o.kind IN ('taken-down', 'seized', 'arrested', 'victim-notified') THEN 2 ELSE 0 END) +
       max(CASE WHEN o.kind = 'false-positive' THEN 4 ELSE 0 END) ${COUNTS})
     WHERE EXISTS (SELECT 1 ${COUNTS})`,
    `UPDATE operation_contribution SET (operation_id, said) =
       (SELECT t.operation_id, t.said FROM operation_target t WHERE t.id = operation_contribution.target_id)
     WHERE EXISTS (SELECT 1 FROM operation_target t WHERE t.id = operation_contribution.target_id)`,
    'CREATE INDEX operation_target_figures ON operation_target (operation_id, country, mark, kind, decision, queue, said)',
    `CREATE INDEX operation_contribution_figures ON operation_contribution
       (operation_id, peer, said, withdrawn_at, julianday(at) - julianday(json_extract(body, '$.seenAt')))`,
    // operations: outcomes in the order in which they came, page by page
    'CREATE INDEX operation_outcome_by_operation ON operation_outcome (operation_id)',
    `CREATE INDEX operation_outcome_figures ON operation_outcome
       (operation_id, kind, target_id, superseded, direction, json_extract(body, '$.quantity'), at)`,
  ],
};
