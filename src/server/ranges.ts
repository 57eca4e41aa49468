/**
 * Sending bytes that are known whole so that a broken line goes on where it broke: one range of RFC 9110 §14 under a strong entity tag, and the digest
 * of the whole (RFC 9530), so that what was put together can be checked. A browser does this by itself when a download is resumed.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';

interface Range {
  readonly start: number;
  /** Behind the last byte. */
  readonly end: number;
}

/** `unsatisfiable`: answer 416. Null: send all, because nothing, several ranges or something else is asked; RFC 9110 lets a server do so. */
export function readRange(header: string | undefined, sizeBytes: number): Range | 'unsatisfiable' | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || (first === '' && last === '')) return null;
  if (first === '') {
    const start = Math.max(0, sizeBytes - Number(last));
    return start < sizeBytes ? { start, end: sizeBytes } : 'unsatisfiable';
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return null;
  return start < sizeBytes
    ? { start, end: last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1) }
    : 'unsatisfiable';
}

/** `sha256`: of `bytes`, hex. */
export function sendResumable(
  request: FastifyRequest,
  reply: FastifyReply,
  sha256: string,
  bytes: Buffer,
): FastifyReply {
  const tag = `"${sha256}"`;
  reply
    .header('accept-ranges', 'bytes')
    .header('etag', tag)
    .header('repr-digest', `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`);
  // Something else than what was begun: the whole comes, so that no two halves are put together.
  const same = request.headers['if-range'] === undefined || request.headers['if-range'] === tag;
  const range = same ? readRange(request.headers.range, bytes.length) : null;
  if (range === 'unsatisfiable')
    return reply.code(416).header('content-range', `bytes */${bytes.length}`).send('');
  if (range === null) return reply.send(bytes);
  return reply
    .code(206)
    .header('content-range', `bytes ${range.start}-${range.end - 1}/${bytes.length}`)
    .send(bytes.subarray(range.start, range.end));
}
