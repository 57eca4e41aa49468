/** Libraries in one file each: made by `npm ci`, and again by `npm pack` while commands run. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'node_modules/.cache/entente');

async function run(...words: string[]): Promise<number> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...words], {
    cwd: ROOT,
    stdio: 'ignore',
  });
  const [code] = await once(child, 'exit');
  return code as number;
}

const make = () => run('scripts/bundle-libraries.ts');

test('libraries that are made again under running commands are never gone', async () => {
  assert.equal(await make(), 0);
  const files = Object.values(
    JSON.parse(readFileSync(join(FOLDER, 'libraries.json'), 'utf8')) as Record<string, string>,
  ).map((file) => join(FOLDER, file));
  const before = files.map((file) => statSync(file).ino);
  const verify = () => run('bin/entente.js', 'agreement', 'verify', 'vectors/agreement/agreement.json');
  assert.deepEqual(await Promise.all([make(), verify(), make(), verify()]), [0, 0, 0, 0]);
  assert.deepEqual(
    files.map((file) => statSync(file).ino),
    before,
    'what is there stays as it is',
  );
});
