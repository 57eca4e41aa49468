/**
 * The ledger under faults of the disk, in both forms and at every statement: what failed was not kept, or it was kept and the caller is told
 * that it failed. After each the store is opened again; entry, tree and checkpoint must agree, nothing acknowledged may be missing, and the
 * same act must succeed.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addExhibit, custodyOf, listCases, listExhibits, openCase } from '../../src/cases/index.ts';
import { consistencyProof, parseCheckpoint, parseNote, verifyConsistency } from '../../src/ledger/index.ts';
import {
  appendLeaf,
  currentCheckpoint,
  hashReader,
  ledgerSize,
  openRegistry,
  type Registry,
  readLedger,
  verifyLedger,
} from '../../src/registry/index.ts';
import type { Database, Queries } from '../../src/store/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';

class Fault extends Error {}

type Form = 'not-kept' | 'kept';

/** Fails the `at`th statement that writes, or the commit after it. `count` tells how many there were. */
function faulty(database: Database, at: number, form: Form) {
  const state = { count: 0, struck: false };
  const strike = () => {
    state.struck = true;
    throw new Fault();
  };
  const faultyQueries = (tx: Queries): Queries => ({
    ...tx,
    async run(sql, ...parameters) {
      const isMine = state.count++ === at;
      if (isMine && form === 'not-kept') strike();
      const changed = await tx.run(sql, ...parameters);
      if (isMine) strike();
      return changed;
    },
  });
  const wrapped: Database = {
    ...database,
    async transaction(work, options) {
      const result = await database.transaction(async (tx) => {
        const made = await work(faultyQueries(tx));
        if (state.count++ === at && form === 'not-kept') strike(); // the commit fails, and nothing of it is there
        return made;
      }, options);
      if (state.count - 1 === at && !state.struck && form === 'kept') strike(); // it is there, and the caller hears otherwise
      return result;
    },
  };
  return { state, wrapped };
}

/** Acts of each kind: entries alone, entries with a checkpoint, and what comes with evidence. */
const ACTS: Record<string, (registry: Registry, folder: string) => Promise<unknown>> = {
  'five leaves in one transaction': (registry) =>
    registry.db.transaction(async (tx) => {
      for (let i = 0; i < 5; i++) await appendLeaf(tx, registry.clock, 'message', { i });
    }),
  'a leaf and a checkpoint': async (registry) => {
    await registry.db.transaction((tx) => appendLeaf(tx, registry.clock, 'message', { one: 1 }));
    await currentCheckpoint(registry);
  },
  'a case and an exhibit': async (registry, folder) => {
    const known = (await listCases(registry)).find((file) => file.name === 'Case');
    const file = known ?? (await openCase(registry, 'Case'));
    if ((await listExhibits(registry, file.id)).length > 0) return;
    await addExhibit(registry, file, join(folder, 'a.txt'), { person: 'A', purpose: 'test' });
  },
};

for (const [name, act] of Object.entries(ACTS))
  test(`${name}: after a fault at any statement, kept or not, the ledger is whole and the act succeeds`, async (t) => {
    let points = 0;
    for (const form of ['not-kept', 'kept'] as const)
      for (let at = 0; ; at++) {
        const folder = temporaryFolder(t);
        writeFileSync(join(folder, 'a.txt'), 'evidence');
        const data = join(folder, 'node');
        const clock = () => new Date('2026-12-01T08:00:00Z');
        const before = await openRegistry(data, { createAs: 'Police of Arvenia', clock });
        const given = parseCheckpoint(parseNote(await currentCheckpoint(before)).text);
        const { state, wrapped } = faulty(before.db, at, form);
        const outcome = await act({ ...before, db: wrapped }, folder).then(
          () => 'done',
          (error) => {
            if (!(error instanceof Fault)) throw error;
            return 'failed';
          },
        );
        await before.close();

        const after = await openRegistry(data, { clock });
        const where = `${form}, fault ${at} of ${state.count}`;
        const verdict = await verifyLedger(after);
        assert.equal(verdict.ok, true, `${where}: ${verdict.firstBad?.why}`);
        const size = await ledgerSize(after.db);
        assert.ok(size >= given.size, `${where}: what was given out is there`);
        // An exhibit and its leaves exist together or not at all.
        for (const file of await listCases(after))
          for (const exhibit of await listExhibits(after, file.id)) {
            const [first] = await custodyOf(after, exhibit.id);
            const [registered] = await readLedger(after.db, first!.leafIndex - 1, 1);
            assert.equal(registered!.kind, 'exhibit-registered', where);
          }
        await act(after, folder);
        const now = parseCheckpoint(parseNote(await currentCheckpoint(after)).text);
        verifyConsistency({
          oldSize: given.size,
          oldRoot: given.root,
          newSize: now.size,
          newRoot: now.root,
          proof: await consistencyProof(given.size, now.size, hashReader(after.db)),
        });
        assert.equal((await verifyLedger(after)).ok, true, `${where}: and after the act`);
        await after.close();
        if (outcome === 'done') {
          assert.equal(state.struck, false);
          break;
        }
        points++;
      }
    t.diagnostic(`${points} faults`);
    assert.ok(points > 10);
  });
