/**
 * A package at its recipient. The lead's message says that it is there; the file is fetched piece by piece, checked whole, and only then taken in:
 * targets, list and receipt in one transaction. Opening it is confirmed by a second receipt.
 */
import { EntenteError, isId, isTimestamp } from '../../base/index.ts';
import { appendLeaf, type Peer, type Registry, verifyStatement } from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';
import { findOperation, type Operation, requireJoined, type Send } from '../operations.ts';
import type { TargetLine } from '../target-line.ts';
import { storeContributions } from '../targets.ts';
import type { PackageContents } from './contents.ts';
import { bestGrading } from './files.ts';
import { PACKAGE_BYTES_MAX, parseStatement, verifyPackage } from './statement.ts';

interface ReceivedStatement {
  readonly jws: string;
  readonly file: { readonly sha256: string; readonly sizeBytes: number };
  readonly items: number;
}

/** @throws EntenteError `message-invalid`, `signature-invalid`, `forbidden` */
export async function receivePackage(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  peer: Peer,
  body: Record<string, unknown>,
): Promise<void> {
  const { statement: jws, file } = body as { statement?: unknown; file?: Partial<ReceivedStatement['file']> };
  await requireJoined(tx, operation, '');
  if (
    typeof jws !== 'string' ||
    typeof file?.sha256 !== 'string' ||
    !/^[0-9a-f]{64}$/.test(file.sha256) ||
    !Number.isSafeInteger(file.sizeBytes) ||
    file.sizeBytes! <= 0 ||
    file.sizeBytes! > PACKAGE_BYTES_MAX
  )
    throw new EntenteError('message-invalid', 'the message announces no package');
  const statement = parseStatement(await verifyStatement(jws, 'package', peer.jwk));
  if (statement.operation !== operation.id || statement.to !== registry.identity.kid)
    throw new EntenteError('forbidden', 'the package is of another operation, or for another node');
  const kept: ReceivedStatement = { jws, file: file as ReceivedStatement['file'], items: statement.items };
  await tx.run(
    `INSERT INTO operation_package (id, operation_id, direction, peer, scope, at, statement) VALUES (?, ?, 'in', ?, ?, ?, ?)
     ON CONFLICT (id) DO NOTHING`,
    statement.id,
    operation.id,
    peer.kid,
    statement.scope,
    statement.at,
    JSON.stringify(kept),
  );
  await appendLeaf(tx, registry.clock, 'package', {
    id: statement.id,
    operation: operation.id,
    from: peer.kid,
    items: statement.items,
    sha256: file.sha256,
  });
}

export interface WaitingPackage {
  readonly id: string;
  readonly peer: string;
  readonly file: ReceivedStatement['file'];
}

/** Packages that a peer announced and that are not here yet. */
export async function waitingPackages(queries: Queries, kid: string): Promise<WaitingPackage[]> {
  const rows = await queries.all<{ id: string; peer: string; statement: string }>(
    `SELECT id, peer, statement FROM operation_package WHERE direction = 'in' AND peer = ? AND received_at IS NULL ORDER BY at, id`,
    kid,
  );
  return rows.map(({ id, peer, statement }) => ({
    id,
    peer,
    file: (JSON.parse(statement) as ReceivedStatement).file,
  }));
}

async function fileOf(registry: Registry, sha256: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of registry.blobs.read(sha256)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Takes in a package whose bytes are here. @throws EntenteError `verification-failed` */
export async function takePackage(
  registry: Registry,
  { id, peer, file }: WaitingPackage,
  send: Send,
): Promise<void> {
  const bytes = await fileOf(registry, file.sha256);
  const { statement, contents, signer } = await verifyPackage(bytes);
  if (signer !== peer || statement.id !== id)
    throw new EntenteError(
      'verification-failed',
      'the package is signed by another key, or is another package',
    );
  const operation = await findOperation(registry.db, contents.operation.id);
  const at = registry.clock().toISOString();
  await registry.db.transaction(async (tx) => {
    const changed = await tx.run(
      'UPDATE operation_package SET received_at = ? WHERE id = ? AND received_at IS NULL',
      at,
      id,
    );
    if (changed === 0) return; // another process took it
    await storeContributions(
      tx,
      operation,
      peer,
      () => '',
      contents.items.map(lineOf),
      contents.items.map((item) => item.id),
      at,
    );
    for (const item of contents.items) {
      await tx.run(
        `UPDATE operation_target SET country = ?, queue = NULL, mark = ? WHERE operation_id = ? AND kind = ? AND value = ?`,
        item.country,
        item.mark,
        operation.id,
        item.kind,
        item.value,
      );
      await tx.run(
        'INSERT INTO operation_package_item (package_id, target_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
        id,
        item.id,
      );
    }
    await send(tx, peer, { act: 'receipt', operation: operation.id, package: id, what: 'received', at });
    await appendLeaf(tx, registry.clock, 'receipt', { package: id, what: 'received', sha256: file.sha256 });
  });
}

function lineOf(item: PackageContents['items'][number]): TargetLine {
  const { source, information, seenAt } = bestGrading(item);
  const { kind, value, mark, threat, tlp, note } = item;
  return {
    kind,
    value,
    mark,
    source,
    information,
    seenAt,
    tlp,
    threat,
    note: note ?? '',
    seat: null,
    hosting: [],
  };
}

/** Opens a package that is here, and confirms the first reading to its sender. @throws EntenteError `not-found` */
export async function readPackage(
  registry: Registry,
  operation: Operation,
  id: string,
  send: Send,
): Promise<{ file: Buffer; contents: PackageContents; sha256: string }> {
  const row = await registry.db.get<{
    direction: string;
    peer: string;
    statement: string;
    received_at: string | null;
    read_at: string | null;
  }>(
    'SELECT direction, peer, statement, received_at, read_at FROM operation_package WHERE id = ? AND operation_id = ?',
    id,
    operation.id,
  );
  if (!row) throw new EntenteError('not-found', `there is no package ${id.slice(0, 100)} here`);
  if (row.direction === 'in' && row.received_at === null)
    throw new EntenteError('not-found', 'the package is announced and not fetched yet; run `entente sync`');
  const { file } = JSON.parse(row.statement) as ReceivedStatement;
  const bytes = await fileOf(registry, file.sha256);
  const { contents } = await verifyPackage(bytes);
  if (row.direction === 'in' && row.read_at === null) {
    const at = registry.clock().toISOString();
    await registry.db.transaction(async (tx) => {
      await tx.run('UPDATE operation_package SET read_at = ? WHERE id = ? AND read_at IS NULL', at, id);
      await send(tx, row.peer, { act: 'receipt', operation: operation.id, package: id, what: 'read', at });
      await appendLeaf(tx, registry.clock, 'receipt', { package: id, what: 'read' });
    });
  }
  return { file: bytes, contents, sha256: file.sha256 };
}

/** The recipient confirms. @throws EntenteError `message-invalid`, `forbidden` for a package that did not go to it */
export async function receiveReceipt(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  peer: Peer,
  body: Record<string, unknown>,
): Promise<void> {
  const { package: id, what, at } = body;
  if (
    typeof id !== 'string' ||
    !isId(id, 'package') ||
    (what !== 'received' && what !== 'read') ||
    typeof at !== 'string' ||
    !isTimestamp(at)
  )
    throw new EntenteError('message-invalid', 'the message is no receipt of a package');
  const changed = await tx.run(
    `UPDATE operation_package SET ${what === 'read' ? 'read_at' : 'received_at'} = ? WHERE id = ? AND operation_id = ? AND peer = ? AND direction = 'out'`,
    at,
    id,
    operation.id,
    peer.kid,
  );
  if (changed === 0)
    throw new EntenteError('forbidden', 'the receipt is for a package that did not go to its sender');
  await appendLeaf(tx, registry.clock, 'receipt', { package: id, what, peer: peer.kid, at });
}
