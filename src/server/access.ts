/**
 * Who may call a route: the one place where it is enforced. A route says it in `config.access`; one that says nothing answers nobody.
 *
 * - `'anyone'`: it says only what anyone may know.
 * - `'peer'`: a call token of a known node; what the route gives is addressed to that node.
 * - `'verdict'`: a peer, by a verdict for every object; or the organisation's own service account, by its rights.
 * - `'agency'`: the token of an agency that uses the free service.
 * - a list of roles: a person of this organisation who is signed in and has one of them; in an exercise of their own, also a trainee (`practice.ts`).
 *
 * A browser sends the session cookie also when another site makes it ask. The cookie is `SameSite=Strict`; besides, what changes something
 * is refused when the browser says that another origin asks (Fetch Metadata, else RFC 6454 `Origin`). Programs that are not browsers send
 * neither header, and carry no cookie that they were not given.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EntenteError } from '../base/index.ts';
import { type Agency, admitAgency } from '../desk/index.ts';
import type { Admission } from '../exchange/index.ts';
import type { Registry } from '../registry/index.ts';
import { isOwnExercise, isPractised } from './practice.ts';
import { ROLES, type Role } from './roles.ts';
import { findSession, type SignedIn } from './sessions.ts';

export type Access = 'anyone' | 'peer' | 'verdict' | 'agency' | readonly Role[];

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route; without it nobody may. */
    access?: Access;
  }
  interface FastifyInstance {
    /** The routes of the API that somebody with these roles may call, as the description writes them: `GET /cases/{id}`. */
    routesFor(roles: readonly Role[]): string[];
  }
  interface FastifyRequest {
    /** Who is signed in; null for everybody else. Routes with roles use `personOf`. */
    signedIn: SignedIn | null;
    /** The agency that calls a route of the free service; null for everybody else. */
    agency: Agency | null;
  }
}

/** Everybody who is signed in. */
export const SIGNED_IN: readonly Role[] = ROLES;

export const SESSION_COOKIE = 'entente_session';

/** Where people's routes are. */
const API = '/api/v1';

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** The person who called a route with roles. */
export function personOf(request: FastifyRequest): SignedIn {
  if (!request.signedIn) throw new EntenteError('unauthenticated', 'sign in first');
  return request.signedIn;
}

/** The agency that called a route of the free service. */
export function agencyOf(request: FastifyRequest): Agency {
  if (!request.agency) throw new EntenteError('unauthenticated', 'this needs the token of an agency');
  return request.agency;
}

/** As the description of the API writes a route: `GET /cases/{id}`. */
const nameOf = (method: string, url: string) =>
  `${method} ${url.slice(API.length).replaceAll(/:(\w+)/g, '{$1}')}`;

/** Before any route is registered. */
export function enforceAccess(app: FastifyInstance, registry: Registry, admission: Admission): void {
  const routes: { readonly name: string; readonly roles: readonly Role[] }[] = [];
  app.addHook('onRoute', ({ method, url, config }) => {
    const access = config?.access;
    if (!url.startsWith(API) || !Array.isArray(access) || method === 'HEAD') return;
    routes.push({ name: nameOf(String(method), url), roles: access as readonly Role[] });
  });
  app.decorate('routesFor', (roles: readonly Role[]) =>
    routes
      .filter((route) => route.roles.some((role) => roles.includes(role)) || isPractised(route.name, roles))
      .map(({ name }) => name),
  );
  app.decorateRequest('signedIn', null);
  app.decorateRequest('agency', null);
  app.addHook('onRequest', async (request) => {
    if (!SAFE_METHODS.includes(request.method)) assertSameOrigin(request);
    const access = request.is404 ? 'anyone' : request.routeOptions.config.access;
    if (access === 'peer' || access === 'verdict') return admission[access](request);
    if (access === 'agency') {
      const token = /^Bearer ([\w-]{43})$/.exec(request.headers.authorization ?? '')?.[1];
      request.agency = await admitAgency(registry, token);
      return;
    }
    request.signedIn = await findSession(registry, sessionToken(request));
    if (access === 'anyone') return;
    if (access === undefined) throw new EntenteError('forbidden', 'no rule says who may call this');
    const person = personOf(request);
    if (access.some((role) => person.roles.includes(role))) return;
    const route = nameOf(request.method, request.routeOptions.url ?? '');
    if (!isPractised(route, person.roles) || !(await isOwnExercise(registry, person, request)))
      throw new EntenteError('forbidden', `this is for: ${access.join(', ')}`, {
        // By name, so that a page can say them in the reader's language.
        issues: access.map((role) => ({ code: 'role', path: 'roles', message: role })),
      });
  });
}

const sessionToken = (request: FastifyRequest) => cookieOf(request, SESSION_COOKIE);

/** A cookie of this node's that holds a secret of 32 bytes; undefined for anything else. */
export function cookieOf(request: FastifyRequest, name: string): string | undefined {
  return new RegExp(`(?:^|;\\s*)${name}=([\\w-]{43})(?:;|$)`).exec(request.headers.cookie ?? '')?.[1];
}

/** Whether the browser speaks TLS, to this node or to the proxy in front of it. */
export const isOverTls = (request: FastifyRequest): boolean =>
  request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https';

function assertSameOrigin(request: FastifyRequest): void {
  const { origin, 'sec-fetch-site': site } = request.headers;
  const same =
    site === undefined
      ? origin === undefined || isOwnOrigin(origin, request)
      : site === 'same-origin' || site === 'none';
  if (!same) throw new EntenteError('forbidden', 'another web site asked for this in your name');
}

/** Behind a proxy that ends TLS only the host is comparable; the proxy passes it on, or says it in `X-Forwarded-Host`. */
function isOwnOrigin(origin: string, request: FastifyRequest): boolean {
  if (!URL.canParse(origin)) return false;
  return [request.headers.host, request.headers['x-forwarded-host']].includes(new URL(origin).host);
}

/** The attributes of the session cookie; `Max-Age=0` ends it. */
export function sessionCookie(request: FastifyRequest, token: string, maxAgeS: number): string {
  const secure = isOverTls(request) ? '; Secure' : '';
  return `${SESSION_COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${maxAgeS}${secure}`;
}
