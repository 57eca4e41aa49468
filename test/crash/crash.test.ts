/**
 * `kill -9` again and again, at random points of imports, deliveries and migrations, each followed by opening the store again: nothing that
 * was acknowledged is lost, nothing is there half, and repeating the work completes it. The points are drawn from a seed.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openRegistry, type Registry, verifyLedger } from '../../src/registry/index.ts';
import { MIGRATIONS, migrate, openSqlite } from '../../src/store/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { importOwn, indicator, relationship, report, type StixValue, twoNodes } from '../two-nodes.ts';

const SUBJECT = join(import.meta.dirname, 'subject.ts');
/** Kills in all. A plain run has a fifth of the hundred that `.ci/run` asks for, since each takes a second. */
const HITS = Number(process.env['ENTENTE_CRASH_HITS'] ?? 20);
const IMPORT_HITS = Math.round(HITS * 0.45);
const DELIVERY_HITS = Math.round(HITS * 0.35);
const MIGRATION_HITS = HITS - IMPORT_HITS - DELIVERY_HITS;
/** Work that takes longer than this has come to a stop. */
const TIMEOUT_MS = 120_000;

let random = 20_261_128;
/** The minimal standard generator, so that a run can be repeated. */
function draw(): number {
  random = (random * 48_271) % 2_147_483_647;
  return random / 2_147_483_647;
}

interface Killed {
  readonly said: readonly string[];
  /** Whether the work was still under way. */
  readonly hit: boolean;
  readonly ms: number;
}

/** Runs the subject and kills it `afterMs` after it has begun; null lets it finish. */
function subject(words: readonly string[], afterMs: number | null, time: Date): Promise<Killed> {
  return new Promise((done, failed) => {
    const child: ChildProcess = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', SUBJECT, ...words],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ENTENTE_TEST_TIME: time.toISOString() } },
    );
    let output = '';
    let errors = '';
    let begunAt = 0;
    const limit = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
    child.stdout!.on('data', (chunk) => {
      output += chunk;
      if (begunAt > 0 || !output.startsWith('begun')) return;
      begunAt = performance.now();
      if (afterMs !== null) setTimeout(() => child.kill('SIGKILL'), afterMs);
    });
    child.stderr!.on('data', (chunk) => {
      errors += chunk;
    });
    child.once('close', (exit, signal) => {
      clearTimeout(limit);
      if (signal === null && exit !== 0) return failed(new Error(errors));
      const said = output.split('\n').filter((line) => line !== '');
      done({ said, hit: !said.includes('done'), ms: performance.now() - begunAt });
    });
  });
}

const count = async (registry: Registry, sql: string, ...parameters: string[]) =>
  Number((await registry.db.get<{ n: number }>(sql, ...parameters))!.n);

async function assertWhole(registry: Registry, what: string): Promise<void> {
  const integrity = await registry.db.get<{ integrity_check: string }>('PRAGMA integrity_check');
  assert.equal(integrity!.integrity_check, 'ok', what);
  assert.equal(
    await count(
      registry,
      "SELECT coalesce(sum(json_extract(body, '$.accepted')), 0) AS n FROM ledger_leaf WHERE kind = 'import'",
    ),
    await count(registry, 'SELECT count(*) AS n FROM object'),
    `${what}: every object is covered by a leaf`,
  );
  assert.equal(
    await count(
      registry,
      'SELECT count(*) AS n FROM object o WHERE NOT EXISTS (SELECT 1 FROM reveal_set s WHERE s.id = o.reveal_id)',
    ),
    0,
    `${what}: every object says what it reveals`,
  );
  assert.equal(
    await count(
      registry,
      'SELECT count(*) AS n FROM collection_object c WHERE NOT EXISTS (SELECT 1 FROM object o WHERE o.seq = c.object_seq)',
    ),
    0,
    `${what}: only what is held is shown`,
  );
}

test('an import that is killed loses nothing acknowledged, and is completed by repeating it', async (context) => {
  const folder = temporaryFolder(context);
  const data = join(folder, 'node');
  const files = join(folder, 'files');
  mkdirSync(files);
  const time = new Date('2026-12-01T08:00:00Z');
  const clock = () => time;
  await (await openRegistry(data, { createAs: 'Northlight Security', clock })).close();
  // Referrers first, so that what they refer to comes later, some of it in another file.
  const FILES = 8;
  const EACH = 450;
  for (let f = 0; f < FILES; f++) {
    const objects: StixValue[] = [];
    for (let i = 0; i < 150; i++)
      objects.push(
        report(100_000 + f * EACH + i, [
          indicator(f * EACH + i).id,
          indicator(((f + 1) % FILES) * EACH + i).id,
        ]),
      );
    for (let i = 0; i < 300; i++)
      objects.push(indicator(f * EACH + i, { tlp: i % 50 === 0 ? 'red' : 'green' }));
    const bundle = { type: 'bundle', id: 'bundle--00000000-0000-4000-8000-000000000000', objects };
    writeFileSync(join(files, `${String(f).padStart(2, '0')}.json`), JSON.stringify(bundle));
  }
  const whole = await subject(['import', data, files], null, time);
  const reference = await openRegistry(data, { clock });
  const everything = await count(reference, 'SELECT count(*) AS n FROM object');
  await reference.close();
  assert.equal(everything, FILES * EACH);

  let hits = 0;
  let node = '';
  // How long the work takes on a node that was killed so often before; what was done before is done faster, and machines change their pace.
  const takes = Array.from({ length: 5 }, () => whole.ms);
  for (let i = 0; i < IMPORT_HITS; i++) {
    if (i % 5 === 0) {
      node = join(folder, `killed-${i}`);
      await (await openRegistry(node, { createAs: 'Northlight Security', clock })).close();
    }
    const { said, hit, ms } = await subject(['import', node, files], draw() * takes[i % 5]! * 0.9, time);
    if (hit) hits++;
    else takes[i % 5] = Math.min(takes[i % 5]!, ms);
    const registry = await openRegistry(node, { clock });
    try {
      await assertWhole(registry, `import ${i}`);
      const acknowledged = said.filter((line) => line.startsWith('imported')).length;
      const shown = await count(registry, 'SELECT count(*) AS n FROM collection_object');
      assert.ok(shown >= acknowledged * EACH, `${shown} are shown, ${acknowledged} files were acknowledged`);
    } finally {
      await registry.close();
    }
  }
  await subject(['import', node, files], null, time);
  const registry = await openRegistry(node, { clock });
  try {
    await assertWhole(registry, 'completed');
    assert.equal((await verifyLedger(registry)).ok, true);
    for (const table of ['object', 'collection_object', 'object_value'])
      assert.ok((await count(registry, `SELECT count(*) AS n FROM ${table}`)) >= FILES * 300, table);
    assert.equal(await count(registry, 'SELECT count(*) AS n FROM collection_object'), everything);
    // Whatever order things came in, the same is withheld.
    const sets = `SELECT count(*) AS n FROM object o JOIN reveal_set s ON s.id = o.reveal_id JOIN release_class c ON ',' || s.classes || ',' LIKE '%,' || c.id || ',%' AND c.key LIKE '%"red"%'`;
    // Of each file six indicators are red, and three reports refer to a red one.
    const expected = FILES * 9;
    assert.equal(await count(registry, sets), expected);
  } finally {
    await registry.close();
  }
  context.diagnostic(`${hits} of ${IMPORT_HITS} kills met an import under way`);
  assert.ok(hits >= IMPORT_HITS / 2, `${hits} of ${IMPORT_HITS} kills met an import under way`);
});

test('a synchronisation that is killed loses nothing, repeats nothing, and owes every receipt', async (context) => {
  const nodes = await twoNodes(context);
  const { company, police, time } = nodes;
  const folder = police.registry.folder;
  await police.node.stop();
  let made = 0;
  const add = async (n: number) => {
    const objects: StixValue[] = [];
    for (let i = 0; i < n; i++, made++)
      objects.push(
        made % 10 === 9
          ? relationship(500_000 + made, indicator(made - 1).id, indicator(made - 2).id)
          : indicator(made),
      );
    await importOwn(company, objects);
  };
  await add(4_000);
  const whole = await subject(['delivery', folder, ''], null, time.now);
  let hits = 0;
  let takes = whole.ms * 0.5;
  for (let i = 0; i < DELIVERY_HITS; i++) {
    await add(700);
    const { hit, ms } = await subject(['delivery', folder, ''], draw() * takes, time.now);
    if (hit) hits++;
    else takes = Math.min(takes, ms);
    const registry = await openRegistry(folder, { clock: () => time.now });
    try {
      await assertWhole(registry, `delivery ${i}`);
      // What is held came with a statement that is kept, and each statement has its receipt on the way.
      assert.equal(
        (await count(
          registry,
          `SELECT count(*) AS n FROM object o WHERE NOT EXISTS (
             SELECT 1 FROM delivery_object d WHERE d.object_id = o.id AND d.digest = o.digest)`,
        )) <= 1_000,
        true,
        'at most one page is held whose statement is not stored yet',
      );
      assert.equal(
        await count(registry, "SELECT count(*) AS n FROM delivery WHERE direction = 'in'"),
        await count(registry, "SELECT count(*) AS n FROM outbox WHERE kind = 'receipt'"),
        'a receipt for each delivery, and one only',
      );
    } finally {
      await registry.close();
    }
  }
  await subject(['delivery', folder, ''], null, time.now);
  const registry = await openRegistry(folder, { clock: () => time.now });
  try {
    await assertWhole(registry, 'completed');
    assert.equal((await verifyLedger(registry)).ok, true);
    assert.equal(await count(registry, 'SELECT count(*) AS n FROM object'), made);
    assert.equal(
      await count(
        registry,
        "SELECT count(*) AS n FROM outbox WHERE kind = 'receipt' AND delivered_at IS NULL",
      ),
      0,
    );
  } finally {
    await registry.close();
  }
  const received = await count(
    company.registry,
    `SELECT count(DISTINCT o.object_id) AS n FROM delivery_object o JOIN delivery d ON d.id = o.delivery_id WHERE d.receipt IS NOT NULL`,
  );
  assert.equal(received, made, 'the contributor has a receipt for every object');
  context.diagnostic(`${hits} of ${DELIVERY_HITS} kills met a synchronisation under way`);
  assert.ok(hits >= DELIVERY_HITS / 2, `${hits} of ${DELIVERY_HITS} kills met a synchronisation under way`);
});

test('a migration that is killed is completed by the next start', async (context) => {
  const folder = temporaryFolder(context);
  const old = join(folder, 'old.db');
  const OBJECTS = 30_000;
  const database = openSqlite(old);
  await migrate(database, MIGRATIONS.slice(0, 1));
  await database.transaction(async (tx) => {
    await tx.run(`INSERT INTO collection (id, alias, title) VALUES ('c', 'intelligence', 'Own')`);
    for (let seq = 1; seq <= OBJECTS; seq++) {
      await tx.run(
        `INSERT INTO object (seq, id, version, latest, type, class_id, reveal_id, contributor, agreement_id, digest, body, added_at)
         VALUES (?, ?, 'v', 1, 'report', 1, 1, '', '', 'd', '{}', 'now')`,
        seq,
        `report--${seq}`,
      );
      await tx.run(
        'INSERT INTO collection_object (collection_id, added_us, object_seq) VALUES (?, ?, ?)',
        'c',
        seq,
        seq,
      );
      await tx.run(
        'INSERT INTO object_reference (from_id, to_id) VALUES (?, ?)',
        `report--${seq}`,
        'report--1',
      );
    }
  });
  await database.close();
  const time = new Date('2026-12-01T08:00:00Z');
  const copy = (name: string) => {
    const path = join(folder, name);
    cpSync(old, path);
    return path;
  };
  const whole = await subject(['migration', copy('whole.db')], null, time);
  let hits = 0;
  let takes = whole.ms * 0.8;
  for (let i = 0; i < MIGRATION_HITS; i++) {
    const path = copy(`killed-${i}.db`);
    const { hit, ms } = await subject(['migration', path], draw() * takes, time);
    if (hit) hits++;
    else takes = Math.min(takes, ms);
    const reopened = openSqlite(path);
    try {
      await migrate(reopened, MIGRATIONS);
      const number = async (sql: string) => Number((await reopened.get<{ n: number }>(sql))!.n);
      assert.equal(await number('SELECT count(*) AS n FROM schema_step'), MIGRATIONS.length);
      assert.equal(await number('SELECT count(*) AS n FROM object'), OBJECTS);
      assert.equal(
        await number('SELECT count(*) AS n FROM collection_object JOIN object ON seq = object_seq'),
        OBJECTS,
      );
      assert.equal(
        await number(`SELECT count(*) AS n FROM object_reference WHERE to_id = 'report--1'`),
        OBJECTS,
      );
      assert.equal(
        (await reopened.get<{ integrity_check: string }>('PRAGMA integrity_check'))!.integrity_check,
        'ok',
      );
    } finally {
      await reopened.close();
    }
  }
  context.diagnostic(`${hits} of ${MIGRATION_HITS} kills met a migration under way`);
  assert.ok(hits >= MIGRATION_HITS / 2, `${hits} of ${MIGRATION_HITS} kills met a migration under way`);
});
