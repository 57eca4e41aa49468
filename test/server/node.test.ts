import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { openCase } from '../../src/cases/index.ts';
import { FIRST_ROLES, invite } from '../../src/server/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { startTestNode, twoNodes } from '../two-nodes.ts';

const PROGRAM = resolve(import.meta.dirname, '../../bin/entente.js');
const form = (invitation: string) => ({
  method: 'POST',
  redirect: 'manual' as const,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ invitation }),
});

test('signing in', async (t) => {
  const time = { now: new Date('2026-12-01T08:00:00Z') };
  const { registry, url } = await startTestNode(t, 'Police of Arvenia', time);
  await openCase(registry, 'Secret Operation');
  const me = async (cookie?: string) => {
    const answer = await fetch(`${url}/api/v1/cases`, cookie === undefined ? {} : { headers: { cookie } });
    return { answer, text: await answer.text() };
  };

  await t.test('shows strangers nothing', async () => {
    for (const cookie of [undefined, 'entente_session=', `entente_session=${'A'.repeat(43)}`, 'x=y; z']) {
      const { answer, text } = await me(cookie);
      assert.equal(answer.status, 401);
      assert.doesNotMatch(text, /Secret Operation/);
    }
  });

  await t.test('works once, by form only, and gives a cookie that scripts cannot read', async () => {
    const { invitation } = await invite(registry, { name: 'Rana Aydin', roles: FIRST_ROLES });
    const look = await fetch(`${url}/sign-in?invitation=${invitation}`);
    assert.equal(look.status, 200);
    assert.equal(look.headers.get('set-cookie'), null, 'a link that is merely opened uses nothing up');
    await look.text();
    const answer = await fetch(`${url}/sign-in`, form(invitation));
    assert.equal(answer.status, 303);
    const cookie = answer.headers.get('set-cookie')!;
    for (const flag of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=43200'])
      assert.ok(cookie.includes(flag), flag);
    const { text } = await me(cookie.split(';')[0]);
    assert.match(text, /Secret Operation/);
    const again = await fetch(`${url}/sign-in`, form(invitation));
    assert.equal(again.status, 403);
    assert.equal(again.headers.get('set-cookie'), null);
    await again.text();
    const stored = JSON.stringify([
      ...(await registry.db.all('SELECT * FROM session')),
      ...(await registry.db.all('SELECT * FROM invitation')),
    ]);
    assert.ok(!stored.includes(invitation), 'the invitation itself is not stored');
    assert.ok(!stored.includes(cookie.slice(16, 59)), 'the session’s secret is not stored');
    time.now = new Date(time.now.getTime() + 12 * 3_600_000 + 1);
    assert.doesNotMatch((await me(cookie.split(';')[0])).text, /Secret Operation/, 'a session ends');
  });

  await t.test('of two at the same moment lets one in', async () => {
    const { invitation } = await invite(registry, { name: 'Rana Aydin', roles: FIRST_ROLES });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => fetch(`${url}/sign-in`, form(invitation))),
    );
    assert.equal(answers.filter((answer) => answer.status === 303).length, 1);
  });

  await t.test('is over for an invitation after a week', async () => {
    const { invitation } = await invite(registry, { name: 'Rana Aydin', roles: FIRST_ROLES });
    time.now = new Date(time.now.getTime() + 7 * 86_400_000 + 1);
    assert.equal((await fetch(`${url}/sign-in`, form(invitation))).status, 403);
  });

  await t.test('marks the cookie for TLS behind a TLS proxy', async () => {
    const { invitation } = await invite(registry, { name: 'Rana Aydin', roles: FIRST_ROLES });
    const { headers, ...rest } = form(invitation);
    const answer = await fetch(`${url}/sign-in`, {
      ...rest,
      headers: { ...headers, 'x-forwarded-proto': 'https' },
    });
    assert.match(answer.headers.get('set-cookie')!, /; Secure/);
  });

  await t.test('refuses what is no invitation with a 4xx', async () => {
    for (const [type, body] of [
      ['application/x-www-form-urlencoded', ''],
      ['application/x-www-form-urlencoded', `invitation=${'x'.repeat(3_000)}`],
      ['application/x-www-form-urlencoded', `invitation=${'x'.repeat(30_000)}`],
      ['application/json', '{"invitation":5}'],
      ['application/json', '{"invitation":{"a":1}}'],
      ['application/json', 'null'],
      ['application/json', '{'],
      ['application/json', '[]'],
      ['application/xml', '<x/>'],
      ['multipart/form-data; boundary=x', '--x--'],
    ] as const) {
      const answer = await fetch(`${url}/sign-in`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      await answer.text();
      assert.ok(
        answer.status >= 400 && answer.status < 500,
        `${answer.status} for ${type} ${body.slice(0, 40)}`,
      );
    }
  });

  await t.test(
    'pages carry a policy that lets only the node’s own scripts run and no other page frame them',
    async () => {
      const evil = encodeURIComponent('"><script>alert(1)</script>');
      for (const path of ['/', '/cases/x', `/sign-in?invitation=${evil}`]) {
        const answer = await fetch(url + path);
        const policy = answer.headers.get('content-security-policy')!;
        assert.match(policy, /default-src 'none'/);
        assert.match(policy, /frame-ancestors 'none'/);
        assert.match(policy, /form-action 'self'/);
        assert.doesNotMatch(policy, /unsafe|\*|https?:/);
        assert.doesNotMatch(policy, /script-src (?!'self')/);
        assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
        assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
        assert.equal(answer.headers.get('cache-control'), 'no-store');
        assert.doesNotMatch(
          await answer.text(),
          /<script(?! type="module" src="\/assets\/[\w-]+\.js"><\/script>)/i,
        );
      }
    },
  );
});

test('the HTTP side', async (t) => {
  const { company } = await twoNodes(t);
  const { url } = company;

  await t.test('answers /healthz and /metrics without names or contents', async () => {
    assert.deepEqual(await (await fetch(`${url}/healthz`)).json(), { status: 'ok' });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    assert.match(metrics, /^entente_ledger_leaves \d+$/m);
    assert.doesNotMatch(metrics, /Northlight|Interlink|agreement--/);
  });

  await t.test('describes every route of its API, and nothing that is not there', async () => {
    const described = (await (await fetch(`${url}/api/v1/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { summary?: string }>>;
    };
    assert.match(described.openapi, /^3\.1/);
    const source = ['exchange/routes.ts', 'server/app.ts', 'server/routes/node.ts'].map((file) =>
      readFileSync(resolve(import.meta.dirname, '../../src', file), 'utf8'),
    );
    const written = source
      .flatMap((text) => [...text.matchAll(/'(\/api\/v1\/[^']+|\/node)'/g)].map((match) => match[1]!))
      .map((path) => (path === '/node' ? '/api/v1/node' : path).replaceAll(/:(\w+)/g, '{$1}'))
      .filter((path) => path !== '/api/v1/openapi.json');
    assert.ok(written.length >= 5);
    for (const path of written) assert.ok(described.paths[path], `${path} is not described`);
    for (const [path, methods] of Object.entries(described.paths)) {
      for (const [method, about] of Object.entries(methods)) {
        if (!path.startsWith('/api/')) continue;
        assert.ok(about.summary, `${method} ${path} has no summary`);
        const answer = await fetch(url + path.replaceAll(/\{[^}]+\}/g, 'x'), {
          method: method.toUpperCase(),
        });
        await answer.text();
        assert.notEqual(answer.status, 404, `${method} ${path} is described but not there`);
      }
    }
  });

  await t.test('tells every failure as problem details, without stacks', async () => {
    const ask = async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(url + path, init);
      const type = answer.headers.get('content-type');
      const text = await answer.text();
      assert.match(type!, /^application\/problem\+json/, `${path}: ${type}`);
      const problem = JSON.parse(text) as Record<string, unknown>;
      assert.equal(problem['status'], answer.status);
      for (const member of ['type', 'title', 'code', 'detail', 'remedy'])
        assert.equal(typeof problem[member], 'string', `${path} lacks ${member}`);
      assert.doesNotMatch(text, /\.ts:|node_modules|at async|stack/);
      assert.ok(text.length < 4_000, 'bounded');
      return answer.status;
    };
    const json = (body: string) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    assert.equal(await ask('/nowhere'), 404);
    assert.equal(await ask(`/${'x'.repeat(6_000)}`), 404);
    assert.equal(await ask('/api/v1/exchange/messages'), 401);
    // A stranger is told so before anything it sends is looked at.
    assert.equal(await ask('/api/v1/exchange/messages', json('{')), 401);
    assert.equal(await ask('/sign-in', json('{')), 400);
    assert.equal(await ask('/sign-in', json(`{"__proto__":{"invitation":"x"}}`)), 400);
    assert.equal(
      await ask('/sign-in', { method: 'POST', headers: { 'content-type': 'text/xml' }, body: 'x' }),
      415,
    );
    for (const tile of [
      'x',
      '0/x',
      '0/000.p/0',
      '99/000',
      '0/999',
      '../../node.jwk',
      'entries/x',
      '0/000.p/256',
    ])
      assert.ok([400, 404].includes(await ask(`/ledger/tile/${tile}`)), tile);
    assert.equal(await ask('/healthz', { method: 'DELETE' }), 404);
  });

  await t.test('survives what is not HTTP', async () => {
    const { port } = new URL(url);
    for (const junk of [
      'hello\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
      'GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n',
      `GET / HTTP/1.1\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`,
      'POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n',
      '\u0016\u0003\u0001\u0002\u0000',
    ]) {
      await new Promise<void>((done) => {
        const socket = connect(Number(port), '127.0.0.1', () => socket.write(junk));
        const timer = setTimeout(() => socket.destroy(), 300);
        socket.on('data', () => {});
        socket.on('error', () => {});
        socket.on('close', () => {
          clearTimeout(timer);
          done();
        });
      });
    }
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  });
});

/** What a process has used so far, of all its threads (proc(5), in hundredths of a second). */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Processor time of loading Fastify, TypeBox, jose and yaml and listening. */
function bareServerMs(): Promise<number> {
  const program = `Promise.all(['fastify', '@fastify/swagger', 'typebox', 'typebox/value', 'jose', 'yaml'].map((name) => import(name))).then(async ([fastify]) => {
    await fastify.default().listen({ host: '127.0.0.1', port: 0 });
    const { user, system } = process.cpuUsage();
    console.log((user + system) / 1000);
    process.exit();
  })`;
  const child = spawn(process.execPath, ['-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  });
  return new Promise((done) => {
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    child.once('exit', () => done(Number(said)));
  });
}

test('a node started as a process takes 1.5 s of processor time or three and a half times a bare server’s, rests below 150 MB, and invites once', async (t) => {
  const folder = join(temporaryFolder(t), 'data');
  const start = async () => {
    const began = performance.now();
    const child = spawn(
      process.execPath,
      [PROGRAM, 'up', '--name', 'Fresh Node', '--port', '0', '--json', '--data', folder],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    t.after(() => child.kill('SIGKILL'));
    const line = await new Promise<string>((done, fail) => {
      let seen = '';
      child.stdout.on('data', (chunk) => {
        seen += chunk;
        if (seen.includes('\n')) done(seen);
      });
      child.once('exit', (code) => fail(new Error(`ended with ${code}`)));
    });
    const { url, signIn } = JSON.parse(line) as { url: string; signIn?: string };
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    return { child, url, signIn, ms: performance.now() - began, processorMs: processorMs(child.pid!) };
  };
  const end = (child: ReturnType<typeof spawn>, signal: NodeJS.Signals) =>
    new Promise<number | null>((done) => {
      child.once('exit', (code) => done(code));
      child.kill(signal);
    });
  // What the machine is doing beside is not the node's: its own processor time is what it takes where nothing else runs.
  const first = await start();
  assert.match(first.signIn!, /\/sign-in\?invitation=[\w-]{43}$/);
  assert.equal(await end(first.child, 'SIGTERM'), 0);
  const second = await start();
  assert.equal(second.signIn, undefined, 'the first administrator is invited once');
  const fastest = Math.min(first.processorMs, second.processorMs);
  t.diagnostic(
    `first start ${Math.round(first.ms)} ms (${first.processorMs} ms of processor time), second ${Math.round(second.ms)} ms (${second.processorMs} ms)`,
  );
  // On a machine that is slow just now, beside a bare server of the libraries that a node is made of.
  const bare = await bareServerMs();
  t.diagnostic(`a bare server of the same libraries: ${Math.round(bare)} ms`);
  assert.ok(
    fastest < 1_500 || fastest < 3.5 * bare,
    `it took ${fastest} ms of processor time, a bare server ${Math.round(bare)} ms`,
  );
  await new Promise((done) => setTimeout(done, 2_500));
  const status = readFileSync(`/proc/${second.child.pid}/status`, 'utf8');
  const resident = Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1024;
  t.diagnostic(`${resident.toFixed(0)} MB resident`);
  assert.ok(resident < 150, `${resident} MB`);
  await end(second.child, 'SIGKILL');
});
