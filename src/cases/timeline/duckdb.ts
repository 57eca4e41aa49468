/**
 * DuckDB inside this process: in memory, bounded, and shut off. Nothing is installed or loaded, no file is reached but those that are
 * named when it is opened, and after opening no setting can be changed, whatever a query might say.
 */
import type { DuckDBConnection } from '@duckdb/node-api';

export interface DuckDBOptions {
  /** Files that may be read or written. */
  readonly files: readonly string[];
  /** A folder below which everything may be read and written. */
  readonly folder?: string;
  readonly memoryBytes: number;
  /** Default: as many as there are processors. */
  readonly threads?: number;
}

export interface DuckDB extends Disposable {
  readonly connection: DuckDBConnection;
  /** Another one: what goes on in one waits for nothing in the other. */
  connect(): Promise<DuckDBConnection>;
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

export async function openDuckDB({ files, folder, memoryBytes, threads }: DuckDBOptions): Promise<DuckDB> {
  // Thirty megabytes that a node without a timeline at work does not need.
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    memory_limit: `${Math.floor(memoryBytes / 1e6)}MB`,
    // Nothing of evidence is ever spilled to disk; a query that needs more memory fails.
    temp_directory: '',
    ...(threads === undefined ? {} : { threads: String(threads) }),
  });
  const connection = await instance.connect();
  await connection.run(`SET allowed_paths = [${files.map(quoted).join(', ')}]`);
  if (folder !== undefined) await connection.run(`SET allowed_directories = [${quoted(folder)}]`);
  await connection.run('SET enable_external_access = false');
  // Footers are read once, not with every question.
  await connection.run('SET parquet_metadata_cache = true');
  await connection.run("SET TimeZone = 'UTC'").catch(() => {}); // there where the build has zones
  await connection.run('SET lock_configuration = true');
  const more: DuckDBConnection[] = [];
  return {
    connection,
    async connect() {
      const made = await instance.connect();
      more.push(made);
      return made;
    },
    [Symbol.dispose]() {
      for (const one of [connection, ...more]) one.closeSync();
      instance.closeSync();
    },
  };
}
