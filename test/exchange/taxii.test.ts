import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMicros } from '../../src/base/index.ts';
import { peerToken } from '../../src/exchange/peer-auth.ts';
import { papersDigest } from '../../src/registry/index.ts';
import {
  bringIntoForce,
  giveNotice,
  importOwn,
  indicator,
  introduce,
  malware,
  recall,
  relationship,
  report,
  type StixValue,
  startTestNode,
  type TestNode,
  type TwoNodes,
  testUuid,
  twoNodes,
} from '../two-nodes.ts';

const ROOT = '/taxii2/root/collections/intelligence/';
const MEDIA = 'application/taxii+json;version=2.1';

interface Answer {
  status: number;
  type: string | null;
  headers: Headers;
  text: string;
  json: {
    objects?: StixValue[];
    more?: boolean;
    next?: string;
    versions?: string[];
    details?: { clauses: unknown[] };
  };
}

async function ask(
  { company, time }: Pick<TwoNodes, 'company' | 'time'>,
  from: TestNode,
  asked: string,
  headers: Record<string, string> = { accept: MEDIA },
): Promise<Answer> {
  const { pathname, search } = new URL(asked, company.url); // as it crosses, with every character encoded
  const path = pathname + search;
  const token = await peerToken(
    from.registry.identity,
    company.registry.identity.kid,
    'GET',
    path,
    new Date(time.now),
    await papersDigest(from.registry, company.registry.identity.kid),
  );
  const answer = await fetch(company.url + path, {
    headers: { ...headers, authorization: `Bearer ${token}` },
  });
  const text = await answer.text();
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    headers: answer.headers,
    text,
    json: JSON.parse(text || '{}') as Answer['json'],
  };
}

/** Every endpoint that could say something about objects, for these identifiers. */
function endpoints(ids: readonly string[]): string[] {
  const all = [
    `${ROOT}objects/`,
    `${ROOT}objects/?match[version]=all`,
    `${ROOT}objects/?match[version]=first`,
    `${ROOT}manifest/`,
    `${ROOT}manifest/?match[version]=all`,
    `${ROOT}objects/?match[type]=relationship,report,indicator,malware`,
  ];
  for (const id of ids) {
    all.push(
      `${ROOT}objects/?match[id]=${id}`,
      `${ROOT}objects/?match[id]=${id}&match[version]=all`,
      `${ROOT}manifest/?match[id]=${id}&match[version]=all`,
      `${ROOT}objects/${id}/`,
      `${ROOT}objects/${id}/?match[version]=all`,
      `${ROOT}objects/${id}/versions/`,
    );
  }
  return all.map((path) => encodeURI(path));
}

test('what may not cross, and whatever refers to it', async (t) => {
  const world = await twoNodes(t);
  const { company, police } = world;
  const open = indicator(1);
  const secret = malware(2, { tlp: 'red' });
  const names = relationship(3, open.id, secret.id);
  const wraps = report(4, [open.id, names.id]); // refers to the secret by way of the relationship
  const wrapsWrap = report(5, [wraps.id]);
  const free = report(6, [open.id]);
  await importOwn(world.company, [wrapsWrap, wraps, names, open, secret, free]); // referrers first
  const hidden = [secret, names, wraps, wrapsWrap].map((object) => object.id);

  await t.test('is in no answer of any endpoint', async () => {
    for (const path of endpoints([...hidden, open.id, free.id])) {
      const answer = await ask(world, police, path);
      for (const id of hidden) assert.ok(!answer.text.includes(id), `${path} tells of ${id}`);
    }
    const all = await ask(world, police, `${ROOT}objects/`);
    assert.deepEqual(
      all.json.objects!.map((object) => object.id),
      [open.id, free.id],
    );
  });

  await t.test('is answered exactly like what does not exist', async () => {
    const shape = (answer: Answer) => ({
      status: answer.status,
      text: answer.text,
      headers: [...answer.headers].filter(([name]) => name !== 'date'),
    });
    for (const id of hidden) {
      const type = id.slice(0, id.indexOf('--'));
      const absent = `${type}--${testUuid(0xabcdef)}`;
      for (const suffix of ['', 'versions/', '?match[version]=all']) {
        const path = (of: string) => encodeURI(`${ROOT}objects/${of}/${suffix}`);
        assert.deepEqual(
          shape(await ask(world, police, path(id))),
          shape(await ask(world, police, path(absent))),
          path(id),
        );
      }
      const filtered = (of: string) => encodeURI(`${ROOT}manifest/?match[id]=${of}`);
      assert.deepEqual(
        shape(await ask(world, police, filtered(id))),
        shape(await ask(world, police, filtered(absent))),
      );
    }
  });

  await t.test('stays hidden when it is restricted only after it was served', async () => {
    const served = await ask(world, police, encodeURI(`${ROOT}objects/${open.id}/`));
    assert.equal(served.status, 200);
    await importOwn(company, [indicator(1, { tlp: 'red', modified: '2026-11-20T00:00:00.000Z' })]);
    for (const path of endpoints([open.id, free.id])) {
      const answer = await ask(world, police, path);
      assert.ok(!answer.text.includes(open.id), `${path} still tells of it`);
      assert.ok(!answer.text.includes(free.id), `${path} still serves the report that contains it`);
    }
  });

  await t.test('counts an object without a marking, and one with an unknown marking, as such', async () => {
    const bare = indicator(10, { more: { object_marking_refs: undefined } });
    const odd = indicator(11, {
      more: { object_marking_refs: [`marking-definition--${testUuid(0xbeef)}`] },
    });
    const granular = indicator(12, {
      tlp: 'green',
      more: {
        granular_markings: [
          { selectors: ['name'], marking_ref: 'marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1' },
        ],
      },
    });
    const report = await importOwn(company, [bare, odd, granular]);
    assert.equal(report.accepted, 3);
    const all = await ask(world, police, encodeURI(`${ROOT}objects/?match[version]=all`));
    for (const object of [bare, odd, granular])
      assert.ok(!all.text.includes(object.id), `${object.id} is served`);
  });

  await t.test('includes what was recalled, in every version and inside every report', async () => {
    const recalled = indicator(20);
    const newer = indicator(20, { modified: '2026-11-21T00:00:00.000Z' });
    const around = report(21, [recalled.id]);
    await importOwn(company, [recalled, newer, around]);
    assert.equal((await ask(world, police, encodeURI(`${ROOT}objects/${recalled.id}/`))).status, 200);
    await recall(company, recalled.id);
    const check = async () => {
      for (const path of endpoints([recalled.id, around.id])) {
        const answer = await ask(world, police, path);
        assert.ok(!answer.text.includes(recalled.id), `${path} still tells of it`);
        assert.ok(!answer.text.includes(around.id), `${path} still serves the report`);
      }
    };
    await check();
    await importOwn(company, [
      indicator(20, { modified: '2026-11-22T00:00:00.000Z' }),
      indicator(20, { modified: '2026-10-22T00:00:00.000Z', more: { created: '2026-10-01T00:00:00.000Z' } }),
      report(21, [recalled.id], { modified: '2026-11-22T00:00:00.000Z' }),
    ]);
    await check();
  });
});

test('pages', async (t) => {
  const world = await twoNodes(t);
  const { company, police, time } = world;
  const many = Array.from({ length: 25 }, (_, i) => indicator(100 + i));
  await importOwn(company, many);

  await t.test('lose nothing and repeat nothing while objects are added', async () => {
    const seen: string[] = [];
    let next: string | undefined;
    let added = 0;
    for (let pages = 0; pages < 40; pages++) {
      const path: string = encodeURI(`${ROOT}objects/?limit=4${next ? `&next=${next}` : ''}`);
      const { status, json } = await ask(world, police, path);
      assert.equal(status, 200);
      for (const object of json.objects ?? []) seen.push(object.id);
      if (added < 10) await importOwn(company, [indicator(200 + added++), indicator(300 + added)]);
      if (!json.more) break;
      next = json.next!;
    }
    const all = await ask(world, police, `${ROOT}objects/`);
    const held = all.json.objects!.map((object) => object.id);
    assert.equal(new Set(seen).size, seen.length, 'an object came twice');
    assert.deepEqual(seen, held.slice(0, seen.length));
    assert.ok(seen.length >= many.length + 10);
    const rest = held.slice(seen.length);
    const lastSeen = await ask(world, police, encodeURI(`${ROOT}manifest/?match[id]=${seen.at(-1)}`));
    const after = (lastSeen.json.objects![0] as unknown as { date_added: string }).date_added;
    const following = await ask(world, police, encodeURI(`${ROOT}objects/?added_after=${after}`));
    assert.deepEqual(
      (following.json.objects ?? []).map((object) => object.id),
      rest,
    );
  });

  await t.test('have date headers that say exactly where the next begins', async () => {
    const first = await ask(world, police, `${ROOT}objects/?limit=3`);
    const last = first.headers.get('x-taxii-date-added-last')!;
    assert.match(last, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    const second = await ask(world, police, encodeURI(`${ROOT}objects/?limit=3&added_after=${last}`));
    const byToken = await ask(world, police, encodeURI(`${ROOT}objects/?limit=3&next=${first.json.next}`));
    assert.deepEqual(second.json.objects, byToken.json.objects);
    assert.equal(
      first.json.objects!.some(({ id }) => second.json.objects!.some((o) => o.id === id)),
      false,
    );
  });

  await t.test('go on by a token of the same peer and query only', async () => {
    const { next } = (await ask(world, police, `${ROOT}objects/?limit=3`)).json;
    const refused = async (path: string, from = police) => {
      const answer = await ask(world, from, encodeURI(path));
      assert.equal(answer.status, 400, path);
      assert.match(answer.text, /was not made by this server for this query/);
    };
    await refused(`${ROOT}objects/?limit=3&match[type]=malware&next=${next}`);
    await refused(`${ROOT}objects/?limit=3&match[version]=all&next=${next}`);
    await refused(`${ROOT}objects/?next=${next!.replace(/^\d/, (d) => String((Number(d) + 1) % 10))}`);
    await refused(`${ROOT}objects/?next=0.${'A'.repeat(22)}`);
    await refused(`${ROOT}objects/?next=${'9'.repeat(400)}`);
    const other = await startTestNode(t, 'Second Police', time);
    await introduce(company, other);
    await introduce(other, company);
    await bringIntoForce(time, company, other);
    await refused(`${ROOT}objects/?limit=3&next=${next}`, other);
    assert.equal((await ask(world, other, `${ROOT}objects/?limit=3`)).status, 200);
  });

  await t.test('are bounded, and what they are asked with is checked', async () => {
    for (const query of [
      'limit=0',
      'limit=-1',
      'limit=abc',
      'limit=1e3',
      'limit=5&limit=6',
      'limit=',
      'added_after=yesterday',
      'added_after=',
      'match[version]=newest',
      'next=',
      `match[id]=${'x,'.repeat(300)}x`,
      'match[id]=a&match[id]=b',
    ]) {
      const answer = await ask(world, police, encodeURI(`${ROOT}objects/?${query}`));
      assert.equal(answer.status, 400, query);
      assert.equal(answer.type, MEDIA);
    }
    for (const query of [
      "match[id]=' OR 1=1 --",
      "match[type]=x') OR 1=1 --",
      'match[spec_version]=2.0',
      'match[version]=2026-01-01T00:00:00Z',
      `added_after=${formatMicros(9_000_000_000_000_000n)}`,
    ]) {
      const answer = await ask(world, police, encodeURI(`${ROOT}objects/?${query}`));
      assert.equal(answer.status, 200, query);
      assert.equal(answer.text, '{}', query);
    }
    for (const path of [
      `${ROOT}objects/%00/`,
      `${ROOT}objects/${'x'.repeat(5000)}/`,
      `${ROOT}objects/%ff/`,
    ]) {
      const answer = await ask(world, police, path);
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} for ${path.slice(0, 80)}`);
    }
    assert.equal((await ask(world, police, '/taxii2/root/collections/none/objects/')).status, 404);
  });

  await t.test('come for the TAXII media types only', async () => {
    const of = (accept: string) => ask(world, police, `${ROOT}objects/?limit=1`, { accept });
    for (const accept of [
      MEDIA,
      'application/taxii+json',
      'application/taxii+json; version="2.1"',
      '*/*',
      'application/*',
      'text/html, application/taxii+json;version=2.1;q=0.5',
    ]) {
      const answer = await of(accept);
      assert.equal(answer.status, 200, accept);
      assert.equal(answer.type, MEDIA);
    }
    for (const accept of [
      'application/taxii+json;version=2.0',
      'application/json',
      'text/html',
      'application/vnd.oasis.taxii+json',
      'application/taxii+json;version=2.1;q=0',
    ]) {
      const answer = await of(accept);
      assert.equal(answer.status, 406, accept);
    }
  });

  await t.test('stop at once when the agreement is suspended, and say which clause', async () => {
    const path = `${ROOT}objects/?limit=1`;
    await giveNotice(company, world.agreement, 'suspend', { push: false });
    const answer = await ask(world, police, path);
    assert.equal(answer.status, 403);
    assert.ok(answer.json.details!.clauses.length > 0);
    time.now = new Date(time.now.getTime() + 60_000);
    await giveNotice(company, world.agreement, 'resume', { push: false });
    assert.equal((await ask(world, police, path)).status, 200);
    time.now = new Date(time.now.getTime() + 60_000);
    await giveNotice(company, world.agreement, 'terminate', { push: false });
    assert.equal((await ask(world, police, path)).status, 403);
  });

  await t.test('stop at the first instant after the term', async (inner) => {
    const fresh = await twoNodes(inner);
    await importOwn(fresh.company, [indicator(1)]);
    const end = new Date(fresh.time.now);
    end.setUTCFullYear(2031);
    fresh.time.now = new Date('2031-12-01T07:59:59.000Z');
    assert.equal((await ask(fresh, fresh.police, `${ROOT}objects/`)).status, 200);
    fresh.time.now = new Date('2031-12-01T08:00:00.000Z');
    const answer = await ask(fresh, fresh.police, `${ROOT}objects/`);
    assert.equal(answer.status, 403);
    assert.match(answer.text, /2031-12-01/);
  });
});
