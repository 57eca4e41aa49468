/** gzip (RFC 1952), raw deflate (RFC 1951) and Zstandard (RFC 8878), as streams under a budget. */
import { Readable } from 'node:stream';
import { createGunzip, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { type Budget, type ByteStream, ContainerFault } from './content.ts';

/** What a decompressor gives at a time: large enough that its own work outweighs the hand-over. */
const CHUNK_BYTES = 256 * 1024;

export type Compression = 'gzip' | 'deflate' | 'zstd';

/**
 * The decompressed bytes. What comes before a fault is given before it is thrown.
 * @throws ContainerFault `archive-damaged`, `archive-limit`
 */
export async function* decompress(
  stream: ByteStream,
  compression: Compression,
  budget: Budget,
): AsyncGenerator<Uint8Array> {
  let taken = 0;
  let given = 0;
  async function* counted() {
    for await (const chunk of stream) {
      taken += chunk.length;
      yield chunk;
    }
  }
  const options = { chunkSize: CHUNK_BYTES };
  const decoder =
    compression === 'gzip'
      ? createGunzip(options)
      : compression === 'deflate'
        ? createInflateRaw(options)
        : createZstdDecompress(options);
  const source = Readable.from(counted(), { objectMode: true, highWaterMark: 2 });
  source.on('error', (error) => decoder.destroy(error));
  source.pipe(decoder);
  try {
    for await (const chunk of decoder as AsyncIterable<Uint8Array>) {
      given += chunk.length;
      budget.takeBytes(chunk.length);
      budget.checkRatio(taken, given);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ContainerFault) throw error;
    const code = (error as { code?: unknown }).code;
    if (typeof code !== 'string' || !/^(?:Z_|ZSTD_|ERR_.*Z(?:LIB|STD))/.test(code)) throw error;
    throw new ContainerFault('archive-damaged', `is damaged or cut short after ${given} unpacked bytes`);
  } finally {
    source.destroy();
    decoder.destroy();
  }
}
