import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import { openSqlite } from '../../src/store/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { describeDatabase } from './database-contract.ts';

describeDatabase({
  name: 'sqlite',
  async open(context) {
    const path = join(temporaryFolder(context), 'store.db');
    return async () => openSqlite(path);
  },
});

test('sqlite: a file that is no database is named as damaged', (context) => {
  const path = join(temporaryFolder(context), 'store.db');
  writeFileSync(path, 'this is no database, though it is long enough to be mistaken for one'.repeat(40));
  assert.throws(
    () => openSqlite(path),
    (error) => isEntenteError(error) && error.code === 'store-damaged' && error.exit === 3,
  );
});

test('sqlite: a full disk is named, and what was there stays', async (context) => {
  const path = join(temporaryFolder(context), 'store.db');
  const database = openSqlite(path);
  context.after(() => database.close());
  await database.transaction((tx) => tx.run('CREATE TABLE t (v TEXT)'));
  await database.transaction((tx) => tx.run(`INSERT INTO t (v) VALUES ('kept')`));
  await database.transaction((tx) => tx.get('PRAGMA max_page_count = 4')); // as when no further page can be had
  await assert.rejects(
    database.transaction((tx) => tx.run('INSERT INTO t (v) VALUES (?)', 'x'.repeat(100_000))),
    (error) => isEntenteError(error) && error.code === 'disk-full' && error.exit === 3,
  );
  assert.deepEqual(
    (await database.all<{ v: string }>('SELECT v FROM t')).map((row) => row.v),
    ['kept'],
  );
});

test('sqlite: writes are flushed before they are acknowledged', (context) => {
  const path = join(temporaryFolder(context), 'store.db');
  const database = openSqlite(path);
  context.after(() => database.close());
  const other = new DatabaseSync(path);
  assert.equal((other.prepare('PRAGMA journal_mode').get() as { journal_mode: string }).journal_mode, 'wal');
  other.close();
});
