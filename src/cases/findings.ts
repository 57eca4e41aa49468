/** Findings: intelligence met evidence, at this place, by this contributor's indicator, under this clause. */
import type { Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';

export interface Finding {
  readonly run: string;
  readonly exhibit: string;
  readonly exhibitNumber: number;
  /** SHA-256 of the file in which it was found. */
  readonly sha256: string;
  readonly file: string;
  /** Path inside an archive; empty when the file itself. */
  readonly container: string;
  /** Found in what the file says, in what it is called, or in what it is. */
  readonly where: 'content' | 'name' | 'digest';
  /** Byte offset in the file, or in the member of an archive; null in a name. */
  readonly offset: number | null;
  readonly length: number;
  /** Counted from 1; null where there are no lines. */
  readonly line: number | null;
  readonly kind: string;
  /** The indicator's value. */
  readonly value: string;
  /** As found. */
  readonly matched: string;
  /** STIX identifier. */
  readonly indicator: string;
  readonly name: string;
  readonly contributor: string;
  readonly contributorKey: string;
  /** The agreement whose clause permits the use; null for this organisation's own intelligence. */
  readonly agreement: { readonly id: string; readonly version: number } | null;
  readonly clause: string;
}

export async function storeFindings(
  tx: Queries,
  caseId: string,
  run: string,
  findings: readonly Finding[],
): Promise<void> {
  for (const [i, finding] of findings.entries()) {
    await tx.run(
      'INSERT INTO finding (id, case_id, run_id, exhibit_id, indicator_id, finding) VALUES (?, ?, ?, ?, ?, ?)',
      `${run}/${String(i).padStart(9, '0')}`,
      caseId,
      run,
      finding.exhibit,
      finding.indicator,
      JSON.stringify(finding),
    );
  }
}

/** In the order of runs, and in a run in the order of places. */
export async function listFindings(registry: Registry, caseId: string): Promise<Finding[]> {
  const rows = await registry.db.all<{ finding: string }>(
    'SELECT f.finding FROM finding f JOIN run r ON r.id = f.run_id WHERE f.case_id = ? ORDER BY r.at, f.id',
    caseId,
  );
  return rows.map((row) => JSON.parse(row.finding) as Finding);
}

/** How many findings rest on an object. */
export async function findingsOn(queries: Queries, indicatorId: string): Promise<number> {
  const row = await queries.get<{ n: number }>(
    'SELECT count(*) AS n FROM finding WHERE indicator_id = ?',
    indicatorId,
  );
  return Number(row?.n ?? 0);
}
