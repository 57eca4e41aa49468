/**
 * The TAXII 2.1 server, read and write: discovery at `/taxii2/`, API roots below it.
 *
 * Everything that can be decided about a request is decided before its body is read: who calls, the media types, the collection, the right.
 * What a caller may see is decided before the query; the query then reads nothing else. A page for a peer is stated, signed and entered
 * in the ledger before its first byte leaves.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BODY_BYTES_MAX, EntenteError, isEntenteError } from '../../base/index.ts';
import { releaseEpoch } from '../../intel/index.ts';
import type { Registry } from '../../registry/index.ts';
import { recordDelivery, underName } from '../deliveries.ts';
import type { Caller, OpenCollection } from './callers.ts';
import { addObjects, deleteObject } from './changes.ts';
import { findRoot, OWN_ROOT } from './collections.ts';
import { parsePostedEnvelope } from './envelope.ts';
import { assertAcceptable, assertTaxiiBody, sendTaxii, sendTaxiiError, TAXII_MEDIA_TYPE } from './media.ts';
import { openNextTokens } from './next-tokens.ts';
import {
  dateAdded,
  type Endpoint,
  isVisible,
  type ObjectQuery,
  pageOfBodies,
  pageOfMembers,
  pageOfObjects,
  parseObjectQuery,
  parseSpecVersions,
  parseVersions,
  versionIn,
} from './queries.ts';
import { findStatus } from './statuses.ts';

/** TAXII 2.1 §4.2: largest body the server takes; stated in every API root. */
const MAX_CONTENT_LENGTH = BODY_BYTES_MAX;

/** Between nodes: the epoch of releases to the caller (`intel/release-epoch.ts`), and asking only for what was never received. */
export const RELEASE_EPOCH = 'entente-release-epoch';
export const CATCH_UP = 'entente-catch-up';

const stixMediaType = (spec: string) => `application/stix+json;version=${spec}`;

interface Path {
  readonly root: string;
  readonly collection: string;
  readonly object: string;
  readonly status: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    taxiiCaller: Caller | null;
    taxiiCollection: OpenCollection | null;
  }
}

export async function taxiiRoutes(app: FastifyInstance, options: { registry: Registry }): Promise<void> {
  await app.register(routesBelow, { ...options, prefix: '/taxii2' });
}

async function routesBelow(app: FastifyInstance, { registry }: { registry: Registry }): Promise<void> {
  const tokens = openNextTokens(registry);
  const inTurn = openQueue();

  app.setErrorHandler((error, _request, reply) => sendTaxiiError(reply, asTaxiiError(error)));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(/^application\/taxii\+json/i, { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  app.decorateRequest('taxiiCollection', null);
  app.addHook('onRequest', async (request) => {
    assertAcceptable(request);
  });

  const config = { access: 'verdict' } as const;
  // Also what is not there is told to callers only.
  app.all('/*', { config, schema: { hide: true } }, async () => {
    throw new EntenteError('not-found', 'there is no such endpoint');
  });
  const pathOf = (request: FastifyRequest) => request.params as Path;
  const callerOf = (request: FastifyRequest) => request.taxiiCaller!;

  app.get('/', { config }, async (request, reply) => {
    const others = (await callerOf(request).roots()).filter(({ name }) => name !== OWN_ROOT);
    const roots = [OWN_ROOT, ...others.map(({ name }) => name)].map((name) => `/taxii2/${name}/`);
    const resource = {
      title: registry.name,
      description: 'Intelligence shared under agreement',
      default: roots[0],
      api_roots: roots,
    };
    return sendTaxii(reply, JSON.stringify(resource));
  });

  /** A root that the caller has no collection in is like one that does not exist. */
  async function assertRoot(request: FastifyRequest): Promise<void> {
    const { root } = pathOf(request);
    if (root === OWN_ROOT) return;
    if (!(await callerOf(request).roots()).some(({ name }) => name === root))
      throw new EntenteError('not-found', 'there is no such API root for you');
  }

  app.get('/:root/', { config }, async (request, reply) => {
    await assertRoot(request);
    const { title, description } = await findRoot(registry, pathOf(request).root);
    const resource = {
      title,
      ...(description === null ? {} : { description }),
      versions: [TAXII_MEDIA_TYPE],
      max_content_length: MAX_CONTENT_LENGTH,
    };
    return sendTaxii(reply, JSON.stringify(resource));
  });

  app.get('/:root/status/:status/', { config }, async (request, reply) => {
    const { root, status } = pathOf(request);
    const { account } = callerOf(request);
    const found = account === null ? null : await findStatus(registry, account, root, status);
    if (found === null) throw new EntenteError('not-found', 'there is no such status for you');
    return sendTaxii(reply, found);
  });

  const describe = (collection: OpenCollection) => ({
    id: collection.id,
    title: collection.title,
    ...(collection.description === null ? {} : { description: collection.description }),
    ...(collection.alias === null ? {} : { alias: collection.alias }),
    can_read: collection.canRead === 1,
    can_write: collection.canWrite === 1,
    media_types: [...(collection.hasStix20 === 1 ? [stixMediaType('2.0')] : []), stixMediaType('2.1')],
  });

  app.get('/:root/collections/', { config }, async (request, reply) => {
    const collections = (await callerOf(request).collections(pathOf(request).root)).map(describe);
    if (collections.length === 0) await assertRoot(request);
    return sendTaxii(reply, JSON.stringify(collections.length > 0 ? { collections } : {}));
  });

  const collectionOf = (request: FastifyRequest) => {
    const { root, collection } = pathOf(request);
    return callerOf(request).collection(root, collection);
  };

  app.get('/:root/collections/:collection/', { config }, async (request, reply) =>
    sendTaxii(reply, JSON.stringify(describe(await collectionOf(request)))),
  );

  /** TAXII 2.1 §5.3–§5.8: a collection without any right is not there; one with another right is forbidden. */
  const needs =
    (...rights: readonly ('canRead' | 'canWrite')[]) =>
    async (request: FastifyRequest) => {
      const collection = await collectionOf(request);
      if (rights.some((right) => collection[right] !== 1)) {
        if (collection.canRead !== 1 && collection.canWrite !== 1)
          throw new EntenteError('not-found', 'there is no such collection for you');
        throw new EntenteError('forbidden', 'you have no right to do this in the collection');
      }
      request.taxiiCollection = collection;
    };
  const reading = { config, onRequest: needs('canRead') };

  app.get('/:root/collections/:collection/objects/', reading, (request, reply) =>
    objects(request, reply, {}),
  );
  app.get('/:root/collections/:collection/objects/:object/', reading, (request, reply) =>
    objects(request, reply, { object: pathOf(request).object }),
  );

  app.get('/:root/collections/:collection/manifest/', reading, async (request, reply) => {
    const { query } = await select(request, {});
    const { rows, more } = await pageOfMembers(registry.db, query);
    const entries = rows.map((row) => ({
      id: row.id,
      date_added: dateAdded(row),
      version: versionIn(row),
      media_type: stixMediaType(row.spec),
    }));
    return sendPage(reply, rows, more, null, `"objects":${JSON.stringify(entries)}`);
  });

  app.get('/:root/collections/:collection/objects/:object/versions/', reading, async (request, reply) => {
    const endpoint = { object: pathOf(request).object, versions: 'all' } as const;
    const { query } = await select(request, endpoint);
    const { rows, more } = await pageOfMembers(registry.db, query);
    if (rows.length === 0) await assertVisible(query, endpoint.object);
    return sendPage(reply, rows, more, null, `"versions":${JSON.stringify(rows.map(versionIn))}`);
  });

  async function objects(request: FastifyRequest, reply: FastifyReply, endpoint: Endpoint) {
    const { caller, query, scope } = await select(request, endpoint);
    if (caller.delivery) {
      const { peer, decision } = caller.delivery;
      reply.header(RELEASE_EPOCH, await releaseEpoch(registry, peer.kid, decision()));
    }
    const { rows, more } = caller.delivery
      ? await pageOfObjects(registry.db, query)
      : await pageOfBodies(registry.db, query);
    if (rows.length === 0 && endpoint.object !== undefined) await assertVisible(query, endpoint.object);
    if (caller.delivery && rows.length > 0) {
      const { peer, decision } = caller.delivery;
      const delivered = (rows as Awaited<ReturnType<typeof pageOfObjects>>['rows']).map(
        ({ id, version, digest, class_id }) => {
          const { agreement, tlp } = decision().crossing(class_id)!;
          return { id, version, digest, under: underName(agreement), tlp };
        },
      );
      const collection = request.taxiiCollection!.id;
      reply.header('entente-delivery', await recordDelivery(registry, peer, collection, delivered));
    }
    const last = rows.at(-1);
    const next = more && last ? tokens.issue(scope, last.added_us) : null;
    // Bodies are joined as they are: parsing and printing again would change them.
    return sendPage(reply, rows, more, next, `"objects":[${rows.map((row) => row.body).join(',')}]`);
  }

  async function assertVisible(query: ObjectQuery, object: string): Promise<void> {
    if (!(await isVisible(registry.db, query.collection, object, query.visibility)))
      throw new EntenteError('not-found', 'there is no such object for you');
  }

  async function select(request: FastifyRequest, endpoint: Endpoint) {
    const caller = callerOf(request);
    const collection = request.taxiiCollection!;
    const asked = request.query as Record<string, unknown>;
    const { limit: _limit, next: _next, added_after: _after, ...filters } = asked;
    const unreceived = request.headers[CATCH_UP] !== undefined && caller.delivery !== null;
    const scope = JSON.stringify([
      caller.scope,
      collection.id,
      endpoint,
      filters,
      ...(unreceived ? [CATCH_UP] : []),
    ]);
    const visibility = await caller.visibility();
    const query = parseObjectQuery(asked, endpoint, collection.place, visibility, (token) =>
      tokens.position(scope, token),
    );
    return {
      caller,
      query: unreceived ? { ...query, unreceivedBy: caller.delivery!.peer.kid } : query,
      scope,
    };
  }

  app.post(
    '/:root/collections/:collection/objects/',
    {
      config,
      bodyLimit: MAX_CONTENT_LENGTH,
      onRequest: async (request) => {
        await needs('canWrite')(request);
        assertTaxiiBody(request);
      },
    },
    async (request, reply) => {
      const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array();
      const { account } = callerOf(request);
      // One at a time: the store has one writer, and a large envelope takes many times its length while it is worked on.
      const status = await inTurn(async () =>
        addObjects(registry, account!, request.taxiiCollection!, await parsePostedEnvelope(bytes)),
      );
      return sendTaxii(reply.code(202), JSON.stringify(status));
    },
  );

  app.delete(
    '/:root/collections/:collection/objects/:object/',
    { config, onRequest: needs('canRead', 'canWrite') },
    async (request, reply) => {
      const { object } = pathOf(request);
      const asked = request.query as Record<string, unknown>;
      const caller = callerOf(request);
      const collection = request.taxiiCollection!;
      const deleted = await deleteObject(registry, caller.account!, collection, object, {
        collection: collection.place,
        visibility: await caller.visibility(),
        limit: 1_000,
        afterUs: null,
        ids: [object],
        types: null,
        versions: parseVersions(asked, 'all'),
        specVersions: parseSpecVersions(asked) ?? ['2.0', '2.1'],
      });
      if (deleted === 0) throw new EntenteError('not-found', 'there is no such object for you');
      return sendTaxii(reply, '');
    },
  );
}

/** TAXII 2.1 §3.2: the times of the first and the last object stand in the headers. An empty page is an empty object. */
function sendPage(
  reply: FastifyReply,
  rows: readonly { readonly added_us: number }[],
  more: boolean,
  next: string | null,
  list: string,
): FastifyReply {
  const first = rows[0];
  const last = rows.at(-1);
  if (!first || !last) return sendTaxii(reply, '{}');
  reply.header('x-taxii-date-added-first', dateAdded(first));
  reply.header('x-taxii-date-added-last', dateAdded(last));
  return sendTaxii(
    reply,
    `{"more":${more},${next === null ? '' : `"next":${JSON.stringify(next)},`}${list}}`,
  );
}

/** What the framework found wrong with a request keeps its meaning; whatever else goes wrong is not told. */
function asTaxiiError(error: unknown): EntenteError {
  if (isEntenteError(error)) return error;
  const { statusCode, message } = error as { statusCode?: number; message: string };
  if (statusCode === 413)
    return new EntenteError('input-limit', `a body may have ${MAX_CONTENT_LENGTH} bytes at most`);
  if (statusCode === 415) return new EntenteError('media-type', `this endpoint takes ${TAXII_MEDIA_TYPE}`);
  if (statusCode !== undefined && statusCode < 500) return new EntenteError('usage', message);
  console.error(error);
  return new EntenteError('internal', 'something failed here that should not have');
}

function openQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}
