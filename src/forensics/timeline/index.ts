export { COLUMNS, type Column, type ColumnName, TEXT_COLUMNS } from './columns.ts';
export {
  CHUNK_ROWS,
  type EventChunk,
  EventChunks,
  type EventOrigin,
  NO_TEXT,
} from './event-chunk.ts';
