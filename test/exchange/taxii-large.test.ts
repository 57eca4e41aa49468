import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importOwn, indicator, pull, twoNodes } from '../two-nodes.ts';

test('pages of large objects are bounded by their bytes, and everything comes', async (context) => {
  const nodes = await twoNodes(context);
  const sizes: number[] = [];
  const objects = Array.from({ length: 60 }, (_, i) =>
    indicator(i, { more: { description: 'x'.repeat(i % 7 === 0 ? 3_000_000 : 50_000) } }),
  );
  await importOwn(nodes.company, objects);
  const { fetch } = globalThis;
  globalThis.fetch = async (...asked: Parameters<typeof fetch>) => {
    const response = await fetch(...asked);
    if (String(asked[0]).includes('/objects/')) sizes.push(Number(response.headers.get('content-length')));
    return response;
  };
  context.after(() => {
    globalThis.fetch = fetch;
  });
  const report = await pull(nodes);
  assert.equal(report.accepted, 60);
  assert.deepEqual(report.problems, []);
  assert.ok(report.pages >= 2, `${report.pages} pages`);
  assert.ok(Math.max(...sizes) < 17 * 1024 * 1024, `${sizes}`);
});
