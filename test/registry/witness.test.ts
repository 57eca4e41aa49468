import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import { syncPeer } from '../../src/exchange/index.ts';
import { hashLeaf, verifyCheckpoint } from '../../src/ledger/index.ts';
import {
  appendLeaf,
  cosignedCheckpoint,
  forkFile,
  ledgerKey,
  ledgerOrigin,
  listForks,
  verifyEd25519,
  verifyForkFile,
  verifyLedger,
  witnessKey,
} from '../../src/registry/index.ts';
import { twoNodes } from '../two-nodes.ts';

test('a synchronisation brings the peer’s cosignature over the whole ledger', async (context) => {
  const { police, company, companyAtPolice } = await twoNodes(context);
  const report = await syncPeer(police.registry, companyAtPolice);
  const cosigned = await cosignedCheckpoint(police.registry);
  assert.equal(report.cosigned, cosigned!.size);
  const { identity } = police.registry;
  const verified = await verifyCheckpoint(cosigned!.checkpoint, {
    origin: ledgerOrigin(identity.kid),
    logKeys: [ledgerKey(identity.kid, identity.publicJwk)],
    witnessKeys: [witnessKey(company.registry.identity.kid, company.registry.witness.publicJwk)],
    verify: verifyEd25519,
  });
  assert.equal(verified.cosignatures.length, 1);
});

test('a node whose ledger was rewritten is not cosigned, stops, and its own verification says so', async (context) => {
  const { police, companyAtPolice } = await twoNodes(context);
  await syncPeer(police.registry, companyAtPolice);
  // Somebody with the key and the disk replaces the last leaf by another, consistently.
  const { db, clock } = police.registry;
  await db.transaction(async (tx) => {
    const size = Number((await tx.get<{ n: number }>('SELECT count(*) AS n FROM ledger_leaf'))!.n);
    await tx.run('DELETE FROM ledger_leaf WHERE idx = ?', size - 1);
    for (let level = 0; level < 20; level++) {
      const kept = Math.floor((size - 1) / 2 ** level);
      await tx.run('DELETE FROM ledger_node WHERE level = ? AND idx >= ?', level, kept);
    }
    await appendLeaf(tx, clock, 'administration', { act: 'nothing happened' });
    await appendLeaf(tx, clock, 'administration', { act: 'nothing at all' });
  });
  await assert.rejects(
    syncPeer(police.registry, companyAtPolice),
    (error) => isEntenteError(error) && error.code === 'ledger-fork' && error.exit === 3,
  );
  const verdict = await verifyLedger(police.registry);
  assert.equal(verdict.ok, false);
});

test('a ledger that was rolled back is noticed by its witness', async (context) => {
  const { police, companyAtPolice } = await twoNodes(context);
  await syncPeer(police.registry, companyAtPolice);
  const { db } = police.registry;
  await db.transaction(async (tx) => {
    await tx.run('DELETE FROM ledger_leaf WHERE idx >= 3');
    for (let level = 0; level < 20; level++) {
      await tx.run('DELETE FROM ledger_node WHERE level = ? AND idx >= ?', level, Math.floor(3 / 2 ** level));
    }
    await tx.run('DELETE FROM cosignature');
    await tx.run('DELETE FROM checkpoint');
  });
  await assert.rejects(
    syncPeer(police.registry, companyAtPolice),
    (error) => isEntenteError(error) && error.code === 'ledger-fork',
  );
});

test('two histories of one size are kept as proof by the witness', async (context) => {
  const { police, company, companyAtPolice } = await twoNodes(context);
  await syncPeer(police.registry, companyAtPolice);
  const { db, clock } = police.registry;
  await db.transaction(async (tx) => {
    const size = Number((await tx.get<{ n: number }>('SELECT count(*) AS n FROM ledger_leaf'))!.n);
    const cosigned = Number((await tx.get<{ n: number }>('SELECT max(size) AS n FROM cosignature'))!.n);
    await tx.run('DELETE FROM ledger_leaf WHERE idx >= ?', cosigned - 1);
    for (let level = 0; level < 20; level++) {
      await tx.run(
        'DELETE FROM ledger_node WHERE level = ? AND idx >= ?',
        level,
        Math.floor((cosigned - 1) / 2 ** level),
      );
    }
    await tx.run('DELETE FROM checkpoint WHERE size >= ?', cosigned);
    await appendLeaf(tx, clock, 'administration', { act: 'another past' });
    assert.ok(size >= cosigned);
  });
  await assert.rejects(
    syncPeer(police.registry, companyAtPolice),
    (error) => isEntenteError(error) && error.code === 'ledger-fork',
  );
  assert.equal((await listForks(company.registry)).length, 1);

  // Somebody who knows neither node is convinced, and by nothing else.
  const file = await forkFile(company.registry);
  const proven = await verifyForkFile(file);
  assert.equal(proven.node, police.registry.identity.kid);
  const { key, evidence, ...rest } = JSON.parse(file) as { key: object; evidence: Record<string, unknown> };
  const otherKey = company.registry.identity.publicJwk;
  for (const [what, changed] of [
    ['another key', { ...rest, key: otherKey, evidence }],
    ['one history twice', { ...rest, key, evidence: { ...evidence, smaller: evidence['larger'] } }],
    [
      'another root',
      { ...rest, key, evidence: { ...evidence, prefixRoot: Buffer.alloc(32).toString('base64') } },
    ],
    ['nothing', { v: 1 }],
  ] as const)
    await assert.rejects(verifyForkFile(JSON.stringify(changed)), isEntenteError, what);
});

test('a flipped byte in a leaf, its body or a stored hash is found, with its place', async (context) => {
  const { company } = await twoNodes(context);
  const { db } = company.registry;
  assert.equal((await verifyLedger(company.registry)).ok, true);
  const original = (await db.get<{ leaf: Uint8Array; body: string }>(
    'SELECT leaf, body FROM ledger_leaf WHERE idx = 2',
  ))!;
  const flipped = Uint8Array.from(original.leaf);
  flipped[40]! ^= 1;
  const faults: [string, string, string | Uint8Array, string | Uint8Array][] = [
    [
      'UPDATE ledger_leaf SET leaf = ? WHERE idx = 2',
      'UPDATE ledger_leaf SET leaf = ? WHERE idx = 2',
      flipped,
      original.leaf,
    ],
    [
      'UPDATE ledger_leaf SET body = ? WHERE idx = 2',
      'UPDATE ledger_leaf SET body = ? WHERE idx = 2',
      '{}',
      original.body,
    ],
    [
      'UPDATE ledger_node SET hash = ? WHERE level = 0 AND idx = 2',
      'UPDATE ledger_node SET hash = ? WHERE level = 0 AND idx = 2',
      new Uint8Array(32),
      hashLeaf(original.leaf),
    ],
  ];
  for (const [change, restore, bad, good] of faults) {
    await db.transaction((tx) => tx.run(change, bad));
    const verdict = await verifyLedger(company.registry);
    assert.equal(verdict.ok, false, change);
    assert.equal(verdict.firstBad!.index, 2, `${change}: ${verdict.firstBad!.why}`);
    await db.transaction((tx) => tx.run(restore, good));
  }
  assert.equal((await verifyLedger(company.registry)).ok, true);
});

test('a witness that wrongly claims a fork is noted, and stops nothing', async (context) => {
  const { police, company, companyAtPolice } = await twoNodes(context);
  await syncPeer(police.registry, companyAtPolice);
  // The witness's memory of the ledger is replaced by another root of the same size.
  await company.registry.db.transaction((tx) =>
    tx.run('UPDATE witnessed_log SET root = ?', new Uint8Array(32)),
  );
  const report = await syncPeer(police.registry, companyAtPolice);
  assert.equal(report.cosigned, null);
  assert.equal(report.problems.length, 1, report.problems.join());
});
