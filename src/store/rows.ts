import type { Queries, SqlValue } from './contract.ts';

/** Rows of one statement: SQLite and PostgreSQL take at least 32,000 parameters, and what is gained by more is small. */
const AT_ONCE = 64;

/**
 * Inserts many rows with few statements: small rows cost less than the statement that brings them. `into` names the table and its columns,
 * `values` holds the rows one after the other, `width` values each.
 */
export async function insertRows(
  tx: Queries,
  into: string,
  width: number,
  values: readonly SqlValue[],
): Promise<void> {
  const row = `(${Array.from({ length: width }, () => '?').join(',')})`;
  const many = `INSERT INTO ${into} VALUES ${Array.from({ length: AT_ONCE }, () => row).join(',')}`;
  const size = AT_ONCE * width;
  let start = 0;
  for (; start + size <= values.length; start += size)
    await tx.run(many, ...values.slice(start, start + size));
  for (; start < values.length; start += width)
    await tx.run(`INSERT INTO ${into} VALUES ${row}`, ...values.slice(start, start + width));
}
