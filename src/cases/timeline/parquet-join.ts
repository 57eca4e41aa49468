/**
 * Parquet files of one schema become one without being read: a row group stands alone, and only the footer says where it lies. The bodies
 * follow each other and the last footer names all row groups (parquet.thrift, FileMetaData). So an exhibit's timeline is one file,
 * though no more than a part of it is ever in memory.
 */
import {
  encodeThrift,
  type ThriftField,
  type ThriftList,
  ThriftReader,
  type ThriftStruct,
  type ThriftValue,
} from './thrift.ts';

const MAGIC = Buffer.from('PAR1');
/** Length of the footer, and the magic. */
const END_BYTES = 8;

/** Field numbers of parquet.thrift. */
const FILE = { rows: 3, rowGroups: 4 };
const ROW_GROUP = { columns: 1, fileOffset: 5, ordinal: 7 };
const COLUMN_CHUNK = { fileOffset: 2, metadata: 3, offsetIndex: 4, columnIndex: 6 };
const COLUMN_METADATA = { dataPage: 9, indexPage: 10, dictionaryPage: 11, bloomFilter: 14 };

export class ParquetJoin {
  #footer: ThriftStruct | null = null;
  #rows = 0n;
  readonly #groups: ThriftValue[] = [];
  #length = 0;

  /** The bytes that this part adds. */
  add(part: Uint8Array): Uint8Array[] {
    const end = new DataView(part.buffer, part.byteOffset + part.length - END_BYTES, END_BYTES);
    const footerAt = part.length - END_BYTES - end.getUint32(0, true);
    // A copy: what is kept of the footer must not keep the part.
    const footer = new ThriftReader(
      new Uint8Array(part.subarray(footerAt, part.length - END_BYTES)),
    ).struct();
    const isFirst = this.#footer === null;
    this.#footer ??= footer;
    const body = part.subarray(isFirst ? 0 : MAGIC.length, footerAt);
    const moved = BigInt(isFirst ? 0 : this.#length - MAGIC.length);
    for (const group of listOf(footer, FILE.rowGroups)) {
      moveGroup(group as ThriftStruct, moved, this.#groups.length);
      this.#groups.push(group);
    }
    this.#rows += footer.get(FILE.rows)!.value as bigint;
    this.#length += body.length;
    return [body];
  }

  /** The footer of all. There was at least one part. */
  end(): Uint8Array {
    const footer = this.#footer!;
    footer.get(FILE.rows)!.value = this.#rows;
    const groups = footer.get(FILE.rowGroups)!;
    groups.value = { elements: (groups.value as ThriftList).elements, items: this.#groups };
    const bytes = encodeThrift(footer);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([bytes, length, MAGIC]);
  }
}

const listOf = (struct: ThriftStruct, id: number): ThriftValue[] =>
  (struct.get(id)!.value as ThriftList).items;

function moveGroup(group: ThriftStruct, moved: bigint, ordinal: number): void {
  move(group, ROW_GROUP.fileOffset, moved);
  const number: ThriftField | undefined = group.get(ROW_GROUP.ordinal);
  if (number) number.value = BigInt(ordinal);
  for (const column of listOf(group, ROW_GROUP.columns) as ThriftStruct[]) {
    // Zero: the file does not use the field.
    move(column, COLUMN_CHUNK.fileOffset, moved);
    move(column, COLUMN_CHUNK.offsetIndex, moved);
    move(column, COLUMN_CHUNK.columnIndex, moved);
    const metadata = column.get(COLUMN_CHUNK.metadata)!.value as ThriftStruct;
    for (const id of Object.values(COLUMN_METADATA)) move(metadata, id, moved);
  }
}

function move(struct: ThriftStruct, id: number, by: bigint): void {
  const field = struct.get(id);
  if (field && field.value !== 0n) field.value = (field.value as bigint) + by;
}
