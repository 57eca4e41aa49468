/** Asking a time-stamping authority over HTTP (RFC 3161 §3.4) to confirm the present checkpoint of the ledger. */
import { createHash, randomBytes } from 'node:crypto';
import { EntenteError } from '../base/index.ts';
import {
  currentCheckpoint,
  keepTimestamp,
  type Registry,
  type StoredTimestamp,
  type TimeAuthority,
} from '../registry/index.ts';

/** Authorities answer within a second or two. */
const TIMEOUT_MS = 30_000;
const NONCE_BYTES = 16;
const MEDIA_TYPE = 'application/timestamp-query';

/** @throws EntenteError `peer-unreachable`, `peer-nonsense`, `signature-invalid`; then nothing is kept */
export async function stampCheckpoint(
  registry: Registry,
  authority: TimeAuthority,
): Promise<StoredTimestamp> {
  const {
    certificatesIn,
    encodeTimestampRequest,
    parseTimestampAnswer,
    TIMESTAMP_BYTES_MAX,
    verifyTimestamp,
  } = await import('../ledger/timestamp.ts'); // a large library, for this alone
  const note = await currentCheckpoint(registry);
  const bytes = Buffer.from(note);
  const nonce = randomBytes(NONCE_BYTES);
  const request = encodeTimestampRequest(createHash('sha256').update(bytes).digest(), nonce);
  const answer = await ask(authority.url, request, TIMESTAMP_BYTES_MAX);
  const token = parseTimestampAnswer(answer, nonce);
  const trusted = authority.certificates === null ? [] : certificatesIn(authority.certificates);
  return keepTimestamp(registry, note, token, await verifyTimestamp(token, bytes, trusted));
}

async function ask(url: string, request: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  const unreachable = (why: string, cause?: unknown) =>
    new EntenteError('peer-unreachable', `the time-stamping authority ${url} ${why}`, { where: url, cause });
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': MEDIA_TYPE },
      body: new Uint8Array(request),
      redirect: 'error', // who answers is who was named
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw unreachable(`answered with status ${response.status}`);
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of response.body ?? []) {
      length += part.length;
      if (length > bytesMax)
        throw new EntenteError('peer-nonsense', `${url} answered more than ${bytesMax} bytes`);
      parts.push(part);
    }
    return Buffer.concat(parts);
  } catch (error) {
    if (error instanceof EntenteError) throw error;
    throw unreachable('cannot be reached', error);
  }
}
