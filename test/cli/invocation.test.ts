import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../src/cli/command.ts';
import { parseInvocation } from '../../src/cli/invocation.ts';

const command: Command = {
  name: 'peer add',
  usage: '',
  options: {
    key: { type: 'string', help: '' },
    intel: { type: 'string', many: true, help: '' },
    set: { type: 'string', multiple: true, help: '' },
    taxii: { type: 'boolean', help: '' },
  },
  run: async () => 0,
};
const parse = (...words: string[]) => parseInvocation(command, words);

test('a value may begin with a hyphen, as one key in sixty-four does', () => {
  const { positionals, json, ...invocation } = parse('https://a.example', '--key', '-ZoBclhoxO9', '--json');
  assert.deepEqual(
    [positionals, invocation.string('key'), json],
    [['https://a.example'], '-ZoBclhoxO9', true],
  );
  assert.equal(parse('--key', '--Zo', 'x').string('key'), '--Zo');
  assert.equal(parse('--key=-Zo').string('key'), '-Zo');
});

test('an option without its value is named, and one that nobody knows is refused', () => {
  assert.throws(() => parse('--key', '--json'), { code: 'usage', message: /--key/ });
  assert.throws(() => parse('x', '--key'), { code: 'usage', message: /--key/ });
  assert.throws(() => parse('--colour', 'red'), { code: 'usage', message: /--colour/ });
  assert.throws(() => parse('--taxii', '-Q'), { code: 'usage' });
});

test('options that take many take all up to the next option', () => {
  const invocation = parse('--intel', 'a', 'b', '--taxii', 'c', '--set', 'x=1', '--set', '-y=2');
  assert.deepEqual(invocation.strings('intel'), ['a', 'b']);
  assert.deepEqual(invocation.positionals, ['c']);
  assert.deepEqual(invocation.strings('set'), ['x=1', '-y=2']);
  assert.equal(parse('-').positionals[0], '-');
});
