/**
 * The TAXII 2.1 server: one API root, `/taxii2/root/`, with the node's collections, for peers under an agreement.
 *
 * What a caller may see is decided before the query, per release class; the query then reads nothing else. A page for a peer is stated,
 * signed and entered in the ledger before its first byte leaves.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EntenteError, isEntenteError } from '../../base/index.ts';
import { decideRelease, type ReleaseDecision } from '../../intel/index.ts';
import type { Peer, Registry } from '../../registry/index.ts';
import { recordDelivery, underName } from '../deliveries.ts';
import type { PeerGate } from '../peer-auth.ts';
import { type Collection, findCollection, listCollections } from './collections.ts';
import { assertAcceptable, sendTaxii, sendTaxiiError, TAXII_MEDIA_TYPE } from './media.ts';
import {
  dateAdded,
  type ObjectQuery,
  openNextTokens,
  type Page,
  pageOfObjects,
  parseObjectQuery,
} from './queries.ts';

/** TAXII 2.1 §4.2: largest body the server takes; stated in the API root. */
const MAX_CONTENT_LENGTH = 16 * 1024 * 1024;

export interface TaxiiOptions {
  readonly registry: Registry;
  readonly gate: PeerGate;
}

interface Caller {
  readonly peer: Peer;
  readonly decision: ReleaseDecision;
}

export async function taxiiRoutes(app: FastifyInstance, { registry, gate }: TaxiiOptions): Promise<void> {
  const tokens = openNextTokens(registry);

  app.setErrorHandler((error, _request, reply) => {
    if (isEntenteError(error)) return sendTaxiiError(reply, error);
    const { statusCode, message } = error as { statusCode?: number; message: string };
    if (statusCode !== undefined && statusCode < 500)
      return sendTaxiiError(reply, new EntenteError('usage', message));
    console.error(error);
    return sendTaxiiError(reply, new EntenteError('internal', 'something failed here that should not have'));
  });
  app.addHook('onRequest', async (request) => assertAcceptable(request));

  const admit = (request: FastifyRequest) =>
    gate.admit(request.headers.authorization, request.method, request.url);

  /** Who calls, and what may cross to it now. Without any agreement in force nothing is served, and the answer says why. */
  async function callerOf(request: FastifyRequest): Promise<Caller> {
    const peer = await admit(request);
    const decision = await decideRelease(registry, peer);
    if (decision.refusal)
      throw new EntenteError('agreement-denied', decision.refusal.words, { clauses: [decision.refusal] });
    return { peer, decision };
  }

  app.get('/taxii2/', async (request, reply) => {
    await admit(request);
    return sendTaxii(
      reply,
      JSON.stringify({
        title: registry.name,
        description: 'Intelligence shared under agreement',
        default: '/taxii2/root/',
        api_roots: ['/taxii2/root/'],
      }),
    );
  });

  app.get('/taxii2/root/', async (request, reply) => {
    await admit(request);
    return sendTaxii(
      reply,
      JSON.stringify({
        title: registry.name,
        versions: [TAXII_MEDIA_TYPE],
        max_content_length: MAX_CONTENT_LENGTH,
      }),
    );
  });

  const describe = (collection: Collection) => ({
    id: collection.id,
    title: collection.title,
    alias: collection.alias,
    can_read: true,
    can_write: false,
    media_types: ['application/stix+json;version=2.1'],
  });

  app.get('/taxii2/root/collections/', async (request, reply) => {
    await callerOf(request);
    const collections = (await listCollections(registry)).map(describe);
    return sendTaxii(reply, JSON.stringify(collections.length > 0 ? { collections } : {}));
  });

  app.get('/taxii2/root/collections/:collection/', async (request, reply) => {
    await callerOf(request);
    return sendTaxii(reply, JSON.stringify(describe(await collectionOf(request))));
  });

  app.get('/taxii2/root/collections/:collection/objects/', (request, reply) => objects(request, reply, {}));
  app.get('/taxii2/root/collections/:collection/objects/:object/', (request, reply) =>
    objects(request, reply, { 'match[id]': (request.params as { object: string }).object }),
  );

  app.get('/taxii2/root/collections/:collection/manifest/', async (request, reply) => {
    const { page, next } = await select(request, {});
    dateHeaders(reply, page);
    const rows = page.rows.map((row) => ({
      id: row.id,
      date_added: dateAdded(row),
      version: row.version || dateAdded(row),
      media_type: 'application/stix+json;version=2.1',
    }));
    return sendTaxii(
      reply,
      JSON.stringify({
        ...(page.more ? { more: true, next } : {}),
        ...(rows.length > 0 ? { objects: rows } : {}),
      }),
    );
  });

  app.get('/taxii2/root/collections/:collection/objects/:object/versions/', async (request, reply) => {
    const id = (request.params as { object: string }).object;
    const { page, next } = await select(request, { 'match[id]': id, 'match[version]': 'all' });
    if (page.rows.length === 0) throw new EntenteError('not-found', 'there is no such object for you');
    dateHeaders(reply, page);
    const versions = page.rows.map((row) => row.version || dateAdded(row));
    return sendTaxii(reply, JSON.stringify({ ...(page.more ? { more: true, next } : {}), versions }));
  });

  async function objects(request: FastifyRequest, reply: FastifyReply, fixed: Record<string, string>) {
    const { caller, collection, page, next } = await select(request, fixed);
    if (fixed['match[id]'] && page.rows.length === 0)
      throw new EntenteError('not-found', 'there is no such object for you');
    dateHeaders(reply, page);
    if (page.rows.length === 0) return sendTaxii(reply, '{}');
    const delivered = page.rows.map(({ id, version, digest, class_id }) => {
      const { agreement, tlp } = caller.decision.crossing(class_id)!;
      return { id, version, digest, under: underName(agreement), tlp };
    });
    reply.header('entente-delivery', await recordDelivery(registry, caller.peer, collection.id, delivered));
    // Bodies are joined as they are: parsing and printing again would change them.
    const envelope = `{${page.more ? `"more":true,"next":${JSON.stringify(next)},` : ''}"objects":[${page.rows.map((row) => row.body).join(',')}]}`;
    return sendTaxii(reply, envelope);
  }

  async function collectionOf(request: FastifyRequest): Promise<Collection> {
    return findCollection(registry, (request.params as { collection: string }).collection);
  }

  async function select(
    request: FastifyRequest,
    fixed: Record<string, string>,
  ): Promise<{ caller: Caller; collection: Collection; page: Page; next: string | undefined }> {
    const caller = await callerOf(request);
    const collection = await collectionOf(request);
    const asked = { ...(request.query as Record<string, unknown>), ...fixed };
    const { limit: _limit, next: _next, added_after: _after, ...filters } = asked;
    const scope = JSON.stringify([caller.peer.kid, collection.id, filters]);
    const query: ObjectQuery = parseObjectQuery(
      asked,
      collection.id,
      caller.decision.allowedReveals,
      (token) => tokens.position(scope, token),
    );
    const page = await pageOfObjects(registry, query);
    const last = page.rows.at(-1);
    return {
      caller,
      collection,
      page,
      next: page.more && last ? tokens.issue(scope, last.added_us) : undefined,
    };
  }
}

/** TAXII 2.1 §3.4.1 */
function dateHeaders(reply: FastifyReply, page: Page): void {
  const first = page.rows[0];
  const last = page.rows.at(-1);
  if (!first || !last) return;
  reply.header('x-taxii-date-added-first', dateAdded(first));
  reply.header('x-taxii-date-added-last', dateAdded(last));
}
