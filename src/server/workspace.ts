/**
 * The workspace that people see: static files, built from `web/`. Every page of it is one HTML file; what a person may see is decided by the
 * API. The page runs only the node's own scripts and styles: the policy allows nothing else, and no other site may frame it.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EntenteError, html } from '../base/index.ts';

const DIST = resolve(import.meta.dirname, '../../web/dist');
const BUILD = resolve(import.meta.dirname, '../../scripts/build-web.ts');

/** Addresses of pages, as `web/src/main.tsx` routes them. */
const PAGES = ['agreements', 'intelligence', 'cases', 'peers', 'operations', 'desk', 'audit', 'people', 'me'];

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
};

const policy = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b5d7a"/><g fill="none" stroke="#fff" stroke-width="2.6"><circle cx="12.5" cy="16" r="6.2"/><circle cx="19.5" cy="16" r="6.2"/></g></svg>`;

interface Built {
  readonly page: string;
  readonly assets: ReadonlyMap<string, Buffer>;
}

export interface WorkspaceOptions {
  /** Whether a node that is asked for the workspace before it is built builds it. */
  readonly builds: boolean;
}

export async function workspaceRoutes(app: FastifyInstance, options: WorkspaceOptions): Promise<void> {
  const hidden = { config: { access: 'anyone' }, schema: { hide: true } } as const;
  let built: Built | null = null;
  let building = false;
  let looked = false;

  function build(): void {
    if (!options.builds || building) return;
    building = true;
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', BUILD], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', (error) => console.error(`the workspace could not be built: ${error.message}`));
    child.once('exit', () => {
      building = false;
      built = readBuilt();
    });
  }

  async function page(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    built ??= readBuilt();
    // Once, also when it is there: it may be of an older version of the source. What is there serves meanwhile.
    if (!looked || !built) build();
    looked = true;
    const nonce = randomBytes(16).toString('base64');
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy(nonce))
      .header('cross-origin-opener-policy', 'same-origin');
    if (built) return reply.send(built.page.replace('{{nonce}}', nonce));
    return reply
      .code(503)
      .header('refresh', `2; url=${encodeURI(request.url)}`)
      .send(waiting(options.builds));
  }

  app.get('/', hidden, page);
  for (const name of PAGES) {
    app.get(`/${name}`, hidden, page);
    app.get(`/${name}/*`, hidden, page);
  }

  // A person who mistypes an address gets a page that says so; a program gets the error it can read.
  app.get('/*', hidden, (request, reply) => {
    if (!/\btext\/html\b/.test(String(request.headers.accept))) return reply.callNotFound();
    return page(request, reply.code(404));
  });

  for (const path of ['/icon.svg', '/favicon.ico'])
    app.get(path, hidden, (_request, reply) =>
      reply.type('image/svg+xml').header('cache-control', 'max-age=86400').send(ICON),
    );

  app.get<{ Params: { name: string } }>('/assets/:name', hidden, async (request, reply) => {
    built ??= readBuilt();
    const { name } = request.params;
    const type = TYPES[extname(name)];
    const accepted = String(request.headers['accept-encoding'] ?? '');
    const encoding = (['br', 'gzip'] as const).find((one) => new RegExp(`\\b${one}\\b`).test(accepted));
    const compressed = encoding && built?.assets.get(`${name}.${encoding === 'gzip' ? 'gz' : encoding}`);
    const bytes = compressed ?? built?.assets.get(name);
    if (!bytes || !type) throw new EntenteError('not-found', 'the workspace has no such file');
    if (compressed) reply.header('content-encoding', encoding);
    // The name has the digest of the content, so it never changes.
    return reply
      .type(type)
      .header('vary', 'accept-encoding')
      .header('cache-control', 'public, max-age=31536000, immutable')
      .send(bytes);
  });
}

function readBuilt(): Built | null {
  try {
    const assets = new Map(
      readdirSync(join(DIST, 'assets')).map((name) => [name, readFileSync(join(DIST, 'assets', name))]),
    );
    return { page: readFileSync(join(DIST, 'index.html'), 'utf8'), assets };
  } catch {
    return null;
  }
}

function waiting(builds: boolean): string {
  const words = builds
    ? 'The workspace is made ready for its first use. This takes some seconds, once.'
    : 'The workspace is not built: npm run build:web';
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Entente</title><link rel="stylesheet" href="/style.css"></head>
<body><main><section><h1>Entente</h1><p role="status">${words}</p></section></main></body></html>
`.text;
}
