/**
 * A peer that answers what a test wants: an HTTP server with the key of a real node, whose every answer can be replaced. Without
 * replacements it is a well-behaved node with one collection and one page.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { newId } from '../../src/base/index.ts';
import { generateKey, type Identity, identityFrom, signStatement } from '../../src/registry/index.ts';

export type Answerer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface HostilePeer {
  readonly url: string;
  readonly identity: Identity;
  readonly signatory: Identity;
  readonly card: Record<string, unknown>;
  /** Paths by their beginning, the longest first; what is not named here is answered well. */
  readonly answers: Map<string, Answerer>;
  /** Paths asked so far. */
  readonly asked: string[];
  /** What the one page holds, and to whom it is stated. */
  page: { objects: string[]; under: string; to: string; change?: (statement: Statement) => unknown };
}

export interface Statement {
  id: string;
  from: string;
  to: string;
  at: string;
  collection: string;
  objects: { id: string; version: string; digest: string; under: string; tlp: string }[];
}

export const json =
  (value: unknown, status = 200): Answerer =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

export const text =
  (body: string, status = 200, headers: Record<string, string> = {}): Answerer =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(body);

export const never: Answerer = () => {};

/** Goes on until the other side has had enough. */
export const endless =
  (first: string, repeated: string): Answerer =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(first);
    const piece = repeated.repeat(Math.ceil(65_536 / repeated.length));
    const more = () => {
      while (!response.destroyed && response.write(piece)) if (response.writableNeedDrain) break;
    };
    response.on('drain', more);
    response.on('error', () => {});
    more();
  };

export async function startHostilePeer(context: TestContext): Promise<HostilePeer> {
  const identity = identityFrom(generateKey());
  const signatory = identityFrom(generateKey());
  const answers = new Map<string, Answerer>();
  const asked: string[] = [];
  const statements = new Map<string, string>();
  const page: HostilePeer['page'] = { objects: [], under: '', to: '' };
  const card = {
    name: 'Well-Behaved Ltd',
    kid: identity.kid,
    key: identity.publicJwk,
    signatoryKey: signatory.publicJwk,
    witnessKey: signatory.publicJwk,
  };

  async function behave(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (path === '/api/v1/node') return void json(card)(request, response);
    if (path === '/api/v1/exchange/messages')
      return void json(request.method === 'GET' ? { messages: [] } : { result: 'applied' })(
        request,
        response,
      );
    if (path === '/api/v1/exchange/messages/arrived') return void response.writeHead(204).end();
    if (path.startsWith('/api/v1/exchange/deliveries/'))
      return void json({ statement: statements.get(path.split('/').at(-1)!) })(request, response);
    if (path === '/taxii2/')
      return void json({ title: 'x', api_roots: ['/taxii2/root/'] })(request, response);
    if (path === '/taxii2/root/collections/')
      return void json({ collections: [{ id: 'all', title: 'All', can_read: true }] })(request, response);
    if (path === '/taxii2/root/collections/all/objects/') {
      if (page.objects.length === 0) return void json({})(request, response);
      const statement: Statement = {
        id: newId('delivery'),
        from: identity.kid,
        to: page.to,
        at: '2026-12-01T08:30:00.000Z',
        collection: 'all',
        objects: page.objects.map((body) => {
          const { id, modified } = JSON.parse(body) as { id: string; modified?: string };
          const digest = createHash('sha256').update(body).digest('hex');
          return { id, version: modified ?? '', digest, under: page.under, tlp: 'green' };
        }),
      };
      const said = page.change ? page.change(statement) : statement;
      statements.set(statement.id, await signStatement(identity, 'delivery', said));
      response.writeHead(200, { 'content-type': 'application/json', 'entente-delivery': statement.id });
      return void response.end(`{"objects":[${page.objects.join(',')}]}`);
    }
    response.writeHead(404).end('{}');
  }

  const server = createServer((request, response) => {
    const path = request.url!.split('?')[0]!;
    asked.push(`${request.method} ${path}`);
    const chosen = [...answers.keys()]
      .filter((start) => path.startsWith(start))
      .sort((a, b) => b.length - a.length)[0];
    void (chosen === undefined ? behave(path, request, response) : answers.get(chosen)!(request, response));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, identity, signatory, card, answers, asked, page };
}
