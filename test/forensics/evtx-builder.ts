/** Writes event logs for tests: real structure, made-up content. */
import { crc32 } from 'node:zlib';

export interface BuiltRecord {
  readonly id: number;
  /** FILETIME */
  readonly ticks: bigint;
  readonly eventId: number;
  readonly channel: string;
  readonly provider: string;
  readonly computer: string;
  /** Texts, or typed values: type number and bytes. */
  readonly data: Readonly<Record<string, string | { readonly type: number; readonly bytes: Buffer }>>;
}

const CHUNK = 65_536;

class ChunkWriter {
  readonly bytes = Buffer.alloc(CHUNK);
  at = 512;
  readonly #names = new Map<string, number>();
  readonly #templates = new Map<string, number>();
  #first = 0;
  #last = 0;
  #lastAt = 512;

  u8(value: number): void {
    this.bytes[this.at++] = value;
  }
  u16(value: number): void {
    this.at = this.bytes.writeUInt16LE(value, this.at);
  }
  u32(value: number): void {
    this.at = this.bytes.writeUInt32LE(value, this.at);
  }
  u64(value: bigint): void {
    this.at = this.bytes.writeBigUInt64LE(value, this.at);
  }
  text(text: string): void {
    this.at += this.bytes.write(text, this.at, 'utf16le');
  }
  name(name: string): void {
    const known = this.#names.get(name);
    if (known !== undefined) {
      this.u32(known);
      return;
    }
    const at = this.at + 4;
    this.u32(at);
    this.#names.set(name, at);
    this.u32(0);
    this.u16(0);
    this.u16(name.length);
    this.text(name);
    this.u16(0);
  }
  literal(text: string): void {
    this.u8(0x05);
    this.u8(0x01);
    this.u16(text.length);
    this.text(text);
  }
  hole(index: number, type: number): void {
    this.u8(0x0d);
    this.u16(index);
    this.u8(type);
  }
  /** Element sizes are not needed by readers and stay zero. */
  open(name: string, attributes: readonly (readonly [string, () => void])[] = []): void {
    this.u8(attributes.length > 0 ? 0x41 : 0x01);
    this.u16(0xffff);
    this.u32(0);
    this.name(name);
    if (attributes.length > 0) {
      this.u32(0);
      for (const [attribute, value] of attributes) {
        this.u8(0x06);
        this.name(attribute);
        value();
      }
    }
    this.u8(0x02);
  }
  close(): void {
    this.u8(0x04);
  }
  element(
    name: string,
    content: () => void,
    attributes: readonly (readonly [string, () => void])[] = [],
  ): void {
    this.open(name, attributes);
    content();
    this.close();
  }

  /** Token, id and definition of a template instance; the definition is written on its first use. */
  instance(key: string, id: number, content: () => void): void {
    this.u8(0x0c);
    this.u8(1);
    this.u32(id);
    const known = this.#templates.get(key);
    if (known !== undefined) {
      this.u32(known);
      return;
    }
    const at = this.at + 4;
    this.u32(at);
    this.#templates.set(key, at);
    this.u32(0);
    this.u32(id);
    for (let i = 0; i < 12; i++) this.u8(i);
    const sizeAt = this.at;
    this.u32(0);
    for (const byte of [0x0f, 1, 1, 0]) this.u8(byte);
    content();
    this.u8(0);
    this.bytes.writeUInt32LE(this.at - sizeAt - 4, sizeAt);
  }

  values(values: readonly { readonly type: number; readonly bytes: Buffer }[]): void {
    this.u32(values.length);
    for (const { type, bytes } of values) {
      this.u16(bytes.length);
      this.u8(type);
      this.u8(0);
    }
    for (const { bytes } of values) {
      bytes.copy(this.bytes, this.at);
      this.at += bytes.length;
    }
  }

  record(record: BuiltRecord): void {
    const start = this.at;
    this.u32(0x2a2a);
    this.u32(0);
    this.u64(BigInt(record.id));
    this.u64(record.ticks);
    for (const byte of [0x0f, 1, 1, 0]) this.u8(byte);
    this.instance(`system ${record.provider}`, 0x1000 + record.provider.length, () =>
      this.element('Event', () => {
        this.element('System', () => {
          this.open('Provider', [['Name', () => this.literal(record.provider)]]);
          this.close();
          this.element('EventID', () => this.hole(0, 0x06));
          this.open('TimeCreated', [['SystemTime', () => this.hole(1, 0x11)]]);
          this.close();
          this.element('EventRecordID', () => this.hole(2, 0x0a));
          this.element('Channel', () => this.hole(3, 0x01));
          this.element('Computer', () => this.hole(4, 0x01));
        });
        this.hole(5, 0x21);
      }),
    );
    // The nested fragment's length stands before it, so it is written aside first.
    const descriptors = this.at;
    const system = [
      { type: 0x06, bytes: u16(record.eventId) },
      { type: 0x11, bytes: u64(record.ticks) },
      { type: 0x0a, bytes: u64(BigInt(record.id)) },
      { type: 0x01, bytes: utf16(record.channel) },
      { type: 0x01, bytes: utf16(record.computer) },
      { type: 0x21, bytes: Buffer.alloc(0) },
    ];
    this.values(system);
    const nested = this.at;
    for (const byte of [0x0f, 1, 1, 0]) this.u8(byte);
    const names = Object.keys(record.data);
    this.instance(`data ${names.join()}`, 0x2000 + names.join().length, () =>
      this.element('EventData', () => {
        for (const [i, name] of names.entries()) {
          this.element('Data', () => this.hole(i, 0x01), [['Name', () => this.literal(name)]]);
        }
      }),
    );
    this.values(
      Object.values(record.data).map((value) =>
        typeof value === 'string' ? { type: 0x01, bytes: utf16(value) } : value,
      ),
    );
    this.bytes.writeUInt16LE(this.at - nested, descriptors + 4 + 4 * 5);
    while ((this.at - start + 4) % 8 !== 0) this.u8(0);
    const size = this.at - start + 4;
    this.u32(size);
    this.bytes.writeUInt32LE(size, start + 4);
    if (this.#first === 0) this.#first = record.id;
    this.#last = record.id;
    this.#lastAt = start;
  }

  finish(): Buffer {
    const b = this.bytes;
    b.write('ElfChnk\0', 0, 'latin1');
    for (const [at, value] of [
      [8, this.#first],
      [16, this.#last],
      [24, this.#first],
      [32, this.#last],
    ] as const) {
      b.writeBigUInt64LE(BigInt(value), at);
    }
    b.writeUInt32LE(128, 40);
    b.writeUInt32LE(this.#lastAt, 44);
    b.writeUInt32LE(this.at, 48);
    b.writeUInt32LE(crc32(b.subarray(512, this.at)), 52);
    b.writeUInt32LE(crc32(b.subarray(128, 512), crc32(b.subarray(0, 120))), 124);
    return b;
  }
}

/** A log with the records of each chunk. */
export function buildEvtx(chunks: readonly (readonly BuiltRecord[])[]): Buffer {
  const header = Buffer.alloc(4_096);
  header.write('ElfFile\0', 0, 'latin1');
  header.writeBigUInt64LE(BigInt(chunks.length - 1), 16);
  header.writeUInt32LE(128, 32);
  header.writeUInt16LE(1, 36);
  header.writeUInt16LE(3, 38);
  header.writeUInt16LE(4_096, 40);
  header.writeUInt16LE(chunks.length, 42);
  header.writeUInt32LE(crc32(header.subarray(0, 120)), 124);
  const written = chunks.map((records) => {
    const chunk = new ChunkWriter();
    for (const record of records) chunk.record(record);
    return chunk.finish();
  });
  return Buffer.concat([header, ...written]);
}

export function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}
function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** 2026-01-31T12:00:00 UTC, and `n` further ticks of 100 ns. */
export function ticks(n: number): bigint {
  return 134_143_344_000_000_000n + BigInt(n);
}

/** A process start as Sysmon writes it. */
export function processStart(id: number, commandLine: string, more: BuiltRecord['data'] = {}): BuiltRecord {
  return {
    id,
    ticks: ticks(id),
    eventId: 1,
    channel: 'Microsoft-Windows-Sysmon/Operational',
    provider: 'Microsoft-Windows-Sysmon',
    computer: 'HOST-1.example',
    data: {
      Image: 'C:\\Windows\\System32\\cmd.exe',
      CommandLine: commandLine,
      User: 'EXAMPLE\\ana',
      ...more,
    },
  };
}
