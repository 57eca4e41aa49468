import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import { addExhibit, listExhibits, openCase } from '../../src/cases/index.ts';
import { backupNode, openRegistry, restoreNode } from '../../src/registry/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { importOwn, indicator, twoNodes } from '../two-nodes.ts';

const EVIDENCE = join(import.meta.dirname, '../../examples/evidence/proxy.log');

test('a backup taken while the node writes restores to a node that verifies and holds all that was acknowledged', async (context) => {
  const { company } = await twoNodes(context);
  const { registry } = company;
  await importOwn(company, [indicator(1)]);
  const file = await openCase(registry, 'Backup');
  await addExhibit(registry, file, EVIDENCE, { person: 'test', purpose: 'test' });
  const out = join(temporaryFolder(context), 'backup');
  const writing = (async () => {
    for (let n = 2; n < 40; n++) await importOwn(company, [indicator(n)]);
  })();
  const report = await backupNode(registry, out);
  await writing;
  const folder = join(temporaryFolder(context), 'restored');
  const verdict = await restoreNode(out, folder);
  assert.equal(verdict.ok, true);
  assert.ok(verdict.leaves >= report.leaves);
  const restored = await openRegistry(folder);
  context.after(() => restored.close());
  assert.equal(restored.identity.kid, registry.identity.kid);
  const [exhibit] = await listExhibits(restored, file.id);
  await restored.blobs.path(exhibit!.sha256);
  assert.ok(await restored.db.get('SELECT 1 FROM object WHERE id = ?', indicator(1).id));
});

test('a damaged, incomplete or unfinished backup is not restored', async (context) => {
  const { company } = await twoNodes(context, { agreement: false });
  const out = join(temporaryFolder(context), 'backup');
  await backupNode(company.registry, out);
  const refuses = (code: string) =>
    assert.rejects(
      restoreNode(out, join(temporaryFolder(context), 'restored')),
      (error) => isEntenteError(error) && error.code === code,
    );
  const key = join(out, 'keys', readdirSync(join(out, 'keys'))[0]!);
  chmodSync(key, 0o600);
  appendFileSync(key, ' ');
  await refuses('verification-failed');
  rmSync(key);
  await refuses('verification-failed');
  rmSync(join(out, 'backup.json'));
  await refuses('file-unreadable');
});

test('neither backup nor restore writes into a folder that holds something', async (context) => {
  const { company } = await twoNodes(context, { agreement: false });
  const isConflict = (error: unknown) => isEntenteError(error) && error.code === 'conflict';
  await assert.rejects(backupNode(company.registry, company.registry.folder), isConflict);
  const out = join(temporaryFolder(context), 'backup');
  await backupNode(company.registry, out);
  await assert.rejects(restoreNode(out, company.registry.folder), isConflict);
});
