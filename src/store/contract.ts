/**
 * The store's contract: SQL with `?` placeholders in the subset that SQLite and PostgreSQL share, one
 * serialised writer, and readers that see only committed state.
 *
 * Rooms own their tables and write their SQL once; a driver translates placeholders and column types, and has one function
 * beside: `id_key(text)` is `idKey`.
 * The contract suite in test/store runs on every driver.
 */
export type SqlValue = null | number | bigint | string | Uint8Array;
export type Row = Record<string, SqlValue>;

export interface Queries {
  all<T = Row>(sql: string, ...parameters: SqlValue[]): Promise<T[]>;
  get<T = Row>(sql: string, ...parameters: SqlValue[]): Promise<T | undefined>;
  /** Returns the number of rows changed. */
  run(sql: string, ...parameters: SqlValue[]): Promise<number>;
}

export interface TransactionOptions {
  /**
   * `later`: what is written is seen by everyone at once and survives `kill -9`, but reaches the disk no later than the next transaction
   * that is flushed `now`. For the parts of long work that is acknowledged as a whole.
   */
  readonly flush?: 'now' | 'later';
}

export interface Database extends Queries {
  /**
   * Runs `work` as the only writer. When the promise resolves the writes are on disk (they survive `kill -9` and
   * power loss); when it rejects, none of them happened.
   * @throws EntenteError `disk-full`, `store-damaged`
   */
  transaction<T>(work: (tx: Queries) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * What was overwritten or deleted is gone from the store's own files and logs when this resolves to true; false when
   * somebody still reads an earlier state, and it has to be asked again.
   */
  scrub(): Promise<boolean>;
  close(): Promise<void>;
}

/** One step of the schema. Steps are numbered without gaps and never change once released. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  /** Statements in the shared subset; `BLOB` stands for the driver's byte type. */
  readonly statements: readonly string[];
}
