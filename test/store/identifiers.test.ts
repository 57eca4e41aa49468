import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { idKey } from '../../src/store/index.ts';

const SRC = join(import.meta.dirname, '../../src');

test('every statement that looks for an object by its identifier looks by its key, which has the index', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' });
  let statements = 0;
  const without: string[] = [];
  for (const file of files.filter((one) => one.endsWith('.ts') && !one.includes('migrations'))) {
    const text = readFileSync(join(SRC, file), 'utf8');
    for (const { 0: table, index } of text.matchAll(/\b(?:FROM|JOIN|UPDATE) object\b/g)) {
      statements++;
      // To the end of the statement or the next table.
      const rest = text.slice(index + table.length).split(/`|',|\b(?:FROM|JOIN) /)[0]!;
      if (
        /(?<!\.)\bid = \?|\b[opv]\.id (?:=|IN) |(?<!\.)\bid IN /.test(rest) &&
        !/id_key (?:=|IN)/.test(rest)
      )
        without.push(`${file}: ${table}${rest}`);
    }
  }
  assert.ok(statements > 40, `${statements} statements are looked at`);
  assert.deepEqual(without, []);
});

test('the key of an identifier is the same in every version of the program', () => {
  assert.equal(idKey('indicator--00000000-0000-4000-8000-000000000001'), 107_946_705_529_018);
});
