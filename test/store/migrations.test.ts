import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Database, MIGRATIONS, migrate, openSqlite } from '../../src/store/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';

test('what a store of the first schema holds is in its collection afterwards, at the same times', async (context) => {
  const db = openSqlite(join(temporaryFolder(context), 'entente.db'));
  try {
    await migrate(db, MIGRATIONS.slice(0, 1));
    await db.transaction(async (tx) => {
      await tx.run(
        `INSERT INTO collection (id, alias, title) VALUES ('c-2', 'intelligence', 'Own'), ('c-1', 'empty', 'Empty')`,
      );
      for (const seq of [1, 2]) {
        await tx.run(
          `INSERT INTO object (seq, id, version, latest, type, class_id, reveal_id, contributor, agreement_id, digest, body, added_at)
           VALUES (?, ?, 'v', 1, 'report', 1, 1, '', '', 'd', '{}', 'now')`,
          seq,
          `report--${seq}`,
        );
        await tx.run(
          'INSERT INTO collection_object (collection_id, added_us, object_seq) VALUES (?, ?, ?)',
          'c-2',
          1_000 + seq,
          seq,
        );
      }
      await tx.run(
        `INSERT INTO object_reference (from_id, to_id) VALUES ('report--1', 'report--2'), ('report--1', 'gone--1')`,
      );
    });
    await migrate(db, MIGRATIONS);
    const rows = async (sql: string) => (await db.all(sql)).map((row) => Object.values(row));
    assert.deepEqual(await rows('SELECT id, root, alias, last_added_us FROM collection ORDER BY place'), [
      ['c-1', 'root', 'empty', 0],
      ['c-2', 'root', 'intelligence', 1_002],
    ]);
    assert.deepEqual(
      await rows(
        'SELECT c.id, m.added_us, m.object_seq, m.type FROM collection_object m JOIN collection c ON c.place = m.collection ORDER BY 2',
      ),
      [
        ['c-2', 1_001, 1, 'report'],
        ['c-2', 1_002, 2, 'report'],
      ],
    );
    assert.deepEqual(await rows('SELECT from_seq, to_id FROM object_reference ORDER BY to_id'), [
      [1, 'gone--1'],
      [1, 'report--2'],
    ]);
    assert.deepEqual(await rows('SELECT DISTINCT spec FROM object'), [['2.1']]);
  } finally {
    await db.close();
  }
});

/** Everything a store holds, table by table, in an order of its own. */
async function dump(db: Database): Promise<unknown> {
  const tables = await db.all<{ name: string; sql: string }>(
    `SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL ORDER BY name`,
  );
  const contents: Record<string, unknown> = {};
  for (const { name, sql } of tables) {
    const rows = sql.startsWith('CREATE TABLE') ? await db.all(`SELECT * FROM "${name}"`) : [];
    contents[name] = { sql, rows: rows.map((row) => JSON.stringify(Object.entries(row))).sort() };
  }
  return contents;
}

test('a store that stopped at any version ends as one that went through all of them at once', async (context) => {
  const folder = temporaryFolder(context);
  const begin = async (name: string) => {
    const db = openSqlite(join(folder, name));
    await migrate(db, MIGRATIONS.slice(0, 1));
    await db.transaction(async (tx) => {
      await tx.run(`INSERT INTO collection (id, alias, title) VALUES ('c-1', 'intelligence', 'Own')`);
      for (let seq = 1; seq <= 3; seq++) {
        await tx.run(
          `INSERT INTO object (seq, id, version, latest, type, class_id, reveal_id, contributor, agreement_id, digest, body, added_at)
           VALUES (?, ?, 'v', 1, 'report', 1, 1, '', '', 'd', '{}', 'now')`,
          seq,
          `report--${seq}`,
        );
        await tx.run(
          'INSERT INTO collection_object (collection_id, added_us, object_seq) VALUES (?, ?, ?)',
          'c-1',
          seq,
          seq,
        );
      }
      await tx.run(`INSERT INTO case_file (id, name, opened_at) VALUES ('case-1', 'a case', 'now')`);
      await tx.run(
        `INSERT INTO exhibit (id, case_id, number, name, media, size, sha256, blake3, registered_at)
         VALUES ('exhibit-1', 'case-1', 1, 'log', 'file', 1, 'a', 'b', 'now')`,
      );
      await tx.run(
        `INSERT INTO session (digest, role, created_at, expires_at) VALUES ('d', 'administrator', 'now', 'later')`,
      );
      await tx.run(`INSERT INTO sync_state (peer, collection_id, added_after) VALUES ('p', 'c', 'then')`);
    });
    return db;
  };
  const whole = await begin('whole.db');
  await migrate(whole, MIGRATIONS);
  const expected = await dump(whole);
  await whole.close();
  for (const { number } of MIGRATIONS.slice(0, -1)) {
    const db = await begin(`from-${number}.db`);
    await migrate(db, MIGRATIONS.slice(0, number));
    await db.close();
    const reopened = openSqlite(join(folder, `from-${number}.db`));
    await migrate(reopened, MIGRATIONS);
    assert.deepEqual(await dump(reopened), expected, `from version ${number}`);
    await reopened.close();
  }
});
