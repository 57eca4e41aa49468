/** Runs: one tool, one version, one set of parameters, on named inputs, with digests of everything that went in and came out. */
import { EntenteError } from '../base/index.ts';
import type { Registry } from '../registry/index.ts';
import { appendLeaf } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';

export interface RunRecord {
  readonly id: string;
  readonly case: string;
  readonly tool: { readonly name: string; readonly version: string; readonly sha256: string };
  /** With `materials`, the digest of the blob that holds all else the run was given. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly inputs: readonly { readonly exhibit: string; readonly number: number; readonly sha256: string }[];
  readonly output: {
    readonly findings: number;
    /** SHA-256 over the salted commitments to the findings. */
    readonly commitments: string;
    /** What was derived. Runs recorded before there was anything to derive have no such list. */
    readonly exhibits?: readonly RunOutput[];
  };
  /** What was read, and what could not be. */
  readonly account: Readonly<Record<string, unknown>>;
  readonly at: string;
}

/** A derived exhibit, as the run vouches for it. */
export interface RunOutput {
  readonly exhibit: string;
  readonly number: number;
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly blake3: string;
  /** The exhibit that it was derived from, one of the run's inputs. */
  readonly from: string;
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

export interface StoredRun {
  readonly record: RunRecord;
  readonly leafIndex: number;
}

interface Row {
  record: string;
  leaf_idx: number;
}

const fromRow = (row: Row): StoredRun => ({
  record: JSON.parse(row.record) as RunRecord,
  leafIndex: row.leaf_idx,
});

export async function listRuns(registry: Registry, caseId: string): Promise<StoredRun[]> {
  const sql = 'SELECT record, leaf_idx FROM run WHERE case_id = ? ORDER BY at, id';
  return (await registry.db.all<Row>(sql, caseId)).map(fromRow);
}

/** @throws EntenteError `not-found` */
export async function findRun(registry: Registry, id: string): Promise<StoredRun> {
  const row = await registry.db.get<Row>('SELECT record, leaf_idx FROM run WHERE id = ?', id);
  if (!row) throw new EntenteError('not-found', `there is no run ${id.slice(0, 100)}`);
  return fromRow(row);
}
