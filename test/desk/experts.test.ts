/** Experts: who fits, what a seat gives, and what it refuses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EntenteError } from '../../src/base/index.ts';
import { custodyOf } from '../../src/cases/index.ts';
import {
  grantSeat,
  matchExperts,
  parseProfile,
  requireRequest,
  takeStep,
  withdrawSeat,
} from '../../src/desk/index.ts';
import {
  askRunThroughSeat,
  decideSeatRun,
  queueStep,
  readThroughSeat,
  replaySeat,
  seeRunThroughSeat,
  simulateHeld,
} from '../../src/exchange/index.ts';
import { verifyLedger } from '../../src/registry/index.ts';
import { buildApp, invite } from '../../src/server/index.ts';
import { redeem } from '../../src/server/sessions.ts';
import { giveNotice } from '../two-nodes.ts';
import { denied, seated } from './seated.ts';

const office: readonly [string, string] = ['09:00', '17:00'];
const HOURS = { mon: office, tue: office, wed: office, thu: office, fri: office };
const profile = (name: string, more: object = {}) =>
  parseProfile({
    name,
    skills: ['Malware', 'disk'],
    languages: ['en', 'fr-CA'],
    clearance: 'secret',
    calendar: { timeZone: 'Europe/Madrid', hours: HOURS, holidays: [] },
    away: [],
    ...more,
  });

test('people are matched by clearance, skills, languages, free days and common hours', () => {
  const experts = [
    {
      id: 'expert--a',
      ...profile('Far', { calendar: { timeZone: 'Pacific/Auckland', hours: HOURS, holidays: [] } }),
    },
    { id: 'expert--b', ...profile('Near') },
    { id: 'expert--c', ...profile('Low', { clearance: 'none' }) },
    { id: 'expert--d', ...profile('Other', { skills: ['mobile'], languages: ['es'] }) },
    {
      id: 'expert--e',
      ...profile('Away', { away: [{ from: '2026-12-01T00:00:00Z', until: '2027-01-01T00:00:00Z' }] }),
    },
  ];
  const want = {
    skills: ['MALWARE'],
    languages: ['fr'],
    clearance: 'confidential',
    days: 3,
    from: new Date('2026-12-01T08:00:00Z'),
  } as const;
  const fits = matchExperts(experts, want, profile('x').calendar);
  assert.deepEqual(
    fits.map(({ expert, lacks }) => [expert.name, lacks]),
    [
      ['Near', []],
      ['Far', []],
      ['Low', [{ what: 'clearance', needed: 'confidential', has: 'none' }]],
      [
        'Other',
        [
          { what: 'skill', needed: 'MALWARE' },
          { what: 'language', needed: 'fr' },
        ],
      ],
      ['Away', [{ what: 'free-days', needed: 3, has: 0 }]],
    ],
  );
  assert.equal(fits[0]!.sharedHours, 40);
  assert.equal(fits[1]!.sharedHours, 0);
});

test('a seat reads its exhibit and no other, and each reading is a custody event and an act', async (context) => {
  const { police, token, seat, exhibits } = await seated(context);
  const reading = await readThroughSeat(police, { token }, 1, {});
  assert.equal(reading.length, 21);
  await assert.rejects(readThroughSeat(police, { token }, 2, {}), denied('seat.exhibits'));
  await assert.rejects(seeRunThroughSeat(police, { token }, 'run--x'), denied('seat.runs'));
  await assert.rejects(
    readThroughSeat(police, { token: 'x'.repeat(43) }, 1, {}),
    (error: EntenteError) => error.code === 'unauthenticated',
  );
  const event = (await custodyOf(police, exhibits[0]!.id)).at(-1)!.event;
  assert.equal(event.type, 'access');
  assert.equal(event.actor.person, 'expert--1');
  assert.match(event.authority!, /seat--.*services\[0\]/);
  const acts = await replaySeat(police, seat.id, 'Ada');
  assert.deepEqual(
    acts.map(({ kind }) => kind),
    ['granted', 'read', 'refused', 'refused'],
  );
  assert.equal(acts[1]!.details['sha256'], reading.sha256);
  assert.equal((await verifyLedger(police)).ok, true);
});

test('a seat ends by itself, when it is withdrawn, when its request is, and with its agreement', async (context) => {
  const { nodes, police, token, seat, grant, request } = await seated(context);
  const second = await grantSeat(police, grant, 'Ada', queueStep(police));
  await withdrawSeat(police, seat.id, 'no longer needed', 'Ada', queueStep(police));
  await assert.rejects(readThroughSeat(police, { token }, 1, {}), denied('seat.withdrawn'));
  await assert.rejects(
    withdrawSeat(police, seat.id, 'again', 'Ada', queueStep(police)),
    (error: EntenteError) => error.code === 'conflict',
  );
  await giveNotice(nodes.company, nodes.agreement, 'suspend');
  await assert.rejects(readThroughSeat(police, { token: second.token }, 1, {}), denied('notice.suspend'));
  nodes.time.now = new Date(nodes.time.now.getTime() + 1000);
  await giveNotice(nodes.company, nodes.agreement, 'resume');
  await readThroughSeat(police, { token: second.token }, 1, {});
  const third = await grantSeat(
    police,
    { ...grant, until: '2026-12-20T08:00:00Z' },
    'Ada',
    queueStep(police),
  );
  nodes.time.now = new Date('2026-12-02T08:00:00Z');
  await assert.rejects(readThroughSeat(police, { token: second.token }, 1, {}), denied('seat.until'));
  await takeStep(police, request, 'withdrawn', { text: '' }, 'Ada', queueStep(police));
  assert.equal((await requireRequest(police.db, request)).state, 'withdrawn');
  await assert.rejects(readThroughSeat(police, { token: third.token }, 1, {}), denied('seat.request'));
});

test('what would be lost with the agreement counts the seats that are taken', async (context) => {
  const { nodes, police, seat, grant } = await seated(context);
  const lost = async () => {
    const { totals, changes } = await simulateHeld(police, nodes.agreement, { kind: 'suspend' });
    const labels = changes.filter(({ item }) => item.kind === 'seat').map(({ item }) => item.label);
    return { seats: totals['seat']?.lost ?? 0, labels };
  };
  assert.deepEqual(await lost(), { seats: 1, labels: [`the seat of expert expert--1 until ${grant.until}`] });
  await grantSeat(police, grant, 'Ada', queueStep(police));
  assert.equal((await lost()).seats, 2);
  await withdrawSeat(police, seat.id, 'no longer needed', 'Ada', queueStep(police));
  assert.equal((await lost()).seats, 1);
  nodes.time.now = new Date(grant.until);
  assert.equal((await lost()).seats, 0, 'a seat that has ended is none');
});

test('in a supervised seat a run waits for the owner, is decided once, and can be replayed', async (context) => {
  const { police, token, seat } = await seated(context, { supervised: true });
  const asked = await askRunThroughSeat(police, { token }, 1, { tool: 'match' });
  assert.equal(asked.make, null);
  assert.equal((await police.db.all('SELECT 1 FROM run')).length, 0, 'nothing ran');
  const other = await askRunThroughSeat(police, { token }, 1, { tool: 'match' });
  assert.equal(await decideSeatRun(police, seat.id, other.act.id, false, 'Ada'), null);
  const run = await (await decideSeatRun(police, seat.id, asked.act.id, true, 'Ada'))!();
  assert.deepEqual(
    run.inputs.map(({ number }) => number),
    [1],
    'only what the seat names was read',
  );
  assert.equal(run.output.findings, 1);
  for (const act of [asked, other])
    await assert.rejects(
      decideSeatRun(police, seat.id, act.act.id, true, 'Ada'),
      (error: EntenteError) => error.code === 'conflict',
    );
  const acts = await replaySeat(police, seat.id, 'Ada');
  assert.deepEqual(
    acts.map(({ kind }) => kind),
    ['granted', 'run-asked', 'run-asked', 'run-denied', 'run-approved', 'run-done'],
  );
  assert.equal(acts.at(-1)!.again!.identical, true);
  // A forged result does not pass for the recorded one.
  await police.db.transaction((tx) =>
    tx.run("UPDATE seat_act SET act = replace(act, substr(act, 60, 8), 'AAAAAAAA') WHERE kind = 'run-done'"),
  );
  await assert.rejects(replaySeat(police, seat.id, 'Ada'));
});

test('a run that was asked for is not approved after the seat has ended', async (context) => {
  const { nodes, police, token, seat } = await seated(context, { supervised: true });
  const { act } = await askRunThroughSeat(police, { token }, 1, { tool: 'match' });
  nodes.time.now = new Date('2026-12-03T08:00:00Z');
  await assert.rejects(decideSeatRun(police, seat.id, act.id, true, 'Ada'), denied('seat.until'));
});

test('a seat needs an accepted request for an expert, and an end', async (context) => {
  const { police, company, grant, request } = await seated(context);
  const tries = (more: object) => grantSeat(police, { ...grant, ...more }, 'Ada', queueStep(police));
  await assert.rejects(
    tries({ until: '2026-12-01T07:00:00Z' }),
    (error: EntenteError) => error.code === 'usage',
  );
  await assert.rejects(
    tries({ until: '2036-12-01T07:00:00Z' }),
    (error: EntenteError) => error.code === 'usage',
  );
  await assert.rejects(tries({ exhibits: [] }), (error: EntenteError) => error.code === 'usage');
  await assert.rejects(
    grantSeat(company, grant, 'Bob', queueStep(company)),
    (error: EntenteError) => error.code === 'conflict',
  );
  await takeStep(police, request, 'withdrawn', { text: '' }, 'Ada', queueStep(police));
  await assert.rejects(tries({}), (error: EntenteError) => error.code === 'conflict');
});

test('before a seat ends the owner’s investigators are told, and not of one that has ended or was withdrawn', async (context) => {
  const { nodes, police, seat } = await seated(context);
  const app = await buildApp(police);
  context.after(() => app.close());
  const items = async (role: 'investigator' | 'auditor') => {
    const { invitation } = await invite(police, { name: role, roles: [role] });
    const session = await redeem(police, invitation, 'test');
    const headers = { cookie: `entente_session=${session!.token}` };
    const { items: all } = (await app.inject({ url: '/api/v1/today', headers })).json<{
      items: { kind: string; id: string; subject: string; count: number }[];
    }>();
    return all
      .filter(({ kind }) => kind === 'seat-ending')
      .map(({ id, subject, count }) => [id, subject, count]);
  };
  const untilMs = Date.parse(seat.until);
  nodes.time.now = new Date(untilMs - 5 * 3_600_000 + 60_000);
  assert.deepEqual(await items('investigator'), [[seat.case, 'look into the log', 5]]);
  assert.deepEqual(await items('auditor'), []);
  nodes.time.now = new Date(untilMs + 1_000);
  assert.deepEqual(await items('investigator'), []);
  nodes.time.now = new Date(untilMs - 3_600_000);
  await withdrawSeat(police, seat.id, 'done early', 'Ada', queueStep(police));
  assert.deepEqual(await items('investigator'), []);
});
