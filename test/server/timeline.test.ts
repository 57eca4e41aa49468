/** The timeline of a case through the API: read by a run that was begun there, asked page by page, counted, marked; and work that is stopped. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EntenteError } from '../../src/base/index.ts';
import { listExhibits } from '../../src/cases/index.ts';
import { readLedger } from '../../src/registry/index.ts';
import { openWork } from '../../src/server/work.ts';
import { addFolder, exampleCase } from '../cases/example-case.ts';
import { startTestNode } from '../two-nodes.ts';
import { signIn } from './people.ts';

const EVENTS = 250;
const LINES = Array.from({ length: EVENTS }, (_, n) => {
  const time = new Date(Date.UTC(2026, 10, 1 + (n % 5), 9, n % 60)).toISOString();
  return JSON.stringify({
    time,
    host: `h${n % 3}`,
    user: 'amal',
    message: n === 7 ? 'Log-on of mallory' : `event ${n}`,
  });
});

const SIGMA = `title: Log-on of mallory
id: 00000000-0000-4000-8000-000000000001
logsource: { category: application }
detection:
  selection:
    message|contains: mallory
  condition: selection
level: high
`;

test('a timeline is read, paged, counted, asked and marked through the API, and every question is in the ledger', async (t) => {
  const example = await exampleCase(t);
  const { registry, file } = example;
  await addFolder(example, 'logs', { 'a.jsonl': `${LINES.join('\n')}\n` });
  const me = await signIn(t, registry, ['investigator']);
  const base = `/cases/${file.id}`;
  const said = { purpose: 'to read what happened' };

  const before = await me.call('GET', `${base}/timeline`);
  assert.deepEqual([before.status, before.body.events, before.body.unread], [200, [], [1]]);
  const begun = await me.call('POST', `${base}/examinations`, { tool: 'timeline', ...said });
  assert.equal(begun.status, 202, JSON.stringify(begun.body));
  const done = await me.ended(begun.body.id);
  assert.deepEqual([done.state, done.result.account.events], ['done', EVENTS]);
  assert.equal((await listExhibits(registry, file.id)).length, 2, 'the events are a derived exhibit');
  assert.equal((await me.call('POST', `${base}/examinations`, { tool: 'timeline', ...said })).status, 409);

  // Pages by key: all events once, in the order of time.
  const times: string[] = [];
  for (let after = '', pages = 0; pages < 10; pages++) {
    const { body } = await me.call('GET', `${base}/timeline?limit=100${after}`);
    times.push(...body.events.map(({ time }: { time: string }) => time));
    if (body.next === null) break;
    after = `&after=${encodeURIComponent(body.next)}`;
  }
  assert.equal(times.length, EVENTS);
  assert.deepEqual(times, times.toSorted());
  const deep = await me.call('GET', `${base}/timeline?limit=10&offset=245`);
  assert.equal(deep.body.events.length, 5);

  const { bars } = (await me.call('GET', `${base}/timeline/histogram?by=day`)).body;
  assert.deepEqual(
    bars.map(({ events }: { events: number }) => events),
    [50, 50, 50, 50, 50],
  );
  const range = 'from=2026-11-02T00:00:00Z&to=2026-11-03T00:00:00Z';
  const hours = (await me.call('GET', `${base}/timeline/histogram?by=hour&${range}`)).body.bars;
  assert.equal(
    hours.reduce((sum: number, { events }: { events: number }) => sum + events, 0),
    50,
  );
  const hosts = (await me.call('GET', `${base}/timeline/facets/host?limit=2&${range}`)).body.values;
  assert.equal(hosts.length, 2);
  assert.equal((await me.call('GET', `${base}/timeline/facets/nothing`)).status, 404);

  const where = (filter: string) => me.call('GET', `${base}/timeline?where=${encodeURIComponent(filter)}`);
  const [found] = (await where('message contains "mallory"')).body.events;
  assert.equal(found.message, 'Log-on of mallory');
  const fault = await where('message contains');
  assert.equal(fault.status, 400);

  const tagged = await me.call('POST', `${base}/timeline/tags`, {
    events: [found.id],
    tag: 'suspicious',
    comment: 'not on duty',
  });
  assert.equal(tagged.status, 201, JSON.stringify(tagged.body));
  assert.deepEqual(
    (await where('tag = suspicious')).body.events.map((event: { tags: { tag: string; person: string }[] }) =>
      event.tags.map(({ tag, person }) => [tag, person]),
    ),
    [[['suspicious', 'Rana Aydin']]],
  );
  const id = tagged.body.tags[0].id;
  assert.equal((await me.call('DELETE', `${base}/timeline/tags/${id}`)).status, 204);
  assert.deepEqual((await me.call('GET', `${base}/timeline/tags`)).body.tags, []);
  assert.deepEqual((await where('tag = suspicious')).body.events, []);

  const kinds = (await readLedger(registry.db, 0, 1_000)).map(({ kind }) => kind);
  assert.ok(kinds.filter((kind) => kind === 'access').length >= 9, 'each question');
  assert.ok(kinds.includes('annotation'), 'each mark');

  const auditor = await signIn(t, registry, ['auditor']);
  assert.equal((await auditor.call('GET', `${base}/timeline/histogram`)).status, 200);
  assert.equal(
    (await auditor.call('POST', `${base}/timeline/tags`, { events: [found.id], tag: 'x' })).status,
    403,
  );
});

test('rules that a person brings are run over the evidence through the API', async (t) => {
  const example = await exampleCase(t);
  await addFolder(example, 'logs', { 'a.jsonl': `${LINES.join('\n')}\n` });
  const me = await signIn(t, example.registry, ['investigator']);
  const path = `/cases/${example.file.id}/examinations`;
  const run = async (tool: string, text: string) => {
    const rules = [{ path: 'own/rule', text }];
    const { body } = await me.call('POST', path, { tool, rules, purpose: 'to look for it' });
    return me.ended(body.id);
  };
  const sigma = await run('sigma', SIGMA);
  assert.deepEqual([sigma.state, sigma.result?.findings], ['done', 1], JSON.stringify(sigma.problem));
  const yara = await run('yara', 'rule mallory { strings: $a = "mallory" condition: $a }');
  assert.deepEqual([yara.state, yara.result?.findings], ['done', 1], JSON.stringify(yara.problem));
  const findings = `/cases/${example.file.id}/findings`;
  const [found, other] = (await me.call('GET', findings)).body.findings;
  assert.equal(
    (await me.call('POST', `${findings}/notes`, { findings: [found.id] })).status,
    400,
    'says nothing',
  );
  const note = { findings: [found.id], mark: 'false-positive', comment: 'a test account' };
  assert.equal((await me.call('POST', `${findings}/notes`, note)).status, 201);
  await me.call('POST', `${findings}/notes`, { findings: [found.id, other.id], mark: 'confirmed' });
  assert.equal(
    (await me.call('POST', `${findings}/notes`, { ...note, findings: [found.id, 'x'] })).status,
    404,
  );
  const said = (await me.call('GET', findings)).body.findings.map(
    ({ notes }: { notes: { mark: string; comment: string; person: string }[] }) =>
      notes.map(({ mark, comment, person }) => [mark, comment, person]),
  );
  assert.deepEqual(said, [
    [
      ['false-positive', 'a test account', 'Rana Aydin'],
      ['confirmed', '', 'Rana Aydin'],
    ],
    [['confirmed', '', 'Rana Aydin']],
  ]);
  const leaves = (await readLedger(example.registry.db, 0, 1_000)).filter(
    ({ kind }) => kind === 'annotation',
  );
  assert.equal(leaves.length, 3);
  assert.equal((await run('yara', 'rule broken {')).problem.code, 'usage');
  assert.equal((await me.call('POST', path, { tool: 'sigma', purpose: 'x' })).status, 400, 'no rules');
});

test('work stops at its next step when its person says so, and nobody else can', async (t) => {
  const { registry } = await startTestNode(t, 'Police of Arvenia', { now: new Date('2026-12-01T08:00:00Z') });
  const work = await openWork(registry);
  let go: () => void = () => {};
  const waiting = new Promise<void>((resolve) => {
    go = resolve;
  });
  const { id } = await work.begin('rana', 'run', 'Lantern', async (progress) => {
    progress(1, 3);
    await waiting;
    progress(2, 3);
    return {};
  });
  assert.throws(() => work.stop('amal', id), { code: 'not-found' });
  assert.deepEqual([work.stop('rana', id).stopping, work.find('rana', id).state], [true, 'running']);
  go();
  await work.settled();
  const { state, done, problem } = work.find('rana', id);
  assert.deepEqual([state, done, problem], ['stopped', 1, null]);
  assert.equal(work.stop('rana', id).state, 'stopped', 'what has ended stays as it ended');
});

test('what ended is remembered by a node that starts again, and what was under way says that it was interrupted', async (t) => {
  const { registry } = await startTestNode(t, 'Police of Arvenia', { now: new Date('2026-12-01T08:00:00Z') });
  const before = await openWork(registry);
  const { id: done } = await before.begin('rana', 'run', 'Lantern', async () => ({ findings: 3 }));
  const { id: failed } = await before.begin('rana', 'import', 'list.txt', async () => {
    throw new EntenteError('usage', 'no list');
  });
  await before.settled();
  const { id: open } = await before.begin('rana', 'bundle', 'Lantern', () => new Promise(() => {}));
  const after = await openWork(registry);
  assert.deepEqual(
    [done, failed, open].map((id) => {
      const { state, result, problem, endedAt } = after.find('rana', id);
      return [state, result, problem?.detail, endedAt !== null];
    }),
    [
      ['done', { findings: 3 }, undefined, true],
      ['failed', null, 'no list', true],
      ['interrupted', null, undefined, true],
    ],
  );
  assert.deepEqual(after.list('amal'), []);
  assert.equal(after.list('rana').length, 3);
});
