/**
 * Writes the libraries that `bin/libraries.js` loads from one file each; `npm ci` runs it, and so does `npm pack`, while commands may be running.
 * What is there is never changed: each set of versions has a folder of its own, and the list that names its files is replaced in one step.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '..');
const MODULES = join(ROOT, 'node_modules');
const FOLDER = join(MODULES, '.cache/entente');

/** What is imported, and where its modules begin: of `yaml` the form with ES modules. */
const LIBRARIES: Readonly<Record<string, string>> = {
  typebox: 'typebox',
  'typebox/compile': 'typebox/compile',
  'typebox/format': 'typebox/format',
  'typebox/schema': 'typebox/schema',
  'typebox/system': 'typebox/system',
  'typebox/value': 'typebox/value',
  jose: 'jose',
  yaml: join(MODULES, 'yaml/browser/index.js'),
};
const PACKAGES = ['esbuild', 'jose', 'typebox', 'yaml'];

const fileOf = (specifier: string) => specifier.replaceAll('/', '-');

async function setName(): Promise<string> {
  const texts = [
    await readFile(import.meta.filename, 'utf8'),
    ...(await Promise.all(PACKAGES.map((name) => readFile(join(MODULES, name, 'package.json'), 'utf8')))),
  ];
  return createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 16);
}

/** Renamed into place when it is whole; whoever comes second throws its own away. */
async function writeSet(folder: string): Promise<void> {
  const made = await mkdtemp(`${folder}-`);
  await build({
    entryPoints: Object.fromEntries(
      Object.entries(LIBRARIES).map(([specifier, from]) => [fileOf(specifier), from]),
    ),
    bundle: true,
    splitting: true, // what two of them share is there once
    format: 'esm',
    platform: 'node',
    target: 'node24',
    absWorkingDir: ROOT,
    outdir: made,
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
  });
  await rename(made, folder).catch(async (error: NodeJS.ErrnoException) => {
    if (!existsSync(folder)) throw error;
    await rm(made, { recursive: true });
  });
}

const set = await setName();
await mkdir(FOLDER, { recursive: true });
if (!existsSync(join(FOLDER, set))) await writeSet(join(FOLDER, set));
const list = Object.fromEntries(
  Object.keys(LIBRARIES).map((specifier) => [specifier, `${set}/${fileOf(specifier)}.mjs`]),
);
const writing = join(FOLDER, `libraries-${process.pid}.json`);
await writeFile(writing, JSON.stringify(list));
await rename(writing, join(FOLDER, 'libraries.json'));
