/**
 * The ClientHello of TLS (RFC 8446 §4.1.2), which goes over the wire in the clear: whom the client wants (SNI), and what it
 * can do, from which JA3 and JA4 make a fingerprint of the program. GREASE values (RFC 8701) are left out of both.
 */
import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { encodeHex, utf8 } from '../../base/index.ts';
import { HeldBytes } from './holding.ts';

export interface ClientHello {
  readonly serverName: string | null;
  readonly alpn: readonly string[];
  /** `TLS 1.3` */
  readonly version: string;
  readonly ja3: string;
  readonly ja4: string;
}

const isGrease = (value: number) => (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);

/** Handshake messages are cut into records of at most 16 KiB; a ClientHello larger than this has no business. */
export const CLIENT_HELLO_BYTES_MAX = 32 * 1024;

/** Takes the handshake message out of TLS records, at a cost that grows with the bytes alone, however they are cut. */
export class HandshakeReader {
  /** Of a record, while it is not whole. */
  readonly #header = new HeldBytes();
  readonly #message = new HeldBytes();
  /** Of the present record. */
  #left = 0;

  get heldBytes(): number {
    return this.#message.cost;
  }

  clear(): void {
    this.#message.clear();
  }

  /** `more` when the stream has not brought all of it yet, null when this is no ClientHello. */
  push(b: Buffer, start: number, end: number): Buffer | 'more' | null {
    for (let at = start; at < end; ) {
      if (this.#left === 0) {
        const take = Math.min(5 - this.#header.length, end - at);
        this.#header.append(b, at, at + take);
        at += take;
        const header = this.#header.view;
        if (header[0] !== 0x16 || (header.length > 1 && header[1] !== 3)) return null;
        if (header.length < 5) return 'more';
        this.#left = header.readUInt16BE(3);
        this.#header.drop(5);
        if (this.#left === 0 || this.#left > RECORD_BYTES_MAX) return null;
        continue;
      }
      const take = Math.min(this.#left, end - at);
      this.#message.append(b, at, at + take);
      this.#left -= take;
      at += take;
      const message = this.#message.view;
      if (message[0] !== 1) return null;
      if (message.length < 4) continue;
      const wanted = 4 + message.readUIntBE(1, 3);
      if (wanted > CLIENT_HELLO_BYTES_MAX) return null;
      if (message.length >= wanted) return message.subarray(0, wanted);
    }
    return 'more';
  }
}

/** A record holds 16 KiB, and what encryption may add (RFC 8446 §5.2). */
const RECORD_BYTES_MAX = 16_384 + 256;

/** `message` is a whole handshake message. `transport`: t over TCP, q over QUIC. Null when it is no ClientHello. */
export function parseClientHello(message: Buffer, transport: 't' | 'q'): ClientHello | null {
  if (message.length < 42 || message[0] !== 1) return null;
  const end = message.length;
  const legacy = message.readUInt16BE(4);
  let at = 38;
  at += 1 + message[at]!; // session id
  if (at + 2 > end) return null;
  const ciphers = numbers(message, at + 2, message.readUInt16BE(at), end);
  if (ciphers === null) return null;
  at += 2 + message.readUInt16BE(at);
  if (at >= end) return null;
  at += 1 + message[at]!; // compression
  const extensions: number[] = [];
  let serverName: string | null = null;
  let alpn: string[] = [];
  let curves: number[] = [];
  let formats: number[] = [];
  let signatures: number[] = [];
  let versions: number[] = [];
  if (at + 2 <= end) {
    const stop = Math.min(end, at + 2 + message.readUInt16BE(at));
    for (let place = at + 2; place + 4 <= stop; ) {
      const type = message.readUInt16BE(place);
      const size = message.readUInt16BE(place + 2);
      const data = place + 4;
      if (data + size > stop) return null;
      extensions.push(type);
      if (type === 0 && size > 5) serverName = nameOf(message, data, size);
      else if (type === 10 && size >= 2)
        curves = numbers(message, data + 2, message.readUInt16BE(data), data + size) ?? [];
      else if (type === 11 && size >= 1) formats = [...message.subarray(data + 1, data + size)];
      else if (type === 13 && size >= 2)
        signatures = numbers(message, data + 2, message.readUInt16BE(data), data + size) ?? [];
      else if (type === 16 && size >= 2) alpn = protocols(message, data + 2, data + size);
      else if (type === 43 && size >= 1)
        versions = numbers(message, data + 1, message[data]!, data + size) ?? [];
      place = data + size;
    }
  }
  const plain = (values: readonly number[]) => values.filter((value) => !isGrease(value));
  // The extension replaces the field wherever it stands (RFC 8446 §4.2.1).
  const offered = plain(versions);
  const highest = offered.length > 0 ? Math.max(...offered) : legacy;
  const ja3 = [
    legacy,
    ...[plain(ciphers), plain(extensions), plain(curves), formats].map((list) => list.join('-')),
  ].join(',');
  return {
    serverName,
    alpn,
    version: VERSIONS[highest]?.[0] ?? `0x${highest.toString(16)}`,
    ja3: encodeHex(md5(utf8(ja3))),
    ja4: ja4Of(
      transport,
      highest,
      extensions.includes(0), // also where it names nobody
      plain(ciphers),
      plain(extensions),
      alpn,
      plain(signatures),
    ),
  };
}

const VERSIONS: Readonly<Record<number, readonly [string, string]>> = {
  768: ['SSL 3.0', 's3'],
  769: ['TLS 1.0', '10'],
  770: ['TLS 1.1', '11'],
  771: ['TLS 1.2', '12'],
  772: ['TLS 1.3', '13'],
};

/** JA4 as published by FoxIO: transport, version, SNI, counts, ALPN; then digests of the sorted ciphers and extensions. */
function ja4Of(
  transport: string,
  version: number,
  hasName: boolean,
  ciphers: readonly number[],
  extensions: readonly number[],
  alpn: readonly string[],
  signatures: readonly number[],
): string {
  const hex = (value: number) => value.toString(16).padStart(4, '0');
  const count = (list: readonly number[]) => String(Math.min(99, list.length)).padStart(2, '0');
  const first = alpn[0] ?? '';
  const edges = /^[0-9A-Za-z].*[0-9A-Za-z]$|^[0-9A-Za-z]$/s.test(first)
    ? `${first[0]}${first[first.length - 1]}`
    : first === ''
      ? '00'
      : `${Buffer.from(first, 'latin1').toString('hex')[0]}${Buffer.from(first, 'latin1').toString('hex').at(-1)}`;
  const digest = (text: string) =>
    text === '' ? '000000000000' : encodeHex(sha256(utf8(text))).slice(0, 12);
  const sortedExtensions = extensions
    .filter((type) => type !== 0 && type !== 16)
    .map(hex)
    .sort();
  const signed = signatures.length === 0 ? '' : `_${signatures.map(hex).join(',')}`;
  return [
    `${transport}${VERSIONS[version]?.[1] ?? '00'}${hasName ? 'd' : 'i'}${count(ciphers)}${count(extensions)}${edges}`,
    digest(ciphers.map(hex).sort().join(',')),
    digest(sortedExtensions.length === 0 ? '' : sortedExtensions.join(',') + signed),
  ].join('_');
}

function numbers(b: Buffer, at: number, size: number, end: number): number[] | null {
  if (at + size > end) return null;
  const values: number[] = [];
  for (let i = at; i + 2 <= at + size; i += 2) values.push(b.readUInt16BE(i));
  return values;
}

function nameOf(b: Buffer, at: number, size: number): string | null {
  if (b[at + 2] !== 0) return null;
  const length = b.readUInt16BE(at + 3);
  return length > 0 && length + 5 <= size ? b.toString('latin1', at + 5, at + 5 + length) : null;
}

function protocols(b: Buffer, at: number, end: number): string[] {
  const names: string[] = [];
  for (let i = at; i < end && names.length < 32; i += 1 + b[i]!)
    names.push(b.toString('latin1', i + 1, Math.min(end, i + 1 + b[i]!)));
  return names;
}
