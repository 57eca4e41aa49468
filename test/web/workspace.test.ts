/** The workspace in a browser: reachable for everybody, in both directions and both lights, and the story done entirely by clicking. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { verifyBundle } from '../../src/cases/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { indicator, pull, testUuid } from '../two-nodes.ts';
import {
  NO_BROWSER,
  NOT_BUILT,
  openBrowser,
  pagesOf,
  shoot,
  storyNodes,
  violations,
  visit,
  wordsOf,
} from './workspace.ts';

const WEB = resolve(import.meta.dirname, '../../web');
const skip = NO_BROWSER || NOT_BUILT;

/** JavaScript that the first page loads, compressed. The design allows 250 kB; what the first page does not need stays out of it. */
const FIRST_PAGE_BYTES_MAX = 200 * 1024;

test('the workspace', { skip }, async (suite) => {
  const nodes = await storyNodes(suite);
  const browser = await openBrowser(suite);

  await suite.test(
    'axe-core finds nothing wrong on any page, in both directions and both lights',
    async (t) => {
      const pages = await pagesOf(nodes.police);
      for (const [locale, scheme, direction] of [
        ['en', 'light', 'ltr'],
        ['ar', 'dark', 'rtl'],
      ] as const) {
        await t.test(`${locale}, ${scheme}`, async () => {
          const { page, complaints, browserContext } = await visit(browser, nodes.police, { locale, scheme });
          assert.equal(await page.locator('html').getAttribute('dir'), direction);
          const wrong: string[] = [];
          const look = async (where: string) => {
            await page.waitForLoadState('networkidle');
            wrong.push(...(await violations(page)).map((one) => `${where}: ${one}`));
          };
          for (const [name, path] of Object.entries(pages)) {
            await page.goto(path);
            await look(name);
            const tabs = await page.locator('[role=tab]').all();
            for (const tab of tabs.slice(1)) {
              await tab.click();
              await look(`${name}, ${await tab.textContent()}`);
            }
          }
          assert.deepEqual(wrong, []);
          assert.deepEqual(
            complaints,
            [],
            'nothing failed, was refused by the policy, or was asked of another site',
          );
          await browserContext.close();
        });
      }
    },
  );

  await suite.test('on a phone, what scrolls is reachable and a mistyped address says so', async () => {
    const { page, complaints } = await visit(browser, nodes.police, { locale: 'ar', scheme: 'light' });
    await page.setViewportSize({ width: 390, height: 844 });
    const pages = await pagesOf(nodes.police);
    for (const path of [`${pages['operation']}/outcomes`, '/people', pages['agreement']!]) {
      await page.goto(path);
      for (const tab of path === pages['agreement'] ? await page.locator('[role=tab]').all() : []) {
        await tab.click();
        await page.waitForLoadState('networkidle');
        assert.deepEqual(await violations(page), [], `${path}, ${await tab.textContent()}`);
      }
      await page.waitForLoadState('networkidle');
      assert.deepEqual(await violations(page), [], path);
      const overflows = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflows <= 0, `${path} is as wide as the screen`);
    }
    await page.goto('/desk/calendar');
    const tab = page.getByRole('tab', { name: wordsOf('ar')('desk.part.calendar') });
    await tab.waitFor();
    await page.waitForLoadState('networkidle');
    const { x, width } = (await tab.boundingBox())!;
    assert.ok(x >= 0 && x + width <= 390, 'the part that is open is in view');
    await page.goto(`${pages['operation']}/outcomes`);
    const name = page.locator('.rows [role="cell"] > bdi').filter({ hasText: 'Interlink Police' }).first();
    const starts = await name.evaluate((text) => {
      const range = document.createRange();
      range.setStart(text.firstChild!, 0);
      range.setEnd(text.firstChild!, 1);
      return range.getBoundingClientRect().left - text.parentElement!.getBoundingClientRect().left;
    });
    assert.ok(starts >= 0, 'a name that is too long for its cell is cut at its end, not at its beginning');
    assert.deepEqual(complaints, []);
    const answer = (await page.goto('/nowhere'))!;
    assert.equal(answer.status(), 404);
    await page.getByRole('heading', { name: wordsOf('ar')('problem.no-page') }).waitFor();
    assert.deepEqual(await violations(page), [], 'a mistyped address');
    await page.context().close();
  });

  await suite.test('a passkey, added and used in the browser, signs in; without it nobody is', async () => {
    const say = wordsOf('en');
    const { page, browserContext } = await visit(browser, nodes.police, { name: 'Holder of a Key' });
    const devtools = await browserContext.newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await page.goto('/me');
    await page.getByRole('button', { name: say('me.add-passkey') }).click();
    await page.getByText(say('me.this-device'), { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Account of' }).click();
    await page.getByRole('button', { name: say('shell.sign-out') }).click();
    const enter = page.getByRole('button', { name: say('door.passkey') });
    await enter.waitFor();
    assert.deepEqual(await violations(page), [], 'the door');
    assert.equal(await page.locator('.shell-nav').count(), 0);
    await enter.click();
    await page.waitForSelector('.shell-nav');
    const ways = await nodes.police.registry.db.all<{ way: string }>(
      "SELECT way FROM session s JOIN person p ON p.id = s.person WHERE p.name = 'Holder of a Key'",
    );
    assert.deepEqual(
      ways.map(({ way }) => way),
      ['passkey'],
      'the session of before has ended',
    );
  });

  await suite.test('a request is drafted, reviewed by somebody else and sent, by clicking', async () => {
    const say = wordsOf('en');
    const asker = await visit(browser, nodes.police, { name: 'Rana Aydin' });
    await asker.page.goto('/desk');
    await asker.page.getByRole('button', { name: say('desk.new') }).click();
    const form = asker.page.getByRole('dialog');
    await form.getByRole('combobox', { name: say('delivery.peer') }).click();
    await asker.page.getByRole('option', { name: 'Northlight Security' }).click();
    await form.getByRole('combobox', { name: say('desk.clearance') }).click();
    await asker.page.getByRole('option', { name: say('desk.clearance.confidential') }).click();
    await form.getByLabel(say('desk.subject')).fill('Decoding of a loader');
    await form.getByLabel(say('desk.text')).fill('We hold a loader of the Lanternfish family.');
    await form.getByRole('button', { name: say('desk.draft') }).click();
    await asker.page.getByRole('button', { name: 'Decoding of a loader' }).waitFor();

    const reviewer = await visit(browser, nodes.police, { name: 'Samir Haddad' });
    await reviewer.page.goto('/desk');
    await reviewer.page.getByRole('button', { name: 'Decoding of a loader' }).click();
    await reviewer.page.getByLabel(say('desk.basis'), { exact: false }).fill('Article 12');
    await reviewer.page.getByRole('button', { name: say('desk.clear') }).click();
    await reviewer.page.getByText('Article 12', { exact: true }).waitFor();
    // Whoever reviewed it does not send it.
    await asker.page.reload();
    await asker.page.getByRole('button', { name: 'Decoding of a loader' }).click();
    await asker.page.getByRole('button', { name: say('desk.act.send') }).click();
    await asker.page.locator('ol.chain').getByText(say('desk.step.sent'), { exact: true }).waitFor();
    assert.deepEqual([...asker.complaints, ...reviewer.complaints], []);
  });

  await suite.test('a timeline is narrowed by dragging, asked, and marked, by clicking', async () => {
    const say = wordsOf('en');
    const { page, complaints } = await visit(browser, nodes.police);
    await page.goto(`${(await pagesOf(nodes.police))['case']!}/timeline`);
    const chart = page.locator('.histogram .u-over');
    await chart.waitFor();
    const counted = page.getByRole('heading', { name: /^Events with a time/ });
    await counted.filter({ hasText: /\d/ }).waitFor();
    const before = (await counted.textContent())!;
    const box = (await chart.boundingBox())!;
    await page.mouse.move(box.x + 2, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 3, box.y + 40, { steps: 4 });
    await page.mouse.up();
    await page.getByRole('button', { name: say('timeline.whole') }).waitFor();
    await counted.filter({ hasNotText: before }).waitFor(); // fewer events
    await page.getByRole('button', { name: say('timeline.whole') }).click();
    await counted.filter({ hasText: before }).waitFor();
    await page.getByLabel(say('timeline.filter'), { exact: false }).fill('parcel-lantern');
    const answered = page.waitForResponse((one) => /\/timeline\?.*parcel-lantern/.test(one.url()));
    await page.getByRole('button', { name: say('timeline.ask') }).click();
    await answered;
    await counted.filter({ hasNotText: before }).waitFor();
    await page.getByRole('checkbox').first().check();
    await page.getByRole('button', { name: say('timeline.tag-chosen', { count: 1 }) }).click();
    await page.getByRole('textbox', { name: say('timeline.tag'), exact: true }).fill('suspicious');
    await page.getByRole('button', { name: say('timeline.tag-now') }).click();
    await page.locator('.tag').first().waitFor();
    assert.deepEqual(complaints, []);
  });

  await suite.test('findings are grouped, marked and commented on, by clicking', async () => {
    const say = wordsOf('en');
    const { page, complaints } = await visit(browser, nodes.police);
    await page.goto(`${(await pagesOf(nodes.police))['case']!}/findings`);
    const files = async () => {
      const places = await page.locator('.rows .line [role="cell"]:nth-child(4)').allTextContents();
      return places.map((place) => place.replace(/ (?:›|:\d).*/, ''));
    };
    const inOrder = (list: readonly string[]) =>
      list.toSorted(new Intl.Collator('en', { numeric: true }).compare);
    const sortedBy = (way: string) => page.locator(`[role="columnheader"][aria-sort="${way}"]`).waitFor();
    await page
      .getByRole('columnheader', { name: say('finding.place') })
      .getByRole('button')
      .focus();
    await page.keyboard.press('Enter');
    await sortedBy('ascending');
    assert.ok(new Set(await files()).size > 1);
    assert.deepEqual(await files(), inOrder(await files()));
    await page.keyboard.press('Enter');
    await sortedBy('descending');
    const downwards = await files();
    assert.deepEqual(downwards, inOrder(downwards).toReversed());
    assert.match(page.url(), /[?&]sort=-file/);
    await page.reload();
    await sortedBy('descending');
    assert.deepEqual(await files(), downwards, 'a link shows the same order');
    await page.getByRole('combobox', { name: say('finding.group') }).click();
    await page.getByRole('option', { name: say('finding.group.contributor') }).click();
    const group = page.getByRole('button', { name: /Northlight Security/, expanded: true });
    await group.click();
    assert.equal(await page.getByRole('button', { name: say('finding.to-mark') }).count(), 0, 'closed');
    await page.getByRole('button', { name: /Northlight Security/, expanded: false }).click();
    await page
      .getByRole('button', { name: say('finding.to-mark') })
      .first()
      .click();
    await page.getByRole('radio', { name: say('finding.mark.false-positive') }).check();
    await page.getByRole('textbox', { name: say('timeline.comment') }).fill('a test account');
    await page.getByRole('button', { name: say('finding.keep-note') }).click();
    await page.getByRole('button', { name: say('finding.mark.false-positive') }).click();
    await page.getByRole('dialog').getByText('a test account').waitFor();
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(complaints, []);
  });

  await suite.test('a page shows a person what their role gives, and nothing else', async () => {
    const say = wordsOf('en');
    const rooms = async (page: Page) => page.locator('.shell-nav a').allTextContents();
    const auditor = await visit(browser, nodes.police, { roles: ['auditor'] });
    assert.deepEqual(
      await rooms(auditor.page),
      ['today', 'agreements', 'cases', 'operations', 'peers', 'desk', 'audit', 'people'].map((room) =>
        say(`rooms.${room}`),
      ),
    );
    await auditor.page.goto((await pagesOf(nodes.police))['case']!);
    await auditor.page.getByRole('heading', { name: 'Lantern' }).waitFor();
    assert.equal(await auditor.page.getByRole('button', { name: say('case.add') }).count(), 0);
    const trainee = await visit(browser, nodes.police, { roles: ['trainee'] });
    assert.deepEqual(await rooms(trainee.page), [say('rooms.today'), say('rooms.desk')]);
    await trainee.page.getByRole('link', { name: say('rooms.desk') }).click();
    await trainee.page.getByRole('tab').waitFor();
    assert.deepEqual(await trainee.page.getByRole('tab').allTextContents(), [say('desk.part.training')]);
    await trainee.page
      .getByRole('button', { name: /^Begin: / })
      .first()
      .click();
    await trainee.page.getByLabel(say('training.team'), { exact: true }).fill('Blue');
    await trainee.page.getByRole('button', { name: say('training.begin'), exact: true }).click();
    await trainee.page.getByLabel(say('training.answer')).first().fill('nothing.example');
    await trainee.page
      .getByRole('button', { name: say('training.send') })
      .first()
      .click();
    await trainee.page.getByText(say('training.kept')).waitFor();
    assert.equal(
      await trainee.page.getByText(say('training.open-case')).count(),
      1,
      'a trainee works in the case of their own exercise',
    );
  });

  await suite.test(
    'why something may cross or not is said in the reader’s language, with its values',
    async () => {
      const { id } = (await nodes.company.registry.db.get<{ id: string }>(
        "SELECT id FROM object WHERE body LIKE '%Source under protection%' LIMIT 1",
      ))!;
      for (const [locale, why, otherwise] of [
        [
          'fr',
          'le marquage ne peut dépasser TLP:AMBER ; cet objet porte TLP:RED',
          /ramène le marquage à TLP:AMBER ou plus bas, ou les parties relèvent le plafond à TLP:RED/,
        ],
        [
          'ar',
          'لا يجوز أن تتجاوز درجة الوسم \u2068TLP:AMBER\u2069؛ ووسم هذا العنصر \u2068TLP:RED\u2069',
          /أو أن يرفع الأطراف السقف إلى \u2068TLP:RED\u2069/,
        ],
      ] as const) {
        const { page, browserContext } = await visit(browser, nodes.company, { locale });
        await page.goto(`/intelligence/${id}`);
        await page.getByText(why).waitFor();
        await page.getByText(otherwise).waitFor();
        assert.deepEqual(await violations(page), []);
        await shoot(page, `reason-${locale}`);
        await browserContext.close();
      }
    },
  );

  await suite.test('who may, and which clause refuses, is said in the reader’s language', async () => {
    const { object } = await pagesOf(nodes.police);
    const auditor = await visit(browser, nodes.police, { locale: 'fr', roles: ['auditor'] });
    await auditor.page.goto(object!);
    await auditor.page.getByText(/^Réservé à : .*Analyste/).waitFor();
    await shoot(auditor.page, 'forbidden-fr');
    await auditor.browserContext.close();
    const { page, browserContext } = await visit(browser, nodes.police, { locale: 'es' });
    const refusal = {
      status: 403,
      code: 'agreement-denied',
      title: 'denied',
      detail: 'flows[0].purposes: not for that',
      remedy: 'ask',
      clauses: [
        {
          path: 'flows[0].purposes',
          words: 'not for that',
          reason: { key: 'purposes', values: { agreed: ['research', 'takedown'], asked: 'prosecution' } },
        },
        { path: 'flows[0].tlp', words: 'too high', reason: { key: 'of-tomorrow', values: {} } },
      ],
    };
    await page.route('**/api/v1/objects/**', (route) => route.fulfill({ status: 403, json: refusal }));
    await page.goto(object!);
    await page
      .getByText('fines acordados: estudio y retirada del servicio; entre ellos no figura «enjuiciamiento»')
      .waitFor();
    await page.getByText(wordsOf('es')('because.flows.tlp')).waitFor();
    assert.equal(await page.getByText('not for that').count(), 0);
    await shoot(page, 'refused-es');
    await browserContext.close();
  });

  await suite.test('the palette finds a room and a value by keyboard alone', async () => {
    const { page } = await visit(browser, nodes.police);
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('textbox').fill('parcel-lantern[.]example');
    await page.getByRole('dialog').getByText('Gate of Lanternfish').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Gate of Lanternfish' }).waitFor();
  });

  await suite.test('what the first page loads stays small, and appears soon', async (t) => {
    const { page } = await visit(browser, nodes.police);
    const loaded = new Set<string>();
    page.on('request', (request) => loaded.add(new URL(request.url()).pathname));
    await page.goto('/');
    await page.waitForSelector('.figure');
    await page.waitForLoadState('networkidle');
    const names = [...loaded]
      .filter((path) => path.endsWith('.js'))
      .map((path) => path.slice('/assets/'.length));
    const sizes = new Map(
      readdirSync(join(WEB, 'dist/assets')).map((name) => [
        name,
        readFileSync(join(WEB, 'dist/assets', name)).length,
      ]),
    );
    const total = names.reduce((sum, name) => sum + sizes.get(`${name}.br`)!, 0);
    const shownMs = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]!.startTime,
    );
    t.diagnostic(
      `${Math.round(total / 1024)} kB of JavaScript in ${names.length} files, first paint after ${Math.round(shownMs)} ms`,
    );
    assert.ok(total < FIRST_PAGE_BYTES_MAX, `${total} bytes`);
  });
});

test('the story by clicking: evidence, findings, bytes, bundle, recall', { skip }, async (suite) => {
  const nodes = await storyNodes(suite);
  const browser = await openBrowser(suite);
  // On the same nodes, each with a case and an object of its own.
  for (const [n, locale] of ['en', 'ar', 'fr', 'es'].entries())
    await suite.test(`in ${locale}`, (t) => story(t, locale, n));

  async function story(t: TestContext, locale: string, n: number): Promise<void> {
    const name = `Harbour ${locale}`;
    const object = 501 + n;
    const say = wordsOf(locale);
    const { page, complaints, browserContext } = await visit(browser, nodes.police, { locale });
    const click = (role: 'button' | 'link' | 'tab', name: string | RegExp) =>
      page.getByRole(role, { name }).first().click();

    await click('link', say('rooms.cases'));
    await click('button', say('cases.new'));
    await page.getByLabel(say('cases.name')).fill(name);
    await click('button', say('cases.open'));
    await page.getByRole('heading', { name }).waitFor();

    const evidence = resolve(import.meta.dirname, '../../examples/evidence/proxy.log');
    const digest = createHash('sha256').update(readFileSync(evidence)).digest('hex');
    await click('button', say('case.add'));
    await page.locator('input[type=file]').setInputFiles(evidence);
    await page.getByText(digest).waitFor(); // both sides computed it
    await page.keyboard.press('Escape');

    await click('button', say('case.match'));
    await click('button', new RegExp(`^${say('case.match-now')}$`));
    await click('tab', say('case.findings'));
    const place = page.getByRole('button', { name: /proxy\.log/ }).first();
    await place.waitFor();
    await place.click();
    await click('button', say('bytes.show'));
    await page.locator('.hex mark').first().waitFor();
    const marked = await page.locator('.hex mark').allTextContents();
    // Each byte twice: two hexadecimal digits, and one character.
    const characters = marked.filter((text) => text.length === 1).join('');
    assert.equal(characters, 'www.parcel-lantern.example', 'the bytes of the finding are marked');
    await page.keyboard.press('Escape');

    await click('tab', say('case.exhibits', { count: 1 }));
    await page.getByRole('cell').getByRole('button').last().click();
    await page.locator('ol.chain li').first().waitFor();
    assert.equal(await page.locator('ol.chain li').count(), 3, 'collected, analysed, read');
    await page.keyboard.press('Escape');

    await click('button', say('case.bundle'));
    await click('button', say('bundle.make'));
    const link = page.locator('a[download]');
    await link.waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    const path = join(temporaryFolder(t), 'case.zip');
    await download.saveAs(path);
    assert.equal((await verifyBundle(path)).ok, true);
    assert.deepEqual(complaints, []);

    // The contributor: brings something in, sees who would get it, and takes it back.
    const company = await visit(browser, nodes.company, { locale });
    const file = {
      type: 'bundle',
      id: `bundle--${testUuid(object)}`,
      objects: [indicator(object)],
    };
    await company.page.getByRole('link', { name: say('rooms.intelligence') }).click();
    await company.page.getByRole('button', { name: say('intelligence.import') }).click();
    await company.page.locator('input[type=file]').setInputFiles({
      name: 'new.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(file)),
    });
    await company.page.getByRole('status').waitFor();
    await company.page.keyboard.press('Escape');
    await company.page.getByRole('searchbox').fill(`host-${object}[.]example`);
    await company.page.getByRole('link', { name: `Indicator ${object}` }).click();
    await company.page.getByText(say('object.crosses')).waitFor();
    await pull(nodes);
    await company.page.getByRole('button', { name: say('object.recall') }).click();
    await company.page.getByRole('textbox').fill('a mistake');
    await company.page.getByRole('button', { name: say('object.recall-now') }).click();
    await company.page.getByText(say('intelligence.recalled')).first().waitFor();
    assert.deepEqual(company.complaints, []);
    await browserContext.close();
    await company.browserContext.close();
  }
});
