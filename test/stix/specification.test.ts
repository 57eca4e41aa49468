/** The tables against the property tables and vocabularies in the text of the specification itself. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { VOCABULARIES, validateObject } from '../../src/stix/index.ts';
import { ALL_COMMON } from '../../src/stix/schema/common.ts';
import { OBJECT_TYPES } from '../../src/stix/schema/index.ts';
import { sharedData } from '../shared-data.ts';

const spec = sharedData('../spec/stix-v2.1.md');
const plain = (html: string) =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .trim();

interface Property {
  readonly name: string;
  readonly required: boolean;
  readonly type: string;
}

/** A row of three cells. */
const CELL = '<td>((?:(?!</td>).)*)</td>';
const ROW = new RegExp(`<tr>\\s*${CELL}\\s*${CELL}\\s*${CELL}\\s*</tr>`, 'gs');

/** Object types with their section and the rows of their property table. */
function readTables(): Map<string, { section: string; properties: Property[] }> {
  const tables = new Map<string, { section: string; properties: Property[] }>();
  const text = readFileSync(spec.path, 'utf8');
  for (const part of text.split(/\n(?=#{3,4} )/)) {
    const [heading = ''] = part.split('\n');
    if (!/Properties/.test(heading)) continue;
    const rows = [...part.matchAll(ROW)];
    const typeRow = rows.find(([, name]) => plain(name!).startsWith('type (required)'));
    const type = typeRow && /value of this property MUST be\s+([a-z0-9-]+)/.exec(plain(typeRow[3]!))?.[1];
    if (!type || type === 'bundle') continue;
    const properties = rows.flatMap(([, name, kind]) => {
      const match = /^([a-z0-9_]+) \((required|optional)/.exec(plain(name!));
      return match ? [{ name: match[1]!, required: match[2] === 'required', type: plain(kind!) }] : [];
    });
    tables.set(type, { section: /[\d.]+/.exec(heading)?.[0] ?? '', properties });
  }
  return tables;
}

/** A value that fits the data type, and one that does not; null for types that are told apart elsewhere. */
function samplesOf(type: string): { right: unknown; wrong: unknown } | null {
  const list = /^list of type (.*)$/.exec(type);
  if (list) {
    const item = samplesOf(list[1]!);
    return item && { right: [item.right], wrong: [item.wrong] };
  }
  switch (type) {
    case 'timestamp':
      return { right: '2026-01-01T00:00:00Z', wrong: '2026-01-01' };
    case 'boolean':
      return { right: false, wrong: 'false' };
    case 'integer':
      return { right: 1, wrong: '1' };
    case 'float':
      return { right: 1.5, wrong: '1.5' };
    case 'hashes':
      return { right: { MD5: '0'.repeat(32) }, wrong: { MD5: '0' } };
    case 'hex':
      return { right: '0a', wrong: '0A' };
    case 'open-vocab':
      return { right: 'some-term', wrong: 1 };
    case 'string':
      return { right: null, wrong: 1 };
    case 'identifier':
      return { right: null, wrong: 'no-identifier' };
    default:
      return null;
  }
}

test('every property of every object type is in its table, required where the text says so', {
  skip: spec.skip,
}, () => {
  const tables = readTables();
  assert.ok(tables.size >= 40, `only ${tables.size} tables were found`);
  for (const [type, { properties }] of tables) {
    const table = OBJECT_TYPES.get(type);
    assert.ok(table, type);
    for (const { name, required } of properties) {
      if (name === 'action') continue; // reserved, and refused as such
      const field = table.shape.fields.get(name);
      assert.ok(field, `${type}.${name} is missing`);
      assert.equal(field.required ?? false, required, `${type}.${name} required`);
    }
    const named = new Set(properties.map(({ name }) => name));
    const more = [...table.shape.fields.keys()].filter((name) => !named.has(name) && !ALL_COMMON.has(name));
    assert.deepEqual(more, [], `${type} has properties the text does not have`);
  }
});

test('every property has the data type that the text gives it', { skip: spec.skip }, () => {
  let checked = 0;
  for (const [type, { properties }] of readTables()) {
    for (const { name, type: dataType } of properties) {
      const samples = samplesOf(dataType);
      if (!samples || name === 'type' || name === 'action' || (name === 'summary' && type === 'sighting'))
        continue;
      const faults = (value: unknown) =>
        validateObject({ type, [name]: value }, { warnings: false }).issues.filter(
          ({ code, path }) =>
            path.startsWith(name) && ['type', 'format', 'identifier', 'range'].includes(code),
        );
      assert.notDeepEqual(
        faults(samples.wrong),
        [],
        `${type}.${name} takes ${JSON.stringify(samples.wrong)}`,
      );
      if (samples.right !== null && !(Array.isArray(samples.right) && samples.right[0] === null)) {
        const told = faults(samples.right).filter(({ message }) => !message.includes('milliseconds'));
        assert.deepEqual(told, [], `${type}.${name} refuses ${JSON.stringify(samples.right)}`);
      }
      checked++;
    }
  }
  assert.ok(checked > 250, `only ${checked} properties were checked`);
});

test('every vocabulary has the terms of the text', { skip: spec.skip }, () => {
  const text = plain(readFileSync(spec.path, 'utf8').replace(/<\/t[dh]>/g, '\n'));
  const found = new Set<string>();
  for (const part of text.split(/\n(?=## 10\.\d)/)) {
    const name = /(?:Vocabulary|Enumeration) Name:?\**\s*([a-z0-9-]+-(?:ov|enum))/.exec(part)?.[1];
    const summary = /(?:Vocabulary|Enumeration) Summary\s*([^\n]+(?:\n(?!\s*\n)[^\n]+)*)/.exec(part)?.[1];
    if (!name || !summary) continue;
    found.add(name);
    const terms = summary
      .split(/[,()\s]+/)
      .filter(Boolean)
      .map((term) => (term === 'AF_ISOCK_DGRAMNET' ? 'SOCK_DGRAM' : term)); // a slip of the summary; the table is right
    const vocabulary = VOCABULARIES[name as keyof typeof VOCABULARIES];
    assert.deepEqual([...vocabulary.terms].sort(), [...new Set(terms)].sort(), name);
  }
  assert.deepEqual([...found].sort(), Object.keys(VOCABULARIES).sort());
});
