/** What the TAXII 2.1 client asks a server: its collections, and their objects page by page (`walk.ts` says in which order). */
import { EntenteError, isEntenteError } from '../../base/index.ts';
import { parseEnvelope } from './envelope.ts';
import { TAXII_MEDIA_TYPE } from './media.ts';
import { type FetchPage, TokenRefused } from './walk.ts';

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

const COLLECTIONS_MAX = 10_000;
/** Servers have one, or one for each community. */
const API_ROOTS_MAX = 100;

type Refused = (answer: Awaited<ReturnType<Get>>) => Error;

/** Collections of all API roots that the caller may read. @throws EntenteError `peer-nonsense`, or what `refused` makes of a refusal */
export async function readCollections(get: Get, refused: Refused): Promise<RemoteCollection[]> {
  const roots = await readApiRoots(get, '/taxii2/', refused);
  if (roots.length === 0) throw new EntenteError('peer-nonsense', 'the TAXII discovery names no API roots');
  const collections: RemoteCollection[] = [];
  for (const root of roots) collections.push(...(await readRoot(get, root, refused)));
  return collections;
}

/** Addresses of API roots, each with a slash at its end (TAXII 2.1 §4.1). */
export async function readApiRoots(get: Get, path: string, refused: Refused): Promise<string[]> {
  const { title, api_roots: roots = [] } = await getJson(get, path, refused);
  // A title is all that every discovery must have; without one, any JSON would pass for an empty server.
  if (typeof title !== 'string')
    throw new EntenteError('peer-nonsense', `${path} answered no TAXII discovery (it has no title)`);
  if (!Array.isArray(roots) || roots.length > API_ROOTS_MAX)
    throw new EntenteError('peer-nonsense', 'the TAXII discovery names no API roots, or too many');
  return roots.map((root) => {
    if (typeof root !== 'string' || !URL.canParse(root, 'http://x'))
      throw new EntenteError('peer-nonsense', 'the TAXII discovery names an API root that is no address');
    return root.endsWith('/') ? root : `${root}/`;
  });
}

/** The collections of one API root that the caller may read. */
export async function readRoot(get: Get, root: string, refused: Refused): Promise<RemoteCollection[]> {
  const listed = (await getJson(get, `${root}collections/`, refused))['collections'] ?? [];
  if (!Array.isArray(listed) || listed.length > COLLECTIONS_MAX)
    throw new EntenteError('peer-nonsense', 'the list of collections is none');
  return listed.flatMap((entry) => {
    const collection = parseCollection(entry, root);
    return collection ? [collection] : [];
  });
}

/** The collection at an address, for a server whose other collections are of no interest. */
export async function readCollection(get: Get, path: string, refused: Refused): Promise<RemoteCollection[]> {
  const root = path.replace(/collections\/[^/]+\/$/, '');
  const collection = parseCollection(await getJson(get, path, refused), root);
  return collection ? [{ ...collection, path }] : [];
}

/** Null when the caller may not read it. */
function parseCollection(entry: unknown, root: string): RemoteCollection | null {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw new EntenteError('peer-nonsense', 'the list of collections is none');
  const { id, title, can_read: readable } = entry as { id?: unknown; title?: unknown; can_read?: unknown };
  if (readable !== true) return null;
  if (typeof id !== 'string' || !/^[\w.-]{1,100}$/.test(id))
    throw new EntenteError('peer-nonsense', 'a collection has no usable id');
  return { path: `${root}collections/${id}/`, id, title: typeof title === 'string' ? title : id };
}

async function getJson(get: Get, path: string, refused: Refused): Promise<Record<string, unknown>> {
  const answer = await get(path, TAXII_MEDIA_TYPE);
  if (answer.status !== 200) throw refused(answer);
  const value = answer.json();
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new EntenteError('peer-nonsense', `${path} answered no TAXII resource`);
  return value as Record<string, unknown>;
}

/** Pages of objects, in every version; `specVersions` are versions of STIX, or null for what the server takes for the newest. */
export function objectPages(
  get: Get,
  collection: RemoteCollection,
  specVersions: string | null,
  refused: Refused,
): FetchPage {
  return async (position, limit) => {
    const query = new URLSearchParams();
    if (position.addedAfter !== null) query.set('added_after', position.addedAfter);
    if (limit !== null) query.set('limit', String(limit));
    if (position.next !== null) query.set('next', position.next);
    query.set('match[version]', 'all');
    if (specVersions !== null) query.set('match[spec_version]', specVersions);
    const answer = await get(`${collection.path}objects/?${query}`, TAXII_MEDIA_TYPE);
    if (position.next !== null && (answer.status === 400 || answer.status === 404)) throw new TokenRefused();
    if (answer.status !== 200) throw refused(answer);
    try {
      return { ...(await parseEnvelope(answer.bytes)), headers: answer.headers };
    } catch (cause) {
      if (!isEntenteError(cause)) throw cause;
      const where = `${collection.path}objects/`;
      throw new EntenteError('peer-nonsense', `${where} answered no TAXII envelope: ${cause.message}`, {
        where,
        cause,
      });
    }
  };
}
