/** Brings a store to this version's schema: numbered steps, forward only, each in one transaction. */
import { EntenteError } from '../base/index.ts';
import type { Database, Migration } from './contract.ts';

/** @throws EntenteError `store-newer` when a later version of Entente has already worked on this store. */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<void> {
  // Two steps of one number, or a gap, would leave one out without a word.
  const misplaced = migrations.find(({ number }, i) => number !== i + 1);
  if (misplaced) throw new EntenteError('internal', `schema step ${misplaced.number} is out of order`);
  await database.transaction((tx) =>
    tx.run('CREATE TABLE IF NOT EXISTS schema_step (number INTEGER PRIMARY KEY, name TEXT NOT NULL)'),
  );
  const row = await database.get<{ last: number | null }>('SELECT max(number) AS last FROM schema_step');
  const reached = Number(row?.last ?? 0);
  const newest = migrations.at(-1)?.number ?? 0;
  if (reached > newest) {
    throw new EntenteError(
      'store-newer',
      `the store has schema step ${reached}, this version knows ${newest}`,
    );
  }
  for (const migration of migrations) {
    if (migration.number <= reached) continue;
    await database.transaction(async (tx) => {
      // Another process may have come first while we waited for the lock.
      if (await tx.get('SELECT 1 FROM schema_step WHERE number = ?', migration.number)) return;
      for (const statement of migration.statements) await tx.run(statement);
      await tx.run('INSERT INTO schema_step (number, name) VALUES (?, ?)', migration.number, migration.name);
    });
  }
}
