/**
 * SQLite through `node:sqlite`: one file, write-ahead log, `synchronous=FULL`.
 *
 * Two connections: the writer, handed out to one transaction at a time, and a reader that sees what is committed.
 * Several processes may work on one file (the server and a command); `BEGIN IMMEDIATE` orders them. Whoever waits for another
 * process does so without holding up its own event loop. Copying the log back into the file is left to a thread (`checkpoints.ts`).
 */

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { EntenteError } from '../../base/index.ts';
import type { Database, Queries, Row, SqlValue, TransactionOptions } from '../contract.ts';
import { idKey } from '../id-key.ts';
import { openCheckpoints } from './checkpoints.ts';

/** How long a writer waits for another process before it gives up. Imports hold the lock for well under a second. */
const BUSY_MS = 15_000;
/** How long between two tries to become the writer. */
const RETRY_MS = 3;
/** Readers wait only while another process recovers the log after a crash. */
const READER_BUSY_MS = 5_000;

/** Index pages of a large store are written in random order: with these in memory they are not read again for every row. 32 MiB. */
const WRITER_CACHE_KIB = 32 * 1024;
const READER_CACHE_KIB = 16 * 1024;
/** The thread copies the log back long before it has so many pages (128 MiB); if it cannot, the writer does it here. */
const LOG_PAGES_MAX = 32_768;

const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;
const SQLITE_READONLY = 8;

export function openSqlite(path: string): Database {
  const writer = connect(path, WRITER_CACHE_KIB, 0);
  guarded(() => writer.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES_MAX}`));
  const reader = connect(path, READER_CACHE_KIB, READER_BUSY_MS);
  reader.exec('PRAGMA query_only = ON');
  const reads = queriesOn(reader);
  const checkpoints = openCheckpoints(path);
  const writes = queriesOn(writer, checkpoints.wrote);
  let last: Promise<unknown> = Promise.resolve();
  let isFlushing = true;

  async function exclusively<T>(work: (tx: Queries) => Promise<T>, flush: boolean): Promise<T> {
    if (flush !== isFlushing) writer.exec(`PRAGMA synchronous = ${flush ? 'FULL' : 'NORMAL'}`);
    isFlushing = flush;
    await begin();
    try {
      const result = await work(writes);
      guarded(() => writer.exec('COMMIT'));
      checkpoints.committed();
      return result;
    } catch (error) {
      if (writer.isTransaction) writer.exec('ROLLBACK');
      throw error;
    }
  }

  async function begin(): Promise<void> {
    for (const giveUpAt = performance.now() + BUSY_MS; ; ) {
      try {
        guarded(() => writer.exec('BEGIN IMMEDIATE'));
        return;
      } catch (error) {
        if (primaryCode(error) !== SQLITE_BUSY || performance.now() > giveUpAt) throw error;
        await wait(RETRY_MS);
      }
    }
  }

  return {
    ...reads,
    transaction(work, { flush = 'now' }: TransactionOptions = {}) {
      const mine = last.then(() => exclusively(work, flush === 'now'));
      last = mine.catch(() => {});
      return mine;
    },
    scrub() {
      // Deleted content is overwritten where it was (`secure_delete`); the log still has it until it is copied back and cut.
      const mine = last.then(() => {
        const [row] = guarded(() => writer.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all());
        return row?.['busy'] === 0;
      });
      last = mine.catch(() => {});
      return mine;
    },
    async close() {
      await last;
      if (!writer.isOpen) return;
      await checkpoints.close();
      reader.close();
      writer.close();
    },
  };
}

function connect(path: string, cacheKib: number, busyMs: number): DatabaseSync {
  return guarded(() => {
    const database = new DatabaseSync(path, { timeout: BUSY_MS });
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = FAST; PRAGMA cache_size = -${cacheKib}; PRAGMA busy_timeout = ${busyMs}`,
    );
    database.function('id_key', { deterministic: true }, (id) => idKey(String(id)));
    return database;
  });
}

function queriesOn(database: DatabaseSync, onChanges: (rows: number) => void = () => {}): Queries {
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
    run: async (sql, ...parameters) => {
      const rows = guarded(() => Number(prepare(sql).run(...bind(parameters)).changes));
      onChanges(rows);
      return rows;
    },
  };
}

/** Names the failures of the engine that a person can act on. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const primary = primaryCode(error);
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

function primaryCode(error: unknown): number | undefined {
  const code = (error as { errcode?: number }).errcode;
  return code === undefined ? undefined : code & 0xff;
}
