/**
 * Files encrypted at rest: AES-256-GCM in chunks, so that any range is read without the rest, and neither a changed, moved, missing
 * nor added chunk goes unnoticed.
 *
 *     "entente-sealed/1"  16 bytes     file id  16 random bytes
 *     chunk: nonce 12 random bytes · ciphertext of up to 65,536 bytes · tag 16
 *
 * Each chunk authenticates the file id, its place and whether it is the last (NIST SP 800-38D §8.2.2: random nonces; one key seals far
 * fewer than 2^32 chunks). Every chunk but the last is full; an empty file is one empty chunk. What it was sealed with is not in
 * the file: without the key it tells its size and nothing else.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { EntenteError } from '../base/index.ts';

export const SEALING_KEY_BYTES = 32;

const MAGIC = Buffer.from('entente-sealed/1');
const FILE_ID_BYTES = 16;
export const HEADER_BYTES = MAGIC.length + FILE_ID_BYTES;
/** Small enough to read for a few bytes, large enough that the rest of a chunk costs nothing. */
const CHUNK_BYTES = 64 * 1024;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES;
const STORED_CHUNK_BYTES = CHUNK_BYTES + OVERHEAD_BYTES;
const CIPHER = 'aes-256-gcm';

/** How many bytes a file of this size holds, sealed. */
export function unsealedSize(storedBytes: number): number {
  const body = Math.max(0, storedBytes - HEADER_BYTES);
  return Math.max(0, body - Math.ceil(body / STORED_CHUNK_BYTES) * OVERHEAD_BYTES);
}

/** Of an unfinished file: where its last whole chunk ends, and how many bytes are sealed up to there. */
export function wholeChunks(storedBytes: number): { storedBytes: number; chunks: number; bytes: number } {
  const chunks = Math.max(0, Math.floor((storedBytes - HEADER_BYTES) / STORED_CHUNK_BYTES));
  return {
    storedBytes: HEADER_BYTES + chunks * STORED_CHUNK_BYTES,
    chunks,
    bytes: chunks * CHUNK_BYTES,
  };
}

function context(fileId: Uint8Array, index: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(FILE_ID_BYTES + 9);
  bytes.set(fileId);
  bytes.writeBigUInt64BE(BigInt(index), FILE_ID_BYTES);
  bytes[FILE_ID_BYTES + 8] = isLast ? 1 : 0;
  return bytes;
}

/** Seals a stream, however it is cut. */
export class Sealer {
  readonly #key: Uint8Array;
  readonly #fileId: Uint8Array;
  #index: number;
  /** What cannot be sealed yet: whether a chunk is the last is known when more comes, or the end. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  /** `header` and `chunks` are those of a file that is continued. */
  constructor(key: Uint8Array, header?: Uint8Array, chunks = 0) {
    this.#key = key;
    this.#fileId = header ? fileIdOf(header) : randomBytes(FILE_ID_BYTES);
    this.#index = chunks;
  }

  header(): Uint8Array {
    return Buffer.concat([MAGIC, this.#fileId]);
  }

  /** What can be written by now. Keeps no reference to `bytes`. */
  push(bytes: Uint8Array): Uint8Array {
    const sealed: Uint8Array[] = [];
    let at = 0;
    while (this.#pendingBytes + bytes.length - at > CHUNK_BYTES) {
      const taken = CHUNK_BYTES - this.#pendingBytes;
      sealed.push(...this.#seal([...this.#pending, bytes.subarray(at, at + taken)], false));
      this.#pending = [];
      this.#pendingBytes = 0;
      at += taken;
    }
    if (at < bytes.length) {
      this.#pending.push(Uint8Array.prototype.slice.call(bytes, at));
      this.#pendingBytes += bytes.length - at;
    }
    return Buffer.concat(sealed);
  }

  /** The last chunk. */
  end(): Uint8Array {
    return Buffer.concat(this.#seal(this.#pending, true));
  }

  #seal(parts: readonly Uint8Array[], isLast: boolean): Uint8Array[] {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce);
    cipher.setAAD(context(this.#fileId, this.#index++, isLast));
    return [nonce, ...parts.map((part) => cipher.update(part)), cipher.final(), cipher.getAuthTag()];
  }
}

/** Opens ranges of a sealed file; whoever has the file open reads the stored bytes. */
export class Unsealer {
  readonly sizeBytes: number;
  readonly #key: Uint8Array;
  readonly #fileId: Uint8Array;
  readonly #storedBytes: number;
  readonly #chunks: number;

  /** @throws EntenteError `store-damaged` when the header is none */
  constructor(key: Uint8Array, header: Uint8Array, storedBytes: number) {
    this.#key = key;
    this.#fileId = fileIdOf(header);
    const lastBytes = (storedBytes - HEADER_BYTES) % STORED_CHUNK_BYTES || STORED_CHUNK_BYTES;
    if (storedBytes === HEADER_BYTES || lastBytes < OVERHEAD_BYTES)
      throw new EntenteError('store-damaged', 'a sealed file ends inside a chunk');
    this.#storedBytes = storedBytes;
    this.sizeBytes = unsealedSize(storedBytes);
    this.#chunks = Math.ceil((storedBytes - HEADER_BYTES) / STORED_CHUNK_BYTES);
  }

  /** The stored bytes that [offset, offset + length) takes; within the file. */
  stored(offset: number, length: number): { readonly from: number; readonly to: number } {
    const first = Math.floor(offset / CHUNK_BYTES);
    const last = Math.max(first, Math.floor((offset + length - 1) / CHUNK_BYTES));
    return {
      from: HEADER_BYTES + first * STORED_CHUNK_BYTES,
      to: Math.min(this.#storedBytes, HEADER_BYTES + (last + 1) * STORED_CHUNK_BYTES),
    };
  }

  /** [offset, offset + length), from what `stored` asks for. @throws EntenteError `store-damaged` when a byte of it was changed, or the key is another */
  open(offset: number, length: number, stored: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = [];
    let index = Math.floor(offset / CHUNK_BYTES);
    const start = index * CHUNK_BYTES;
    for (let at = 0; at < stored.length; at += STORED_CHUNK_BYTES)
      parts.push(this.#open(stored.subarray(at, at + STORED_CHUNK_BYTES), index++));
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    return bytes.subarray(offset - start, offset - start + length);
  }

  #open(chunk: Uint8Array, index: number): Uint8Array {
    try {
      const cipher = createDecipheriv(CIPHER, this.#key, chunk.subarray(0, NONCE_BYTES));
      cipher.setAAD(context(this.#fileId, index, index === this.#chunks - 1));
      cipher.setAuthTag(chunk.subarray(chunk.length - TAG_BYTES));
      const bytes = cipher.update(chunk.subarray(NONCE_BYTES, chunk.length - TAG_BYTES));
      cipher.final();
      return bytes;
    } catch (cause) {
      throw new EntenteError(
        'store-damaged',
        `chunk ${index} of a sealed file was changed, or its key is another`,
        { offset: index * CHUNK_BYTES, cause },
      );
    }
  }
}

function fileIdOf(header: Uint8Array): Uint8Array {
  if (header.length < HEADER_BYTES || Buffer.compare(header.subarray(0, MAGIC.length), MAGIC) !== 0)
    throw new EntenteError('store-damaged', 'a sealed file has no header of one');
  return Buffer.from(header.subarray(MAGIC.length, HEADER_BYTES));
}
