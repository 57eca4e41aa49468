import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  consistencyProof,
  decodeEntryBundle,
  decodeHashTile,
  encodeEntryBundle,
  encodeHashTile,
  encodeTilePath,
  hashLeaf,
  inclusionProof,
  isTileOf,
  parseTilePath,
  type Tile,
  tileHashReader,
  tilesForGrowth,
  treeRoot,
} from '../../src/ledger/index.ts';
import { entry, type MemoryLog, memoryLog, seededRandom } from './fixtures.ts';

const format = { code: 'ledger-format' };
const paths = (tiles: Iterable<Tile>) => Array.from(tiles, encodeTilePath);

test('tile paths are those of the specification, in one spelling', () => {
  for (const [path, tile] of [
    ['tile/0/000', { level: 0, index: 0, width: 256 }],
    ['tile/0/x001/234/067', null],
    ['tile/0/x001/x234/067', { level: 0, index: 1234067, width: 256 }],
    ['tile/63/x001/000', { level: 63, index: 1000, width: 256 }],
    ['tile/1/000.p/17', { level: 1, index: 0, width: 17 }],
    ['tile/entries/273.p/112', { level: 'entries', index: 273, width: 112 }],
    [
      'tile/entries/x009/x007/x199/x254/x740/991',
      { level: 'entries', index: Number.MAX_SAFE_INTEGER, width: 256 },
    ],
  ] as const) {
    if (tile === null) {
      assert.throws(() => parseTilePath(path), format);
      continue;
    }
    assert.deepEqual(parseTilePath(path), tile);
    assert.equal(encodeTilePath(tile), path);
  }
});

test('other tile paths are refused', () => {
  for (const path of [
    '',
    'tile',
    'tile/0/0',
    'tile/0/00',
    'tile/0/0000',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/x000/001',
    'tile/0/001/000',
    'tile/0/x001',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000.p/',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/../000',
    'tile/0/%30%30%30',
    'tile/entries/x009/x007/x199/x254/x740/992',
    `tile/0/${'x001/'.repeat(50)}000`,
    'tile/0/٠٠٠',
  ])
    assert.throws(() => parseTilePath(path), format, path);
});

test('a tree of 70,000 has the tiles that the specification counts', () => {
  const tiles = [...tilesForGrowth(0, 70_000)];
  const count = (level: Tile['level'], full: boolean) =>
    tiles.filter((tile) => tile.level === level && (tile.width === 256) === full).length;
  assert.deepEqual([count(0, true), count(0, false), count(1, true), count(1, false)], [273, 1, 1, 1]);
  assert.deepEqual(
    [count('entries', true), count('entries', false), count(2, true), count(2, false)],
    [273, 1, 0, 1],
  );
  assert.deepEqual(paths(tiles.filter((tile) => tile.width < 256)), [
    'tile/entries/273.p/112',
    'tile/0/273.p/112',
    'tile/1/001.p/17',
    'tile/2/000.p/1',
  ]);
  assert.deepEqual(paths(tilesForGrowth(0, 256)), ['tile/entries/000', 'tile/0/000', 'tile/1/000.p/1']);
  assert.deepEqual(paths(tilesForGrowth(0, 0)), []);
});

test('tiles written at every growth are those that the grown tree has', () => {
  const random = seededRandom(8);
  for (let round = 0; round < 100; round++) {
    const written = new Set<string>();
    let size = 0;
    while (size < 1500) {
      const next = size + Math.floor(random() * 300);
      for (const tile of tilesForGrowth(size, next)) {
        assert.ok(isTileOf(tile, next));
        assert.ok(!isTileOf(tile, size));
        written.add(encodeTilePath(tile));
      }
      size = next;
      for (const tile of tilesForGrowth(0, size)) assert.ok(written.has(encodeTilePath(tile)));
    }
  }
  assert.ok(isTileOf({ level: 0, index: 0, width: 200 }, 256));
  assert.ok(!isTileOf({ level: 0, index: 1, width: 1 }, 256));
});

async function serve(log: MemoryLog): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const tile of tilesForGrowth(0, log.size)) {
    const start = tile.index * 256;
    const bytes =
      tile.level === 'entries'
        ? encodeEntryBundle(log.entries.slice(start, start + tile.width))
        : await encodeHashTile(tile, log);
    files.set(encodeTilePath(tile), bytes);
  }
  return files;
}

test('roots and proofs computed from tiles are those of the log', async () => {
  const log = await memoryLog(1400);
  const files = await serve(log);
  let fetched = 0;
  const reader = tileHashReader(1400, (_, path) => {
    fetched++;
    return files.get(path)!;
  });
  const random = seededRandom(2);
  for (let round = 0; round < 100; round++) {
    const size = 1 + Math.floor(random() * 1400);
    const index = Math.floor(random() * size);
    assert.deepEqual(await treeRoot(size, reader), await treeRoot(size, log));
    assert.deepEqual(await inclusionProof(index, size, reader), await inclusionProof(index, size, log));
    assert.deepEqual(await consistencyProof(index, size, reader), await consistencyProof(index, size, log));
  }
  fetched = 0;
  await inclusionProof(700, 1400, reader);
  assert.ok(fetched <= 4, 'each tile is fetched once for each read');
});

test('every bundle’s entries hash to the tile above it', async () => {
  const log = await memoryLog(600);
  const files = await serve(log);
  for (const [path, bytes] of files) {
    const tile = parseTilePath(path);
    if (tile.level !== 'entries') continue;
    const above = decodeHashTile(files.get(path.replace('entries', '0'))!, tile.width);
    assert.deepEqual(decodeEntryBundle(bytes, tile.width).map(hashLeaf), above);
  }
});

test('entry bundles hold entries from empty to 65,535 bytes, and no others', () => {
  const entries = [new Uint8Array(0), entry(1), new Uint8Array(65_535).fill(1)];
  const bundle = encodeEntryBundle(entries);
  assert.deepEqual(decodeEntryBundle(bundle, 3), entries);
  assert.throws(() => encodeEntryBundle([new Uint8Array(65_536)]), { code: 'input-limit' });
  assert.throws(() => hashLeaf(new Uint8Array(65_536)), { code: 'input-limit' });
});

test('a bundle or tile that is cut, prolonged or of another width is refused', () => {
  const bundle = encodeEntryBundle([entry(1), entry(2), entry(3)]);
  for (let length = 0; length < bundle.length; length++)
    assert.throws(() => decodeEntryBundle(bundle.subarray(0, length), 3), format);
  assert.throws(() => decodeEntryBundle(bundle, 2), format);
  assert.throws(() => decodeEntryBundle(bundle, 4), format);
  assert.throws(() => decodeEntryBundle(Uint8Array.of(...bundle, 0), 3), format);
  assert.throws(() => decodeEntryBundle(Uint8Array.of(0xff, 0xff), 1), format);
  assert.throws(() => decodeHashTile(new Uint8Array(63), 2), format);
  assert.throws(() => decodeHashTile(new Uint8Array(64), 1), format);
});
