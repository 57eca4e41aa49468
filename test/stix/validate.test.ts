/** What the tables say, case by case. `vectors/stix/objects.jsonl` changes one thing of a minimal object at a time. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { validateObject } from '../../src/stix/index.ts';
import { OBJECT_TYPES } from '../../src/stix/schema/index.ts';

const VECTORS = join(import.meta.dirname, '../../vectors/stix');
type Json = Record<string, unknown>;
const minimal = JSON.parse(readFileSync(join(VECTORS, 'minimal.json'), 'utf8')) as Record<string, Json>;

interface Case {
  claim: string;
  type: string;
  set?: Json;
  unset?: string[];
  /** code, path, section */
  errors: [string, string, string][];
  warnings?: [string, string, string][];
}

const cases = readFileSync(join(VECTORS, 'objects.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

test('the smallest object of every type is valid, without a warning', () => {
  const types = Object.keys(minimal);
  assert.deepEqual(
    [...OBJECT_TYPES.keys()].filter((type) => !types.includes(type)),
    [],
  );
  for (const [type, object] of Object.entries(minimal)) {
    const { issues, object: typed } = validateObject(object);
    const told = issues.filter((issue) => issue.code !== 'deprecated' && issue.path !== 'description');
    assert.deepEqual(told, [], type);
    assert.equal(typed, object);
  }
});

for (const { claim, type, set, unset, errors, warnings } of cases) {
  test(claim, () => {
    const object: Json = { ...minimal[type], ...set };
    for (const name of unset ?? []) delete object[name];
    const before = JSON.stringify(object);
    const { issues, object: typed } = validateObject(object);
    const pick = (severity: string) =>
      issues
        .filter((issue) => issue.severity === severity)
        .map((issue) => [issue.code, issue.path, issue.section?.replace('STIX 2.1 §', '')]);
    assert.deepEqual(pick('error'), errors, JSON.stringify(issues, null, 1));
    if (warnings) assert.deepEqual(pick('warning'), warnings, JSON.stringify(issues, null, 1));
    assert.equal(typed === undefined, errors.length > 0);
    assert.equal(JSON.stringify(object), before, 'the object was changed');
    assert.deepEqual(
      validateObject(object, { warnings: false }).issues.filter((issue) => issue.severity !== 'error'),
      [],
    );
  });
}

test('every required property is missed, by name', () => {
  for (const [type, table] of OBJECT_TYPES) {
    for (const name of table.shape.required) {
      const object = { ...minimal[type] };
      delete object[name];
      const { issues } = validateObject(object);
      const told = issues.some((issue) => issue.code === 'required' && issue.path === name);
      assert.ok(told, `${type} without ${name}: ${JSON.stringify(issues)}`);
    }
  }
});

test('what is no object at all is told, not thrown', () => {
  for (const value of [null, undefined, 1, 'x', [], true, Number.NaN, () => 1, Symbol('x')]) {
    const { issues, object } = validateObject(value);
    assert.equal(object, undefined);
    assert.equal(issues.length, 1);
    assert.equal(issues[0]?.code, 'type');
  }
  assert.equal(validateObject({}).issues[0]?.path, 'type');
  assert.equal(validateObject({ type: 7 }).issues[0]?.path, 'type');
});

test('a bundle is validated with its objects', () => {
  const bundle = {
    type: 'bundle',
    id: 'bundle--00000000-0000-4000-8000-000000000001',
    objects: [minimal['campaign'], { ...minimal['tool'], name: 1 }, { type: 'bundle' }],
  };
  assert.deepEqual(
    validateObject(bundle).issues.map((issue) => [issue.code, issue.path]),
    [
      ['type', 'objects[1].name'],
      ['forbidden', 'objects[2].type'],
    ],
  );
  assert.equal(validateObject({ ...bundle, objects: [] }).issues[0]?.code, 'empty');
  assert.equal(validateObject({ type: 'bundle', id: 'x' }).issues[0]?.code, 'identifier');
});
