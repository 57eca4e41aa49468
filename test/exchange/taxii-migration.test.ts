import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { MIGRATIONS, migrate, openSqlite } from '../../src/store/index.ts';
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
