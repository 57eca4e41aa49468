import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookUpForFree } from '../../src/exchange/free-look-up.ts';
import { importOwn, indicator, pull, twoNodes } from '../two-nodes.ts';

test('what others contributed is told to no stranger, whatever its marking says', async (context) => {
  const nodes = await twoNodes(context);
  await importOwn(nodes.company, [indicator(1, { tlp: 'clear' })]);
  await pull(nodes);
  const told = async ({ registry }: typeof nodes.company) =>
    (await lookUpForFree(registry, ['host-1.example'])).map(({ label, why }) => [label, why.length]);
  assert.deepEqual(await told(nodes.company), [['malicious', 1]]);
  assert.deepEqual(await told(nodes.police), [['never-seen', 0]]);
});
