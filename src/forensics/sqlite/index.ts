export {
  type Row,
  SQLITE_MAGIC,
  SqliteDatabase,
  type SqliteFault,
  type SqlValue,
  type Table,
} from './database.ts';
