/**
 * Files on their way from a browser: sent in pieces, so that a broken line costs one piece. How much has come is the length of the file, which
 * a restart does not change. What the browser hashed is compared when the whole is taken in; until then nothing is believed of it.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EntenteError, isUuid } from '../base/index.ts';
import type { Registry } from '../registry/index.ts';

/** One piece: a slow line sends it within the time of a request. */
export const PIECE_BYTES_MAX = 8 * 1024 * 1024;
export const UPLOAD_BYTES_MAX = 2 ** 42;
const NAME_LENGTH_MAX = 200;
/** Unfinished uploads of one person. */
const OPEN_MAX = 100;

export interface Upload {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly receivedBytes: number;
}

interface Note {
  readonly person: string;
  readonly name: string;
  readonly sizeBytes: number;
}

export type Uploads = ReturnType<typeof openUploads>;

export function openUploads(registry: Registry) {
  const folder = join(registry.folder, 'uploads');
  const at = (id: string) => join(folder, id);
  /** Pieces of one upload come one after the other. */
  const busy = new Set<string>();

  async function noteOf(person: string, id: string): Promise<Note> {
    const none = () => new EntenteError('not-found', 'there is no such upload of yours');
    if (!isUuid(id)) throw none();
    const note = await readFile(join(at(id), 'note.json'), 'utf8').catch(() => null);
    const parsed = note === null ? null : (JSON.parse(note) as Note);
    if (parsed?.person !== person) throw none();
    return parsed;
  }

  const contentOf = (id: string, note: Note) => join(at(id), 'content', note.name);

  async function find(person: string, id: string): Promise<Upload & { readonly path: string }> {
    const note = await noteOf(person, id);
    const path = contentOf(id, note);
    const { name, sizeBytes } = note;
    return { id, name, sizeBytes, receivedBytes: (await stat(path)).size, path };
  }

  async function list(person: string): Promise<Upload[]> {
    const ids = existsSync(folder) ? await readdir(folder) : [];
    const found = await Promise.all(ids.map((id) => find(person, id).catch(() => null)));
    return found
      .filter((one) => one !== null)
      .map(({ id, name, sizeBytes, receivedBytes }) => ({ id, name, sizeBytes, receivedBytes }));
  }

  return {
    find,
    list,

    /** @throws EntenteError `usage`, `busy` */
    async begin(person: string, name: string, sizeBytes: number): Promise<Upload> {
      if (!isPlainName(name))
        throw new EntenteError('usage', 'a file’s name has no slashes and no control characters');
      if ((await list(person)).length >= OPEN_MAX)
        throw new EntenteError('busy', `${OPEN_MAX} uploads of yours are unfinished; end some first`);
      const id = randomUUID();
      const note: Note = { person, name, sizeBytes };
      await mkdir(join(at(id), 'content'), { recursive: true, mode: 0o700 });
      await writeFile(contentOf(id, note), '', { mode: 0o600 });
      await writeFile(join(at(id), 'note.json'), JSON.stringify(note), { mode: 0o600 });
      return { id, name, sizeBytes, receivedBytes: 0 };
    },

    /** @throws EntenteError `conflict` when the piece does not follow what has come; ask how much has come, and go on there */
    async add(person: string, id: string, offset: number, piece: Uint8Array): Promise<Upload> {
      if (busy.has(id)) throw new EntenteError('conflict', 'another piece of this file is being written');
      busy.add(id);
      try {
        const { path, ...upload } = await find(person, id);
        if (offset !== upload.receivedBytes)
          throw new EntenteError('conflict', `${upload.receivedBytes} bytes have come, so go on there`);
        if (offset + piece.length > upload.sizeBytes)
          throw new EntenteError('usage', `the file was announced with ${upload.sizeBytes} bytes`);
        const file = await open(path, 'a');
        try {
          await file.writeFile(piece);
        } finally {
          await file.close();
        }
        return { ...upload, receivedBytes: offset + piece.length };
      } finally {
        busy.delete(id);
      }
    },

    /** The whole file's path. @throws EntenteError `not-found`, `conflict` while bytes are missing */
    async whole(person: string, id: string): Promise<{ path: string; name: string; sizeBytes: number }> {
      const { path, name, sizeBytes, receivedBytes } = await find(person, id);
      if (receivedBytes !== sizeBytes)
        throw new EntenteError('conflict', `${receivedBytes} of ${sizeBytes} bytes have come`);
      return { path, name, sizeBytes };
    },

    async remove(person: string, id: string): Promise<void> {
      await noteOf(person, id);
      await rm(at(id), { recursive: true, force: true });
    },
  };
}

function isPlainName(name: string): boolean {
  return (
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    name.length <= NAME_LENGTH_MAX &&
    Buffer.byteLength(name) <= 255 &&
    !/[/\\\p{Cc}]/u.test(name)
  );
}
