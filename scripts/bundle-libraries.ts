/** Writes the libraries that `bin/libraries.js` loads from one file each; `npm ci` runs it. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { build } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '..');
const FOLDER = resolve(ROOT, 'node_modules/.cache/entente');

/** What is imported, and where its modules begin: of `yaml` the form with ES modules. */
const LIBRARIES: Readonly<Record<string, string>> = {
  typebox: 'typebox',
  'typebox/compile': 'typebox/compile',
  'typebox/format': 'typebox/format',
  'typebox/schema': 'typebox/schema',
  'typebox/system': 'typebox/system',
  'typebox/value': 'typebox/value',
  jose: 'jose',
  yaml: resolve(ROOT, 'node_modules/yaml/browser/index.js'),
};

const fileOf = (specifier: string) => specifier.replaceAll('/', '-');

await rm(FOLDER, { recursive: true, force: true });
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
  outdir: FOLDER,
  outExtension: { '.js': '.mjs' },
  logLevel: 'warning',
});
await mkdir(FOLDER, { recursive: true });
// Last, so that a folder that is not whole is not used.
await writeFile(
  resolve(FOLDER, 'libraries.json'),
  JSON.stringify(
    Object.fromEntries(Object.keys(LIBRARIES).map((specifier) => [specifier, `${fileOf(specifier)}.mjs`])),
  ),
);
