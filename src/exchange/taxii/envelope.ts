/**
 * Envelopes (TAXII 2.1 §3.7) as bytes that came from outside: cut into the texts of their objects, so that each can be kept as it
 * was written. What an attacker controls is everything; what is bounded: length (by who reads the bytes), number, nesting.
 */
import {
  EntenteError,
  isEntenteError,
  JsonElementSplitter,
  type JsonPiece,
  parseJsonPiece,
  repeatsMember,
} from '../../base/index.ts';

export interface EnvelopeObject {
  readonly text: string;
  readonly json: unknown;
  /** Why the text must not be kept: it has two members of one name, so readers may differ on what it says. */
  readonly ambiguous: boolean;
}

export interface Envelope {
  readonly objects: readonly EnvelopeObject[];
  readonly more: boolean;
  readonly next: string | null;
}

/** 16 MiB of the smallest valid objects have fewer. */
export const ENVELOPE_OBJECTS_MAX = 100_000;

/** Cut and parsed at a time, so that other requests get their turn: about two milliseconds. */
const SLICE_BYTES = 256 * 1024;

/** @throws EntenteError `json-syntax`, `json-limit`, `input-limit` */
export async function parseEnvelope(bytes: Uint8Array): Promise<Envelope> {
  const splitter = new JsonElementSplitter({ array: 'objects', elementsMax: ENVELOPE_OBJECTS_MAX });
  const objects: EnvelopeObject[] = [];
  const members = new Map<string, unknown>();
  const take = (piece: JsonPiece) => {
    const { text, value } = parseJsonPiece(piece);
    if (piece.kind === 'element') objects.push({ text, json: value, ambiguous: repeatsMember(piece, value) });
    else if (members.has(piece.name))
      throw new EntenteError('json-syntax', `the member "${piece.name.slice(0, 40)}" stands twice`);
    else members.set(piece.name, value);
  };
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    for (const piece of splitter.push(bytes.subarray(at, at + SLICE_BYTES))) take(piece);
  }
  splitter.end();
  if (members.has('objects')) throw new EntenteError('json-syntax', '"objects" is no list');
  const next = members.get('next');
  return {
    objects,
    more: members.get('more') === true,
    next: typeof next === 'string' && next !== '' ? next : null,
  };
}

/** A POSTed envelope must have objects (TAXII 2.1 §2: empty lists are prohibited). @throws EntenteError `stix-invalid` (422) */
export async function parsePostedEnvelope(bytes: Uint8Array): Promise<readonly EnvelopeObject[]> {
  if (bytes[firstByte(bytes)] !== 0x7b)
    throw new EntenteError('stix-invalid', 'the body must be a TAXII envelope, an object with "objects"');
  try {
    const { objects } = await parseEnvelope(bytes);
    if (objects.length > 0) return objects;
  } catch (cause) {
    if (!isEntenteError(cause)) throw cause;
    const context = cause.offset === undefined ? {} : { offset: cause.offset };
    throw new EntenteError('stix-invalid', `the body is no TAXII envelope: ${cause.message}`, {
      ...context,
      cause,
    });
  }
  throw new EntenteError('stix-invalid', 'the envelope must have "objects", a list with at least one object');
}

function firstByte(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length && [0x20, 0x09, 0x0a, 0x0d].includes(bytes[at]!)) at++;
  return at;
}
