/** Tools by the workspace: one person fetches, another accepts, and it runs over evidence. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addExhibit, openCase } from '../../src/cases/index.ts';
import { type Manifest, packTool } from '../../src/desk/index.ts';
import { publishTool } from '../../src/exchange/tools/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { twoNodes } from '../two-nodes.ts';
import { signIn } from './people.ts';

const TOOL = join(import.meta.dirname, '../../tools/toy-decryptor');

function tool(): Uint8Array {
  const read = (path: string) => new Uint8Array(readFileSync(join(TOOL, path)));
  const about = JSON.parse(Buffer.from(read('tool.json')).toString()) as Manifest;
  const manifest = { ...about, title: 'Northlight Unpacker' };
  const paths = [...manifest.content, ...manifest.selfTests.flatMap(({ inputs }) => inputs)];
  return packTool(manifest, new Map(paths.map((path) => [path, read(path)])));
}

test('tools by the workspace', async (context) => {
  const { company, police } = await twoNodes(context);
  await publishTool(company.registry, tool(), 'Noor');
  const amira = await signIn(context, police.registry, ['liaison', 'investigator'], 'Amira');
  const bruno = await signIn(context, police.registry, ['investigator'], 'Bruno');
  const auditor = await signIn(context, police.registry, ['auditor'], 'Chen');
  const worked = async (person: typeof amira, path: string, body: object) => {
    const { status, body: view } = await person.call('POST', path, body);
    assert.equal(status, 202, JSON.stringify(view));
    return person.ended(view.id);
  };
  const fetches = await worked(amira, '/tools/fetches', {
    peer: 'Northlight Security',
    purpose: 'investigation',
  });
  assert.equal(fetches.state, 'done', JSON.stringify(fetches.problem));
  const { id } = fetches.result.fetched[0];
  const accept = { purpose: 'investigation', seats: 2 };
  const own = await worked(amira, `/tools/${id}/acceptance`, accept);
  assert.equal(own.problem.code, 'forbidden');
  assert.equal((await auditor.call('POST', `/tools/${id}/acceptance`, accept)).status, 403);
  const accepted = await worked(bruno, `/tools/${id}/acceptance`, accept);
  assert.equal(accepted.result.tool.accepted.by, 'Bruno');
  const folder = temporaryFolder(context);
  const path = join(folder, 'patients.csv.locked42');
  writeFileSync(path, readFileSync(join(TOOL, 'tests/patients.csv.locked42')));
  const file = await openCase(police.registry, 'Harbour');
  await addExhibit(police.registry, file, path, { person: 'Amira', purpose: 'test' });
  const run = await worked(amira, `/tools/${id}/runs`, {
    case: 'Harbour',
    exhibits: [1],
    parameters: { key: 'harbour-9-lantern' },
    purpose: 'to read what was locked',
  });
  assert.deepEqual(
    run.result.derived.map(({ name }: { name: string }) => name),
    ['patients.csv'],
  );
  const { status, body } = await bruno.call('POST', `/tools/${id}/retirement`, { reason: 'done' });
  assert.equal(status, 200);
  assert.equal(body.state, 'retired');
  const listed = (await auditor.call('GET', '/tools')).body.tools;
  assert.deepEqual(
    listed.map((one: { tool: string; state: string; fetched: { by: string } }) => [
      one.tool,
      one.state,
      one.fetched.by,
    ]),
    [['toy-decryptor', 'retired', 'Amira']],
  );
  assert.equal((await bruno.call('POST', '/tools/x/retirement', { reason: 'x' })).status, 404);
});
