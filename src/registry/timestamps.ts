/** Time-stamps of authorities over this ledger's checkpoints, and which authority is asked. */
import { createHash } from 'node:crypto';
import { newId } from '../base/index.ts';
import type { VerifiedTimestamp } from '../ledger/timestamp.ts';
import type { Queries } from '../store/index.ts';
import { appendLeaf } from './ledger.ts';
import type { Registry } from './registry.ts';

export interface TimeAuthority {
  readonly url: string;
  /** PEM of the certificates that its own must lead to; null: whatever it answers with. */
  readonly certificates: string | null;
}

const SETTING = 'timestamp-authority';

export async function timeAuthority(queries: Queries): Promise<TimeAuthority | null> {
  const row = await queries.get<{ value: string }>('SELECT value FROM meta WHERE key = ?', SETTING);
  return row ? (JSON.parse(row.value) as TimeAuthority) : null;
}

export async function setTimeAuthority(registry: Registry, authority: TimeAuthority): Promise<void> {
  await registry.db.transaction(async (tx) => {
    await tx.run(
      'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      SETTING,
      JSON.stringify(authority),
    );
    await appendLeaf(tx, registry.clock, 'administration', { setting: SETTING, ...authority });
  });
}

export interface StoredTimestamp {
  /** How many leaves the stamped checkpoint has. */
  readonly size: number;
  /** The signed checkpoint, exactly as stamped. */
  readonly note: string;
  /** DER. */
  readonly token: Uint8Array;
  readonly at: string;
  readonly authority: string;
}

export async function keepTimestamp(
  registry: Registry,
  note: string,
  token: Uint8Array,
  { at, authority, certificate, serial }: VerifiedTimestamp,
): Promise<StoredTimestamp> {
  const size = Number(note.split('\n')[1]);
  await registry.db.transaction(async (tx) => {
    await tx.run(
      'INSERT INTO ledger_timestamp (id, size, note, token, at, authority) VALUES (?, ?, ?, ?, ?, ?)',
      newId('timestamp'),
      size,
      note,
      token,
      at,
      authority,
    );
    const sha256 = createHash('sha256').update(token).digest('hex');
    await appendLeaf(tx, registry.clock, 'timestamp', {
      size,
      at,
      authority,
      certificate,
      serial,
      token: sha256,
    });
  });
  return { size, note, token, at, authority };
}

/** By the size of what was stamped. */
export function listTimestamps(queries: Queries): Promise<StoredTimestamp[]> {
  return queries.all<StoredTimestamp & Record<string, never>>(
    'SELECT size, note, token, at, authority FROM ledger_timestamp ORDER BY size, at, id',
  );
}
