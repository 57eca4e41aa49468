/** What an expert can do from a seat, what the owner decides and sees again, and what the expert's side is told of its end. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EntenteError } from '../../src/base/index.ts';
import { custodyOf } from '../../src/cases/index.ts';
import {
  grantSeat,
  type Manifest,
  packTool,
  requireRequest,
  runsFrom,
  seatRecord,
  seatsAway,
  takeStep,
  withdrawSeat,
} from '../../src/desk/index.ts';
import {
  askRunThroughSeat,
  decideSeatRun,
  pushMessages,
  queueStep,
  type RunWish,
  readThroughSeat,
  replaySeat,
  rulesAsked,
  seatOfHolder,
  seeRunThroughSeat,
} from '../../src/exchange/index.ts';
import { acceptTool, publishTool, retireTool } from '../../src/exchange/tools/index.ts';
import { verifyLedger } from '../../src/registry/index.ts';
import { buildApp, invite } from '../../src/server/index.ts';
import { redeem } from '../../src/server/sessions.ts';
import { giveNotice, importOwn, indicator } from '../two-nodes.ts';
import { denied, seated } from './seated.ts';

const refused = (code: string, words: RegExp) => (error: EntenteError) => {
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  return true;
};

const YARA = [{ path: 'seen.yar', text: 'rule seen { strings: $a = "seen:" condition: $a }' }];
const SIGMA = [
  {
    path: 'host.yml',
    text: 'title: Host\nid: 6f3e2d7a-8a53-4a0f-9a51-0d3f0b9b8a10\nlogsource: {category: application}\ndetection:\n  selection:\n    message|contains: host-1\n  condition: selection\nlevel: high\n',
  },
];

function triage(): Uint8Array {
  const read = (path: string) =>
    readFileSync(join(import.meta.dirname, '../../tools/ransomware-triage', path));
  const manifest = JSON.parse(read('tool.json').toString()) as Manifest;
  const paths = [...manifest.content, ...manifest.selfTests.flatMap(({ inputs }) => inputs)];
  return packTool(manifest, new Map(paths.map((path) => [path, new Uint8Array(read(path))])));
}

test('from a seat runs what the owner’s own people run, each under the seat’s authority, and each is repeated byte for byte', async (context) => {
  const log = '{"time":"2026-11-30T10:00:00Z","message":"seen: host-1.example"}\n';
  const { police, token, seat, exhibits } = await seated(context, { log });
  await publishTool(police, triage(), 'Amira');
  await acceptTool(police, 'ransomware-triage', 'Bruno', { purpose: 'investigation', seats: 1 });
  const wishes: RunWish[] = [
    { tool: 'match' },
    { tool: 'observables' },
    { tool: 'parse', parser: { zoneOffsetMinutes: 60 } },
    { tool: 'sigma', rules: SIGMA },
    { tool: 'yara', rules: YARA },
    { tool: 'ransomware-triage', set: {} },
  ];
  const made = [];
  for (const wish of wishes) {
    const { make } = await askRunThroughSeat(police, { token }, 1, wish);
    made.push(await make!());
  }
  assert.deepEqual(
    made.map(({ tool, output }) => [tool.name, output.exhibits?.map(({ name }) => name)]),
    [
      ['entente match', []],
      ['entente observables', ['observables.bin']],
      ['entente parse', ['timeline.parquet']],
      ['entente sigma', ['sigma.jsonl']],
      ['entente yara', ['yara.jsonl']],
      ['entente tool', ['summary.json', 'triage.jsonl']],
    ],
  );
  assert.deepEqual(made[2]!.parameters, { zoneOffsetMinutes: 60 });
  for (const { inputs } of made)
    assert.deepEqual(
      inputs.map(({ number }) => number),
      [1],
      'no exhibit but the named one is read',
    );
  const analysed = (await custodyOf(police, exhibits[0]!.id))
    .map(({ event }) => event)
    .filter(({ type }) => type === 'analyse');
  assert.equal(analysed.length, wishes.length);
  for (const { actor, authority } of analysed) {
    assert.equal(actor.person, 'expert--1');
    assert.match(authority!, new RegExp(`${seat.id}, under services\\[0\\]`));
  }
  const again = (await replaySeat(police, seat.id, 'Ada')).flatMap((act) => act.again ?? []);
  assert.equal(again.length, wishes.length);
  assert.ok(again.every(({ identical }) => identical));
  assert.equal((await verifyLedger(police)).ok, true);
});

test('what a seat’s own run gave can be seen and run over; other exhibits and runs stay closed', async (context) => {
  const { nodes, police, token, seat, grant } = await seated(context);
  const { make } = await askRunThroughSeat(police, { token }, 1, { tool: 'yara', rules: YARA });
  const run = await make!();
  const { findings, withheld } = await seeRunThroughSeat(police, { token }, run.id);
  assert.deepEqual(
    findings.map(({ value, offset }) => [value, offset]),
    [['seen.yar:seen', 0]],
  );
  assert.equal(withheld, 0);
  const [derived] = (await seatOfHolder(police, { token })).runs[0]!.derived;
  assert.ok((await readThroughSeat(police, { token }, derived!.number, {})).length > 0);
  await (await askRunThroughSeat(police, { token }, derived!.number, { tool: 'match' })).make!();
  await assert.rejects(readThroughSeat(police, { token }, 2, {}), denied('seat.exhibits'));
  await assert.rejects(
    askRunThroughSeat(police, { token }, 2, { tool: 'yara', rules: YARA }),
    denied('seat.exhibits'),
  );
  // Another seat in the same case sees nothing of it.
  const other = await grantSeat(police, grant, 'Ada', queueStep(police));
  await assert.rejects(seeRunThroughSeat(police, other, run.id), denied('seat.runs'));
  await assert.rejects(readThroughSeat(police, other, derived!.number, {}), denied('seat.exhibits'));
  assert.equal((await runsFrom(police.db, other.seat)).length, 0);
  assert.equal((await runsFrom(police.db, seat)).length, 2);
  // A match tells of intelligence: what may not be released to the expert’s organisation is counted and not shown.
  await importOwn(nodes.police, [
    indicator(3, { tlp: 'red', more: { pattern: "[domain-name:value = 'host-1.example']" } }),
  ]);
  const match = await (await askRunThroughSeat(police, { token }, 1, { tool: 'match' })).make!();
  const seen = await seeRunThroughSeat(police, { token }, match.id);
  assert.equal(seen.findings.length + seen.withheld, match.output.findings);
  assert.ok(seen.withheld > 0, 'TLP:RED stays');
  assert.ok(!seen.findings.some(({ name }) => name === indicator(3)['name']));
});

test('a wish that makes no sense, a tool that is not held and rules that do not load are refused or recorded', async (context) => {
  const { police, token, seat } = await seated(context);
  const ask = (wish: RunWish) => askRunThroughSeat(police, { token }, 1, wish);
  await assert.rejects(ask({ tool: 'sigma' }), refused('usage', /sigma needs rules/));
  await assert.rejects(ask({ tool: 'parse', rules: YARA }), refused('usage', /rules are for sigma and yara/));
  await assert.rejects(ask({ tool: 'match', set: { a: '1' } }), refused('usage', /no parameters/));
  await assert.rejects(ask({ tool: '../../evil' }), refused('not-found', /is no tool here/));
  await publishTool(police, triage(), 'Amira');
  await assert.rejects(ask({ tool: 'ransomware-triage' }), refused('conflict', /not accepted yet/));
  const { make } = await ask({ tool: 'yara', rules: [{ path: 'x.yar', text: 'rule {' }] });
  await assert.rejects(make!(), refused('usage', /no rule could be loaded/));
  const [run] = await runsFrom(police.db, seat);
  assert.equal(run!.state, 'failed');
  assert.match(run!.why!, /no rule could be loaded/);
});

test('a supervised run executes exactly what was asked for and approved, while seat, agreement and tool still hold', async (context) => {
  const { nodes, police, token, seat } = await seated(context, { supervised: true });
  await publishTool(police, triage(), 'Amira');
  const { id: held } = await acceptTool(police, 'ransomware-triage', 'Bruno', {
    purpose: 'investigation',
    seats: 1,
  });
  const rules = await askRunThroughSeat(police, { token }, 1, { tool: 'yara', rules: YARA });
  const tool = await askRunThroughSeat(police, { token }, 1, { tool: 'ransomware-triage' });
  assert.deepEqual(await rulesAsked(police, seat.id, rules.act.id), YARA, 'the owner reads what would run');
  assert.equal((await police.db.all('SELECT 1 FROM run')).length, 0, 'nothing runs before');
  const run = await (await decideSeatRun(police, seat.id, rules.act.id, true, 'Ada'))!();
  assert.equal(run.parameters['materials'], rules.act.details['rules']);
  await giveNotice(nodes.company, nodes.agreement, 'suspend');
  await assert.rejects(decideSeatRun(police, seat.id, tool.act.id, true, 'Ada'), denied('notice.suspend'));
  nodes.time.now = new Date(nodes.time.now.getTime() + 1000);
  await giveNotice(nodes.company, nodes.agreement, 'resume');
  await retireTool(police, held, 'Bruno', 'no longer needed');
  const make = await decideSeatRun(police, seat.id, tool.act.id, true, 'Ada');
  await assert.rejects(make!(), refused('conflict', /was retired/));
  assert.deepEqual(
    (await runsFrom(police.db, seat)).map(({ state }) => state),
    ['done', 'failed'],
  );
  for (let i = 0; i < 20; i++) await askRunThroughSeat(police, { token }, 1, { tool: 'match' });
  await assert.rejects(askRunThroughSeat(police, { token }, 1, { tool: 'match' }), denied('seat.waiting'));
  assert.equal((await seatRecord(police, seat.id)).at(-1)!.kind, 'refused');
});

test('the expert’s side is told of a seat and of its withdrawal, also after a week without a line, and knows its other ends by itself', async (context) => {
  const { nodes, police, company, request, grant, seat } = await seated(context);
  const ends = async () => (await seatsAway(company)).map(({ over }) => over?.path ?? null);
  assert.deepEqual(await ends(), [], 'not told yet');
  await pushMessages(police);
  assert.deepEqual(await ends(), [null]);
  const [away] = await seatsAway(company);
  assert.equal(away!.id, seat.id);
  assert.equal(away!.until, seat.until);
  assert.equal(away!.expert, 'expert--1');
  const text = JSON.stringify((await requireRequest(company.db, request)).steps);
  assert.doesNotMatch(text, /look into the log|Harbour|Ada/, 'neither purpose nor case nor people cross');
  // The company's node is away while the seat is withdrawn and another granted.
  nodes.time.now = new Date(nodes.time.now.getTime() + 1_000);
  const longer = await grantSeat(
    police,
    { ...grant, until: '2026-12-20T08:00:00Z' },
    'Ada',
    queueStep(police),
  );
  await withdrawSeat(police, longer.seat.id, 'the suspect was found', 'Ada', queueStep(police));
  nodes.time.now = new Date(nodes.time.now.getTime() + 7 * 86_400_000);
  assert.deepEqual(await ends(), ['seat.until'], 'its own end needs no message');
  await pushMessages(police);
  assert.deepEqual(await ends(), ['seat.until', 'seat.withdrawn']);
  assert.match((await seatsAway(company))[1]!.over!.words, /the suspect was found/);
  const third = await grantSeat(
    police,
    { ...grant, until: '2026-12-20T08:00:00Z' },
    'Ada',
    queueStep(police),
  );
  await pushMessages(police);
  await giveNotice(nodes.company, nodes.agreement, 'suspend');
  assert.equal((await ends())[2], 'notice.suspend');
  // A withdrawal is told although the agreement does not hold: it ends something.
  await withdrawSeat(police, third.seat.id, 'at once', 'Ada', queueStep(police));
  assert.deepEqual((await pushMessages(police)).problems, []);
  assert.equal((await ends())[2], 'seat.withdrawn');
  const leaves = await company.db.all<{ body: string }>(
    "SELECT body FROM ledger_leaf WHERE kind = 'request'",
  );
  assert.equal(
    leaves.filter(({ body }) => /"step":"(un)?seated"/.test(body)).length,
    5,
    'each has a leaf there',
  );
  assert.equal((await verifyLedger(company)).ok, true);
});

test('a seat ends with its request on both sides, and its withdrawal afterwards stays possible', async (context) => {
  const { police, company, request, token, seat } = await seated(context);
  await takeStep(police, request, 'withdrawn', { text: '' }, 'Ada', queueStep(police));
  await withdrawSeat(police, seat.id, 'over', 'Ada', queueStep(police));
  assert.deepEqual((await pushMessages(police)).problems, []);
  assert.deepEqual(
    (await seatsAway(company)).map(({ over }) => over?.path),
    ['seat.request'],
  );
  await assert.rejects(readThroughSeat(police, { token }, 1, {}), denied('seat.withdrawn'));
});

test('only the asker says who sits with it: a seat told by the other side, or with a text that is none, is refused', async (context) => {
  const { company, request } = await seated(context);
  const step = (kind: 'seated', body: object) =>
    takeStep(company, request, kind as never, body as never, 'Bob', queueStep(company));
  const body = {
    seat: 'seat--7f1f9f0e-3f5e-4d0c-9a64-2f6f0a3a5b10',
    until: '2026-12-02T08:00:00Z',
    supervised: true,
  };
  await assert.rejects(step('seated', body), refused('conflict', /step of the asker/));
  await assert.rejects(step('seated', { ...body, until: 'soon' }), refused('usage', /until/));
});

test('by the API: a seat is of the person who takes it up first, runs go on beside, and the owner sees all of it', async (context) => {
  const { police, token, seat } = await seated(context, { supervised: true });
  const app = await buildApp(police);
  context.after(() => app.close());
  const as = async (name: string, role: 'investigator' | 'expert') => {
    const { invitation } = await invite(police, { name, roles: [role] });
    const session = await redeem(police, invitation, 'test');
    const headers = { cookie: `entente_session=${session!.token}`, 'x-entente-seat': token };
    return async (method: 'GET' | 'POST', url: string, payload?: object) => {
      const answer = await app.inject({
        method,
        url: `/api/v1${url}`,
        headers,
        ...(payload ? { payload } : {}),
      });
      return { status: answer.statusCode, body: answer.json() };
    };
  };
  const expert = await as('Eva', 'expert');
  const stranger = await as('Mal', 'expert');
  const owner = await as('Ada', 'investigator');
  const done = async (call: typeof expert, id: string) => {
    for (let i = 0; i < 200; i++) {
      const { body } = await call('GET', `/work/${id}`);
      if (body.state !== 'running') return body;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return assert.fail('it does not end');
  };
  const asked = await expert('POST', '/seat/runs', { exhibit: 1, tool: 'yara', rules: YARA });
  assert.equal(asked.status, 202, JSON.stringify(asked.body));
  assert.equal(asked.body.work, null);
  const foreign = await stranger('GET', '/seat/exhibits/1');
  assert.equal(foreign.status, 403);
  assert.equal(foreign.body.clauses[0].path, 'seat.holder');
  const { items } = (await owner('GET', '/today')).body;
  assert.deepEqual(
    items
      .filter(({ kind }: { kind: string }) => kind === 'seat-run-waiting')
      .map(({ id, count }: { id: string; count: number }) => [id, count]),
    [[seat.case, 1]],
    'the owner is told that a run waits',
  );
  const { body: shown } = await owner('GET', `/seats/${seat.id}`);
  assert.deepEqual(
    shown.runs.map(({ state, act }: { state: string; act: string }) => [state, act]),
    [['waiting', asked.body.act]],
  );
  const rules = await owner('GET', `/seats/${seat.id}/acts/${asked.body.act}/rules`);
  assert.deepEqual(rules.body.rules, YARA);
  assert.equal(
    (await expert('POST', `/seats/${seat.id}/acts/${asked.body.act}/decision`, { approve: true })).status,
    403,
  );
  const decided = await owner('POST', `/seats/${seat.id}/acts/${asked.body.act}/decision`, { approve: true });
  assert.equal((await done(owner, decided.body.work.id)).state, 'done');
  const mine = await expert('GET', '/seat');
  const [run] = mine.body.runs;
  assert.equal(run.state, 'done');
  const seen = await expert('GET', `/seat/runs/${run.run}`);
  assert.equal(seen.body.findings[0].name, 'seen');
  const replay = await owner('POST', `/seats/${seat.id}/replay`);
  const { result } = await done(owner, replay.body.id);
  assert.deepEqual(
    result.acts.map(({ kind }: { kind: string }) => kind),
    ['granted', 'taken-up', 'run-asked', 'refused', 'run-approved', 'run-done', 'run-seen'],
  );
});
