import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { addAccount, ownCollection, removeAccount } from '../../src/exchange/index.ts';
import { summariseRelease } from '../../src/intel/index.ts';
import { readLedger, verifyLedger } from '../../src/registry/index.ts';
import { importOwn, indicator, malware, pull, testUuid, twoNodes } from '../two-nodes.ts';
import { MEDIA, taxiiNode, toolOf } from './taxii-account.ts';

const at = (alias: string, rest = '') => `/taxii2/root/collections/${alias}/${rest}`;
const SCO = {
  type: 'ipv4-addr',
  spec_version: '2.1',
  id: 'ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd',
  value: '198.51.100.3',
};
const later = (n: number, day: string) => indicator(n, { modified: `2026-11-${day}T00:00:00.000Z` });

test('adding objects', async (t) => {
  const node = await taxiiNode(t, 'feed', 'other');
  const tool = await node.tool('siem', { feed: 'read-write', other: 'read-write' });

  await t.test(
    'answers 202 with a complete status, which is kept for a day for the account that asked',
    async () => {
      const { status, type, json } = await tool.post(at('feed', 'objects/'), {
        objects: [indicator(1), SCO],
      });
      assert.equal(status, 202);
      assert.equal(type, MEDIA);
      assert.deepEqual(
        { ...json, id: '', successes: json.successes.map(({ id }: { id: string }) => id) },
        {
          id: '',
          status: 'complete',
          request_timestamp: '2026-12-01T08:00:00.000000Z',
          total_count: 2,
          success_count: 2,
          successes: [indicator(1).id, SCO.id],
          failure_count: 0,
          pending_count: 0,
        },
      );
      const path = `/taxii2/root/status/${json.id}/`;
      assert.deepEqual((await tool.get(path)).json, json);
      const other = await node.tool('other', { feed: 'read-write' });
      assert.equal((await other.get(path)).status, 404);
      node.time.now = new Date('2026-12-02T07:59:59Z');
      assert.equal((await tool.get(path)).status, 200);
      node.time.now = new Date('2026-12-02T08:00:01Z');
      assert.equal((await tool.get(path)).status, 404);
      const manifest = (await tool.get(at('feed', 'manifest/'))).json.objects;
      const added = manifest.find(({ id }: { id: string }) => id === SCO.id);
      assert.equal(added.version, added.date_added, 'what has no version has its time of adding');
      assert.equal(json.successes[1].version, added.version);
      const exact = await tool.get(at('feed', `objects/?match[version]=${added.version}`));
      assert.deepEqual(exact.json.objects, [SCO]);
    },
  );

  await t.test('keeps the good ones of a mixed envelope and says of the others what is wrong', async () => {
    const bad = { ...indicator(3), pattern: undefined };
    const objects = [
      indicator(2),
      bad,
      5,
      { type: 'indicator' },
      { ...indicator(4), id: 'indicator--4' },
      malware(5),
    ];
    const { status, json } = await tool.post(at('feed', 'objects/'), { objects });
    assert.equal(status, 202);
    assert.deepEqual([json.total_count, json.success_count, json.failure_count], [6, 2, 4]);
    assert.deepEqual(
      json.failures.map(({ id }: { id: string }) => id),
      [bad.id, 'objects[2]', 'objects[3]', 'indicator--4'],
    );
    for (const failure of json.failures) assert.ok(failure.message.length > 5 && failure.version.length > 5);
    const held = (await tool.get(at('feed', 'objects/'))).json.objects.map(({ id }: { id: string }) => id);
    assert.ok(held.includes(indicator(2).id) && held.includes(malware(5).id) && !held.includes(bad.id));
  });

  await t.test(
    'takes an exact duplicate without an error, and refuses another text for the same version',
    async () => {
      const again = await tool.post(at('feed', 'objects/'), { objects: [indicator(1), indicator(1)] });
      assert.deepEqual([again.json.success_count, again.json.failure_count], [2, 0]);
      assert.equal(again.json.successes[0].message, 'Object already added');
      const changed = { ...indicator(1), name: 'Other' };
      const { json } = await tool.post(at('feed', 'objects/'), { objects: [changed] });
      assert.deepEqual([json.success_count, json.failure_count], [0, 1]);
      const twice = `{"objects":[{"type":"indicator","type":"malware","id":"indicator--${testUuid(9)}"}]}`;
      assert.match((await tool.post(at('feed', 'objects/'), twice)).json.failures[0].message, /two members/);
    },
  );

  await t.test('puts an object that is held already into another collection as well', async () => {
    await tool.post(at('other', 'objects/'), { objects: [indicator(1)] });
    const { json } = await tool.get(at('other', 'objects/'));
    assert.deepEqual(json.objects, [indicator(1)]);
  });

  await t.test('keeps every byte of an object', async () => {
    const text = `{ "type":"ipv4-addr",\n "value" : "192.0.2.77", "spec_version":"2.1","id":"ipv4-addr--${testUuid(77)}","x_n":1.50}`;
    await tool.post(at('feed', 'objects/'), `{"objects" : [ ${text} ]}`);
    const { text: answer } = await tool.get(at('feed', `objects/ipv4-addr--${testUuid(77)}/`));
    assert.ok(answer.includes(text), answer);
  });

  await t.test('refuses what is no envelope of this media type, and keeps nothing of it', async () => {
    const path = at('feed', 'objects/');
    for (const body of [
      '',
      '{}',
      '{"objects":[]}',
      '{"objects":{}}',
      '{"objects":5}',
      '[]',
      'null',
      '"x"',
      '{"objects":[',
      '{"objects":[{]}',
      '\u0000',
    ])
      assert.equal((await tool.post(path, body)).status, 422, body);
    const deep = `{"objects":[${'['.repeat(5_000)}${']'.repeat(5_000)}]}`;
    assert.equal((await tool.post(path, deep)).status, 422);
    const good = { objects: [indicator(6)] };
    for (const type of [
      'application/json',
      'text/plain',
      'application/taxii+json;version=2.0',
      'application/vnd.oasis.taxii+json',
      '',
    ])
      assert.equal((await tool.post(path, good, { 'content-type': type })).status, 415, type);
    assert.equal((await tool.post(path, good, { 'content-encoding': 'gzip' })).status, 415);
    assert.equal((await tool.post(path, good, { accept: 'application/json' })).status, 406);
    const large = await tool.post(path, `{"objects":["${'x'.repeat(16 * 1024 * 1024)}"]}`);
    assert.equal(large.status, 413);
    assert.equal(large.type, MEDIA);
    assert.equal(large.json.http_status, '413');
    assert.equal((await tool.get(at('feed', `objects/${indicator(6).id}/`))).status, 404);
    for (const type of ['application/taxii+json', 'application/taxii+json; version=2.1'])
      assert.equal((await tool.post(path, good, { 'content-type': type })).status, 202, type);
  });

  await t.test('is in the ledger', async () => {
    assert.equal((await verifyLedger(node.registry)).ok, true);
    const entries = await readLedger(node.registry.db, 0, 1_000);
    assert.ok(
      entries.some(
        ({ kind, body }) => kind === 'import' && (body as { account?: string }).account === 'siem',
      ),
    );
  });
});

test('versions of an object', async (t) => {
  const node = await taxiiNode(t, 'feed', 'old');
  const tool = await node.tool('siem', { feed: 'read-write', old: 'read-write' });
  const stix20 = {
    type: 'tool',
    id: `tool--${testUuid(50)}`,
    created: '2026-10-01T00:00:00.000Z',
    modified: '2026-11-30T00:00:00.000Z',
    name: 'In 2.0',
    labels: ['remote-access'],
  };
  const stix21 = { ...stix20, spec_version: '2.1', modified: '2026-10-01T00:00:00.000Z', labels: undefined };
  // Digits after the second differ, and they come out of order.
  const versions = [
    '2026-11-02T00:00:00.000Z',
    '2026-11-02T00:00:00.0005Z',
    '2026-11-01T00:00:00.000001Z',
  ].map((modified) => indicator(1, { modified, more: { created: '2026-11-01T00:00:00.000Z' } }));
  await tool.post(at('feed', 'objects/'), { objects: [...versions, indicator(2), stix20, stix21] });
  await tool.post(at('old', 'objects/'), { objects: [versions[2]] });
  const of = async (query: string, alias = 'feed') => {
    const { json } = await tool.get(at(alias, `objects/?${query}`));
    return (json.objects ?? []).map((object: { modified: string }) => object.modified);
  };
  const [middle, last, first] = versions.map((version) => version['modified'] as string);
  const one = `match[id]=${indicator(1).id}`;

  await t.test('are chosen by time, not by text, and combine', async () => {
    assert.deepEqual(await of(one), [last]);
    assert.deepEqual(await of(`${one}&match[version]=last`), [last]);
    assert.deepEqual(await of(`${one}&match[version]=first`), [first]);
    assert.deepEqual(await of(`${one}&match[version]=first,last`), [last, first]);
    assert.deepEqual(await of(`${one}&match[version]=all`), [middle, last, first]);
    assert.deepEqual(await of(`${one}&match[version]=first,${middle}`), [middle, first]);
    assert.deepEqual(await of(`${one}&match[version]=2026-11-02T00:00:00Z`), [middle]);
    assert.deepEqual(await of('match[type]=indicator&match[version]=first'), [
      first,
      indicator(2)['modified'],
    ]);
    for (const query of ['all,last', 'last,last', 'newest', '', 'all,', `${middle},${middle}`])
      assert.equal((await tool.get(at('feed', `objects/?match[version]=${query}`))).status, 400, query);
  });

  await t.test('are counted in the collection, not in the store', async () => {
    assert.deepEqual(await of(one, 'old'), [first]);
    assert.deepEqual(await of(`${one}&match[version]=first`, 'old'), [first]);
  });

  await t.test(
    'of STIX 2.0 are kept as they came and given when nothing newer is there or asked for',
    async () => {
      const tools = `match[id]=${stix20.id}`;
      assert.deepEqual(await of(tools), [stix21.modified]);
      assert.deepEqual(await of(`${tools}&match[spec_version]=2.0`), [stix20.modified]);
      assert.deepEqual(await of(`${tools}&match[spec_version]=2.0,2.1`), [stix20.modified]);
      assert.deepEqual(await of(`${tools}&match[spec_version]=2.0,2.1&match[version]=all`), [
        stix20.modified,
        stix21.modified,
      ]);
      assert.deepEqual(await of(`${tools}&match[spec_version]=3.0`), []);
      assert.equal((await tool.get(at('feed', 'objects/?match[spec_version]=x'))).status, 400);
      const { json } = await tool.get(at('feed', `objects/${stix20.id}/?match[spec_version]=2.0`));
      assert.deepEqual(json.objects, [stix20]);
      assert.deepEqual((await tool.get(at('feed'))).json.media_types.length, 2);
      assert.deepEqual((await tool.get(at('old'))).json.media_types, ['application/stix+json;version=2.1']);
      const manifest = await tool.get(at('feed', 'manifest/?match[spec_version]=2.0'));
      assert.equal(manifest.json.objects[0].media_type, 'application/stix+json;version=2.0');
    },
  );
});

test('deleting', async (t) => {
  const node = await taxiiNode(t, 'feed', 'other');
  const tool = await node.tool('siem', { feed: 'read-write', other: 'read-write' });
  const path = at('feed', `objects/${indicator(1).id}/`);
  const all = { objects: [indicator(1), later(1, '05'), later(1, '06'), indicator(2)] };
  await tool.post(at('feed', 'objects/'), all);
  await tool.post(at('other', 'objects/'), { objects: [indicator(1)] });

  await t.test('takes out the versions named, or all', async () => {
    const versions = async () => (await tool.get(`${path}versions/`)).json.versions;
    const answer = await tool.delete(`${path}?match[version]=2026-11-05T00:00:00.000Z`);
    assert.deepEqual([answer.status, answer.text, answer.type], [200, '', MEDIA]);
    assert.deepEqual(await versions(), [indicator(1)['modified'], '2026-11-06T00:00:00.000Z']);
    assert.equal((await tool.delete(`${path}?match[version]=2026-11-05T00:00:00.000Z`)).status, 404);
    assert.equal((await tool.delete(`${path}?match[version]=last`)).status, 200);
    assert.deepEqual((await tool.get(path)).json.objects, [indicator(1)]);
    assert.equal((await tool.delete(path)).status, 200);
    for (const gone of [path, `${path}versions/`]) assert.equal((await tool.get(gone)).status, 404);
    assert.equal((await tool.delete(path)).status, 404);
    const manifest = (await tool.get(at('feed', 'manifest/?match[version]=all'))).json.objects;
    assert.deepEqual(
      manifest.map(({ id }: { id: string }) => id),
      [indicator(2).id],
    );
    assert.deepEqual((await tool.get(at('other', 'objects/'))).json.objects, [indicator(1)]);
  });

  await t.test('never gives a time of adding again', async () => {
    const before = (await tool.get(at('feed', 'objects/'))).headers.get('x-taxii-date-added-last')!;
    await tool.post(at('feed', 'objects/'), { objects: [indicator(3)] });
    const last = (await tool.get(at('feed', 'objects/'))).headers.get('x-taxii-date-added-last')!;
    assert.ok(last > before);
    await tool.delete(at('feed', `objects/${indicator(3).id}/`));
    await tool.post(at('feed', 'objects/'), { objects: [indicator(4)] });
    const after = await tool.get(at('feed', `objects/?added_after=${last}`));
    assert.deepEqual(after.json.objects, [indicator(4)]);
  });

  await t.test('of what was delivered recalls the copies, once no collection has it', async (inner) => {
    const world = await twoNodes(inner);
    const { company, police } = world;
    await importOwn(company, [indicator(1), indicator(2)]);
    await pull(world);
    const made = await addAccount(company.registry, 'siem', [
      { collection: 'intelligence', right: 'read-write' },
    ]);
    const owner = toolOf(company.url, made);
    assert.equal((await owner.delete(at('intelligence', `objects/${indicator(1).id}/`))).status, 200);
    await pull(world);
    const held = await police.registry.db.all<{ id: string; withdrawn_at: string | null }>(
      'SELECT id, withdrawn_at FROM object',
    );
    for (const { id, withdrawn_at } of held) assert.equal(withdrawn_at !== null, id === indicator(1).id, id);
    const again = await owner.post(at('intelligence', 'objects/'), { objects: [indicator(1)] });
    assert.match(again.json.failures[0].message, /recalled/);
  });
});

test('rights', async (t) => {
  const node = await taxiiNode(t, 'a', 'b', 'c');
  const writer = await node.tool('writer', { a: 'write', b: 'read-write' });
  const reader = await node.tool('reader', { a: 'read', b: 'read' });
  const object = `objects/${indicator(1).id}/`;
  const body = { objects: [indicator(1)] };
  await writer.post(at('a', 'objects/'), body);

  await t.test('are those of the collection: 403 for another, 404 where there is none', async () => {
    const listed = (await writer.get('/taxii2/root/collections/')).json.collections;
    assert.deepEqual(
      listed.map(({ alias, can_read, can_write }: Record<string, unknown>) => [alias, can_read, can_write]),
      [
        ['a', false, true],
        ['b', true, true],
      ],
    );
    for (const path of ['objects/', 'manifest/', object, `${object}versions/`]) {
      assert.equal((await writer.get(at('a', path))).status, 403, path);
      assert.equal((await reader.get(at('a', path))).status, 200, path);
      assert.equal((await reader.get(at('c', path))).status, 404, path);
    }
    assert.equal((await reader.post(at('a', 'objects/'), body)).status, 403);
    assert.equal((await reader.post(at('c', 'objects/'), body)).status, 404);
    for (const [tool, alias, status] of [
      [writer, 'a', 403],
      [reader, 'a', 403],
      [reader, 'c', 404],
      [writer, 'b', 404],
    ] as const)
      assert.equal((await tool.delete(at(alias, object))).status, status);
  });

  await t.test('do not tell what is there: absent and forbidden collections answer alike', async () => {
    for (const path of ['', 'objects/', 'manifest/', object]) {
      const hidden = await reader.get(at('c', path));
      const absent = await reader.get(at('zzz', path));
      assert.deepEqual([hidden.status, hidden.text], [absent.status, absent.text]);
      assert.equal(hidden.type, MEDIA);
    }
  });

  await t.test('need the right password: 401 with a challenge, for every path', async () => {
    const wrong = toolOf(node.url, { username: 'reader', password: 'x' });
    const nobody = toolOf(node.url, { username: 'nobody', password: 'x' });
    for (const tool of [wrong, nobody]) {
      const paths =
        tool === wrong ? [at('a'), at('zzz', 'objects/'), '/taxii2/nothing/at/all/'] : ['/taxii2/'];
      for (const path of paths) {
        const answer = await tool.get(path);
        assert.equal(answer.status, 401, path);
        assert.equal(answer.type, MEDIA);
        assert.match(answer.headers.get('www-authenticate')!, /^Basic realm=/);
        assert.equal(answer.json.http_status, '401');
      }
    }
    for (const authorization of [
      '',
      'Basic',
      'Basic !!!',
      'Basic eA==',
      `Basic ${'QQ'.repeat(2_000)}`,
      'Digest x',
      'Bearer x',
    ])
      assert.equal((await reader.get('/taxii2/', { authorization })).status, 401, authorization);
  });

  await t.test('end at once with the account', async () => {
    assert.equal((await reader.get(at('a', 'objects/'))).status, 200);
    await removeAccount(node.registry, 'reader');
    assert.equal((await reader.get(at('a', 'objects/'))).status, 401);
    const other = await node.tool('reader', { a: 'read' });
    assert.equal((await reader.get(at('a', 'objects/'))).status, 401, 'the old password of a new account');
    assert.equal((await other.get(at('a', 'objects/'))).status, 200);
  });

  await t.test('leave no password in the store', async () => {
    const rows = await node.registry.db.all<{ password: string }>('SELECT password FROM account');
    for (const { password } of rows) assert.match(password, /^scrypt\$32768\$8\$1\$/);
    const ledger = JSON.stringify(await readLedger(node.registry.db, 0, 1_000));
    for (const { password } of [writer, reader]) assert.ok(!ledger.includes(password));
  });
});

test('what is answered', async (t) => {
  const node = await taxiiNode(t, 'feed');
  const tool = await node.tool('siem', { feed: 'read-write' });

  await t.test('omits empty lists, with and without the closing slash', async () => {
    for (const path of ['objects/', 'manifest/', 'objects', 'manifest'])
      assert.equal((await tool.get(at('feed', path))).text, '{}', path);
    const { json } = await tool.get('/taxii2');
    assert.deepEqual(json, (await tool.get('/taxii2/')).json);
    assert.ok(
      json.api_roots.includes(json.default) &&
        json.api_roots.every((root: string) => /^\/[^/].*\/$/.test(root)),
    );
    assert.deepEqual((await tool.get('/taxii2/root/')).json.versions, [MEDIA]);
    assert.equal((await tool.get('/taxii2/elsewhere/')).status, 404);
    assert.equal((await tool.get('/taxii2/elsewhere/collections/')).status, 404);
  });

  await t.test(
    'has the times of adding in the headers of all four, and no next where TAXII has none',
    async () => {
      await tool.post(at('feed', 'objects/'), {
        objects: [indicator(1), later(1, '07'), indicator(2), indicator(3)],
      });
      for (const path of [
        'objects/',
        'manifest/',
        `objects/${indicator(1).id}/`,
        `objects/${indicator(1).id}/versions/`,
      ]) {
        const { headers, json } = await tool.get(at('feed', `${path}?limit=1&match[version]=all`));
        for (const end of ['first', 'last'])
          assert.match(headers.get(`x-taxii-date-added-${end}`)!, /^2026-12-01T08:00:00\.\d{6}Z$/, path);
        assert.equal(json.more, true, path);
        assert.equal('next' in json, path.startsWith('objects/') && !path.endsWith('versions/'), path);
      }
      const seen: string[] = [];
      let after = '';
      for (;;) {
        const { headers, json } = await tool.get(at('feed', `manifest/?limit=1&match[version]=all${after}`));
        if (!json.objects) break;
        seen.push(...json.objects.map(({ id, version }: { id: string; version: string }) => id + version));
        after = `&added_after=${headers.get('x-taxii-date-added-last')}`;
      }
      assert.equal(new Set(seen).size, 4);
      assert.equal(seen.length, 4);
    },
  );

  await t.test('distinguishes an object that is not there from one that the filter leaves out', async () => {
    const of = (rest: string) => tool.get(at('feed', `objects/${rest}`));
    assert.deepEqual([(await of(`${indicator(1).id}/?added_after=2030-01-01T00:00:00Z`)).text], ['{}']);
    assert.equal((await of(`${indicator(1).id}/versions/?match[spec_version]=2.0`)).text, '{}');
    assert.equal((await of(`${indicator(9).id}/`)).status, 404);
    assert.equal((await of(`${indicator(9).id}/versions/`)).status, 404);
    assert.equal((await of(`?match[id]=${indicator(9).id}`)).text, '{}');
  });

  await t.test('to a client that polls while others add is everything, once', async () => {
    const writers = Promise.all(
      Array.from({ length: 4 }, async (_, w) => {
        for (let i = 0; i < 15; i++)
          await tool.post(at('feed', 'objects/'), {
            objects: [indicator(1_000 + w * 100 + i), malware(5_000 + w * 100 + i)],
          });
      }),
    );
    let done = false;
    void writers.then(() => {
      done = true;
    });
    const seen: string[] = [];
    let after = '2000-01-01T00:00:00Z';
    for (;;) {
      const last = done;
      const { headers, json } = await tool.get(
        at('feed', `objects/?added_after=${after}&limit=7&match[version]=all`),
      );
      for (const { id, modified } of json.objects ?? []) seen.push(id + modified);
      after = headers.get('x-taxii-date-added-last') ?? after;
      if (last && !json.objects) break;
    }
    assert.equal(seen.length, new Set(seen).size, 'something came twice');
    assert.equal(seen.length, 4 + 4 * 15 * 2);
  });

  await t.test('does not wait for clients that do not finish', async () => {
    const { port, hostname } = new URL(node.url);
    const slow = Array.from({ length: 100 }, () => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.write(
        `POST ${at('feed', 'objects/')} HTTP/1.1\r\nhost: x\r\ncontent-type: ${MEDIA}\r\ncontent-length: 1000\r\n`,
      );
      return socket;
    });
    assert.equal((await tool.get(at('feed', 'objects/?limit=1'))).status, 200);
    for (const socket of slow) socket.destroy();
  });
});

test('what a tool sends in is classified as strictly as a file', async (t) => {
  const world = await twoNodes(t);
  const { company, policeAtCompany } = world;
  await ownCollection(company.registry);
  const made = await addAccount(company.registry, 'siem', [
    { collection: 'intelligence', right: 'read-write' },
  ]);
  const tool = toolOf(company.url, made);
  const unmarked = { ...indicator(1), object_marking_refs: undefined };
  const artifact = {
    type: 'artifact',
    spec_version: '2.1',
    id: `artifact--${testUuid(5)}`,
    mime_type: 'application/zip',
    object_marking_refs: indicator(1)['object_marking_refs'],
  };
  const { json } = await tool.post(at('intelligence', 'objects/'), {
    objects: [unmarked, indicator(2), artifact],
  });
  assert.equal(json.success_count, 3, JSON.stringify(json.failures));
  assert.match(json.successes[2].message, /held here only/);
  const { released, withheldCount } = await summariseRelease(company.registry, policeAtCompany);
  assert.deepEqual([released, withheldCount], [1, 2]);
  assert.equal(
    (await tool.get(at('intelligence', 'objects/'))).json.objects.length,
    3,
    'inside, all is seen',
  );
});
