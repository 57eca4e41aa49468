/**
 * Tiles: how a log is served as immutable files (C2SP tlog-tiles). A tile is a row of up to 256 neighbouring hashes, an entry
 * bundle the entries below such a row; both are named by level, index and, while incomplete, width:
 *
 *     tile/0/x001/234/067        full tile 1234067 of leaf hashes
 *     tile/1/000.p/17            the first 17 hashes of level 1
 *     tile/entries/273.p/112     112 entries
 *
 * Paths come from whoever asks the node's HTTP server; one tile has exactly one accepted spelling.
 */
import { formatError, parseDecimal, quote } from './text.ts';

/** Hashes in a full tile; a tile stands for a subtree of height 8. */
export const TILE_WIDTH = 256;
export const TILE_HEIGHT = 8;

/** C2SP tlog-tiles, "Merkle Tree": the path has level 0 to 63. */
const TILE_LEVEL_MAX = 63;

export interface Tile {
  /** Tile level (8 tree levels each), or the entries themselves. */
  readonly level: number | 'entries';
  readonly index: number;
  /** 1 to 256; below 256 the tile is partial. */
  readonly width: number;
}

/** Without a leading slash, below the log's prefix. */
export function encodeTilePath({ level, index, width }: Tile): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g)!;
  const path = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** @throws EntenteError `ledger-format` */
export function parseTilePath(path: string): Tile {
  const match =
    path.length <= 64 &&
    /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/.exec(path);
  if (match) {
    const level = match[1] === 'entries' ? 'entries' : Number(match[1]);
    const index = parseDecimal(match[2]!.replaceAll(/[x/]/g, '').replace(/^0+(?=[0-9])/, ''));
    const width = match[3] === undefined ? TILE_WIDTH : Number(match[3]);
    const isInBounds = (level === 'entries' || level <= TILE_LEVEL_MAX) && width >= 1 && width <= TILE_WIDTH;
    if (isInBounds && index !== null && encodeTilePath({ level, index, width }) === path)
      return { level, index, width };
  }
  throw formatError('the tile path', quote(path));
}

/** How many hashes (or entries) the level has in a tree of this size. */
function levelWidth(level: Tile['level'], size: number): number {
  return level === 'entries' ? size : Math.floor(size / TILE_WIDTH ** level);
}

/** Whether a tree of this size has all of the tile. A server answers 404 otherwise. */
export function isTileOf(tile: Tile, size: number): boolean {
  return tile.index * TILE_WIDTH + tile.width <= levelWidth(tile.level, size);
}

/** The tile that holds hash `position` of a level, as wide as a tree of this size has it. */
export function tileAt(level: Tile['level'], position: number, size: number): Tile {
  const index = Math.floor(position / TILE_WIDTH);
  return { level, index, width: Math.min(TILE_WIDTH, levelWidth(level, size) - index * TILE_WIDTH) };
}

/**
 * The tiles and bundles that a tree of `newSize` has and one of `oldSize` does not: what to write after growth. Each
 * partial tile appears only in its newest width.
 */
export function* tilesForGrowth(oldSize: number, newSize: number): Generator<Tile> {
  const levels: Tile['level'][] = ['entries'];
  for (let level = 0; levelWidth(level, newSize) > 0; level++) levels.push(level);
  for (const level of levels) {
    const width = levelWidth(level, newSize);
    const present = levelWidth(level, oldSize);
    if (present === width) continue;
    for (let position = present - (present % TILE_WIDTH); position < width; position += TILE_WIDTH)
      yield tileAt(level, position, newSize);
  }
}
