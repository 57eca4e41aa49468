/** The desk by clicking: a peer's tool fetched, accepted by another person and run; an expert found, seated, supervised, replayed and sent home. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { addExhibit, openCase } from '../../src/cases/index.ts';
import {
  calendarOf,
  draftRequest,
  listExperts,
  listHeld,
  type Manifest,
  packTool,
  reviewRequest,
  sendRequest,
} from '../../src/desk/index.ts';
import { askRunThroughSeat, pushMessages, queueStep, readThroughSeat } from '../../src/exchange/index.ts';
import { publishTool } from '../../src/exchange/tools/index.ts';
import { invite } from '../../src/server/index.ts';
import { startTestNode, twoNodes } from '../two-nodes.ts';
import { NO_BROWSER, NOT_BUILT, openBrowser, shoot, violations, visit, wordsOf } from './workspace.ts';

const skip = NO_BROWSER || NOT_BUILT;
const TOOL = join(import.meta.dirname, '../../tools/toy-decryptor');

function tool(title = 'Northlight Unpacker', id?: string): Uint8Array {
  const read = (path: string) => new Uint8Array(readFileSync(join(TOOL, path)));
  const manifest = {
    ...(JSON.parse(Buffer.from(read('tool.json')).toString()) as Manifest),
    title,
    ...(id ? { id } : {}),
  };
  const paths = [...manifest.content, ...manifest.selfTests.flatMap(({ inputs }) => inputs)];
  return packTool(manifest, new Map(paths.map((path) => [path, read(path)])));
}

async function choose(page: Page, label: string, option: string | RegExp): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).click();
  await page.getByRole('option', { name: option }).first().click();
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

for (const [locale, scheme] of [
  ['en', 'light'],
  ['ar', 'dark'],
] as const) {
  const say = wordsOf(locale);

  test(`a tool by clicking, in ${locale}`, { skip }, async (context) => {
    const { company, police } = await twoNodes(context);
    await publishTool(company.registry, tool(), 'Noor');
    const file = await openCase(police.registry, 'Harbour');
    const locked = join(TOOL, 'tests/patients.csv.locked42');
    await addExhibit(police.registry, file, locked, { person: 'Amira', purpose: 'seized' });
    const browser = await openBrowser(context);
    const roles = ['liaison', 'investigator'] as const;
    const amira = await visit(browser, police, { locale, scheme, roles, name: 'Amira' });
    const bruno = await visit(browser, police, { locale, scheme, roles, name: 'Bruno' });
    await amira.page.goto('/desk/tools');
    await amira.page.getByText(say('tool.none')).waitFor();
    assert.deepEqual(await violations(amira.page), [], 'nothing there');
    await press(amira.page, say('tool.fetch'));
    await choose(amira.page, say('delivery.peer'), /Northlight/);
    const offer = amira.page.getByRole('radio', { name: /Northlight Unpacker/ });
    await offer.check();
    const { version, licence } = JSON.parse(readFileSync(join(TOOL, 'tool.json'), 'utf8')) as Manifest;
    for (const word of [version, licence])
      await amira.page.getByRole('dialog').getByText(word, { exact: true }).waitFor();
    assert.deepEqual((await listHeld(police.registry.db)).length, 0, 'nothing is fetched yet');
    assert.deepEqual(await violations(amira.page), [], 'offers');
    await shoot(amira.page, `tool-offers-${locale}`);
    await press(amira.page, say('tool.fetch-now'));
    await amira.page.getByText(say('tool.second-person')).waitFor();
    assert.deepEqual(await violations(amira.page), [], 'fetched');
    await shoot(amira.page, `tool-fetch-${locale}`);
    await amira.page.keyboard.press('Escape');
    await amira.page.getByRole('button', { name: /Northlight Unpacker/ }).click();
    await press(amira.page, say('tool.act.accept'));
    await press(amira.page, say('tool.accept-now'));
    await amira.page.getByText(say('problem.forbidden')).last().waitFor(); // the node says so, not the page
    await bruno.page.goto('/desk/tools');
    await bruno.page.getByRole('button', { name: /Northlight Unpacker/ }).click();
    await press(bruno.page, say('tool.act.accept'));
    await press(bruno.page, say('tool.accept-now'));
    await bruno.page.getByText(say('tool.self-tests'), { exact: true }).waitFor();
    await press(bruno.page, say('tool.act.run'));
    await choose(bruno.page, say('tool.case'), 'Harbour');
    await bruno.page.getByLabel('key').fill('harbour-9-lantern');
    await press(bruno.page, say('tool.run-now'));
    await bruno.page.getByRole('status').getByText('patients.csv').waitFor();
    assert.deepEqual(await violations(bruno.page), [], 'run');
    await shoot(bruno.page, `tool-run-${locale}`);
    await press(bruno.page, say('tool.act.retire'));
    await bruno.page.getByLabel(say('operation.reason')).fill('the case is over');
    await bruno.page
      .getByRole('button', { name: say('tool.act.retire'), exact: true })
      .last()
      .click();
    await bruno.page.getByRole('dialog').getByText(say('tool.retired-by'), { exact: true }).waitFor();
    assert.deepEqual([...amira.complaints, ...bruno.complaints], []);
  });

  test(`an expert’s seat by clicking, in ${locale}`, { skip }, async (context) => {
    const { company, police } = await asked(context);
    const browser = await openBrowser(context);
    const bob = await visit(browser, company, {
      locale,
      scheme,
      roles: ['liaison'],
      name: 'Bob',
    });
    await bob.page.goto('/desk/experts');
    await bob.page.getByText(say('desk.no-experts')).waitFor();
    await press(bob.page, say('expert.add'));
    await bob.page.getByLabel(say('people.name')).fill('Noor Said');
    await bob.page.getByRole('combobox', { name: say('desk.skills') }).fill('malware');
    await bob.page.keyboard.press('Enter');
    await choose(bob.page, say('desk.clearance-held'), say('desk.clearance.secret'));
    await bob.page.getByRole('combobox', { name: say('expert.holidays') }).fill('2026-12-25');
    await bob.page.keyboard.press('Enter');
    assert.deepEqual(await violations(bob.page), [], 'a new expert');
    await shoot(bob.page, `expert-add-${locale}`);
    await bob.page
      .getByRole('button', { name: say('expert.add'), exact: true })
      .last()
      .click();
    await bob.page.getByRole('cell', { name: 'Noor Said', exact: true }).waitFor();
    const [expert] = await listExperts(company.registry.db);
    assert.deepEqual(expert!.calendar.holidays, ['2026-12-25']);
    await bob.page.goto('/desk/requests');
    await bob.page.getByRole('button', { name: 'Look into the log' }).click();
    const noor = bob.page.getByRole('radio', { name: /Noor Said/ });
    await noor.waitFor();
    await bob.page.getByText(say('expert.fits'), { exact: true }).waitFor();
    await noor.check();
    assert.deepEqual(await violations(bob.page), [], 'who comes');
    await shoot(bob.page, `expert-match-${locale}`);
    await press(bob.page, say('desk.act.accept'));
    await bob.page.locator('ol.chain').getByText(say('desk.step.accepted'), { exact: true }).waitFor();
    await pushMessages(company.registry);

    const ada = await visit(browser, police, { locale, scheme, roles: ['investigator'], name: 'Ada' });
    await ada.page.goto('/desk/seats');
    await ada.page.getByText(say('desk.no-seats')).waitFor();
    await press(ada.page, say('seat.grant'));
    await choose(ada.page, say('seat.request'), 'Look into the log');
    await choose(ada.page, say('tool.case'), 'Harbour');
    await choose(ada.page, say('desk.seat-exhibits'), /proxy\.log/);
    await ada.page.keyboard.press('Escape');
    await ada.page.getByLabel(say('said.purpose')).fill('what the proxy says');
    const end = new Date(police.registry.clock().getTime() + 86_400_000).toISOString().slice(0, 16);
    await ada.page.getByLabel(say('seat.until-utc')).fill(end);
    assert.deepEqual(await violations(ada.page), [], 'a grant');
    await shoot(ada.page, `seat-grant-${locale}`);
    await press(ada.page, say('seat.grant-now'));
    const token = (await ada.page.getByRole('status').locator('.mono').textContent())!;
    await ada.page
      .getByRole('dialog')
      .getByRole('button', { name: say('shell.close') })
      .last()
      .click();

    const holder = { token, person: 'person--noor' };
    await readThroughSeat(police.registry, holder, 1, {});
    await askRunThroughSeat(police.registry, holder, 1, { tool: 'match' });
    await askRunThroughSeat(police.registry, holder, 1, { tool: 'match' });
    await ada.page.getByRole('button', { name: 'what the proxy says' }).click();
    const waits = ada.page.getByText(say('seat.waits'));
    await waits.first().waitFor();
    assert.deepEqual(await violations(ada.page), [], 'a run waits');
    await shoot(ada.page, `seat-waits-${locale}`);
    await ada.page
      .getByRole('button', { name: say('seat.approve') })
      .first()
      .click();
    const chain = ada.page.locator('ol.chain');
    await chain.getByText(say('seat.act.run-done'), { exact: true }).waitFor();
    await press(ada.page, say('seat.refuse'));
    await chain.getByText(say('seat.act.run-denied'), { exact: true }).waitFor();
    await waits.waitFor({ state: 'detached' });
    await press(ada.page, say('seat.replay'));
    await chain.getByText(say('seat.same'), { exact: true }).waitFor();
    await press(ada.page, say('desk.end-seat'));
    await ada.page.getByLabel(say('operation.reason')).fill('it is solved');
    await press(ada.page, say('seat.end-now'));
    await chain.getByText(say('seat.act.withdrawn'), { exact: true }).waitFor();
    assert.deepEqual(await violations(ada.page), [], 'ended');
    await shoot(ada.page, `seat-ended-${locale}`);
    await assert.rejects(readThroughSeat(police.registry, holder, 1, {}), { code: 'agreement-denied' });
    assert.deepEqual([...bob.complaints, ...ada.complaints], []);
  });
}

for (const [locale, sunday, friday, christmas] of [
  ['en', 'Sunday', 'Friday', 'Dec 25, 2026'],
  ['ar', 'الأحد', 'الجمعة', '25\u200f/12\u200f/2026'],
] as const) {
  const say = wordsOf(locale);

  test(`working hours by keyboard, in ${locale}`, { skip }, async (context) => {
    const node = await startTestNode(context, 'Police of Arvenia', { now: new Date('2026-12-01T08:00:00Z') });
    const { db, identity } = node.registry;
    const browser = await openBrowser(context);
    const { page, complaints } = await visit(browser, node, { locale, roles: ['administrator'] });
    await page.goto('/desk/calendar');
    const box = (name: string) => page.getByRole('checkbox', { name, exact: true });
    await box(friday).focus();
    await page.keyboard.press('Space');
    await box(sunday).focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    const opening = page.getByLabel(`${sunday}, ${say('expert.from')}`);
    assert.ok(await opening.evaluate((field) => field === document.activeElement));
    await page.keyboard.type('26:00'); // what is there is chosen, as in any form
    await page.getByText(say('calendar.hours-fault')).waitFor();
    assert.deepEqual(await violations(page), [], 'a time that is none');
    assert.ok(await page.getByRole('button', { name: say('calendar.review') }).isDisabled());
    await opening.fill('8:00');
    await page.keyboard.press('Tab');
    await page.keyboard.type('24:00');
    await page.getByRole('combobox', { name: say('expert.holidays') }).fill('2026-12-25');
    await page.keyboard.press('Enter');
    assert.deepEqual(await violations(page), [], 'the form');
    await page.getByRole('button', { name: say('calendar.review') }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    const line = (what: string) => dialog.getByRole('row').filter({ hasText: what }).getByRole('cell');
    assert.deepEqual(await line(sunday).allInnerTexts(), [
      sunday,
      say('calendar.off'),
      '\u206608:00–24:00\u2069',
    ]);
    assert.deepEqual((await line(christmas).allInnerTexts()).slice(1), [
      '\u206609:00–17:00\u2069', // a Friday, until now
      say('calendar.holiday'),
    ]);
    assert.deepEqual(await violations(page), [], 'what changes');
    await shoot(page, `working-hours-${locale}`);
    assert.deepEqual((await calendarOf(db, identity.kid)).holidays, [], 'nothing is set yet');
    await dialog.getByRole('button', { name: say('calendar.set') }).focus();
    await page.keyboard.press('Enter');
    await page.getByText(say('calendar.done')).waitFor();
    const { hours, holidays } = await calendarOf(db, identity.kid);
    assert.deepEqual([hours.sun, hours.fri, holidays], [['08:00', '24:00'], undefined, ['2026-12-25']]);

    const reader = await visit(browser, node, { locale, roles: ['auditor'] });
    await reader.page.goto('/desk/calendar');
    await reader.page.getByText('08:00–24:00').waitFor();
    assert.equal(await reader.page.getByRole('checkbox').count(), 0);
    assert.deepEqual([...complaints, ...reader.complaints], []);
  });
}

test('tools that are given, seats away and people are ordered by the heads of their columns', {
  skip,
}, async (context) => {
  const { company, police, policeAtCompany } = await twoNodes(context);
  for (const title of ['Anchor', 'Zephyr', 'Mistral'])
    await publishTool(company.registry, tool(title, title.toLowerCase()), 'Noor');
  const browser = await openBrowser(context);
  const roles = ['administrator', 'liaison'] as const;
  for (const name of ['Zora', 'Amina']) await invite(police.registry, { name, roles: ['analyst'] });
  const at = await visit(browser, company, { roles });
  const there = await visit(browser, police, { roles, name: 'Lena' });
  // Where people sit is told by requests of many steps; what is looked at here is the list.
  const seats = [2, 9, 5].map((day) => ({
    id: `seat--${day}`,
    request: 'request--1',
    peer: policeAtCompany.kid,
    expert: `Expert ${day}`,
    grantedAt: '2026-12-01T08:00:00Z',
    until: `2026-12-0${day}T12:00:00Z`,
    supervised: false,
    withdrawn: null,
    over: null,
  }));
  await at.page.route('**/api/v1/experts/seats', (route) => route.fulfill({ json: { seats } }));
  const say = wordsOf('en');
  for (const [{ page }, path, table, head, first, order] of [
    [at, '/desk/tools', say('tool.published'), say('tool.title'), 1, ['Anchor', 'Mistral', 'Zephyr']],
    [at, '/desk/experts', say('expert.seats-away'), say('audit.until'), 3, ['Dec 2', 'Dec 5', 'Dec 9']],
    [there, '/people', say('rooms.people'), say('people.name'), 1, ['Amina', 'Lena', 'Zora']],
  ] as const) {
    await page.goto(path);
    const list = page.getByRole('table', { name: table });
    const column = async () =>
      (await list.locator(`.line [role="cell"]:nth-child(${first})`).allInnerTexts()).map(
        (text) => order.find((one) => text.startsWith(one)) ?? text,
      );
    const press = async (way: string) => {
      await list.getByRole('columnheader', { name: head }).getByRole('button').focus();
      await page.keyboard.press('Enter');
      await list.locator(`[role="columnheader"][aria-sort="${way}"]`).waitFor();
    };
    await press('ascending');
    assert.deepEqual(await column(), order, path);
    await press('descending');
    assert.deepEqual(await column(), order.toReversed(), path);
    assert.deepEqual(await violations(page), [], path);
  }
  assert.deepEqual([...at.complaints, ...there.complaints], []);
});

/** A case with one exhibit, and a request for an expert that the company has cleared. */
async function asked(context: TestContext) {
  const nodes = await twoNodes(context);
  const [police, company] = [nodes.police.registry, nodes.company.registry];
  const ask = {
    kind: 'expert',
    subject: 'Look into the log',
    text: 'What does the proxy say?',
    marking: { tlp: 'amber', pap: 'amber' },
    purpose: 'investigation',
    priority: 'normal',
    amount: 2,
    skills: ['malware'],
    languages: [],
    clearance: 'confidential',
    attachments: [],
  };
  const { id: request } = await draftRequest(police, nodes.companyAtPolice, ask, 'Ada');
  await reviewRequest(police, request, { decision: 'clear', basis: 'fine' }, 'Lex');
  await sendRequest(police, request, 'Ada', queueStep(police));
  await pushMessages(police);
  await reviewRequest(company, request, { decision: 'clear', basis: 'fine' }, 'Jus');
  const file = await openCase(police, 'Harbour');
  const log = join(import.meta.dirname, '../../examples/evidence/proxy.log');
  await addExhibit(police, file, log, { person: 'Ada', purpose: 'seized' });
  return nodes;
}
