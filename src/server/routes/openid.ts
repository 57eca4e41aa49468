/** The two addresses of signing in at the organisation's identity provider: there, and back. Both are opened by a browser, so what fails goes to the workspace's door. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Registry } from '../../registry/index.ts';
import { cookieOf, isOverTls, sessionCookie } from '../access.ts';
import { CEREMONY_MS, openOpenId, SignInFailed } from '../openid.ts';

const COOKIE = 'entente_openid';
const PATH = '/api/v1/sign-in/openid';

export async function openIdRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  const openId = openOpenId(registry);
  const tags = ['sign-in'];

  /** SameSite=Lax: it has to come along when the provider sends the browser back. */
  const cookie = (request: FastifyRequest, value: string, maxAgeS: number) =>
    `${COOKIE}=${value}; HttpOnly; SameSite=Lax; Path=${PATH}; Max-Age=${maxAgeS}${isOverTls(request) ? '; Secure' : ''}`;

  const toTheDoor = (reply: FastifyReply, error: unknown) => {
    if (!(error instanceof SignInFailed)) throw error;
    // For whoever runs the node; the library's errors name what did not fit, and carry no secret in their message.
    if (error.cause instanceof Error) console.error(`${error.message}: ${error.cause.message}`);
    return reply.redirect(`/?sign-in=${error.failure}`, 303);
  };

  app.get(
    '/sign-in/openid',
    {
      config: { access: 'anyone' },
      schema: {
        summary: 'Go to the organisation’s identity provider (a page for browsers)',
        tags,
        response: { 303: Type.Null() },
      },
    },
    async (request, reply) => {
      try {
        const { location, browser } = await openId.begin();
        return reply
          .header('set-cookie', cookie(request, browser, CEREMONY_MS / 1000))
          .redirect(location, 303);
      } catch (error) {
        return toTheDoor(reply, error);
      }
    },
  );

  app.get(
    '/sign-in/openid/callback',
    {
      config: { access: 'anyone' },
      schema: {
        summary: 'Come back from it, signed in or with the reason why not',
        tags,
        response: { 303: Type.Null() },
      },
    },
    async (request, reply) => {
      const at = request.url.indexOf('?');
      const query = at < 0 ? '' : request.url.slice(at);
      const gone = cookie(request, '', 0);
      try {
        const session = await openId.finish(
          cookieOf(request, COOKIE),
          query,
          request.headers['user-agent'] ?? '',
        );
        return reply
          .header('set-cookie', [gone, sessionCookie(request, session.token, session.maxAgeS)])
          .redirect('/', 303);
      } catch (error) {
        reply.header('set-cookie', gone);
        return toTheDoor(reply, error);
      }
    },
  );
}
