/** A joint operation done entirely by clicking, at three organisations: the lead, a company that gives targets, the police of a country. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { buildApp } from '../../src/server/index.ts';
import { agree, deliver, fetchAll, type Node, openFlows, openNode, type Time } from '../operations/nodes.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { NO_BROWSER, NOT_BUILT, openBrowser, TARGETS, visit, wordsOf } from './workspace.ts';

const skip = NO_BROWSER || NOT_BUILT;

interface Organisation {
  readonly registry: Node;
  readonly url: string;
}

async function organisations(context: TestContext) {
  const time: Time = { now: new Date('2026-12-01T08:00:00Z') };
  const open = async (name: string): Promise<Organisation> => {
    const registry = await openNode(temporaryFolder(context), name, time);
    const app = await buildApp(registry);
    await app.listen({ port: 0, host: '127.0.0.1' });
    context.after(async () => {
      await app.close();
      await registry.close();
    });
    return { registry, url: `http://127.0.0.1:${(app.server.address() as { port: number }).port}` };
  };
  const lead = await open('Interlink');
  const company = await open('Northlight');
  const police = await open('Police FR');
  await agree(time, { lead: lead.registry, party: company.registry }, openFlows(['Police FR']));
  await agree(time, { lead: lead.registry, party: police.registry }, openFlows(['Northlight']));
  // Messages are carried by the test; a node that tries by itself is refused at once.
  for (const { registry } of [lead, company, police])
    await registry.db.transaction((tx) =>
      tx.run("UPDATE peer SET url = 'http://127.0.0.1:9'").then(() => {}),
    );
  return { lead, company, police };
}

test('a joint operation by clicking', { skip }, async (suite) => {
  const { lead, company, police } = await organisations(suite);
  const nodes = [lead.registry, company.registry, police.registry];
  const browser = await openBrowser(suite);
  for (const locale of ['en', 'ar', 'fr', 'es'])
    await suite.test(`in ${locale}`, () => run(suite, browser, locale));

  async function run(t: TestContext, browser: Browser, locale: string): Promise<void> {
    const say = wordsOf(locale);
    const country = `${new Intl.DisplayNames(locale, { type: 'region' }).of('FR')} (FR)`;
    const name = `Lantern ${locale}`;
    const [atLead, atCompany, atPolice] = [
      await visit(browser, lead, { locale, roles: ['analyst', 'liaison'] }),
      await visit(browser, company, { locale, roles: ['liaison'] }),
      await visit(browser, police, { locale, roles: ['analyst', 'liaison', 'investigator'] }),
    ];
    const button = (page: Page, key: string) => page.getByRole('button', { name: say(key), exact: true });
    const part = (page: Page, key: string) =>
      page.getByRole('tab', { name: new RegExp(`^${say(`operation.part.${key}`)}`) }).click();
    const choose = async (page: Page, label: string, option: string) => {
      await page
        .getByRole('dialog')
        .getByRole('combobox', { name: say(label), exact: true })
        .click();
      await page.getByRole('option', { name: option, exact: true }).click();
    };
    const enter = async (page: Page) => {
      await page.getByRole('link', { name: say('rooms.operations') }).click();
      await page.getByRole('link', { name }).click();
      await page.getByRole('heading', { name }).waitFor();
    };

    // The lead begins it and asks two parties in.
    const board = atLead.page;
    await board.getByRole('link', { name: say('rooms.operations') }).click();
    await button(board, 'operations.new').click();
    await board.getByLabel(say('operations.name'), { exact: true }).fill(name);
    await button(board, 'operations.open').click();
    await board.getByRole('heading', { name }).waitFor();
    await part(board, 'parties');
    const invite = async (peer: string, role: string, covers: string) => {
      await button(board, 'operation.invite').click();
      await choose(board, 'delivery.peer', peer);
      await choose(board, 'operation.role', say(`operation.role.${role}`));
      if (covers) await board.getByRole('dialog').getByLabel(say('operation.covers')).fill(covers);
      await button(board, 'operation.invite-now').click();
      await board.getByRole('dialog').waitFor({ state: 'detached' });
    };
    await invite('Police FR', 'police', 'FR');
    await invite('Northlight', 'company', '');
    await deliver(nodes);
    for (const { page } of [atPolice, atCompany]) {
      await enter(page);
      await button(page, 'operation.join').click();
      await button(page, 'operation.join').waitFor({ state: 'detached' });
    }
    await deliver(nodes);

    // The company gives a list; it appears on the lead's board by itself.
    await part(board, 'targets');
    await part(atCompany.page, 'targets');
    await button(atCompany.page, 'operation.give').click();
    await atCompany.page.locator('input[type=file]').setInputFiles({
      name: 'targets.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(TARGETS),
    });
    await atCompany.page
      .getByText(say('operation.given', { added: 3, known: 0, refused: 0 }), { exact: true })
      .waitFor();
    await atCompany.page.keyboard.press('Escape');
    assert.deepEqual(await deliver(nodes), []);
    await board.getByRole('button', { name: 'panel.lantern.example' }).waitFor();

    // Two are placed by what the company said; the third waits for a person, who routes it with a reason.
    await button(board, 'operation.slice').click();
    await part(board, 'queue');
    await board.getByRole('button', { name: 'drop.lantern.example' }).click();
    await choose(board, 'operation.country', country);
    await board.getByLabel(say('operation.reason'), { exact: true }).fill('the registrar says so');
    await button(board, 'operation.decide-now').click();
    await board.getByText(say('operation.decision-kept')).waitFor();
    await board.keyboard.press('Escape');
    await board.getByText(say('operation.nothing-waits')).waitFor();

    // The package: signed and sent, fetched, opened; the lead sees that it was read.
    await part(board, 'packages');
    await button(board, 'operation.send').click();
    await button(board, 'operation.send-now').click();
    await board.getByText(say('operation.package.sent'), { exact: true }).waitFor();
    await deliver(nodes);
    await fetchAll(lead.registry, police.registry);
    await deliver(nodes);
    await part(atPolice.page, 'packages');
    const file = atPolice.page.getByRole('link', { name: say('operation.open-file') });
    const [download] = await Promise.all([atPolice.page.waitForEvent('download'), file.click()]);
    await download.saveAs(join(temporaryFolder(t), 'package.html'));
    await atPolice.page.getByText(say('operation.package.read'), { exact: true }).waitFor();
    await deliver(nodes);
    await board.getByText(say('operation.package.read'), { exact: true }).waitFor();

    // What came of it reaches the lead's scoreboard and the contributor.
    await part(atPolice.page, 'targets');
    await atPolice.page.getByRole('button', { name: 'panel.lantern.example' }).click();
    await button(atPolice.page, 'operation.report-outcome').click();
    await atPolice.page.getByText(say('operation.outcome-kept')).waitFor();
    await deliver(nodes);
    await part(board, 'outcomes');
    const scores = board.getByRole('row', { name: /Northlight/ });
    await scores.first().waitFor();
    assert.deepEqual((await scores.first().getByRole('cell').allTextContents()).slice(0, 3), [
      'Northlight',
      '3',
      '1',
    ]);
    await part(atCompany.page, 'outcomes');
    await atCompany.page.getByText(say('operation.by-lead')).waitFor();
    assert.deepEqual([...atLead.complaints, ...atCompany.complaints, ...atPolice.complaints], []);
    for (const one of [atLead, atCompany, atPolice]) await one.browserContext.close();
  }
});
