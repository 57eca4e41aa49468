/**
 * SQLite through `node:sqlite`: one file, write-ahead log, `synchronous=FULL`.
 *
 * Two connections: the writer, handed out to one transaction at a time, and a reader that sees what is committed.
 * Several processes may work on one file (the server and a command); `BEGIN IMMEDIATE` and the busy timeout order them.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { EntenteError } from '../../base/index.ts';
import type { Database, Queries, Row, SqlValue } from '../contract.ts';

/** How long a writer waits for another process before it gives up. Imports hold the lock for well under a second. */
const BUSY_MS = 15_000;

const SQLITE_FULL = 13;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;
const SQLITE_READONLY = 8;

export function openSqlite(path: string): Database {
  const writer = connect(path);
  const reader = connect(path);
  reader.exec('PRAGMA query_only = ON');
  const reads = queriesOn(reader);
  const writes = queriesOn(writer);
  let last: Promise<unknown> = Promise.resolve();

  async function exclusively<T>(work: (tx: Queries) => Promise<T>): Promise<T> {
    guarded(() => writer.exec('BEGIN IMMEDIATE'));
    try {
      const result = await work(writes);
      guarded(() => writer.exec('COMMIT'));
      return result;
    } catch (error) {
      if (writer.isTransaction) writer.exec('ROLLBACK');
      throw error;
    }
  }

  return {
    ...reads,
    transaction(work) {
      const mine = last.then(() => exclusively(work));
      last = mine.catch(() => {});
      return mine;
    },
    async close() {
      await last;
      reader.close();
      writer.close();
    },
  };
}

function connect(path: string): DatabaseSync {
  return guarded(() => {
    const database = new DatabaseSync(path, { timeout: BUSY_MS });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    return database;
  });
}

function queriesOn(database: DatabaseSync): Queries {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (!statement) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  const bind = (parameters: SqlValue[]) => parameters as SQLInputValue[];
  return {
    all: async <T = Row>(sql: string, ...parameters: SqlValue[]) =>
      guarded(() => prepare(sql).all(...bind(parameters)) as T[]),
    get: async <T = Row>(sql: string, ...parameters: SqlValue[]) =>
      guarded(() => prepare(sql).get(...bind(parameters)) as T | undefined),
    run: async (sql, ...parameters) => guarded(() => Number(prepare(sql).run(...bind(parameters)).changes)),
  };
}

/** Names the failures of the engine that a person can act on. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = (error as { errcode?: number }).errcode;
    const primary = code === undefined ? undefined : code & 0xff;
    if (primary === SQLITE_FULL)
      throw new EntenteError('disk-full', 'the disk that holds the store is full', { cause: error });
    if (primary === SQLITE_CORRUPT || primary === SQLITE_NOTADB) {
      throw new EntenteError('store-damaged', `the store cannot be read: ${(error as Error).message}`, {
        cause: error,
      });
    }
    if (primary === SQLITE_READONLY) {
      throw new EntenteError('file-unreadable', 'the data folder cannot be written', { cause: error });
    }
    throw error;
  }
}
