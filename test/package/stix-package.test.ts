/**
 * `entente/stix` as others get it: packed, unpacked into an empty project, used with types on Node 20 and 24, and in a
 * browser. Nothing is downloaded: its two libraries are linked from this checkout.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import { after, before, test } from 'node:test';

const ROOT = resolve(import.meta.dirname, '../..');
/** All that `entente/stix` may need. */
const LIBRARIES = ['@noble/hashes', 're2js'];

/** What a person would do first. Prints one line that says how it went. */
const USE = `
import { matchPattern, observableId, parseBundle, PatternSyntaxError, parsePattern, streamBundle } from 'entente/stix';
const id = (type, n) => type + '--00000000-0000-4000-8000-00000000000' + n;
const now = '2026-01-01T00:00:00.000Z';
const address = { type: 'ipv4-addr', id: observableId({ type: 'ipv4-addr', value: '198.51.100.3' }), value: '198.51.100.3' };
const observed = { type: 'observed-data', spec_version: '2.1', id: id('observed-data', 1), created: now, modified: now,
  first_observed: now, last_observed: now, number_observed: 1, object_refs: [address.id] };
const indicator = { type: 'indicator', spec_version: '2.1', id: id('indicator', 2), created: now, modified: now,
  pattern_type: 'stix', valid_from: now, pattern: "[ipv4-addr:value ISSUBSET '198.51.100.0/24' OR file:name MATCHES '^a+$']" };
const bytes = new TextEncoder().encode(JSON.stringify({ type: 'bundle', id: id('bundle', 3), objects: [address, observed, indicator, { type: 'tool' }] }));
const { objects, issues } = parseBundle(bytes);
const match = matchPattern(indicator.pattern, objects);
let streamed = 0;
for await (const entry of streamBundle([bytes.subarray(0, 99), bytes.subarray(99)])) if (entry.object) streamed++;
let offset = -1;
try { parsePattern('[file:name = +5]'); } catch (error) { if (error instanceof PatternSyntaxError) offset = error.offset; }
globalThis.result = [objects.length, issues.length > 0, match !== null, streamed, offset].join(' ');
if (globalThis.process) console.log(globalThis.result);
`;
const EXPECTED = /^3 true true 3 \d+$/;

/** The same module, linked into a context that has nothing but what browsers have. */
const BROWSER = `
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createContext, SourceTextModule } from 'node:vm';
const web = { TextEncoder, TextDecoder, URL, atob, btoa, crypto, performance, setTimeout, queueMicrotask };
const context = createContext({ ...web });
context.globalThis = context;
const modules = new Map();
const link = (specifier, parent) => {
  const url = specifier.startsWith('.') ? new URL(specifier, parent.identifier).href : import.meta.resolve(specifier);
  if (url.startsWith('node:')) throw new Error(parent.identifier + ' imports ' + specifier);
  if (!modules.has(url)) modules.set(url, new SourceTextModule(readFileSync(fileURLToPath(url), 'utf8'), { context, identifier: url }));
  return modules.get(url);
};
const main = new SourceTextModule(readFileSync('use.js', 'utf8'), { context, identifier: import.meta.url });
await main.link(link);
await main.evaluate();
console.log(context.result);
`;

const project = mkdtempSync(join(tmpdir(), 'entente-package-'));
const installed = join(project, 'node_modules/entente');
after(() => rmSync(project, { recursive: true, force: true }));

const run = (program: string, args: readonly string[], cwd = project) =>
  execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const isExported = manifest.exports?.['./stix'] !== undefined;
/** Without the export there is nothing to look at: one test says so, the others skip. */
const needsExport = { skip: isExported ? false : 'package.json does not export ./stix' };

test('package.json exports entente/stix, built before it is packed', () => {
  assert.ok(isExported, 'exports["./stix"] is missing');
  assert.match(manifest.scripts?.prepack ?? '', /tsc -p src\/stix/);
});

before(() => {
  if (!isExported) return;
  const packed = run('npm', ['pack', '--pack-destination', project, '--loglevel', 'error'], ROOT).trim();
  const archive = packed.split('\n').at(-1)!;
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', join(project, archive), '-C', installed, '--strip-components=1']);
  for (const library of LIBRARIES) {
    const link = join(project, 'node_modules', library);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', library), link, 'junction');
  }
  writeFileSync(join(project, 'package.json'), '{"name":"empty","private":true,"type":"module"}');
  writeFileSync(join(project, 'use.js'), USE);
});

test('runs on this Node from an empty project', needsExport, () => {
  assert.match(run(process.execPath, ['use.js']).trim(), EXPECTED);
});

/** The Node of the host, not the pinned one that npm scripts put first. */
const hostPath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);
const runOnHost = (args: readonly string[], cwd = project) =>
  execFileSync('node', args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: hostPath },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const host = (() => {
  try {
    return runOnHost(['--version'], ROOT).trim();
  } catch {
    return 'none';
  }
})();
test(
  'runs on Node 20',
  isExported ? { skip: host.startsWith('v20.') ? false : `the host's node is ${host}` } : needsExport,
  () => {
    assert.match(runOnHost(['use.js']).trim(), EXPECTED);
  },
);

test('has types, strict, for both ways of resolving modules', needsExport, () => {
  writeFileSync(
    join(project, 'use.ts'),
    `import { isObjectOf, matchPattern, parseBundle, type StixObject, type StixObjectOf } from 'entente/stix';
const { objects, issues } = parseBundle('{}');
const indicator = objects.find((object) => isObjectOf(object, 'indicator'));
const pattern: string | undefined = indicator?.pattern;
const motivation = (actor: StixObjectOf<'threat-actor'>): string | undefined => actor.primary_motivation;
const all: readonly StixObject[] = objects;
const paths: string[] = issues.map((issue) => issue.path);
const matched: boolean = matchPattern(pattern ?? '', all) !== null;
// @ts-expect-error an indicator has no such property
export const wrong: number = indicator?.valid_from;
export { matched, motivation, paths };
`,
  );
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    const options = {
      strict: true,
      noEmit: true,
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      module,
      moduleResolution,
    };
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...options, skipLibCheck: false }, files: ['use.ts'] }),
    );
    try {
      run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', project]);
    } catch (error) {
      assert.fail(`${moduleResolution}: ${(error as { stdout: string }).stdout}`);
    }
  }
});

const SPECIFIER = /^(?:import\s*|(?:import|export)\b[^;'"=]*?\bfrom\s*)['"]([^'"]+)['"]/gm;

/** Every module that `entente/stix` reaches, by file, with the packages it names. */
function reachable(): { files: Set<string>; packages: Set<string> } {
  const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const files = new Set<string>();
  const packages = new Set<string>();
  const open = [join(installed, exports['./stix'].default)];
  while (open.length > 0) {
    const file = open.pop()!;
    if (files.has(file)) continue;
    files.add(file);
    const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    for (const [, specifier] of text.matchAll(SPECIFIER)) {
      if (specifier!.startsWith('.')) open.push(resolve(dirname(file), specifier!));
      else packages.add(specifier!);
    }
  }
  return { files, packages };
}

test('brings nothing of the node: only base, stix and its two libraries', needsExport, () => {
  const { files, packages } = reachable();
  const rooms = new Set([...files].map((file) => relative(join(installed, 'dist'), file).split(/[\\/]/)[0]));
  assert.deepEqual([...rooms].sort(), ['base', 'stix']);
  const other = [...packages].filter((name) => !LIBRARIES.some((library) => name.startsWith(library)));
  assert.deepEqual(other, []);
  assert.ok(
    existsSync(join(installed, 'LICENSE')) || !existsSync(join(ROOT, 'LICENSE')),
    'the licence comes with it',
  );
});

test('runs where there is only the web platform', needsExport, () => {
  // A module graph of its own in a context with nothing but what browsers have: no process, no Buffer, no require.
  writeFileSync(join(project, 'browser.js'), BROWSER);
  const printed = run(process.execPath, [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'browser.js',
  ]);
  assert.match(printed.trim(), EXPECTED);
});

test('is bundled for a browser into one file that runs there', needsExport, async () => {
  const { build } = await import('esbuild');
  const outfile = join(project, 'bundle.js');
  await build({
    entryPoints: [join(project, 'use.js')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent', // a module of Node would be an error, and is thrown
  });
  const text = readFileSync(outfile, 'utf8');
  assert.doesNotMatch(text, /from\s*['"]node:|require\(/);
  assert.match(run(process.execPath, [outfile]).trim(), EXPECTED);
});
