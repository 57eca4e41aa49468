/** Using an invitation: plain HTML without scripts, so that it works before anything of the workspace is loaded. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Html, html } from '../../base/index.ts';
import type { Registry } from '../../registry/index.ts';
import { sessionCookie } from '../access.ts';
import { redeem } from '../sessions.ts';
import { STYLE } from './style.ts';

const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export async function invitationRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  const hidden = { config: { access: 'anyone' }, schema: { hide: true } } as const;
  // The one form of these pages: an invitation, sent back to be used.
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 4_096 },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))),
  );

  const send = (reply: FastifyReply, title: string, main: Html) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', POLICY)
      .send(page(registry, title, main).text);

  app.get('/style.css', hidden, (_request, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', 'max-age=3600').send(STYLE),
  );

  app.get('/sign-in', hidden, async (request, reply) => {
    const { invitation } = request.query as { invitation?: unknown };
    return send(reply, 'Sign in', confirm(typeof invitation === 'string' ? invitation : ''));
  });

  // Using up the invitation takes a click: mail scanners and previews follow links, but do not send forms.
  app.post('/sign-in', hidden, async (request, reply) => {
    const { invitation } = (request.body ?? {}) as { invitation?: unknown };
    const session = await redeem(
      registry,
      typeof invitation === 'string' ? invitation : '',
      request.headers['user-agent'] ?? '',
    );
    if (!session) {
      reply.code(403);
      return send(reply, 'Sign in', refused());
    }
    return reply
      .header('set-cookie', sessionCookie(request, session.token, session.maxAgeS))
      .redirect('/', 303);
  });
}

function page(registry: Registry, title: string, main: Html): Html {
  return html`<!doctype html>
<html lang="en" dir="ltr">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · Entente</title><link rel="stylesheet" href="/style.css"></head>
<body>
<header><div><b>Entente</b><span>${registry.name}</span></div></header>
<main>${main}</main>
<footer>Nothing crosses without an agreement in force. Everything that crosses leaves a proof.</footer>
</body>
</html>
`;
}

function confirm(invitation: string): Html {
  return html`<section><h1>Sign in</h1><p>This invitation works once.</p>
<form method="post" action="/sign-in"><input type="hidden" name="invitation" value="${invitation}"><p><button type="submit">Sign in</button></p></form></section>`;
}

function refused(): Html {
  return html`<section><h1>This invitation does not work</h1><p>It was used before, is older than a week, or was cut short. Ask for another: <span class="mono">entente invite</span>.</p></section>`;
}
