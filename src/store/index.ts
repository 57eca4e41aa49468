export {
  type BlobFile,
  type BlobLocation,
  openBlobFile,
  openBlobFileSync,
  type SyncBlobFile,
} from './blob-file.ts';
export { type BlobDigests, type Blobs, isAlive, openBlobs } from './blobs.ts';
export type { Database, Migration, Queries, Row, SqlValue, TransactionOptions } from './contract.ts';
export { filePieces } from './file-pieces.ts';
export { idKey } from './id-key.ts';
export { migrate } from './migrate.ts';
export { MIGRATIONS } from './migrations/index.ts';
export { insertRows } from './rows.ts';
export { SEALING_KEY_BYTES, Sealer, unsealedSize } from './sealed-file.ts';
export { copySqlite } from './sqlite/backup.ts';
export { openSqlite } from './sqlite/database.ts';
export { startThread } from './thread.ts';
