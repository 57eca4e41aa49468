/**
 * Release classes and reveal sets by number. Both are few, so they are found by their canonical text and remembered for
 * the length of one transaction.
 */
import type { Queries } from '../store/index.ts';

/** The class of an object that its contributor has recalled. No agreement can allow it. */
export const WITHDRAWN = 'withdrawn';

export interface Classes {
  /** `key`: a release class as canonical JSON, or `WITHDRAWN`. */
  idOf(key: string): Promise<number>;
  revealIdOf(classIds: readonly number[]): Promise<number>;
}

export function openClasses(tx: Queries): Classes {
  const classIds = new Map<string, number>();
  const revealIds = new Map<string, number>();

  async function idFor(
    cache: Map<string, number>,
    table: string,
    column: string,
    key: string,
    insert: () => Promise<unknown>,
  ) {
    let id = cache.get(key);
    if (id === undefined) {
      const find = () => tx.get<{ id: number }>(`SELECT id FROM ${table} WHERE ${column} = ?`, key);
      let row = await find();
      if (!row) {
        await insert();
        row = await find();
      }
      id = Number(row!.id);
      cache.set(key, id);
    }
    return id;
  }

  return {
    idOf: (key) =>
      idFor(classIds, 'release_class', 'key', key, () =>
        tx.run(
          'INSERT INTO release_class (key, class) VALUES (?, ?)',
          key,
          key === WITHDRAWN ? JSON.stringify(key) : key,
        ),
      ),
    revealIdOf(ids) {
      const key = [...new Set(ids)].sort((a, b) => a - b).join(',');
      return idFor(revealIds, 'reveal_set', 'classes', key, () =>
        tx.run('INSERT INTO reveal_set (classes) VALUES (?)', key),
      );
    },
  };
}
