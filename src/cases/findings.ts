/**
 * Findings: intelligence met evidence, at this place, by this contributor's indicator, under this clause. A run commits to each
 * finding by itself, with a salt, so that one can be withheld later while the others still verify.
 */
import { createHash, randomBytes } from 'node:crypto';
import { commit, SALT_BYTES } from '../ledger/index.ts';
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
  /** Names of the warninglists that have the value: a mark, not a verdict. Absent when none has. */
  readonly warninglists?: readonly string[];
  /** The contributor's own, 0 to 100; absent when it gives none. */
  readonly confidence?: number;
  /** From when on its contributor does not vouch for it; absent when that is open. */
  readonly validUntil?: string;
}

/** What several findings say of one place: the same bytes, under the indicators of one contributor or more. */
export interface Find {
  /** The first of them. */
  readonly finding: Finding;
  /** Names, each once, in the order of the findings. */
  readonly contributors: readonly string[];
  readonly clauses: readonly string[];
  readonly findings: number;
}

/** Findings by place, in the order of their first: for people, who look at what was found; each finding stays one of its own. */
export function byPlace(findings: readonly Finding[]): Find[] {
  const finds = new Map<
    string,
    { finding: Finding; contributors: Set<string>; clauses: Set<string>; findings: number }
  >();
  for (const finding of findings) {
    const { exhibit, file, container, where, offset, length, kind, matched } = finding;
    const key = JSON.stringify([exhibit, file, container, where, offset, length, kind, matched]);
    const find = finds.get(key) ?? { finding, contributors: new Set(), clauses: new Set(), findings: 0 };
    find.contributors.add(finding.contributor);
    find.clauses.add(finding.clause);
    find.findings++;
    finds.set(key, find);
  }
  return [...finds.values()].map((find) => ({
    ...find,
    contributors: [...find.contributors],
    clauses: [...find.clauses],
  }));
}

export interface SaltedFinding {
  readonly finding: Finding;
  readonly salt: Uint8Array;
}

export function saltFindings(findings: readonly Finding[]): SaltedFinding[] {
  return findings.map((finding) => ({ finding, salt: randomBytes(SALT_BYTES) }));
}

/** What a run says about its findings: SHA-256 over their commitments, one a line, in their order. */
export function commitmentsDigest(commitments: readonly string[]): string {
  return createHash('sha256')
    .update(commitments.map((one) => `${one}\n`).join(''))
    .digest('hex');
}

export function commitmentOf({ finding, salt }: SaltedFinding): string {
  return commit(salt, finding);
}

export async function storeFindings(
  tx: Queries,
  caseId: string,
  run: string,
  findings: readonly SaltedFinding[],
): Promise<void> {
  for (const [i, { finding, salt }] of findings.entries()) {
    await tx.run(
      'INSERT INTO finding (id, case_id, run_id, exhibit_id, indicator_id, finding, salt) VALUES (?, ?, ?, ?, ?, ?, ?)',
      `${run}/${String(i).padStart(9, '0')}`,
      caseId,
      run,
      finding.exhibit,
      finding.indicator,
      JSON.stringify(finding),
      salt,
    );
  }
}

/** In the order of runs, and in a run in the order of places. */
export async function listFindings(registry: Registry, caseId: string): Promise<Finding[]> {
  return (await listSaltedFindings(registry, caseId)).map(({ finding }) => finding);
}

export async function listSaltedFindings(registry: Registry, caseId: string): Promise<SaltedFinding[]> {
  const rows = await registry.db.all<{ finding: string; salt: Uint8Array }>(
    'SELECT f.finding, f.salt FROM finding f JOIN run r ON r.id = f.run_id WHERE f.case_id = ? ORDER BY r.at, r.id, f.id',
    caseId,
  );
  return rows.map((row) => ({ finding: JSON.parse(row.finding) as Finding, salt: row.salt }));
}

export interface FindingPage {
  readonly findings: readonly (Finding & { readonly id: string })[];
  readonly total: number;
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
}

/** A page in the order of `listFindings`; `after` is the `next` of the page before. */
export async function pageOfFindings(
  registry: Registry,
  caseId: string,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<FindingPage> {
  const [at = '', id = ''] = after.split(' ');
  const rows = await registry.db.all<{ id: string; at: string; finding: string }>(
    `SELECT f.id, r.at, f.finding FROM finding f JOIN run r ON r.id = f.run_id
     WHERE f.case_id = ? AND (r.at > ? OR (r.at = ? AND f.id > ?)) ORDER BY r.at, f.id LIMIT ?`,
    caseId,
    at,
    at,
    id,
    limit,
  );
  const count = await registry.db.get<{ n: number }>(
    'SELECT count(*) AS n FROM finding WHERE case_id = ?',
    caseId,
  );
  const last = rows.at(-1);
  return {
    findings: rows.map((row) => ({ ...(JSON.parse(row.finding) as Finding), id: row.id })),
    total: Number(count?.n ?? 0),
    next: last && rows.length === limit ? `${last.at} ${last.id}` : null,
  };
}

export async function findingsOfRun(registry: Registry, run: string): Promise<SaltedFinding[]> {
  const rows = await registry.db.all<{ finding: string; salt: Uint8Array }>(
    'SELECT finding, salt FROM finding WHERE run_id = ? ORDER BY id',
    run,
  );
  return rows.map((row) => ({ finding: JSON.parse(row.finding) as Finding, salt: row.salt }));
}

/** How many findings rest on an object. */
export async function findingsOn(queries: Queries, indicatorId: string): Promise<number> {
  const row = await queries.get<{ n: number }>(
    'SELECT count(*) AS n FROM finding WHERE indicator_id = ?',
    indicatorId,
  );
  return Number(row?.n ?? 0);
}
