/**
 * Chunks of events as a table that DuckDB reads while it writes Parquet, so that a row is written once. Texts are handed over by pointer:
 * the chunk's whole text is given to one vector, which keeps it until the next chunk, and each row of every text column is a
 * `duckdb_string_t` (DuckDB C API: length, then twelve bytes of text, or four of them and a pointer) that leads into it. A call for each
 * text of each row takes six times as long.
 */
import {
  BIGINT,
  BOOLEAN,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBTableFunction,
  TIMESTAMP_NS,
  VARCHAR,
} from '@duckdb/node-api';
import bindings, { type Vector } from '@duckdb/node-bindings';
import {
  CHUNK_ROWS,
  COLUMNS,
  type EventChunk,
  NO_TEXT,
  TEXT_COLUMNS,
} from '../../forensics/timeline/index.ts';

const TYPES = { time: TIMESTAMP_NS, text: VARCHAR, integer: BIGINT, boolean: BOOLEAN } as const;

/** Of a `duckdb_string_t`, and of the text that fits into one. */
const STRING_BYTES = 16;
const INLINE_BYTES = 12;

/** The events of one exhibit. DuckDB asks for them on this thread, a chunk at a time. */
export class EventSource {
  /** What a query selects from; it reads the chunks that were given last, once. */
  readonly table: string;
  readonly #exhibit: number;
  readonly #words = new Uint32Array(CHUNK_ROWS * (STRING_BYTES / 4));
  readonly #numbers = new BigInt64Array(CHUNK_ROWS);
  #chunks: EventChunk[] = [];
  #seq = 0;

  constructor(connection: DuckDBConnection, exhibit: number) {
    this.table = `events_of_${exhibit}()`;
    this.#exhibit = exhibit;
    connection.registerTableFunction(
      DuckDBTableFunction.create({
        name: `events_of_${exhibit}`,
        bindFunction(info) {
          for (const { name, type } of COLUMNS) info.addResultColumn(name, TYPES[type]);
        },
        initFunction() {},
        mainFunction: (_, target) => {
          // A chunk is let go when it was read.
          const chunk = this.#chunks.shift();
          if (chunk === undefined) target.rowCount = 0;
          else this.#fill(target, chunk);
        },
      }),
    );
  }

  /** What comes next. */
  give(chunks: readonly EventChunk[]): void {
    this.#chunks = [...chunks];
  }

  #fill(target: DuckDBDataChunk, chunk: EventChunk): void {
    const { rows } = chunk;
    target.rowCount = rows;
    const pointer = holdText(target, chunk.text);
    let text = 0;
    for (const [i, { name, type }] of COLUMNS.entries()) {
      const vector = bindings.data_chunk_get_vector(target.chunk, i);
      if (type === 'text') this.#writeText(vector, chunk, text++, pointer);
      else if (name === 'time') {
        copyInto(vector, chunk.times, rows);
        markMissing(vector, rows, (row) => chunk.timed[row] === 0);
      } else if (name === 'recovered') copyInto(vector, chunk.recovered, rows);
      else if (name === 'offset') copyInto(vector, chunk.offsets, rows);
      else {
        if (name === 'exhibit') this.#numbers.fill(BigInt(this.#exhibit));
        else countFrom(this.#numbers, this.#seq, rows);
        copyInto(vector, this.#numbers, rows);
      }
    }
    this.#seq += rows;
  }

  #writeText(vector: Vector, { rows, places, text }: EventChunk, column: number, pointer: number): void {
    const words = this.#words;
    const bytes = new DataView(text.buffer, text.byteOffset, text.byteLength);
    let missing = false;
    let lastStart = -1;
    let lastLength = -1;
    for (let row = 0, place = column * CHUNK_ROWS * 2, at = 0; row < rows; row++, place += 2, at += 4) {
      const start = places[place]!;
      const length = places[place + 1]!;
      if (start === lastStart && length === lastLength) {
        words[at] = words[at - 4]!;
        words[at + 1] = words[at - 3]!;
        words[at + 2] = words[at - 2]!;
        words[at + 3] = words[at - 1]!;
        continue;
      }
      lastStart = start;
      lastLength = length;
      if (length === NO_TEXT) {
        missing = true;
        words.fill(0, at, at + 4);
      } else if (length <= INLINE_BYTES) {
        words[at] = length;
        words[at + 1] = upToFour(bytes, start, length);
        words[at + 2] = upToFour(bytes, start + 4, length - 4);
        words[at + 3] = upToFour(bytes, start + 8, length - 8);
      } else {
        const address = pointer + start;
        words[at] = length;
        words[at + 1] = bytes.getUint32(start, true);
        words[at + 2] = address >>> 0;
        words[at + 3] = Math.floor(address / 0x1_0000_0000);
      }
    }
    bindings.copy_data_to_vector(vector, 0, words.buffer, 0, rows * STRING_BYTES);
    if (missing) markMissing(vector, rows, (row) => places[(column * CHUNK_ROWS + row) * 2 + 1] === NO_TEXT);
  }
}

/** As one little-endian word, with zeros behind the end. */
function upToFour(bytes: DataView, start: number, length: number): number {
  if (length >= 4) return bytes.getUint32(start, true);
  let word = 0;
  for (let i = length - 1; i >= 0; i--) word = (word << 8) | bytes.getUint8(start + i);
  return word;
}

const FIRST_TEXT_COLUMN = COLUMNS.findIndex(({ name }) => name === TEXT_COLUMNS[0]);

/** Where the text lies in the vector that keeps it, which is the first text column's; its own rows are written afterwards. */
function holdText(target: DuckDBDataChunk, text: Uint8Array): number {
  if (text.length <= INLINE_BYTES) return 0;
  const vector = bindings.data_chunk_get_vector(target.chunk, FIRST_TEXT_COLUMN);
  bindings.vector_assign_string_element_len(vector, 0, text);
  const held = bindings.vector_get_data(vector, STRING_BYTES);
  // Addresses of processes are below 2^53 on every processor there is.
  return Number(new DataView(held.buffer, held.byteOffset).getBigUint64(8, true));
}

function copyInto(
  vector: Vector,
  values: Uint8Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>,
  rows: number,
): void {
  bindings.copy_data_to_vector(vector, 0, values.buffer, values.byteOffset, rows * values.BYTES_PER_ELEMENT);
}

/** Writes `first`, `first` + 1 and so on, each as two little-endian words. */
function countFrom(numbers: BigInt64Array<ArrayBuffer>, first: number, rows: number): void {
  const words = new Uint32Array(numbers.buffer);
  for (let row = 0; row < rows; row++) {
    words[2 * row] = (first + row) >>> 0;
    words[2 * row + 1] = Math.floor((first + row) / 0x1_0000_0000);
  }
}

/** DuckDB's validity: a bit for each row, set where there is a value. */
function markMissing(vector: Vector, rows: number, isMissing: (row: number) => boolean): void {
  const bits = new Uint8Array(CHUNK_ROWS / 8).fill(0xff);
  for (let row = 0; row < rows; row++) if (isMissing(row)) bits[row >> 3]! &= ~(1 << (row & 7));
  bindings.vector_ensure_validity_writable(vector);
  bindings.copy_data_to_vector_validity(vector, 0, bits.buffer, 0, bits.length);
}
