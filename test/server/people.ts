/** A person who is signed in at a node of a test, and calls its API as a page does. */
import type { TestContext } from 'node:test';
import type { Registry } from '../../src/registry/index.ts';
import { buildApp, FIRST_ROLES, invite, type Role } from '../../src/server/index.ts';
import { redeem } from '../../src/server/sessions.ts';

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the shapes are those of the API description; tests look into them freely
  readonly body: any;
  readonly bytes: Buffer;
}

export interface SignedInPerson {
  call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Answer>;
  /** Sends a file in pieces and returns its upload. */
  upload(name: string, bytes: Uint8Array, pieceBytes?: number): Promise<string>;
  /** Waits for work to end and returns it. */
  ended(work: string): Promise<Answer['body']>;
}

export async function signIn(
  context: TestContext,
  registry: Registry,
  roles: readonly Role[] = FIRST_ROLES,
  name = 'Rana Aydin',
): Promise<SignedInPerson> {
  const app = await buildApp(registry);
  context.after(() => app.close());
  const { invitation } = await invite(registry, { name, roles });
  const session = await redeem(registry, invitation, 'test');
  const cookie = `entente_session=${session!.token}`;
  const call: SignedInPerson['call'] = async (method, path, body) => {
    const isBytes = body instanceof Uint8Array;
    const response = await app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { cookie, ...(isBytes ? { 'content-type': 'application/octet-stream' } : {}) },
      ...(body === undefined ? {} : { payload: isBytes ? Buffer.from(body) : (body as object) }),
    });
    const isJson = String(response.headers['content-type']).includes('json');
    return {
      status: response.statusCode,
      body: isJson ? response.json() : null,
      bytes: response.rawPayload,
    };
  };
  return {
    call,
    async upload(name, bytes, pieceBytes = 1_000) {
      const { body } = await call('POST', '/uploads', { name, sizeBytes: bytes.length });
      for (let offset = 0; offset < bytes.length; offset += pieceBytes)
        await call(
          'PUT',
          `/uploads/${body.id}?offset=${offset}`,
          bytes.subarray(offset, offset + pieceBytes),
        );
      return body.id;
    },
    async ended(work) {
      for (;;) {
        const { body } = await call('GET', `/work/${work}`);
        if (body.state !== 'running') return body;
        await new Promise((done) => setTimeout(done, 20));
      }
    },
  };
}
