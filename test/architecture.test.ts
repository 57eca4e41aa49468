/**
 * The house holds: each room imports only from floors below it, rooms of one floor leave each other alone,
 * there are no import cycles, and the pure floors touch neither disk, network nor clock.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const SRC = resolve(import.meta.dirname, '../src');

/** The floors of ARCHITECTURE.md, from the ground up. */
const FLOORS: readonly (readonly string[])[] = [
  ['base'],
  ['stix', 'ledger', 'agreement', 'match', 'forensics', 'geography', 'blind'],
  ['store'],
  ['registry'],
  ['intel', 'cases', 'desk', 'operations'],
  ['exchange'],
  ['server'],
  ['cli'],
];

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g;

/** Modules of the platform that reach outside: disk, network, processes. `node:zlib` and `node:crypto` only compute. */
const OUTSIDE =
  /^node:(fs|fs\/promises|net|http|https|http2|child_process|worker_threads|dgram|dns|os|sqlite|process)$/;

interface Module {
  readonly file: string;
  readonly room: string;
  readonly imports: readonly { specifier: string; target: string | null }[];
}

function readModules(): Module[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const file = join(SRC, path);
      const text = readFileSync(file, 'utf8')
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .replace(/(^|\s)\/\/.*$/gm, '');
      const imports = [...text.matchAll(IMPORT)].map((match) => {
        const specifier = (match[1] ?? match[2] ?? match[3])!;
        return { specifier, target: specifier.startsWith('.') ? resolve(dirname(file), specifier) : null };
      });
      return { file, room: path.split('/')[0]!, imports };
    });
}

const modules = readModules();
const floorOf = (room: string) => FLOORS.findIndex((rooms) => rooms.includes(room));
const name = (file: string) => relative(SRC, file);

test('every room is on the plan', () => {
  const unknown = new Set(modules.map((module) => module.room).filter((room) => floorOf(room) < 0));
  assert.deepEqual([...unknown], []);
});

test('a room imports only from floors below it, and only names its neighbours below', () => {
  const wrong: string[] = [];
  for (const module of modules) {
    for (const { target } of module.imports) {
      if (!target?.startsWith(SRC)) continue;
      const room = relative(SRC, target).split('/')[0]!;
      if (room === module.room) continue;
      if (floorOf(room) >= floorOf(module.room)) wrong.push(`${name(module.file)} → ${name(target)}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('there are no import cycles', () => {
  const byFile = new Map(modules.map((module) => [module.file, module]));
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (file: string, trail: string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      cycles.push([...trail.slice(trail.indexOf(file)), file].map(name).join(' → '));
      return;
    }
    state.set(file, 'open');
    for (const { target } of byFile.get(file)?.imports ?? [])
      if (target && byFile.has(target)) visit(target, [...trail, file]);
    state.set(file, 'done');
  };
  for (const module of modules) visit(module.file, []);
  assert.deepEqual(cycles, []);
});

test('the pure floors reach neither disk, network nor processes', () => {
  const wrong: string[] = [];
  for (const module of modules) {
    if (floorOf(module.room) > 1) continue;
    for (const { specifier } of module.imports) {
      if (OUTSIDE.test(specifier) || (module.room === 'base' && specifier.startsWith('node:'))) {
        wrong.push(`${name(module.file)} → ${specifier}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test('the pure floors ask no clock and roll no dice', () => {
  const wrong: string[] = [];
  for (const module of modules) {
    if (floorOf(module.room) !== 1) continue;
    const text = readFileSync(module.file, 'utf8')
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/\/\/.*$/gm, '');
    for (const pattern of [
      /\bDate\.now\(/,
      /\bnew Date\(\)/,
      /\bMath\.random\(/,
      /\brandomUUID\(/,
      /\bgetRandomValues\(/,
    ]) {
      if (pattern.test(text)) wrong.push(`${name(module.file)}: ${pattern.source}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every room says what it is', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' });
  const missing = [...new Set(modules.map((module) => module.room))].filter(
    (room) => !files.includes(`${room}/README.md`),
  );
  assert.deepEqual(missing, []);
});
