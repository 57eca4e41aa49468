/**
 * What persons say about findings: a mark, a comment, or both. Each is a record of its own, signed by the node for the person and entered in the
 * ledger; findings are never changed, and what was said earlier stays. The last mark is the one that counts.
 */
import { createHash } from 'node:crypto';
import { EntenteError, newId } from '../base/index.ts';
import { appendLeaf, type Registry, signStatement } from '../registry/index.ts';
import type { Case } from './cases.ts';

/** `confirmed`: it is what the indicator says. `false-positive`: it is not. `unclear`: somebody has to look again. */
export const FINDING_MARKS = ['confirmed', 'false-positive', 'unclear'] as const;
export type FindingMark = (typeof FINDING_MARKS)[number];

export interface FindingNote {
  readonly id: string;
  readonly finding: string;
  /** Null for a comment alone. */
  readonly mark: FindingMark | null;
  readonly comment: string;
  readonly person: string;
  readonly at: string;
}

const COMMENT_LENGTH_MAX = 2_000;
const FINDINGS_MAX = 1_000;

/** @throws EntenteError `usage`, `not-found` for what is no finding of the case; then nothing is noted */
export async function noteFindings(
  registry: Registry,
  file: Case,
  findings: readonly string[],
  said: { readonly mark?: FindingMark; readonly comment?: string; readonly person: string },
): Promise<FindingNote[]> {
  const { mark = null, comment = '', person } = said;
  if (mark === null && comment.trim() === '')
    throw new EntenteError('usage', 'a note has a mark, a comment, or both');
  if (comment.length > COMMENT_LENGTH_MAX || findings.length === 0 || findings.length > FINDINGS_MAX)
    throw new EntenteError(
      'usage',
      `one to ${FINDINGS_MAX} findings are noted at once, with up to ${COMMENT_LENGTH_MAX} characters of comment`,
    );
  for (const id of findings)
    if (!(await registry.db.get('SELECT 1 FROM finding WHERE id = ? AND case_id = ?', id, file.id)))
      throw new EntenteError('not-found', `the case has no finding ${id.slice(0, 100)}`);
  const at = registry.clock().toISOString();
  const notes = findings.map(
    (finding): FindingNote => ({ id: newId('annotation'), finding, mark, comment, person, at }),
  );
  const statements = await Promise.all(
    notes.map((note) =>
      signStatement(registry.identity, 'annotation', { v: 1, act: 'note', case: file.id, ...note }),
    ),
  );
  await registry.db.transaction(async (tx) => {
    for (const [i, { id, finding }] of notes.entries()) {
      const statement = statements[i]!;
      const leaf = await appendLeaf(tx, registry.clock, 'annotation', {
        annotation: createHash('sha256').update(statement).digest('hex'),
        case: file.id,
      });
      await tx.run(
        'INSERT INTO finding_note (id, case_id, finding_id, at, statement, leaf_idx) VALUES (?, ?, ?, ?, ?, ?)',
        id,
        file.id,
        finding,
        at,
        statement,
        leaf,
      );
    }
  });
  return notes;
}

/** The notes on these findings, by finding, in the order in which they were made. */
export async function notesOn(
  registry: Registry,
  file: Case,
  findings: readonly string[],
): Promise<Map<string, FindingNote[]>> {
  if (findings.length === 0) return new Map();
  const rows = await registry.db.all<{ statement: string }>(
    `SELECT statement FROM finding_note WHERE case_id = ? AND finding_id IN (SELECT value FROM json_each(?)) ORDER BY leaf_idx`,
    file.id,
    JSON.stringify(findings),
  );
  const notes = rows.map(({ statement }) => {
    const payload = Buffer.from(statement.split('.')[1]!, 'base64url').toString('utf8');
    const { id, finding, mark, comment, person, at } = JSON.parse(payload) as FindingNote;
    return { id, finding, mark, comment, person, at };
  });
  return Map.groupBy(notes, ({ finding }) => finding);
}
