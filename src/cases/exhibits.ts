/**
 * Exhibits: evidence, named by its digest and never changed. A folder is one exhibit whose content is a list of its files with their
 * digests; the files are blobs of their own. What a run derives from an exhibit is an exhibit too, and names the one it goes back to.
 */
import { EntenteError, newId } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import type { BlobDigests, Queries } from '../store/index.ts';
import type { Digests } from './custody-event.ts';
import { type SealedWith, type Vault, vaultOf } from './vault.ts';

export interface Exhibit {
  readonly id: string;
  readonly caseId: string;
  /** Counts from 1 in its case; people say "exhibit 3". */
  readonly number: number;
  readonly name: string;
  readonly media: 'file' | 'folder';
  readonly sizeBytes: number;
  /** Of the file, or of the list of a folder's files. */
  readonly sha256: string;
  readonly blake3: string;
  readonly registeredAt: string;
  /** Where the line of derived exhibits begins; itself for an original. */
  readonly root: { readonly id: string; readonly number: number };
  /** The run that derived it; null for an original. */
  readonly run: string | null;
  /** What that run derived it from; not there in an original. */
  readonly parent?: { readonly id: string; readonly number: number; readonly sha256: string };
  /** The key that its bytes are encrypted with here; not there when they are not. */
  readonly sealed?: SealedWith;
  /** The exhibit that it was at the node that handed it over; null when it was taken in here. */
  readonly origin: { readonly node: string; readonly exhibit: string; readonly number: number } | null;
}

/** The content of a folder exhibit. */
export interface FolderList {
  readonly v: 1;
  readonly files: readonly {
    readonly path: string;
    readonly sizeBytes: number;
    readonly sha256: string;
    readonly blake3: string;
  }[];
  /** What was there and could not be taken in, such as links that lead elsewhere. */
  readonly left: readonly { readonly path: string; readonly why: string }[];
}

export interface NewExhibit {
  readonly caseId: string;
  readonly name: string;
  readonly media: Exhibit['media'];
  readonly digests: BlobDigests;
  /** Where its bytes are. */
  readonly vault: Vault;
  /** SHA-256 of the files of a folder. */
  readonly files?: readonly string[];
  readonly derived?: { readonly from: Exhibit; readonly run: string };
  readonly origin?: NonNullable<Exhibit['origin']>;
}

/** Registers an exhibit and enters it in the ledger, in the caller's transaction; the caller appends the first custody event. */
export async function registerExhibit(tx: Queries, registry: Registry, made: NewExhibit): Promise<Exhibit> {
  const row = await tx.get<{ next: number }>(
    'SELECT coalesce(max(number), 0) + 1 AS next FROM exhibit WHERE case_id = ?',
    made.caseId,
  );
  const id = newId('exhibit');
  const number = Number(row!.next);
  const exhibit: Exhibit = {
    id,
    caseId: made.caseId,
    number,
    name: made.name,
    media: made.media,
    sizeBytes: made.digests.size,
    sha256: made.digests.sha256,
    blake3: made.digests.blake3,
    registeredAt: registry.clock().toISOString(),
    root: made.derived?.from.root ?? { id, number },
    run: made.derived?.run ?? null,
    ...(made.derived ? { parent: parentOf(made.derived.from) } : {}),
    ...(made.vault.sealed ? { sealed: made.vault.sealed } : {}),
    origin: made.origin ?? null,
  };
  await tx.run(
    `INSERT INTO exhibit (id, case_id, number, name, media, size, sha256, blake3, registered_at, root_id, root_number, run_id, parent_id, key_id, origin)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    exhibit.id,
    exhibit.caseId,
    exhibit.number,
    exhibit.name,
    exhibit.media,
    exhibit.sizeBytes,
    exhibit.sha256,
    exhibit.blake3,
    exhibit.registeredAt,
    exhibit.root.id,
    exhibit.root.number,
    exhibit.run,
    exhibit.parent?.id ?? null,
    exhibit.sealed?.key ?? null,
    exhibit.origin && JSON.stringify(exhibit.origin),
  );
  for (const sha256 of new Set([exhibit.sha256, ...(made.files ?? [])])) {
    await made.vault.blobs.path(sha256); // a disposal of the same bytes may have come first
    await tx.run('INSERT INTO exhibit_blob (sha256, exhibit_id) VALUES (?, ?)', sha256, exhibit.id);
  }
  await appendLeaf(tx, registry.clock, 'exhibit-registered', exhibit);
  return exhibit;
}

const parentOf = ({ id, number, sha256 }: Exhibit) => ({ id, number, sha256 });

export function digestsOf(exhibit: Exhibit): Digests {
  return { sha256: exhibit.sha256, blake3: exhibit.blake3, sizeBytes: exhibit.sizeBytes };
}

interface Row {
  id: string;
  case_id: string;
  number: number;
  name: string;
  media: Exhibit['media'];
  size: number;
  sha256: string;
  blake3: string;
  registered_at: string;
  root_id: string | null;
  root_number: number | null;
  run_id: string | null;
  parent_id: string | null;
  parent_number: number | null;
  parent_sha256: string | null;
  key_id: string | null;
  commitment: string | null;
  origin: string | null;
}

const SELECT = `SELECT e.id, e.case_id, e.number, e.name, e.media, e.size, e.sha256, e.blake3, e.registered_at, e.root_id, e.root_number, e.run_id,
  e.parent_id, p.number AS parent_number, p.sha256 AS parent_sha256, e.key_id, k.commitment, e.origin
  FROM exhibit e LEFT JOIN exhibit p ON p.id = e.parent_id LEFT JOIN exhibit_key k ON k.id = e.key_id`;

const fromRow = (row: Row): Exhibit => ({
  id: row.id,
  caseId: row.case_id,
  number: row.number,
  name: row.name,
  media: row.media,
  sizeBytes: row.size,
  sha256: row.sha256,
  blake3: row.blake3,
  registeredAt: row.registered_at,
  root: { id: row.root_id ?? row.id, number: row.root_number ?? row.number },
  run: row.run_id,
  ...(row.parent_id === null
    ? {}
    : { parent: { id: row.parent_id, number: row.parent_number!, sha256: row.parent_sha256! } }),
  ...(row.key_id === null ? {} : { sealed: { key: row.key_id, commitment: row.commitment! } }),
  origin: row.origin === null ? null : (JSON.parse(row.origin) as Exhibit['origin']),
});

export async function listExhibits(registry: Registry, caseId: string): Promise<Exhibit[]> {
  const sql = `${SELECT} WHERE e.case_id = ? ORDER BY e.number`;
  return (await registry.db.all<Row>(sql, caseId)).map(fromRow);
}

/** By its identifier. @throws EntenteError `not-found` */
export async function findExhibit(queries: Queries, id: string): Promise<Exhibit> {
  const row = await queries.get<Row>(`${SELECT} WHERE e.id = ?`, id);
  if (!row) throw new EntenteError('not-found', `there is no exhibit ${id.slice(0, 100)}`);
  return fromRow(row);
}

/** By its number in the case, as people call it. @throws EntenteError `not-found`, `usage` */
export async function requireExhibit(registry: Registry, caseId: string, asked: string): Promise<Exhibit> {
  if (!/^[1-9][0-9]{0,8}$/.test(asked))
    throw new EntenteError('usage', `"${asked.slice(0, 40)}" is no number of an exhibit`);
  const row = await registry.db.get<Row>(
    `${SELECT} WHERE e.case_id = ? AND e.number = ?`,
    caseId,
    Number(asked),
  );
  if (!row) throw new EntenteError('not-found', `the case has no exhibit ${asked}`);
  return fromRow(row);
}

/** When exhibits of a case were disposed of, by identifier. Their history stays; their bytes are gone. */
export async function disposedExhibits(registry: Registry, caseId: string): Promise<Map<string, string>> {
  const rows = await registry.db.all<{ id: string; disposed_at: string }>(
    'SELECT id, disposed_at FROM exhibit WHERE case_id = ? AND disposed_at IS NOT NULL',
    caseId,
  );
  return new Map(rows.map((row) => [row.id, row.disposed_at]));
}

/** What was found, and is here: not what runs derived, nor what was disposed of. */
export async function evidenceOf(registry: Registry, caseId: string): Promise<Exhibit[]> {
  const disposed = await disposedExhibits(registry, caseId);
  return (await listExhibits(registry, caseId)).filter(({ id, run }) => run === null && !disposed.has(id));
}

export interface ExhibitFile {
  /** As shown: the exhibit's name, then the path inside a folder. */
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** The files of an exhibit: itself, or those of its folder list. */
export async function filesOf(registry: Registry, exhibit: Exhibit): Promise<ExhibitFile[]> {
  if (exhibit.media === 'file')
    return [{ name: exhibit.name, sha256: exhibit.sha256, sizeBytes: exhibit.sizeBytes }];
  const list = await folderList(registry, exhibit);
  return list.files.map((file) => ({
    name: `${exhibit.name}/${file.path}`,
    sha256: file.sha256,
    sizeBytes: file.sizeBytes,
  }));
}

async function folderList(registry: Registry, exhibit: Exhibit): Promise<FolderList> {
  const chunks: Uint8Array[] = [];
  const vault = await vaultOf(registry, exhibit);
  for await (const chunk of vault.read(exhibit.sha256)) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as FolderList;
}

/** Everything an exhibit consists of, each blob once: its own, and for a folder those of its files; by digest. */
export async function blobsOf(queries: Queries, exhibitId: string): Promise<string[]> {
  const rows = await queries.all<{ sha256: string }>(
    'SELECT sha256 FROM exhibit_blob WHERE exhibit_id = ? ORDER BY sha256',
    exhibitId,
  );
  return rows.map((row) => row.sha256);
}
