/**
 * `kill -9` in the middle of imports: what was acknowledged is there afterwards, and nothing is there half. Crashes between the
 * steps of the story are in demo.test.ts, beside the stories that nothing happens to.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openRegistry, verifyLedger } from '../../src/registry/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { indicator, report } from '../two-nodes.ts';

const PROGRAM = resolve(import.meta.dirname, '../../bin/entente.js');

test('an import killed at any moment leaves nothing half, and is completed by repeating it', async (t) => {
  const folder = temporaryFolder(t);
  const data = join(folder, 'node');
  const file = join(folder, 'bundle.json');
  // Referrers first, so that what they refer to arrives in a later transaction.
  const objects = [
    ...Array.from({ length: 600 }, (_, i) => report(5_000 + i, [indicator(i).id, indicator(i + 900).id])),
    ...Array.from({ length: 1_500 }, (_, i) => indicator(i)),
  ];
  const bundle = { type: 'bundle', id: 'bundle--00000000-0000-4000-8000-000000000000', objects };
  writeFileSync(file, JSON.stringify(bundle));
  await (await openRegistry(data, { createAs: 'Northlight Security' })).close();

  /** Kills the import `afterMs` after more than `held` objects are in the store; null lets it finish. */
  const importUntil = (kill: { held: number; afterMs: number } | null) =>
    new Promise<{ exit: number | null; stdout: string }>((done) => {
      const child = spawn(process.execPath, [PROGRAM, 'import', file, '--json', '--data', data], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let stdout = '';
      child.stdout.on('data', (chunk) => {
        stdout += chunk;
      });
      const store = new DatabaseSync(join(data, 'entente.db'), { readOnly: true });
      const count = store.prepare('SELECT count(*) AS n FROM object');
      const poll =
        kill &&
        setInterval(() => {
          if (Number(count.get()!['n']) <= kill.held) return;
          clearInterval(poll!);
          setTimeout(() => child.kill('SIGKILL'), kill.afterMs);
        }, 2);
      child.once('close', (exit) => {
        if (poll) clearInterval(poll);
        store.close();
        done({ exit, stdout });
      });
    });

  const held: number[] = [];
  let random = 20_261_123;
  const next = () => {
    random = (random * 48_271) % 2_147_483_647; // minimal standard generator, so that a run can be repeated
    return random / 2_147_483_647;
  };
  for (let round = 0; round < 5; round++) {
    const before = held.at(-1) ?? 0;
    await importUntil({ held: round === 0 ? -1 : before, afterMs: next() * 40 });
    const registry = await openRegistry(data);
    try {
      assert.equal((await verifyLedger(registry)).ok, true, `round ${round}`);
      const one = async (sql: string) => Number((await registry.db.get<{ n: number }>(sql))!.n);
      const count = await one('SELECT count(*) AS n FROM object');
      assert.ok(count >= (held.at(-1) ?? 0), 'what was there stays');
      assert.ok(
        (await one('SELECT count(*) AS n FROM collection_object')) <= count,
        'only what is held is shown',
      );
      assert.equal(
        await one(
          "SELECT coalesce(sum(json_extract(body, '$.accepted')), 0) AS n FROM ledger_leaf WHERE kind = 'import'",
        ),
        count,
        'every object is covered by a leaf',
      );
      assert.equal(
        await one(
          'SELECT count(*) AS n FROM object o WHERE NOT EXISTS (SELECT 1 FROM reveal_set s WHERE s.id = o.reveal_id)',
        ),
        0,
      );
      assert.equal(
        (await registry.db.get<{ q: string }>('PRAGMA integrity_check'))!['integrity_check' as 'q'],
        'ok',
      );
      held.push(count);
    } finally {
      await registry.close();
    }
  }
  t.diagnostic(`held after each kill: ${held.join(', ')} of ${objects.length}`);
  const { exit, stdout } = await importUntil(null);
  assert.equal(exit, 0);
  const { accepted, unchanged, refused } = JSON.parse(stdout) as Record<string, number>;
  assert.equal(refused, 0);
  assert.equal(unchanged, held.at(-1));
  assert.equal(accepted! + unchanged!, objects.length);
  const registry = await openRegistry(data);
  try {
    const shown = await registry.db.get<{ n: number }>('SELECT count(*) AS n FROM collection_object');
    assert.equal(Number(shown!.n), objects.length, 'all of it is shown in the end');
  } finally {
    await registry.close();
  }
});
