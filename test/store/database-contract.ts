/** The contract of a store. Every driver runs it; a driver that passes may be used. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import { type Database, MIGRATIONS, type Migration, migrate } from '../../src/store/index.ts';

export interface Driver {
  readonly name: string;
  /** Opens the same database each time it is called within one test. */
  open(context: TestContext): Promise<() => Promise<Database>>;
}

export function describeDatabase(driver: Driver): void {
  const claim = (
    name: string,
    body: (database: Database, reopen: () => Promise<Database>) => Promise<void>,
  ) =>
    test(`${driver.name}: ${name}`, async (context) => {
      const open = await driver.open(context);
      const database = await open();
      const others: Database[] = [];
      try {
        await body(database, async () => {
          const other = await open();
          others.push(other);
          return other;
        });
      } finally {
        for (const other of [database, ...others]) await other.close();
      }
    });

  const table = (database: Database) =>
    database.transaction((tx) => tx.run('CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT, b BLOB)'));

  claim('what a transaction wrote is there after reopening', async (database, reopen) => {
    await table(database);
    await database.transaction((tx) =>
      tx.run('INSERT INTO t (k, v, b) VALUES (?, ?, ?)', 1, 'é', Uint8Array.of(0, 255)),
    );
    const row = await (await reopen()).get<{ v: string; b: Uint8Array }>('SELECT v, b FROM t WHERE k = ?', 1);
    assert.equal(row?.v, 'é');
    assert.deepEqual([...row!.b], [0, 255]);
  });

  claim('a transaction that fails leaves nothing', async (database) => {
    await table(database);
    await assert.rejects(
      database.transaction(async (tx) => {
        await tx.run('INSERT INTO t (k) VALUES (1)');
        throw new Error('changed my mind');
      }),
      /changed my mind/,
    );
    assert.equal(await database.get('SELECT 1 FROM t'), undefined);
    await database.transaction((tx) => tx.run('INSERT INTO t (k) VALUES (2)'));
    assert.deepEqual(
      await database.all('SELECT k FROM t'),
      [{ k: 2 }].map((row) => Object.assign(Object.create(null), row)),
    );
  });

  claim('readers do not see what is not committed', async (database) => {
    await table(database);
    await database.transaction(async (tx) => {
      await tx.run('INSERT INTO t (k) VALUES (1)');
      assert.equal((await tx.all('SELECT k FROM t')).length, 1);
      assert.equal((await database.all('SELECT k FROM t')).length, 0);
    });
    assert.equal((await database.all('SELECT k FROM t')).length, 1);
  });

  claim('writers take turns, in one process and across connections', async (database, reopen) => {
    await table(database);
    await database.transaction((tx) => tx.run(`INSERT INTO t (k, v) VALUES (1, '0')`));
    const other = await reopen();
    const add = (on: Database) =>
      on.transaction(async (tx) => {
        const row = await tx.get<{ v: string }>('SELECT v FROM t WHERE k = 1');
        await new Promise((done) => setImmediate(done));
        await tx.run('UPDATE t SET v = ? WHERE k = 1', String(Number(row!.v) + 1));
      });
    await Promise.all(Array.from({ length: 20 }, () => add(database)));
    for (let i = 0; i < 5; i++) await add(other);
    assert.equal((await database.get<{ v: string }>('SELECT v FROM t'))!.v, '25');
  });

  claim('run tells how many rows changed, and a conflict can be ignored', async (database) => {
    await table(database);
    await database.transaction(async (tx) => {
      assert.equal(await tx.run(`INSERT INTO t (k, v) VALUES (1, 'a'), (2, 'b')`), 2);
      assert.equal(await tx.run('INSERT INTO t (k) VALUES (1) ON CONFLICT DO NOTHING'), 0);
      assert.equal(await tx.run(`UPDATE t SET v = 'c'`), 2);
    });
  });

  claim('migrations run once, in order, and a newer store is left alone', async (database) => {
    const steps: Migration[] = [
      { number: 1, name: 'one', statements: ['CREATE TABLE one (a INTEGER)'] },
      { number: 2, name: 'two', statements: ['INSERT INTO one (a) VALUES (2)'] },
    ];
    await migrate(database, steps.slice(0, 1));
    await migrate(database, steps);
    await migrate(database, steps);
    assert.equal((await database.all('SELECT a FROM one')).length, 1);
    await assert.rejects(
      migrate(database, steps.slice(0, 1)),
      (error) => isEntenteError(error) && error.code === 'store-newer',
    );
  });

  claim('the released migrations apply to an empty store', async (database) => {
    await migrate(database, MIGRATIONS);
    assert.deepEqual(
      MIGRATIONS.map((step) => step.number),
      MIGRATIONS.map((_, i) => i + 1),
    );
  });
}
