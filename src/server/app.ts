/** The node's HTTP side, assembled: each room's routes under its prefix, one error form, bounded requests. */
import swagger from '@fastify/swagger';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance, type FastifySchema } from 'fastify';
import { BODY_BYTES_MAX } from '../base/index.ts';
import { exchangeRoutes, openAdmission } from '../exchange/index.ts';
import type { Registry } from '../registry/index.ts';
import { enforceAccess } from './access.ts';
import { invitationRoutes } from './pages/invitation.ts';
import { asEntenteError, problemOf } from './problems.ts';
import { agreementQuestionRoutes } from './routes/agreement-questions.ts';
import { agreementWorkRoutes } from './routes/agreement-work.ts';
import { agreementRoutes } from './routes/agreements.ts';
import { caseRoutes } from './routes/cases.ts';
import { deskRoutes } from './routes/desk.ts';
import { examinationRoutes } from './routes/examinations.ts';
import { expertRoutes } from './routes/experts.ts';
import { freeRoutes } from './routes/free.ts';
import { freeAdministrationRoutes } from './routes/free-administration.ts';
import { healthRoutes } from './routes/health.ts';
import { intelligenceRoutes } from './routes/intelligence.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { nodeRoutes } from './routes/node.ts';
import { openIdRoutes } from './routes/openid.ts';
import { operationActRoutes } from './routes/operation-acts.ts';
import { operationRoutes } from './routes/operations.ts';
import { peerRoutes } from './routes/peers.ts';
import { peopleRoutes } from './routes/people.ts';
import { permissionRoutes } from './routes/permissions.ts';
import { seatRoutes } from './routes/seats.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { signInRoutes } from './routes/sign-in.ts';
import { timelineRoutes } from './routes/timeline.ts';
import { todayRoutes } from './routes/today.ts';
import { toolRoutes } from './routes/tools.ts';
import { trainingRoutes } from './routes/training.ts';
import { workRoutes } from './routes/work.ts';
import { openUploads } from './uploads.ts';
import { openWork } from './work.ts';
import { type WorkspaceOptions, workspaceRoutes } from './workspace.ts';

/** A client that sends its request more slowly than this is let go (slowloris). */
const REQUEST_TIMEOUT_MS = 120_000;
const HEADERS_TIMEOUT_MS = 15_000;

export async function buildApp(
  registry: Registry,
  options: WorkspaceOptions = { builds: false },
): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    forceCloseConnections: true,
    logger: false,
  });
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  app.setErrorHandler((raw, _request, reply) => {
    const error = asEntenteError(raw);
    if (error.code === 'internal') console.error(error.cause ?? error);
    if (error.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer, Basic realm="entente"');
    return reply
      .code(error.status)
      .type('application/problem+json')
      .send(JSON.stringify(problemOf(error)));
  });
  app.setNotFoundHandler((request) => {
    throw Object.assign(new Error(`there is nothing at ${request.method} ${request.url.slice(0, 200)}`), {
      statusCode: 404,
    });
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  enforceAccess(app, registry, openAdmission(registry));
  await app.register(swagger, {
    // Who may call a route is part of its description.
    transform: ({ schema, url, route }) => ({
      schema: { ...schema, 'x-entente-access': route.config?.access } as FastifySchema,
      url,
    }),
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Entente', version: '1', description: 'The API of one node.' },
    },
  });
  await app.register(healthRoutes, { registry });
  await app.register(nodeRoutes, { registry, prefix: '/api/v1' });
  await app.register(agreementRoutes, { registry, prefix: '/api/v1' });
  await app.register(agreementWorkRoutes, { registry, prefix: '/api/v1' });
  await app.register(agreementQuestionRoutes, { registry, prefix: '/api/v1' });
  await app.register(permissionRoutes, { registry, prefix: '/api/v1' });
  await app.register(peopleRoutes, { registry, prefix: '/api/v1' });
  await app.register(sessionRoutes, { registry, prefix: '/api/v1' });
  await app.register(signInRoutes, { registry, prefix: '/api/v1' });
  await app.register(openIdRoutes, { registry, prefix: '/api/v1' });
  const work = await openWork(registry);
  const uploads = openUploads(registry);
  // What runs when the node stops is finished first: its store must not be closed under it.
  app.addHook('onClose', () => work.settled());
  const api = { registry, work, uploads, prefix: '/api/v1' };
  for (const routes of [
    todayRoutes,
    workRoutes,
    intelligenceRoutes,
    caseRoutes,
    peerRoutes,
    toolRoutes,
    seatRoutes,
    operationActRoutes,
    examinationRoutes,
  ])
    await app.register(routes, api);
  await app.register(freeRoutes, { registry });
  await app.register(freeAdministrationRoutes, { registry, prefix: '/api/v1' });
  await app.register(trainingRoutes, { registry, prefix: '/api/v1' });
  await app.register(expertRoutes, { registry, prefix: '/api/v1' });
  await app.register(deskRoutes, { registry, prefix: '/api/v1' });
  await app.register(operationRoutes, { registry, prefix: '/api/v1' });
  await app.register(timelineRoutes, { registry, prefix: '/api/v1' });
  await app.register(exchangeRoutes, { registry });
  await app.register(ledgerRoutes, { registry, prefix: '/ledger' });
  await app.register(invitationRoutes, { registry });
  await app.register(workspaceRoutes, options);
  app.get('/api/v1/openapi.json', { config: { access: 'anyone' }, schema: { hide: true } }, async () =>
    app.swagger(),
  );
  return app;
}
