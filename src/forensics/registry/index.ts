/**
 * Registry hives: every key with its values, by the time it was last written. Keys in freed cells are recovered. A hive that
 * was not written back is brought to its last state with its transaction logs, in memory; the exhibit stays as it is.
 */
import { Account } from '../account.ts';
import { type FieldValue, plainEvent } from '../event.ts';
import type { FormatParser } from '../parser.ts';
import { asBuffer, fileTime, hexText, uint32, utf16Text } from '../windows-values.ts';
import {
  applyLog,
  BASE_BLOCK_BYTES,
  baseChecksum,
  HIVE_BYTES_MAX,
  Hive,
  type KeyCell,
  type ValueCell,
} from './hive.ts';

/** The deepest real path has about 30 keys; the registry allows 512. */
const DEPTH_MAX = 512;
const KEYS_MAX = 20_000_000;
/** Binary data is told by its beginning; the rest is in the exhibit. */
const BINARY_BYTES_SHOWN = 512;

const TYPES = [
  'NONE',
  'SZ',
  'EXPAND_SZ',
  'BINARY',
  'DWORD',
  'DWORD_BE',
  'LINK',
  'MULTI_SZ',
  'RESOURCE_LIST',
  'FULL_RESOURCE',
  'RESOURCE_REQUIREMENTS',
  'QWORD',
];

export const registry: FormatParser = {
  name: 'registry',
  title: 'Windows registry hive',
  recognise: (head) =>
    head.length >= 4 && head[0] === 0x72 && head[1] === 0x65 && head[2] === 0x67 && head[3] === 0x66 ? 3 : 0,

  parse(reader, sink, options = {}) {
    const account = new Account('registry', sink);
    const base = asBuffer(reader.read(0, BASE_BLOCK_BYTES));
    if (base.length < 512) {
      account.error('registry-header', 'the base block is cut short', 0, base.length);
      account.skip(base.length);
      return account.finish();
    }
    if (uint32(base, 508) !== baseChecksum(base))
      account.warn('registry-checksum', 'the checksum of the base block does not fit', 508, 4);
    if (uint32(base, 28) !== 0) {
      account.warn('registry-log', 'this is a transaction log: parse it together with its hive', 28, 4);
      return account.finish();
    }
    const said = uint32(base, 40);
    const present = Math.min(Math.max(0, reader.sizeBytes - BASE_BLOCK_BYTES), HIVE_BYTES_MAX);
    let bins = asBuffer(reader.read(BASE_BLOCK_BYTES, present));
    if (said > present) {
      account.error(
        'registry-truncated',
        `${said - present} of ${said} bytes of bins are missing`,
        reader.sizeBytes,
      );
    }
    const logs = options.companions?.logs ?? [];
    if (uint32(base, 4) !== uint32(base, 8)) {
      let next = uint32(base, 8);
      let applied = 0;
      if (logs.length > 0) bins = Buffer.from(bins);
      for (const log of [...logs].sort((a, b) => firstSequence(a) - firstSequence(b))) {
        const result = applyLog(bins, log, next);
        applied += result.applied;
        next = result.next;
      }
      const state =
        applied > 0
          ? `${applied} entries of its transaction logs were applied`
          : 'its transaction logs are not at hand or do not fit';
      account.warn('registry-dirty', `the hive was not written back: ${state}`, 4, 8);
    }
    new HiveWalk(new Hive(bins), account, reader.sizeBytes).run(uint32(base, 36), options.recover !== false);
    return account.finish();
  },
};

function firstSequence(log: { read(offset: number, length: number): Uint8Array }): number {
  const b = log.read(512, 16);
  return b.length < 16 ? 0 : uint32(b, 12);
}

class HiveWalk {
  readonly #hive: Hive;
  readonly #account: Account;
  readonly #sizeBytes: number;
  /** Keys that were reached: none is read twice, and the others may be recovered. */
  readonly #seen = new Set<number>();

  constructor(hive: Hive, account: Account, sizeBytes: number) {
    this.#hive = hive;
    this.#account = account;
    this.#sizeBytes = sizeBytes;
  }

  run(root: number, recover: boolean): void {
    const stack: { cell: number; path: string; depth: number }[] = [{ cell: root, path: '', depth: 0 }];
    while (stack.length > 0 && !this.#account.stopped) {
      const { cell, path, depth } = stack.pop()!;
      if (this.#seen.has(cell) || this.#seen.size >= KEYS_MAX) {
        this.#broken('a key is in two places, or there are too many', cell);
        continue;
      }
      const key = this.#hive.key(cell);
      if (key === null) {
        this.#broken('a key that cannot be read', cell);
        continue;
      }
      this.#seen.add(cell);
      const own = depth === 0 ? '' : `${path}\\${key.name}`;
      this.#emit(key, own === '' ? '\\' : own, false);
      if (key.subkeyCount === 0) continue;
      if (depth >= DEPTH_MAX) {
        this.#broken(`keys nested deeper than ${DEPTH_MAX}`, cell);
        continue;
      }
      const cells = this.#hive.subkeys(key.subkeyList, (list) =>
        this.#broken('a list of keys that cannot be read', list),
      );
      for (const child of cells.reverse()) stack.push({ cell: child, path: own, depth: depth + 1 });
    }
    if (recover && !this.#account.stopped) this.#recover();
  }

  /** Looks through all cells for keys that no list leads to: freed ones, and those behind a damaged list. */
  #recover(): void {
    const b = this.#hive.bins;
    for (
      let at = b.indexOf('nk', 36, 'latin1');
      at >= 0 && !this.#account.stopped;
      at = b.indexOf('nk', at + 2, 'latin1')
    ) {
      const cell = at - 4;
      if (cell % 8 !== 0 || this.#seen.has(cell)) continue;
      const key = this.#hive.key(cell, true);
      if (key === null || !isPlausible(key)) continue;
      this.#seen.add(cell);
      this.#emit(key, this.#pathOf(key), true);
    }
  }

  #pathOf(key: KeyCell): string {
    const names = [key.name];
    let parent = this.#hive.key(key.parent);
    for (let depth = 0; parent !== null && !parent.isRoot && depth < DEPTH_MAX; depth++) {
      names.unshift(parent.name);
      parent = this.#hive.key(parent.parent);
    }
    return `${parent === null ? '…' : ''}\\${names.join('\\')}`;
  }

  #emit(key: KeyCell, path: string, recovered: boolean): void {
    const fields: Record<string, FieldValue> = { path };
    const values = this.#hive.values(key, (cell) => {
      if (!recovered) this.#broken('a value that cannot be read', cell);
    });
    for (const value of values) {
      const name = value.name === '' ? '(default)' : value.name;
      fields[`value.${name}`] = renderedValue(value);
      if (TYPES[value.type] === undefined || value.type === 3 || value.type === 0)
        fields[`type.${name}`] = TYPES[value.type] ?? value.type;
    }
    this.#account.emit(
      plainEvent({
        kind: 'registry-key',
        time: fileTime(key.written, 'key written'),
        message: `${path} (${values.length} values)`,
        fields,
        offset: BASE_BLOCK_BYTES + key.cell,
        recordId: path,
        recovered,
      }),
    );
  }

  #broken(message: string, cell: number): void {
    this.#account.error('registry-cell', message, Math.min(BASE_BLOCK_BYTES + cell, this.#sizeBytes));
  }
}

/** Chance gives two letters often; a name of printable characters and a time of our age it does not. */
function isPlausible(key: KeyCell): boolean {
  const year1990 = 122_756_256_000_000_000n;
  const year2100 = 157_469_184_000_000_000n;
  return (
    key.name !== '' && !/[\u0000-\u001f\\]/.test(key.name) && key.written > year1990 && key.written < year2100
  );
}

function renderedValue({ type, data, sizeBytes }: ValueCell): FieldValue {
  switch (type) {
    case 1:
    case 2:
    case 6:
      return utf16Text(data, 0, data.length & ~1).replace(/\0+$/, '');
    case 4:
      if (data.length === 4) return uint32(data, 0);
      break;
    case 5:
      if (data.length === 4) return data.readUInt32BE(0);
      break;
    case 7: {
      const items = utf16Text(data, 0, data.length & ~1).replace(/\0+$/, '');
      return items === '' ? [] : items.split('\0');
    }
    case 11:
      if (data.length === 8) {
        const number = data.readBigUInt64LE(0);
        return number <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(number) : number.toString();
      }
      break;
  }
  const shown = Math.min(data.length, BINARY_BYTES_SHOWN);
  return hexText(data, 0, shown) + (sizeBytes > shown ? `… (${sizeBytes} bytes)` : '');
}
