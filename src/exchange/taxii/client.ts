/**
 * The TAXII 2.1 client: walks a server's collections and hands over pages. Servers that are not ours may page badly; the walk
 * never goes on without having moved, so it ends.
 */
import {
  EntenteError,
  isEntenteError,
  parseJsonPiece,
  splitJsonElements,
  timestampNs,
} from '../../base/index.ts';
import { TAXII_MEDIA_TYPE } from './media.ts';

/** One authenticated GET. `path` may be relative to the server's address. */
export type Get = (
  path: string,
  accept: string,
) => Promise<{ status: number; headers: Headers; bytes: Uint8Array; json(): unknown }>;

export interface RemoteCollection {
  readonly path: string;
  readonly id: string;
  readonly title: string;
}

export interface ObjectsPage {
  /** Every object as its bytes came. */
  readonly objects: readonly string[];
  readonly headers: Headers;
  /** Where the next page begins. */
  readonly position: Position;
  readonly more: boolean;
}

export interface Position {
  readonly addedAfter: string | null;
  readonly next: string | null;
}

/** More than any server sends at once; one page is held in memory and stated by one signature. */
const PAGE_OBJECTS_MAX = 100_000;
const COLLECTIONS_MAX = 10_000;
/** Servers have one, or one for each community. */
const API_ROOTS_MAX = 100;

/** Collections of all API roots that the caller may read. @throws EntenteError `peer-nonsense`, or what `refused` makes of a refusal */
export async function readCollections(
  get: Get,
  refused: (answer: Awaited<ReturnType<Get>>) => Error,
): Promise<RemoteCollection[]> {
  const discovery = await getJson(get, '/taxii2/', refused);
  const roots = discovery['api_roots'];
  if (!Array.isArray(roots) || roots.length > API_ROOTS_MAX)
    throw new EntenteError('peer-nonsense', 'the TAXII discovery names no API roots, or too many');
  const collections: RemoteCollection[] = [];
  for (const root of roots) {
    if (typeof root !== 'string' || !URL.canParse(root, 'http://x'))
      throw new EntenteError('peer-nonsense', 'the TAXII discovery names an API root that is no address');
    const base = root.endsWith('/') ? root : `${root}/`;
    const listed = (await getJson(get, `${base}collections/`, refused))['collections'] ?? [];
    if (
      !Array.isArray(listed) ||
      listed.length > COLLECTIONS_MAX ||
      !listed.every((entry) => typeof entry === 'object' && entry !== null && !Array.isArray(entry))
    )
      throw new EntenteError('peer-nonsense', 'the list of collections is none');
    for (const { id, title, can_read: readable } of listed as {
      id?: unknown;
      title?: unknown;
      can_read?: unknown;
    }[]) {
      if (readable !== true) continue;
      if (typeof id !== 'string' || !/^[\w.-]{1,100}$/.test(id))
        throw new EntenteError('peer-nonsense', 'a collection has no usable id');
      collections.push({
        path: `${base}collections/${id}/`,
        id,
        title: typeof title === 'string' ? title : id,
      });
    }
  }
  return collections;
}

async function getJson(
  get: Get,
  path: string,
  refused: (answer: Awaited<ReturnType<Get>>) => Error,
): Promise<Record<string, unknown>> {
  const answer = await get(path, TAXII_MEDIA_TYPE);
  if (answer.status !== 200) throw refused(answer);
  const value = answer.json();
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new EntenteError('peer-nonsense', `${path} answered no TAXII resource`);
  return value as Record<string, unknown>;
}

/** One page of objects from `position` on. */
export async function readObjects(
  get: Get,
  collection: RemoteCollection,
  position: Position,
  refused: (answer: Awaited<ReturnType<Get>>) => Error,
): Promise<ObjectsPage> {
  const query = new URLSearchParams();
  if (position.addedAfter !== null) query.set('added_after', position.addedAfter);
  if (position.next !== null) query.set('next', position.next);
  query.set('match[version]', 'all');
  const answer = await get(`${collection.path}objects/?${query}`, TAXII_MEDIA_TYPE);
  if (answer.status !== 200) throw refused(answer);
  const { objects, members } = splitEnvelope(answer.bytes, collection.path);
  const more = members.get('more') === true;
  const token = members.get('next');
  const next = typeof token === 'string' ? token : null;
  const last = answer.headers.get('x-taxii-date-added-last');
  const addedAfter = last !== null && timestampNs(last) !== null ? last : position.addedAfter;
  const moved = objects.length > 0 && (next !== position.next || addedAfter !== position.addedAfter);
  return {
    objects,
    headers: answer.headers,
    more: more && moved,
    position: more && next !== null ? { addedAfter: position.addedAfter, next } : { addedAfter, next: null },
  };
}

/** Objects stay text: what is kept is what the server sent, byte for byte. @throws EntenteError `peer-nonsense` */
function splitEnvelope(
  bytes: Uint8Array,
  where: string,
): { objects: string[]; members: Map<string, unknown> } {
  const objects: string[] = [];
  const members = new Map<string, unknown>();
  try {
    for (const piece of splitJsonElements([bytes], { array: 'objects', elementsMax: PAGE_OBJECTS_MAX })) {
      if (piece.kind === 'element') objects.push(parseJsonPiece(piece).text);
      else members.set(piece.name, parseJsonPiece(piece).value);
    }
  } catch (cause) {
    if (!isEntenteError(cause)) throw cause;
    throw new EntenteError('peer-nonsense', `${where}objects/ answered no TAXII envelope: ${cause.message}`, {
      where,
      cause,
    });
  }
  if (members.has('objects'))
    throw new EntenteError('peer-nonsense', `${where}objects/ answered "objects" that are no list`, {
      where,
    });
  return { objects, members };
}
