import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { command } from '../../src/cli/commands/stix-validate.ts';
import { parseInvocation } from '../../src/cli/invocation.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { bundleText, minimal } from './fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'entente-stix-'));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function run(...words: string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const plain = (text: string) => text;
  const terminal: Terminal = {
    out: (line) => void out.push(line),
    note: (line) => void notes.push(line),
    style: { bold: plain, dim: plain, green: plain, red: plain, yellow: plain, cyan: plain },
    mark: () => {},
    progress: () => ({ update: () => {}, end: () => {} }),
  };
  let code: number | { code: string; exit: number };
  try {
    code = await command.run(parseInvocation(command, words), terminal);
  } catch (error) {
    const { code: name, exit } = error as { code: string; exit: number };
    code = { code: name, exit };
  }
  return { code, out, notes };
}

const good = write('good.json', bundleText(JSON.stringify(minimal['campaign'])));
const bad = write(
  'bad.json',
  bundleText(
    JSON.stringify({ ...minimal['tool'], name: 1 }),
    JSON.stringify({ ...minimal['campaign'], x_own: 1 }),
  ),
);

test('a valid file leaves standard output empty and exits 0', async () => {
  assert.deepEqual(await run(good), {
    code: 0,
    out: [],
    notes: ['1 object in 1 file: 0 errors, 0 warnings'],
  });
});

test('a line per issue names file, object, path and section, and a broken MUST exits 1', async () => {
  const { code, out, notes } = await run(good, bad);
  assert.equal(code, 1);
  assert.deepEqual(out, [
    `${bad} ${minimal['tool']!['id']} name: error 1 stands where a string belongs [type, STIX 2.1 §2.15]`,
    `${bad} ${minimal['campaign']!['id']} x_own: warning custom properties are deprecated in favour of extensions [deprecated, STIX 2.1 §11.1]`,
  ]);
  assert.deepEqual(notes, ['3 objects in 2 files: 1 error, 1 warning']);
  assert.equal((await run(bad, '--errors')).out.length, 1);
});

test('--json gives an object a line', async () => {
  const { out, code } = await run('--json', bad);
  assert.equal(code, 1);
  const [first] = out.map((line) => JSON.parse(line));
  assert.deepEqual(first, {
    file: bad,
    index: 0,
    object: minimal['tool']!['id'],
    offset: 80,
    code: 'type',
    path: 'name',
    message: '1 stands where a string belongs',
    severity: 'error',
    section: 'STIX 2.1 §2.15',
  });
});

test('a warning alone exits 0', async () => {
  assert.equal(
    (await run(write('warned.json', JSON.stringify({ ...minimal['campaign'], x_own: 1 })))).code,
    0,
  );
});

test('what cannot be read exits 2, after the other files', async () => {
  const cut = write('cut.json', bundleText(JSON.stringify(minimal['tool'])).slice(0, -5));
  const { code, out } = await run(join(folder, 'none.json'), bad, cut);
  assert.deepEqual(code, { code: 'file-unreadable', exit: 2 });
  assert.equal(out.length, 2);
  assert.deepEqual((await run(cut)).code, { code: 'json-syntax', exit: 2 });
  assert.deepEqual((await run()).code, { code: 'usage', exit: 2 });
});

test('STIX 2.0 is told as such, and validated as what it becomes where asked', async () => {
  const { spec_version: _, ...tool } = minimal['tool']!;
  const old = write('old.json', JSON.stringify({ ...tool, labels: ['remote-access'] }));
  const strict = await run(old);
  assert.equal(strict.code, 1);
  assert.ok(strict.notes.some((note) => note.includes('--upgrade')));
  assert.equal((await run(old, '--upgrade')).code, 0);
});
