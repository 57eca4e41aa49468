/**
 * The compact protocol of Apache Thrift as far as the footer of a Parquet file needs it: values keep their types, so that what was read
 * is written back as it was. Only footers that this program wrote a moment before are read.
 */
export type ThriftStruct = Map<number, ThriftField>;
export interface ThriftField {
  readonly type: number;
  value: ThriftValue;
}
export type ThriftValue = boolean | bigint | Uint8Array | ThriftList | ThriftStruct;
export interface ThriftList {
  readonly elements: number;
  readonly items: ThriftValue[];
}

const TRUE = 1;
const FALSE = 2;
const BYTE = 3;
const INTEGERS = [4, 5, 6];
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

export class ThriftReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  struct(): ThriftStruct {
    const fields: ThriftStruct = new Map();
    for (let id = 0; ; ) {
      const head = this.#byte();
      if (head === 0) return fields;
      id = head >> 4 === 0 ? Number(this.#integer()) : id + (head >> 4);
      const type = head & 15;
      fields.set(id, { type, value: this.#value(type) });
    }
  }

  #value(type: number): ThriftValue {
    if (type === TRUE || type === FALSE) return type === TRUE;
    if (INTEGERS.includes(type)) return this.#integer();
    if (type === BYTE) return BigInt(this.#byte());
    if (type === DOUBLE) return this.#take(8);
    if (type === BINARY) return this.#take(Number(this.#varint()));
    if (type === STRUCT) return this.struct();
    if (type === LIST) {
      const head = this.#byte();
      const count = head >> 4 === 15 ? Number(this.#varint()) : head >> 4;
      const elements = head & 15;
      const one = () =>
        elements === TRUE || elements === FALSE ? this.#byte() === TRUE : this.#value(elements);
      return { elements, items: Array.from({ length: count }, one) };
    }
    throw new RangeError(`a footer has a value of type ${type}`);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError('a footer ends early');
    return byte;
  }

  #take(length: number): Uint8Array {
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    if (taken.length < length) throw new RangeError('a footer ends early');
    return taken;
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  #integer(): bigint {
    const value = this.#varint();
    return (value >> 1n) ^ -(value & 1n);
  }
}

export function encodeThrift(struct: ThriftStruct): Uint8Array {
  const parts: Uint8Array[] = [];
  writeStruct(parts, struct);
  return Buffer.concat(parts);
}

function writeStruct(parts: Uint8Array[], struct: ThriftStruct): void {
  let last = 0;
  for (const [id, { type, value }] of [...struct].sort(([a], [b]) => a - b)) {
    const typeNow = typeof value === 'boolean' ? (value ? TRUE : FALSE) : type;
    const step = id - last;
    if (step < 16) parts.push(Uint8Array.of((step << 4) | typeNow));
    else parts.push(Uint8Array.of(typeNow), integer(BigInt(id)));
    last = id;
    if (typeof value !== 'boolean') writeValue(parts, type, value);
  }
  parts.push(Uint8Array.of(0));
}

function writeValue(parts: Uint8Array[], type: number, value: ThriftValue): void {
  if (typeof value === 'boolean') parts.push(Uint8Array.of(value ? TRUE : FALSE));
  else if (typeof value === 'bigint')
    parts.push(type === BYTE ? Uint8Array.of(Number(value)) : integer(value));
  else if (value instanceof Uint8Array) {
    if (type === BINARY) parts.push(varint(BigInt(value.length)));
    parts.push(value);
  } else if (value instanceof Map) writeStruct(parts, value);
  else {
    const { elements, items } = value;
    parts.push(Uint8Array.of((Math.min(items.length, 15) << 4) | elements));
    if (items.length >= 15) parts.push(varint(BigInt(items.length)));
    for (const item of items) writeValue(parts, elements, item);
  }
}

function integer(value: bigint): Uint8Array {
  return varint(value < 0n ? (-value << 1n) - 1n : value << 1n);
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
