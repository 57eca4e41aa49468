/** Making packages for every party and scope, and sending them: the file is kept as a blob, the message says that it is there, the recipient fetches it. */
import { createHash } from 'node:crypto';
import { EntenteError, isExercise, newId } from '../../base/index.ts';
import { appendLeaf, findPeer, type Peer, type Registry } from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';
import {
  assertLeads,
  assertOpen,
  findOperation,
  LANGUAGES,
  listParties,
  type Operation,
  type Party,
  requireJoined,
  type Send,
} from '../operations.ts';
import { openPackageGate, type Permission, type Use, wordsOf } from '../permission.ts';
import { readTargets, recordDecision, type Target } from '../targets.ts';
import { type Scope, scopesOf } from '../view.ts';
import type { PackageContents } from './contents.ts';
import { readTextDecisions, type Selection, selectItems, strictestTlp } from './select.ts';
import { signPackage } from './statement.ts';

type Recipient = Pick<Peer, 'kid' | 'name'>;

/** Stands for the key of a recipient that is none. */
const NOBODY = 'exercise';

export interface Prepared {
  readonly party: Party;
  readonly peer: Recipient;
  readonly scope: Scope;
  readonly selection: Selection;
  /** Null when nothing is in it. */
  readonly contents: PackageContents | null;
}

/**
 * What would go out now. Targets that a recipient has in an earlier package are left out, unless `again`.
 * @throws EntenteError `forbidden`, `conflict`
 */
export async function preparePackages(
  registry: Registry,
  operation: Operation,
  options: { readonly only?: string; readonly again?: boolean } = {},
): Promise<Prepared[]> {
  assertLeads(operation);
  const at = registry.clock().toISOString();
  const texts = await readTextDecisions(registry.db, operation);
  const byCountry = Map.groupBy(
    await readTargets(registry.db, operation, 'AND country IS NOT NULL'),
    ({ country }) => country,
  );
  const prepared: Prepared[] = [];
  for (const { party, peer, gate } of await recipientsOf(registry, operation, [...byCountry.keys()])) {
    const scopes = scopesOf(party);
    if (scopes.length === 0 || (options.only !== undefined && party.peer !== options.only)) continue;
    const sent = options.again ? new Set<string>() : await sentTo(registry.db, operation, peer.kid);
    for (const scope of scopes) {
      const near: readonly Target[] =
        scope.country === null ? [...byCountry.values()].flat() : (byCountry.get(scope.country) ?? []);
      const fresh = near.filter(({ id }) => !sent.has(id));
      const selection = selectItems(operation, party, scope, fresh, gate, texts);
      const contents =
        selection.items.length === 0
          ? null
          : contentsOf(registry, operation, party, peer, scope, selection, at);
      for (const { id } of selection.items) sent.add(id); // what a CERT's country covers is not sent for its networks again
      prepared.push({ party, peer, scope, selection, contents });
    }
  }
  return prepared;
}

interface Asked {
  readonly party: Party;
  readonly peer: Recipient;
  readonly gate: (use: Use) => Permission;
}

/**
 * Parties that have joined, each with what its agreements say. An exercise has none: there the police of every country get a package, which is made to be looked
 * at and sent to nobody, so that no agreement is asked.
 */
async function recipientsOf(
  registry: Registry,
  operation: Operation,
  countries: readonly (string | null)[],
): Promise<Asked[]> {
  const joined = (await listParties(registry.db, operation)).filter(({ state }) => state === 'joined');
  if (isExercise(operation.title) && joined.length === 0)
    return countries.flatMap((country) => (country === null ? [] : [inExercise(country)]));
  const asked: Asked[] = [];
  for (const party of joined) {
    const peer = await findPeer(registry.db, party.peer);
    if (peer) asked.push({ party, peer, gate: await openPackageGate(registry, peer) });
  }
  return asked;
}

function inExercise(country: string): Asked {
  const spoken = new Intl.Locale(`und-${country}`).maximize().language;
  return {
    party: {
      ...{ peer: NOBODY, role: 'police', covers: [country], state: 'joined', at: '' },
      language: LANGUAGES.find((language) => language === spoken) ?? 'en',
      ...{ timeZone: 'UTC', contact: '' },
    },
    peer: { kid: NOBODY, name: `Police ${country}` },
    gate: () => ({ allowed: true, clauses: [], agreement: null }),
  };
}

async function sentTo(queries: Queries, operation: Operation, kid: string): Promise<Set<string>> {
  const rows = await queries.all<{ target_id: string }>(
    `SELECT i.target_id FROM operation_package_item i JOIN operation_package p ON p.id = i.package_id
     WHERE p.operation_id = ? AND p.direction = 'out' AND p.peer = ? AND i.recalled_at IS NULL`,
    operation.id,
    kid,
  );
  return new Set(rows.map(({ target_id }) => target_id));
}

function contentsOf(
  registry: Registry,
  operation: Operation,
  party: Party,
  peer: Recipient,
  scope: Scope,
  selection: Selection,
  at: string,
): PackageContents {
  const { id, name, title, purpose, actionDay } = operation;
  return {
    v: 1,
    id: newId('package'),
    operation: { id, name, title, purpose, actionDay },
    timeZone: party.timeZone,
    from: registry.name,
    to: peer.name,
    scope: scope.name,
    language: party.language,
    tlp: strictestTlp([{ tlp: operation.tlp }, ...selection.items]),
    at,
    databases: operation.databases,
    items: selection.items,
  };
}

/** What the store keeps of a package that went out. */
export interface SentStatement {
  readonly jws: string;
  readonly file: { readonly sha256: string; readonly sizeBytes: number };
  readonly items: number;
  readonly uses: readonly Use[];
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

export interface SentPackage {
  readonly id: string;
  readonly to: string;
  readonly scope: string;
  readonly items: number;
  readonly sizeBytes: number;
}

export async function sendPackage(
  registry: Registry,
  operation: Operation,
  { peer, contents, selection }: Prepared,
  send: Send,
): Promise<SentPackage> {
  if (peer.kid === NOBODY)
    throw new EntenteError('forbidden', 'packages of an exercise are made to be looked at, and go to nobody');
  if (!contents) throw new EntenteError('usage', 'there is nothing to send');
  const { file, jws } = await signPackage(registry.identity, contents, peer.kid);
  const { sha256, size } = await registry.blobs.put(onePiece(file));
  const kept: SentStatement = {
    jws,
    file: { sha256, sizeBytes: size },
    items: contents.items.length,
    uses: selection.uses,
  };
  await registry.db.transaction(async (tx) => {
    assertOpen(operation);
    await tx.run(
      `INSERT INTO operation_package (id, operation_id, direction, peer, scope, at, statement) VALUES (?, ?, 'out', ?, ?, ?, ?)`,
      contents.id,
      operation.id,
      peer.kid,
      contents.scope,
      contents.at,
      JSON.stringify(kept),
    );
    for (const { id } of contents.items)
      await tx.run(
        'INSERT INTO operation_package_item (package_id, target_id) VALUES (?, ?)',
        contents.id,
        id,
      );
    await send(tx, peer.kid, { act: 'package', operation: operation.id, statement: jws, file: kept.file });
    await appendLeaf(tx, registry.clock, 'package', {
      id: contents.id,
      operation: operation.id,
      to: peer.kid,
      scope: contents.scope,
      items: contents.items.length,
      sha256,
      rests: createHash('sha256').update(JSON.stringify(selection.uses)).digest('hex'),
    });
  });
  return {
    id: contents.id,
    to: peer.name,
    scope: contents.scope,
    items: contents.items.length,
    sizeBytes: size,
  };
}

/** A person decides on free text that was held back. @throws EntenteError `usage` */
export async function decideText(
  registry: Registry,
  target: Target,
  decision: string,
  reason: string,
  person: string,
): Promise<void> {
  if (decision !== 'keep' && decision !== 'drop')
    throw new EntenteError('usage', 'keep the text, or drop it');
  await registry.db.transaction((tx) =>
    recordDecision(tx, registry, target.id, { kind: 'text', was: null, becomes: decision, reason, person }),
  );
}

/**
 * The file of a package, for the peer that may have it. Everything it rests on is asked again: an agreement that ended since stops it here.
 * Nor does it go to a party that has left, or with something in it that was taken back. @throws EntenteError `not-found`, `forbidden`, `conflict`, `agreement-denied`
 */
export async function assertPackageFetchable(
  registry: Registry,
  peer: Peer,
  id: string,
): Promise<SentStatement['file']> {
  const row = await registry.db.get<{ statement: string; operation_id: string }>(
    `SELECT statement, operation_id FROM operation_package WHERE id = ? AND peer = ? AND direction = 'out'`,
    id,
    peer.kid,
  );
  if (!row) throw new EntenteError('not-found', 'there is no such package for this node');
  await requireJoined(registry.db, await findOperation(registry.db, row.operation_id), peer.kid);
  const recalled = await registry.db.get(
    'SELECT 1 FROM operation_package_item WHERE package_id = ? AND recalled_at IS NOT NULL LIMIT 1',
    id,
  );
  if (recalled)
    throw new EntenteError('conflict', 'something in the package was taken back; a new package has the rest');
  const { file, uses } = JSON.parse(row.statement) as SentStatement;
  const gate = await openPackageGate(registry, peer);
  for (const use of uses) {
    const { allowed, clauses } = gate(use);
    if (!allowed)
      throw new EntenteError(
        'agreement-denied',
        `the package may no longer go out as it is: ${wordsOf(clauses)}`,
        { clauses },
      );
  }
  return file;
}

export interface PackageView {
  readonly id: string;
  readonly direction: 'in' | 'out';
  readonly peer: string;
  readonly scope: string;
  readonly at: string;
  readonly items: number;
  readonly recalled: number;
  readonly receivedAt: string | null;
  readonly readAt: string | null;
}

export async function listPackages(queries: Queries, operation: Operation): Promise<PackageView[]> {
  const rows = await queries.all<Record<string, string | number | null>>(
    `SELECT p.id, direction, peer, scope, at, received_at, read_at, statement,
       (SELECT count(*) FROM operation_package_item i WHERE i.package_id = p.id AND i.recalled_at IS NOT NULL) AS recalled
     FROM operation_package p WHERE operation_id = ? ORDER BY at, scope, p.id`,
    operation.id,
  );
  return rows.map(({ received_at, read_at, statement, recalled, ...row }) => ({
    ...(row as unknown as Pick<PackageView, 'id' | 'direction' | 'peer' | 'scope' | 'at'>),
    items: (JSON.parse(statement as string) as { items: number }).items,
    recalled: Number(recalled),
    receivedAt: received_at as string | null,
    readAt: read_at as string | null,
  }));
}
