/** Requests between two real nodes, and everything that must be refused on the way. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type EntenteError, newId } from '../../src/base/index.ts';
import {
  clockOf,
  countRequests,
  draftRequest,
  listRequests,
  makeAttachment,
  parseCalendar,
  requireRequest,
  reviewRequest,
  sendRequest,
  setCalendar,
  takeStep,
} from '../../src/desk/index.ts';
import { messageHandlers, pushMessages, queueStep } from '../../src/exchange/index.ts';
import { receiveMessage } from '../../src/exchange/messages.ts';
import { signStatement, verifyLedger } from '../../src/registry/index.ts';
import { giveNotice, introduce, startTestNode, type TwoNodes, twoNodes } from '../two-nodes.ts';

const ASK = {
  kind: 'expert',
  subject: 'Memory image of a loader',
  text: 'We cannot unpack it. Télécharger Über-Müll',
  marking: { tlp: 'amber', pap: 'amber' },
  purpose: 'investigation',
  priority: 'normal',
  amount: 3,
  skills: ['malware'],
  languages: ['en'],
  clearance: 'confidential',
  attachments: [],
};
const WHO = { expert: { id: 'expert--1', clearance: 'confidential' } } as const;
const MARKED = { marking: { tlp: 'amber', pap: 'amber' } as const, attachments: [] };
const refused = (code: string, words: RegExp) => (error: EntenteError) => {
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  return true;
};

/** A request of the police, sent and acknowledged. */
async function sent(nodes: TwoNodes, more: Record<string, unknown> = {}): Promise<string> {
  const { registry } = nodes.police;
  const { id } = await draftRequest(registry, nodes.companyAtPolice, { ...ASK, ...more }, 'Ada');
  await reviewRequest(registry, id, { decision: 'clear', basis: 'within the agreement' }, 'Lex');
  await sendRequest(registry, id, 'Ada', queueStep(registry));
  await push(nodes);
  return id;
}

async function push({ police, company }: TwoNodes): Promise<string[]> {
  const problems: string[] = [];
  for (const { registry } of [police, company, police])
    problems.push(...(await pushMessages(registry)).problems);
  return problems;
}

async function accepted(nodes: TwoNodes, more: Record<string, unknown> = {}): Promise<string> {
  const id = await sent(nodes, more);
  const { registry } = nodes.company;
  await reviewRequest(registry, id, { decision: 'clear', basis: 'lawful' }, 'Jus');
  await takeStep(registry, id, 'accepted', { text: 'we come', ...WHO }, 'Bob', queueStep(registry));
  await push(nodes);
  return id;
}

const later = (nodes: TwoNodes, hours: number) => {
  nodes.time.now = new Date(nodes.time.now.getTime() + hours * 3_600_000);
};

test('a request goes from draft to closed, and both nodes hold the same signed steps', async (context) => {
  const nodes = await twoNodes(context);
  const id = await accepted(nodes);
  const company = nodes.company.registry;
  const police = nodes.police.registry;
  await takeStep(company, id, 'working', { text: '' }, 'Bob', queueStep(company));
  await takeStep(police, id, 'message', { text: 'any news?', ...MARKED }, 'Ada', queueStep(police));
  await push(nodes);
  const report = makeAttachment('report.txt', Buffer.from('packed with a toy cipher'), {
    category: 'reports',
    tlp: 'amber',
    pap: 'amber',
    personalData: 'none',
  });
  await takeStep(
    company,
    id,
    'answered',
    { text: 'unpacked', ...MARKED, attachments: [report] },
    'Bob',
    queueStep(company),
  );
  await push(nodes);
  await takeStep(police, id, 'closed', { outcome: 'solved', text: 'thank you' }, 'Ada', queueStep(police));
  assert.deepEqual(await push(nodes), []);
  const [mine, theirs] = [await requireRequest(police.db, id), await requireRequest(company.db, id)];
  assert.equal(mine.state, 'closed');
  assert.equal(theirs.state, 'closed');
  const crossed = (steps: typeof mine.steps) =>
    steps
      .filter(({ step: { kind } }) => kind !== 'drafted' && kind !== 'reviewed')
      .map(({ digest }) => digest)
      .sort();
  assert.deepEqual(crossed(mine.steps), crossed(theirs.steps));
  assert.doesNotMatch(JSON.stringify(theirs), /Ada|Lex/, 'people stay at their node');
  assert.equal((await verifyLedger(police)).ok, true);
  const leaves = await police.db.all<{ n: number }>(
    "SELECT count(*) AS n FROM ledger_leaf WHERE kind = 'request'",
  );
  assert.equal(leaves[0]!.n, mine.steps.length, 'each step has its leaf');
  const [count] = await countRequests(company, { from: '', until: '~' }, true);
  assert.equal(count!.answered, 1);
  assert.equal(count!.peer, 'Interlink Police Organisation');
  assert.doesNotMatch(JSON.stringify(count), /loader|unpack/);
});

test('nothing is sent before the legal review, and one person does not do both', async (context) => {
  const nodes = await twoNodes(context);
  const { registry } = nodes.police;
  const { id } = await draftRequest(registry, nodes.companyAtPolice, ASK, 'Ada');
  const send = () => sendRequest(registry, id, 'Ada', queueStep(registry));
  await assert.rejects(send(), refused('conflict', /legal review comes first/));
  await reviewRequest(registry, id, { decision: 'hold', basis: 'names a suspect' }, 'Lex');
  await assert.rejects(send(), refused('conflict', /held: names a suspect/));
  await reviewRequest(registry, id, { decision: 'clear', basis: 'fine' }, 'Ada');
  await assert.rejects(send(), refused('forbidden', /Ada made the legal review/));
  await reviewRequest(registry, id, { decision: 'clear', basis: 'fine' }, 'Lex');
  assert.equal((await send()).state, 'sent');
});

test('a request under a suspended agreement is refused at both ends, with the clause', async (context) => {
  const nodes = await twoNodes(context);
  const { registry } = nodes.police;
  const { id } = await draftRequest(registry, nodes.companyAtPolice, ASK, 'Ada');
  await reviewRequest(registry, id, { decision: 'clear', basis: 'fine' }, 'Lex');
  await giveNotice(nodes.company, nodes.agreement, 'suspend', { push: false });
  await sendRequest(registry, id, 'Ada', queueStep(registry)); // it does not know yet
  const { problems } = await pushMessages(registry);
  assert.match(problems.join(), /notice\.suspend/);
  assert.equal((await listRequests(nodes.company.registry.db, {}, { limit: 10 })).requests.length, 0);
  await push(nodes);
  const other = await draftRequest(registry, nodes.companyAtPolice, ASK, 'Ada');
  await reviewRequest(registry, other.id, { decision: 'clear', basis: 'fine' }, 'Lex');
  await assert.rejects(
    sendRequest(registry, other.id, 'Ada', queueStep(registry)),
    (error: EntenteError) =>
      error.code === 'agreement-denied' && (error.clauses[0] as { path: string }).path === 'notice.suspend',
  );
  later(nodes, 1);
  await giveNotice(nodes.company, nodes.agreement, 'resume');
  assert.deepEqual(await push(nodes), []);
  assert.equal((await requireRequest(registry.db, id)).state, 'acknowledged', 'what waited goes on');
});

test('what a clause does not cover is refused with the clause', async (context) => {
  const nodes = await twoNodes(context);
  for (const [more, clause] of [
    [{ purpose: 'research' }, /^services\[0\]\.purposes/],
    [{ amount: 21 }, /^services\[0\]\.quota/],
    [{ clearance: 'none' }, /^services\[0\]\.clearance/],
    [{ kind: 'training', purpose: 'training', level: 'instructor' }, /^services\[2\]\.level/],
    [{ kind: 'tool', tool: 'Unheard Of' }, /^services\[1\]\.tools/],
  ] as const)
    await assert.rejects(sent(nodes, more), refused('agreement-denied', clause));
  // The company gives; it may not ask the police for experts.
  const { registry } = nodes.company;
  const { id } = await draftRequest(registry, nodes.policeAtCompany, ASK, 'Bob');
  await reviewRequest(registry, id, { decision: 'clear', basis: 'fine' }, 'Jus');
  await assert.rejects(
    sendRequest(registry, id, 'Bob', queueStep(registry)),
    refused('agreement-denied', /./),
  );
});

test('days are counted when they are accepted, for the year of the clause', async (context) => {
  const nodes = await twoNodes(context);
  await accepted(nodes, { amount: 15 });
  await assert.rejects(
    sent(nodes, { amount: 6 }),
    refused('agreement-denied', /20 days a year are agreed, and 15 are used/),
  );
  nodes.time.now = new Date('2027-12-02T08:00:00Z');
  await accepted(nodes, { amount: 6 });
});

test('two requests that together exceed the quota are not both accepted', async (context) => {
  const nodes = await twoNodes(context);
  const [first, second] = [await sent(nodes, { amount: 12 }), await sent(nodes, { amount: 12 })];
  const { registry } = nodes.company;
  for (const id of [first, second])
    await reviewRequest(registry, id, { decision: 'clear', basis: 'fine' }, 'Jus');
  await takeStep(registry, first, 'accepted', { text: '', ...WHO }, 'Bob', queueStep(registry));
  await assert.rejects(
    takeStep(registry, second, 'accepted', { text: '', ...WHO }, 'Bob', queueStep(registry)),
    refused('agreement-denied', /quota/),
  );
});

test('a second answer is refused, from this node and from the peer', async (context) => {
  const nodes = await twoNodes(context);
  const id = await accepted(nodes);
  const { registry } = nodes.company;
  const answer = () =>
    takeStep(registry, id, 'answered', { text: 'done', ...MARKED }, 'Bob', queueStep(registry));
  await answer();
  await assert.rejects(answer(), refused('conflict', /is answered/));
  const [{ message }] = (await registry.db.all<{ message: string }>(
    'SELECT message FROM outbox ORDER BY seq DESC LIMIT 1',
  )) as [{ message: string }];
  await push(nodes);
  const police = nodes.police.registry;
  const again = await receiveMessage(police, messageHandlers(police), nodes.companyAtPolice, message);
  assert.equal(again, 'known', 'the same message twice does nothing');
  // A node that forgot what it said: its store is set back, and it answers otherwise.
  await registry.db.transaction(async (tx) => {
    await tx.run(
      "DELETE FROM desk_text WHERE seq = (SELECT max(seq) FROM desk_step WHERE kind = 'answered')",
    );
    await tx.run("DELETE FROM desk_step WHERE kind = 'answered'");
  });
  await takeStep(registry, id, 'answered', { text: 'something else', ...MARKED }, 'Bob', queueStep(registry));
  assert.match((await push(nodes)).join(), /the request is answered/);
  assert.equal(
    (await requireRequest(police.db, id)).steps.filter(({ step }) => step.kind === 'answered').length,
    1,
  );
});

test('a node that is offline for a week gets everything, and a withdrawal that crosses an acceptance wins on both sides', async (context) => {
  const nodes = await twoNodes(context);
  const id = await sent(nodes);
  const [police, company] = [nodes.police.registry, nodes.company.registry];
  await takeStep(police, id, 'withdrawn', { text: 'solved' }, 'Ada', queueStep(police)); // not pushed
  later(nodes, 7 * 24);
  await reviewRequest(company, id, { decision: 'clear', basis: 'fine' }, 'Jus');
  await takeStep(company, id, 'accepted', { text: '', ...WHO }, 'Bob', queueStep(company));
  await takeStep(company, id, 'working', { text: '' }, 'Bob', queueStep(company));
  assert.deepEqual(await push(nodes), []);
  for (const registry of [police, company])
    assert.equal((await requireRequest(registry.db, id)).state, 'withdrawn');
  const late = (await requireRequest(police.db, id)).steps.filter(({ counts }) => !counts);
  assert.deepEqual(
    late.map(({ step }) => step.kind),
    ['accepted', 'working'],
    'kept, and said to have come too late',
  );
});

test('steps that arrive in the wrong order wait for the one before', async (context) => {
  const nodes = await twoNodes(context);
  const id = await accepted(nodes);
  const [police, company] = [nodes.police.registry, nodes.company.registry];
  await takeStep(company, id, 'working', { text: '' }, 'Bob', queueStep(company));
  await takeStep(company, id, 'answered', { text: 'done', ...MARKED }, 'Bob', queueStep(company));
  const waiting = await company.db.all<{ message: string }>(
    'SELECT message FROM outbox WHERE delivered_at IS NULL ORDER BY seq DESC',
  );
  const receive = (message: string) =>
    receiveMessage(police, messageHandlers(police), nodes.companyAtPolice, message);
  await assert.rejects(receive(waiting[0]!.message), refused('conflict', /has not arrived yet/));
  await receive(waiting[1]!.message);
  await receive(waiting[0]!.message);
  assert.equal((await requireRequest(police.db, id)).state, 'answered');
});

test('a step that says it was taken before the one it follows is refused: no target is met by an older date', async (context) => {
  const nodes = await twoNodes(context);
  later(nodes, 48);
  const id = await sent(nodes);
  const company = nodes.company.registry;
  await reviewRequest(company, id, { decision: 'clear', basis: 'lawful' }, 'Jus');
  later(nodes, -24); // the company's clock is set back
  await takeStep(company, id, 'accepted', { text: '', ...WHO }, 'Bob', queueStep(company));
  later(nodes, 24);
  assert.match((await push(nodes)).join(), /before the one it follows/);
  assert.equal((await requireRequest(nodes.police.registry.db, id)).state, 'acknowledged');
});

test('a request sent before clocks change is due at the local hour of who answers', async (context) => {
  const nodes = await twoNodes(context);
  const office = ['09:00', '17:00'] as const;
  const hours = { mon: office, tue: office, wed: office, thu: office, fri: office };
  // In Madrid clocks go forward on 28 March 2027 and back on 31 October; the police's own zone changes on other days.
  await setCalendar(
    nodes.company.registry,
    parseCalendar({ timeZone: 'Europe/Madrid', hours, holidays: [] }),
  );
  await setCalendar(
    nodes.police.registry,
    parseCalendar({ timeZone: 'America/New_York', hours, holidays: [] }),
  );
  for (const [now, urgent, normal] of [
    ['2027-03-26T10:00:00.000Z', '2027-03-26T14:00:00.000Z', '2027-04-05T09:00:00.000Z'],
    ['2027-10-29T10:00:00.000Z', '2027-10-29T14:00:00.000Z', '2027-11-08T11:00:00.000Z'],
  ] as const) {
    nodes.time.now = new Date(now);
    for (const [priority, due] of [
      ['urgent', urgent],
      ['normal', normal],
    ] as const) {
      const id = await sent(nodes, { priority });
      for (const { registry } of [nodes.police, nodes.company]) {
        const clock = clockOf(await requireRequest(registry.db, id), nodes.time.now)!;
        assert.equal(clock.respond!.by, due, `${priority} at ${now}: both sides say the same`);
      }
    }
  }
});

test('a node that is no party to a request has no say in it', async (context: TestContext) => {
  const nodes = await twoNodes(context);
  const id = await accepted(nodes);
  const other = await startTestNode(context, 'Elsewhere', nodes.time);
  const otherAtPolice = await introduce(nodes.police, other);
  await introduce(other, nodes.police);
  const company = nodes.company.registry;
  await takeStep(company, id, 'answered', { text: 'done', ...MARKED }, 'Bob', queueStep(company));
  const row = await company.db.get<{ step: string }>("SELECT step FROM desk_step WHERE kind = 'answered'");
  await other.registry.db.transaction((tx) =>
    queueStep(other.registry)(tx, nodes.police.registry.identity.kid, { step: row!.step }),
  );
  assert.match((await pushMessages(other.registry)).problems.join(), /not signed by the key it names/);
  assert.equal((await requireRequest(nodes.police.registry.db, id)).state, 'accepted');
  assert.ok(otherAtPolice);
});

test('attachments with active content, and classes that no flow lets cross, are refused', async (context) => {
  const nodes = await twoNodes(context);
  const id = await accepted(nodes);
  const { registry } = nodes.company;
  const released = { category: 'reports', tlp: 'amber', pap: 'amber', personalData: 'none' } as const;
  assert.throws(
    () => makeAttachment('run.txt', Buffer.from('MZ\x90\x00'), released),
    refused('active-content', /a Windows program/),
  );
  const red = makeAttachment('red.txt', Buffer.from('for few eyes'), { ...released, tlp: 'red' });
  await assert.rejects(
    takeStep(
      registry,
      id,
      'answered',
      { text: 'x', ...MARKED, attachments: [red] },
      'Bob',
      queueStep(registry),
    ),
    refused('agreement-denied', /"red\.txt" may not cross: flows/),
  );
  // One that says of itself to be harmless is looked into by whoever gets it.
  const forged = { ...makeAttachment('a.txt', Buffer.from('x'), released), name: 'a.exe' };
  await assert.rejects(
    takeStep(
      registry,
      id,
      'answered',
      { text: 'x', ...MARKED, attachments: [forged] },
      'Bob',
      queueStep(registry),
    ),
    refused('active-content', /a\.exe/),
  );
});

test('active content that a peer signed and sent, whatever it says of it, is refused on arrival and nothing of it is kept', async (context) => {
  const nodes = await twoNodes(context);
  const id = await accepted(nodes);
  const [police, company] = [nodes.police.registry, nodes.company.registry];
  const before = (await requireRequest(company.db, id)).steps.findLast(
    ({ step }) => step.kind === 'accepted',
  )!;
  const released = { category: 'reports', tlp: 'amber', pap: 'amber', personalData: 'none' } as const;
  const claimed = makeAttachment('report.txt', Buffer.from('harmless'), released);
  for (const [bytes, said] of [
    ['MZ\x90\x00', 'a Windows program'],
    ['%PDF-1.7\n1 0 obj << /OpenAction << /S /JavaScript /JS (x) >> >>', 'report.txt'],
  ] as const) {
    const { sha256: _, ...rest } = claimed;
    const attachment = { ...rest, base64: Buffer.from(bytes, 'latin1').toString('base64') };
    const step = await signStatement(company.identity, 'request-step', {
      v: 1,
      id: newId('step'),
      request: id,
      kind: 'answered',
      by: company.identity.kid,
      at: nodes.time.now.toISOString(),
      after: before.digest,
      body: { text: 'look', ...MARKED, attachments: [attachment] },
    });
    await company.db.transaction((tx) => queueStep(company)(tx, police.identity.kid, { step }));
    assert.match((await push(nodes)).join(), new RegExp(said));
  }
  assert.equal((await requireRequest(police.db, id)).state, 'accepted');
});

test('a target on a Friday ends after the weekend and the holiday; an urgent one does not', async (context) => {
  const nodes = await twoNodes(context);
  const calendar = parseCalendar({
    timeZone: 'Europe/Madrid',
    hours: {
      mon: ['09:00', '17:00'],
      tue: ['09:00', '17:00'],
      wed: ['09:00', '17:00'],
      thu: ['09:00', '17:00'],
      fri: ['09:00', '17:00'],
    },
    holidays: ['2026-12-08'],
  });
  await setCalendar(nodes.company.registry, calendar);
  nodes.time.now = new Date('2026-12-04T15:00:00Z'); // Friday, 16:00 in Madrid
  const id = await sent(nodes, {
    kind: 'intelligence',
    purpose: 'investigation',
    clearance: 'none',
    amount: 1,
  });
  const clock = clockOf(await requireRequest(nodes.police.registry.db, id), nodes.time.now)!;
  assert.equal(clock.runs, 'working-hours');
  // 24 hours: 1 on Friday, 8 on Monday, none on Tuesday, 8 on Wednesday, 7 on Thursday until 16:00 local time.
  assert.equal(clock.respond!.by, '2026-12-10T15:00:00.000Z');
  const urgent = await sent(nodes, { priority: 'urgent' });
  const { respond, runs } = clockOf(await requireRequest(nodes.police.registry.db, urgent), nodes.time.now)!;
  assert.equal(runs, 'day-and-night');
  assert.equal(respond!.by, '2026-12-04T19:00:00.000Z');
  later(nodes, 5);
  assert.equal(
    clockOf(await requireRequest(nodes.police.registry.db, urgent), nodes.time.now)!.escalation,
    1,
  );
  later(nodes, 2);
  assert.equal(
    clockOf(await requireRequest(nodes.police.registry.db, urgent), nodes.time.now)!.escalation,
    2,
  );
});

test('requests are found by their words, whatever case and accents, a page at a time', async (context) => {
  const nodes = await twoNodes(context);
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) {
    later(nodes, 1);
    ids.unshift(
      (
        await draftRequest(
          nodes.police.registry,
          nodes.companyAtPolice,
          { ...ASK, subject: n === 3 ? '100%_sure' : `Case ${n}` },
          'Ada',
        )
      ).id,
    );
  }
  const { db } = nodes.police.registry;
  const find = (text: string) =>
    listRequests(db, { text }, { limit: 10 }).then(({ requests }) => requests.length);
  assert.equal(await find('telecharger UBER-MULL'), 5);
  assert.equal(await find('telecharger nothing'), 0);
  assert.equal(await find('100%_'), 1, 'signs of LIKE are signs of the text');
  assert.equal(await find('0%s'), 0);
  const seen: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await listRequests(db, {}, { limit: 2, ...(after ? { after } : {}) });
    seen.push(...page.requests.map(({ id }) => id));
    if (!page.next) break;
    after = page.next;
  }
  assert.deepEqual(seen, ids);
});
