/** The first page: what this node is, and, to who has signed in, its agreements, cases, peers and ledger. Plain HTML without scripts. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Html, html } from '../../base/index.ts';
import { listCases } from '../../cases/index.ts';
import { ledgerSize, listAgreements, listPeers, type Registry } from '../../registry/index.ts';
import { sessionCookie } from '../access.ts';
import { redeem } from '../sessions.ts';
import { STYLE } from './style.ts';

const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export async function firstPageRoutes(
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

  app.get('/', hidden, async (request, reply) => {
    return send(reply, registry.name, request.signedIn ? await overview(registry) : welcome(registry));
  });

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

function welcome(registry: Registry): Html {
  return html`<section><h1>${registry.name}</h1>
<p class="soft">This is a node for exchanging threat intelligence under signed agreements.</p></section>
<section><h2>Sign in</h2><p>Open the link that was printed when the node was first started, or ask an administrator to run <span class="mono">entente invite</span>.</p></section>
<section><h2>For other nodes</h2><p>Key <span class="mono">${registry.identity.kid}</span></p><p class="soft">Compare it by telephone before you agree on anything.</p></section>`;
}

function confirm(invitation: string): Html {
  return html`<section><h1>Sign in</h1><p>This invitation works once.</p>
<form method="post" action="/sign-in"><input type="hidden" name="invitation" value="${invitation}"><p><button type="submit">Sign in</button></p></form></section>`;
}

function refused(): Html {
  return html`<section><h1>This invitation does not work</h1><p>It was used before, is older than a week, or was cut short. Ask for another: <span class="mono">entente invite</span>.</p></section>`;
}

async function overview(registry: Registry): Promise<Html> {
  const count = async (table: string) =>
    Number((await registry.db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))?.n ?? 0);
  const [agreements, cases, peers, leaves, objects, findings] = await Promise.all([
    listAgreements(registry),
    listCases(registry),
    listPeers(registry.db),
    ledgerSize(registry.db),
    count('object'),
    count('finding'),
  ]);
  const figure = (value: number, label: string) =>
    html`<div><b>${value.toLocaleString('en')}</b><span>${label}</span></div>`;
  return html`<section><h1>${registry.name}</h1><p class="soft">Key <span class="mono">${registry.identity.kid}</span></p></section>
<section><div class="figures">${figure(objects, 'objects')}${figure(findings, 'findings')}${figure(cases.length, 'cases')}${figure(peers.length, 'peers')}${figure(leaves, 'ledger leaves')}</div></section>
<section><h2>Agreements</h2>${
    agreements.length === 0
      ? html`<p class="soft">None yet. <span class="mono">entente agreement new</span> drafts one.</p>`
      : html`<table><thead><tr><th>Title</th><th>Parties</th><th>Term</th><th>State</th></tr></thead><tbody>${agreements.map(
          (view) =>
            html`<tr><td>${view.title}<br><span class="soft">version ${view.version}</span></td><td>${view.parties.join(', ')}</td><td>${view.from.slice(0, 10)} to ${view.until.slice(0, 10)}</td><td><span class="state ${view.state}">${view.state}</span></td></tr>`,
        )}</tbody></table>`
  }</section>
<section><h2>Cases</h2>${
    cases.length === 0
      ? html`<p class="soft">None yet. <span class="mono">entente case new NAME</span> opens one.</p>`
      : html`<table><thead><tr><th>Name</th><th>Opened</th><th>Identifier</th></tr></thead><tbody>${cases.map(
          (file) =>
            html`<tr><td>${file.name}</td><td>${file.openedAt.slice(0, 16).replace('T', ' ')} UTC</td><td class="mono">${file.id}</td></tr>`,
        )}</tbody></table>`
  }</section>
<section><h2>Peers</h2>${
    peers.length === 0
      ? html`<p class="soft">None yet. <span class="mono">entente peer add URL</span> adds one.</p>`
      : html`<table><thead><tr><th>Name</th><th>Address</th><th>Key</th></tr></thead><tbody>${peers.map(
          (peer) =>
            html`<tr><td>${peer.name}</td><td class="mono">${peer.url}</td><td class="mono">${peer.kid}</td></tr>`,
        )}</tbody></table>`
  }</section>`;
}
