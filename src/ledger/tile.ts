/**
 * What is in a tile: hashes one after another, or entries each behind its length (C2SP tlog-tiles, "Merkle Tree", "Log entries").
 * A log computes tiles from its kept hashes; a reader of somebody else's log computes kept hashes from its tiles. What a
 * foreign log serves is believed only where a proof against a verified checkpoint holds.
 */
import { concatBytes, EntenteError, LEDGER_ENTRY_BYTES_MAX } from '../base/index.ts';
import { type HashReader, type NodeId, readHashes } from './subtree.ts';
import { formatError } from './text.ts';
import { encodeTilePath, TILE_HEIGHT, TILE_WIDTH, type Tile, tileAt } from './tile-path.ts';
import { HASH_BYTES, hashChildren } from './tree-hash.ts';

/** Length in front of each entry of a bundle: big-endian uint16. */
const LENGTH_BYTES = 2;

/** The most that an entry bundle can be long. */
export const ENTRY_BUNDLE_BYTES_MAX = TILE_WIDTH * (LENGTH_BYTES + LEDGER_ENTRY_BYTES_MAX);

/**
 * The bytes of a hash tile. Ask `isTileOf` first.
 * @throws EntenteError `store-damaged` when the reader lacks a hash.
 */
export async function encodeHashTile(tile: Tile, reader: HashReader): Promise<Uint8Array<ArrayBuffer>> {
  if (tile.level === 'entries') throw new RangeError('an entry bundle is made from entries');
  const level = tile.level * TILE_HEIGHT;
  const first = tile.index * TILE_WIDTH;
  const ids = Array.from({ length: tile.width }, (_, i) => ({ level, index: first + i }));
  return concatBytes(await readHashes(ids, reader));
}

/** @throws EntenteError `ledger-format` when it has not exactly the tile's width. */
export function decodeHashTile(bytes: Uint8Array, width: number): Uint8Array[] {
  if (bytes.length !== width * HASH_BYTES)
    throw formatError('the tile', `has ${bytes.length} bytes where ${width * HASH_BYTES} are due`);
  return Array.from({ length: width }, (_, i) => bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
}

/** @throws EntenteError `input-limit` for an entry over 65,535 bytes. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concatBytes(
    entries.flatMap((entry) => {
      if (entry.length > LEDGER_ENTRY_BYTES_MAX)
        throw new EntenteError(
          'input-limit',
          `a ledger entry is longer than ${LEDGER_ENTRY_BYTES_MAX} bytes`,
        );
      return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry];
    }),
  );
}

/** @throws EntenteError `ledger-format` when it does not hold exactly `width` entries. */
export function decodeEntryBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at + LENGTH_BYTES;
    const end = start + ((bytes[at]! << 8) | (bytes[at + 1] ?? 0));
    if (entries.length === width)
      throw formatError('the entry bundle', `goes on after its ${width} entries, at byte ${at}`);
    if (end > bytes.length)
      throw formatError('the entry bundle', `ends within entry ${entries.length}, at byte ${bytes.length}`);
    entries.push(bytes.subarray(start, end));
    at = end;
  }
  if (entries.length !== width)
    throw formatError('the entry bundle', `has ${entries.length} entries where ${width} are due`);
  return entries;
}

/**
 * Kept hashes of a tree of `size` from its tiles, so that anyone can make (and must then verify) proofs. `fetchTile` is asked once
 * for each tile of one read.
 * @throws EntenteError `ledger-format` for a tile of the wrong length; whatever `fetchTile` throws.
 */
export function tileHashReader(
  size: number,
  fetchTile: (tile: Tile, path: string) => Promise<Uint8Array> | Uint8Array,
): HashReader {
  return {
    async read(ids: readonly NodeId[]): Promise<Uint8Array[]> {
      const places = ids.map((id) => placeInTile(id, size));
      const tiles = new Map(places.map(({ tile }) => [encodeTilePath(tile), tile]));
      const fetched = await Promise.all(
        Array.from(tiles, async ([path, tile]) => {
          const bytes = await fetchTile(tile, path);
          return [path, decodeHashTile(bytes, tile.width)] as const;
        }),
      );
      const rows = new Map(fetched);
      return places.map(({ tile, from, to }) => foldRow(rows.get(encodeTilePath(tile))!.slice(from, to)));
    },
  };
}

/** Where in which tile the hashes below a node lie: a power of two of them, complete. */
function placeInTile({ level, index }: NodeId, size: number): { tile: Tile; from: number; to: number } {
  const count = 2 ** (level % TILE_HEIGHT);
  const position = index * count;
  const tile = tileAt(Math.floor(level / TILE_HEIGHT), position, size);
  const from = position % TILE_WIDTH;
  if (from + count > tile.width) throw new RangeError(`a tree of ${size} has no node ${level}/${index}`);
  return { tile, from, to: from + count };
}

function foldRow(row: readonly Uint8Array[]): Uint8Array {
  let hashes = row;
  while (hashes.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < hashes.length; i += 2) above.push(hashChildren(hashes[i]!, hashes[i + 1]!));
    hashes = above;
  }
  return hashes[0]!;
}
