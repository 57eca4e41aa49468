/** Runs: one tool, one version, one set of parameters, on named inputs, with digests of everything that went in and came out. */
import type { Registry } from '../registry/index.ts';
import { appendLeaf } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';

export interface RunRecord {
  readonly id: string;
  readonly case: string;
  readonly tool: { readonly name: string; readonly version: string };
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly inputs: readonly { readonly exhibit: string; readonly sha256: string }[];
  readonly output: { readonly sha256: string; readonly findings: number };
  /** What was read, and what could not be. */
  readonly account: Readonly<Record<string, unknown>>;
  readonly at: string;
}

export async function storeRun(tx: Queries, registry: Registry, record: RunRecord): Promise<number> {
  const leaf = await appendLeaf(tx, registry.clock, 'run', record);
  await tx.run(
    'INSERT INTO run (id, case_id, tool, record, at, leaf_idx) VALUES (?, ?, ?, ?, ?, ?)',
    record.id,
    record.case,
    record.tool.name,
    JSON.stringify(record),
    record.at,
    leaf,
  );
  return leaf;
}

export async function listRuns(
  registry: Registry,
  caseId: string,
): Promise<{ record: Record<string, unknown>; leafIndex: number }[]> {
  const rows = await registry.db.all<{ record: string; leaf_idx: number }>(
    'SELECT record, leaf_idx FROM run WHERE case_id = ? ORDER BY at, id',
    caseId,
  );
  return rows.map((row) => ({
    record: JSON.parse(row.record) as Record<string, unknown>,
    leafIndex: row.leaf_idx,
  }));
}
