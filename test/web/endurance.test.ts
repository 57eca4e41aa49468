/**
 * What a workspace has to stand: large files over lines that break, lists of any length, several persons on one case, a node that ends. As
 * part of the suite in small; `npm run soak:web` does the same with 1 GB, a million objects and twenty million events.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, createReadStream, openSync, writeFileSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { addExhibit, type Case, listExhibits, openCase, runTool, type Tool } from '../../src/cases/index.ts';
import { openDuckDB } from '../../src/cases/timeline/duckdb.ts';
import { TIMELINE_FILE } from '../../src/cases/timeline/timeline-run.ts';
import { TimelineWriter } from '../../src/cases/timeline/timeline-writer.ts';
import { plainEvent } from '../../src/forensics/index.ts';
import { type EventChunk, EventChunks } from '../../src/forensics/timeline/index.ts';
import { openRegistry, type Registry } from '../../src/registry/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { importOwn, indicator, startTestNode, type TestNode } from '../two-nodes.ts';
import { NO_BROWSER, NOT_BUILT, openBrowser, pagesOf, storyNodes, visit, wordsOf } from './workspace.ts';

const skip = NO_BROWSER || NOT_BUILT;
const IS_SOAK = process.env['ENTENTE_SOAK'] === '1';
const SIZES = IS_SOAK
  ? { uploadBytes: 2 ** 30, objects: 1_000_000, events: 20_000_000, jumps: 20 }
  : { uploadBytes: 24 * 2 ** 20, objects: 3_000, events: 300_000, jumps: 6 };
/**
 * A frame that a person sees stutter. How long frames took depends on what else the machine does, and is told; asserted is the processor time of the
 * longest piece of work in the page's thread, which no frame can be shorter than.
 */
const FRAME_MS_MAX = 100;

const say = wordsOf('en');
const said = { person: 'Rana Aydin', purpose: 'seized at the premises' };
const START = () => ({ now: new Date('2026-12-01T08:00:00Z') });

/** Bytes that the page holds, after what it no longer needs was collected. */
async function heapOf(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  await devtools.detach();
  return usedSize;
}

test('a large file comes over a line that breaks and a page that is loaded again, and both sides agree on it', {
  skip,
}, async (t) => {
  const node = await startTestNode(t, 'Police of Arvenia', START());
  const file = await openCase(node.registry, 'Lantern');
  const browser = await openBrowser(t);
  const { page, browserContext } = await visit(browser, node);
  const path = join(temporaryFolder(t), 'disk.raw');
  const hash = createHash('sha256');
  const out = openSync(path, 'w');
  const block = randomBytes(2 ** 20);
  for (let at = 0; at < SIZES.uploadBytes; at += block.length) {
    block.writeUInt32BE(at / block.length);
    hash.update(block);
    writeSync(out, block);
  }
  closeSync(out);
  const digest = hash.digest('hex');

  const began = performance.now();
  const memory = process.memoryUsage().rss;
  let peak = memory;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 200);
  t.after(() => clearInterval(watch));
  const choose = async () => {
    await page.goto(`/cases/${file.id}`);
    await page.getByRole('button', { name: say('case.add') }).click();
    await page.locator('input[type=file]').waitFor({ state: 'attached' });
  };
  const received = async () => {
    const answer = await page.request.get('/api/v1/uploads');
    return ((await answer.json()) as { uploads: { receivedBytes: number }[] }).uploads[0]?.receivedBytes ?? 0;
  };
  const until = async (share: number) => {
    while ((await received()) < share * SIZES.uploadBytes)
      await new Promise((go) => setTimeout(go, IS_SOAK ? 300 : 20));
  };
  await choose();
  await page.locator('input[type=file]').setInputFiles(path);
  await until(0.2);
  // The line is gone for a while: the page waits, and goes on by itself.
  await browserContext.setOffline(true);
  await page.getByText(say('shell.away')).waitFor();
  await browserContext.setOffline(false);
  await until(0.5);
  await choose(); // loaded again: what was under way in the page is gone
  const kept = await received();
  assert.ok(kept >= 0.5 * SIZES.uploadBytes && kept < SIZES.uploadBytes, `${kept} bytes were kept`);
  await page.getByText(/Not everything of disk\.raw has come/).waitFor();
  let sentAgain = 0;
  page.on('request', (request) => {
    const offset = new URL(request.url()).searchParams.get('offset');
    if (request.method() === 'PUT' && Number(offset) < kept) sentAgain++;
  });
  await page.locator('input[type=file]').setInputFiles(path);
  await page.getByText(digest).waitFor({ timeout: IS_SOAK ? 900_000 : 60_000 });
  assert.equal(sentAgain, 0, 'nothing that had come was sent again');
  const [exhibit] = await listExhibits(node.registry, file.id);
  assert.equal(exhibit?.sha256, digest);
  const heap = await heapOf(page);
  const seconds = (performance.now() - began) / 1_000;
  t.diagnostic(
    `${SIZES.uploadBytes / 2 ** 20} MB in ${seconds.toFixed(0)} s; page ${(heap / 1e6).toFixed(0)} MB; node +${((peak - memory) / 1e6).toFixed(0)} MB`,
  );
  assert.ok(heap < 64e6, `the page holds ${heap} bytes`);
  assert.ok(peak - memory < 400e6, `the node holds ${peak - memory} bytes more`);
});

interface Scrolled {
  /** How long each frame took, and the processor time of each piece of work in the page's thread; in milliseconds. */
  readonly frames: readonly number[];
  readonly work: readonly number[];
}

/** Scrolls by the wheel, by the bar to random places, and by keys. */
async function scrollThrough(browser: Browser, page: Page, jumps: number): Promise<Scrolled> {
  const list = page.locator('.rows');
  await list.locator('[role=row].line button, [role=row].line a').first().waitFor();
  await page.evaluate(() => {
    const frames: number[] = [];
    let last = performance.now();
    const next = (now: number) => {
      frames.push(now - last);
      last = now;
      requestAnimationFrame(next);
    };
    requestAnimationFrame((now) => {
      last = now;
      requestAnimationFrame(next);
    });
    Object.assign(globalThis, { frames });
  });
  await browser.startTracing(page, {
    categories: ['disabled-by-default-devtools.timeline', '__metadata'],
  });
  const box = (await list.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let n = 0; n < 10 * jumps; n++) {
    await page.mouse.wheel(0, 400);
    await page.waitForTimeout(16);
  }
  // The bar: its thumb is pulled through many places and let go at one.
  let state = 7;
  for (let n = 0; n < jumps; n++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const target = state / 2 ** 32;
    await list.evaluate(async (element, share) => {
      const from = element.scrollTop;
      const to = share * (element.scrollHeight - element.clientHeight);
      for (let step = 1; step <= 8; step++) {
        element.scrollTop = from + ((to - from) * step) / 8;
        await new Promise(requestAnimationFrame);
      }
    }, target);
    await waitForRows(page);
  }
  await list.focus();
  for (const key of ['PageDown', 'PageDown']) {
    await page.keyboard.press(key);
    await page.waitForTimeout(200);
  }
  // A key that comes while the list still moves by the one before is lost, as to a person; it is pressed again.
  const last = Number(await list.getAttribute('aria-rowcount'));
  for (let press = 1; ; press++) {
    await list.press('End');
    const there = waitForRow(page, last).then(() => true);
    if (press === 5 ? await there : await there.catch(() => false)) break;
  }
  await waitForRows(page);
  const frames = await page.evaluate(() => (globalThis as unknown as { frames: number[] }).frames);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: { name: string; pid: number; tid: number; tdur?: number; args?: { name?: string } }[];
  };
  const threads = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const work = traceEvents
    .filter(({ name, pid, tid, tdur }) => name === 'RunTask' && tdur && threads.has(`${pid} ${tid}`))
    .map(({ tdur }) => tdur! / 1_000);
  return { frames, work };
}

/** Rows in view are here. */
const waitForRows = (page: Page) =>
  page.waitForFunction(
    () => document.querySelector('.rows .line') !== null && document.querySelector('.rows .waiting') === null,
    undefined,
    { timeout: 60_000 },
  );

function judge(t: TestContext, what: string, { frames, work }: Scrolled): void {
  const part = (list: readonly number[], share: number) =>
    list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(share * list.length))] ?? 0;
  const longest = part(work, 1);
  t.diagnostic(
    `${what}: ${frames.length} frames, half under ${part(frames, 0.5).toFixed(0)} ms, p99 ${part(frames, 0.99).toFixed(0)} ms, worst ${part(frames, 1).toFixed(0)} ms, ${frames.filter((ms) => ms > FRAME_MS_MAX).length} over ${FRAME_MS_MAX} ms; processor time of the longest of ${work.length} pieces of work ${longest.toFixed(0)} ms`,
  );
  assert.ok(work.length > frames.length / 10, 'the trace has what the page did');
  assert.ok(longest < FRAME_MS_MAX, `a piece of work took ${longest} ms of processor time`);
}

/** The last of the rows in the page. */
const lastRow = (page: Page) =>
  page.locator('.rows .line').evaluateAll((rows) => Math.max(...rows.map((row) => Number(row.ariaRowIndex))));

/** Scrolling by keys and wheel takes its time. */
const waitForRow = (page: Page, last: number) =>
  page.waitForFunction(
    (wanted) =>
      Math.max(...[...document.querySelectorAll('.rows .line')].map((row) => Number(row.ariaRowIndex))) ===
      wanted,
    last,
    { timeout: 12_000 },
  );

test('objects are scrolled to any place of all that are held, and only those in view are in the page', {
  skip,
}, async (t) => {
  const node = await startTestNode(t, 'Police of Arvenia', START());
  await manyObjects(node.registry, SIZES.objects);
  const browser = await openBrowser(t);
  const { page, complaints } = await visit(browser, node);
  await page.goto('/intelligence');
  judge(t, `${SIZES.objects} objects`, await scrollThrough(browser, page, SIZES.jumps));
  assert.equal(await lastRow(page), SIZES.objects + 1, 'the End key leads to the last');
  await page.getByRole('link', { name: 'Indicator 0', exact: true }).waitFor();
  assert.ok((await page.locator('.rows .line').count()) < 80);
  const heap = await heapOf(page);
  t.diagnostic(`page ${(heap / 1e6).toFixed(0)} MB`);
  assert.ok(heap < 100e6);
  assert.deepEqual(complaints, []);
});

/** Of which the first are really brought in; the others are copies of their rows, so that a million take seconds. */
async function manyObjects(registry: Registry, count: number): Promise<void> {
  const made = Math.min(count, 500);
  const node = { registry } as TestNode;
  await importOwn(
    node,
    Array.from({ length: made }, (_, n) => indicator(n)),
  );
  const { seq } = (await registry.db.get<{ seq: number }>('SELECT max(seq) AS seq FROM object'))!;
  const { columns } = (await registry.db.get<{ columns: string }>(
    "SELECT group_concat(name) AS columns FROM pragma_table_info('object') WHERE name NOT IN ('seq', 'id', 'id_key')",
  ))!;
  for (let copied = made; copied < count; copied += made)
    await registry.db.transaction(
      (tx) =>
        tx.run(
          `INSERT INTO object (seq, id, id_key, ${columns}) SELECT seq + ?, id || '-' || ?, id_key(id || '-' || ?), ${columns} FROM object WHERE seq <= ? ORDER BY seq LIMIT ?`,
          ...[copied, copied, copied, seq, Math.min(made, count - copied)],
        ),
      { flush: 'later' },
    );
}

test('events are scrolled to any place of all that there are, and only those in view are in the page', {
  skip,
  timeout: 1_800_000,
}, async (t) => {
  const node = await startTestNode(t, 'Police of Arvenia', START());
  const file = await openCase(node.registry, 'Lantern');
  await manyEvents(t, node.registry, file, SIZES.events);
  const browser = await openBrowser(t);
  const { page, complaints } = await visit(browser, node);
  await page.goto(`/cases/${file.id}/timeline`);
  judge(t, `${SIZES.events} events`, await scrollThrough(browser, page, SIZES.jumps));
  assert.equal(await lastRow(page), SIZES.events + 1, 'the End key leads to the last');
  await page.getByRole('button', { name: `event ${SIZES.events - 1}`, exact: true }).waitFor();
  // From a place in the middle the wheel goes on row by row.
  const list = page.locator('.rows');
  await list.evaluate((element) => {
    element.scrollTop = element.scrollHeight / 2;
  });
  await waitForRows(page);
  await page.waitForTimeout(400);
  await list.hover();
  const before = await lastRow(page);
  await page.mouse.wheel(0, 420);
  await waitForRow(page, before + 10); // ten rows of 42 pixels
  await waitForRows(page);
  assert.ok((await page.locator('.rows .line').count()) < 80);
  const heap = await heapOf(page);
  t.diagnostic(`page ${(heap / 1e6).toFixed(0)} MB`);
  assert.ok(heap < 100e6);
  assert.deepEqual(complaints, []);
});

/** As a run would have derived them. */
async function manyEvents(t: TestContext, registry: Registry, file: Case, count: number): Promise<void> {
  const folder = temporaryFolder(t);
  const path = join(folder, TIMELINE_FILE);
  using db = await openDuckDB({ files: [], folder, memoryBytes: 400e6 });
  const out = openSync(path, 'w');
  const writer = new TimelineWriter(db, folder, 1, async (bytes) => void writeSync(out, bytes));
  const waiting: EventChunk[] = [];
  const chunks = new EventChunks((chunk) => void waiting.push(chunk));
  for (let i = 0; i < count; i++) {
    const ns = BigInt(1_700_000_000_000 + Math.floor(i * (63_072_000_000 / count))) * 1_000_000n;
    const event = plainEvent({
      kind: i % 5 === 0 ? 'http-request' : 'windows-event',
      time: { ns, precision: '100ns', source: 'TimeCreated', zone: 'utc' },
      host: `HOST-${i % 200}.corp.example`,
      user: i % 4 === 0 ? `user${i % 500}` : null,
      message: `event ${i}`,
      fields: { EventID: 4_688 },
      offset: i * 512,
      recordId: i,
    });
    chunks.add(event, { file: 'Security.evtx', format: 'evtx' });
    if (i === count - 1) chunks.flush();
    for (const chunk of waiting.splice(0)) await writer.append(chunk);
  }
  await writer.end();
  closeSync(out);
  const evidence = join(folder, 'Security.evtx');
  writeFileSync(evidence, 'in place of the file that they were read from');
  const exhibit = await addExhibit(registry, file, evidence, said);
  const tool: Tool = {
    name: 'timeline',
    purpose: 'bring the timeline up to date',
    async execute(context) {
      await context.keep(exhibit, TIMELINE_FILE, createReadStream(path));
      return { account: { events: count } };
    },
  };
  await runTool(registry, file, tool, [exhibit], {}, said);
}

test('two persons mark, comment and tag in one case: each sees the other, where they differ is shown, nothing is lost', {
  skip,
}, async (t) => {
  const nodes = await storyNodes(t);
  const browser = await openBrowser(t);
  const place = (await pagesOf(nodes.police))['case']!;
  const rana = await visit(browser, nodes.police, { name: 'Rana Aydin' });
  const samir = await visit(browser, nodes.police, { name: 'Samir Haddad' });
  const note = async (page: Page, mark: string, comment: string) => {
    const form = page.getByRole('dialog');
    await form.getByRole('radio', { name: say(`finding.mark.${mark}`) }).check();
    await form.getByRole('textbox', { name: say('timeline.comment') }).fill(comment);
    await form.getByRole('button', { name: say('finding.keep-note') }).click();
    await form.waitFor({ state: 'detached' });
  };
  for (const { page } of [rana, samir]) {
    await page.goto(`${place}/findings`);
    await page.locator('.mark-button').first().click(); // both have the same finding open
    await page.getByRole('dialog').waitFor();
  }
  await Promise.all([
    note(rana.page, 'confirmed', 'seen in the proxy'),
    note(samir.page, 'false-positive', 'a test'),
  ]);
  for (const { page } of [rana, samir]) {
    await page.getByText(say('finding.differ')).first().waitFor();
    await page.locator('.mark-button').first().click();
    const notes = page.getByRole('dialog').locator('ol.chain li');
    await notes.filter({ hasText: 'seen in the proxy' }).waitFor();
    await notes.filter({ hasText: 'a test' }).waitFor();
    await page.getByText(say('finding.differ-means')).waitFor();
    await page.keyboard.press('Escape');
  }
  // Agreeing is a mark of its own, and the other page shows it.
  await rana.page.locator('.mark-button').first().click();
  await note(rana.page, 'false-positive', 'so it is');
  await samir.page.getByText(say('finding.differ')).waitFor({ state: 'detached' });

  for (const { page } of [rana, samir]) {
    await page.getByRole('tab', { name: say('case.timeline') }).click();
    await page.locator('.rows .line input[type=checkbox]').first().waitFor();
  }
  const tag = async (page: Page, word: string) => {
    await page.locator('.rows .line input[type=checkbox]').first().check();
    await page.getByRole('button', { name: say('timeline.tag-chosen', { count: 1 }) }).click();
    await page.getByRole('textbox', { name: say('timeline.tag'), exact: true }).fill(word);
    await page.getByRole('button', { name: say('timeline.tag-now') }).click();
  };
  await Promise.all([tag(rana.page, 'suspicious'), tag(samir.page, 'ask-the-owner')]);
  for (const { page } of [rana, samir]) {
    const first = page.locator('.rows .line').first();
    await first.locator('.tag', { hasText: 'suspicious' }).waitFor();
    await first.locator('.tag', { hasText: 'ask-the-owner' }).waitFor();
  }
  assert.deepEqual([...rana.complaints, ...samir.complaints], []);
});

test('a node that is killed and started again: the page says so, keeps what was typed, goes on, and tells what became of the work', {
  skip,
}, async (t) => {
  const folder = join(temporaryFolder(t), 'node');
  const registry = await openRegistry(folder, { createAs: 'Police of Arvenia' });
  t.after(() => registry.close());
  let child: ChildProcess | null = null;
  t.after(() => child?.kill('SIGKILL'));
  let port = 0;
  const start = async () => {
    child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        resolve(import.meta.dirname, '../../bin/entente.js'),
        ...['up', '--data', folder, '--port', String(port), '--json'],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    const { url } = JSON.parse(line.toString()) as { url: string };
    port = Number(new URL(url).port);
    return url;
  };
  const url = await start();
  const browser = await openBrowser(t);
  const { page } = await visit(browser, { registry, url });

  // Long work: some hundred thousand domains come in.
  const list = join(temporaryFolder(t), 'domains.txt');
  writeFileSync(list, Array.from({ length: 200_000 }, (_, n) => `host-${n}.example`).join('\n'));
  await page.goto('/intelligence');
  await page.getByRole('button', { name: say('intelligence.import') }).click();
  await page.locator('input[type=file]').setInputFiles(list);
  await page.getByRole('dialog').getByText(say('work.state.running')).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: say('rooms.cases') }).click();
  await page
    .getByRole('button', { name: say('cases.new') })
    .first()
    .click();
  await page.getByLabel(say('cases.name')).fill('Half a na');

  const ended = once(child!, 'exit');
  child!.kill('SIGKILL');
  await ended;
  await page.getByText(say('shell.away')).waitFor();
  await page.getByLabel(say('cases.name')).pressSequentially('me');
  await start();
  await page.getByText(say('shell.away')).waitFor({ state: 'detached', timeout: 60_000 });
  assert.equal(await page.getByLabel(say('cases.name')).inputValue(), 'Half a name');
  await page.getByRole('button', { name: say('cases.open') }).click();
  await page.getByRole('heading', { name: 'Half a name' }).waitFor();
  await page.locator('[popovertarget=work]').click();
  await page.getByText(say('work.state.interrupted')).waitFor();
  await page.getByText(say('work.interrupted-means')).waitFor();
});
