/** Small archives for tests, honest or lying on request. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ArchiveMember {
  readonly name: string;
  readonly content: Uint8Array;
  /** zip: not deflated. */
  readonly store?: boolean;
}

/** What the directory says instead of the truth, by member. */
export interface Lies {
  readonly size?: Readonly<Record<string, number>>;
  readonly crc?: Readonly<Record<string, number>>;
  readonly at?: Readonly<Record<string, number>>;
  readonly flags?: Readonly<Record<string, number>>;
  readonly method?: Readonly<Record<string, number>>;
}

export function makeZip(members: readonly ArchiveMember[], lies: Lies = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content, store } of members) {
    const nameBytes = Buffer.from(name);
    const packed = store ? Buffer.from(content) : deflateRawSync(content);
    const method = lies.method?.[name] ?? (store ? 0 : 8);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(method, 8);
    head.writeUInt32LE(packed.length, 18);
    head.writeUInt32LE(content.length, 22);
    head.writeUInt16LE(nameBytes.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(lies.flags?.[name] ?? 0, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(lies.crc?.[name] ?? crc32(content), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(lies.size?.[name] ?? content.length, 24);
    entry.writeUInt16LE(nameBytes.length, 28);
    entry.writeUInt32LE(lies.at?.[name] ?? at, 42);
    directory.push(entry, nameBytes);
    parts.push(head, nameBytes, packed);
    at += head.length + nameBytes.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, list, end]);
}

export interface TarExtras {
  /** Instead of a file's type. */
  readonly type?: string;
  /** Writes into the header. */
  readonly header?: (head: Buffer) => void;
  /** Blocks between the header and the content. */
  readonly blocks?: Uint8Array;
  /** Records of an extended header before it. */
  readonly pax?: Readonly<Record<string, string>>;
}

export function makeTar(
  members: readonly (Omit<ArchiveMember, 'name'> & { readonly name: string | Buffer } & TarExtras)[],
): Buffer {
  const parts: Buffer[] = [];
  const add = (
    name: string | Buffer,
    type: string,
    content: Uint8Array,
    { header, blocks }: TarExtras = {},
  ) => {
    const head = Buffer.alloc(512);
    Buffer.from(name).copy(head, 0, 0, 100);
    head.write('0000644\0', 100);
    head.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    head.write('        ', 148);
    head.write(type, 156);
    head.write('ustar\x0000', 257);
    header?.(head);
    const sum = head.reduce((total, byte) => total + byte, 0);
    head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    parts.push(
      head,
      Buffer.from(blocks ?? []),
      Buffer.from(content),
      Buffer.alloc((512 - (content.length % 512)) % 512),
    );
  };
  for (const { name, content, ...extras } of members) {
    if (name.length > 100) add('././@LongLink', 'L', Buffer.from(`${name}\0`));
    if (extras.pax) add('./PaxHeader', 'x', Buffer.from(Object.entries(extras.pax).map(paxRecord).join('')));
    add(name, extras.type ?? '0', content, extras);
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** Its length counts its own digits. */
function paxRecord([key, value]: [string, string]): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (`${length}${rest}`.length !== length) length = `${length}${rest}`.length;
  return `${length}${rest}`;
}
