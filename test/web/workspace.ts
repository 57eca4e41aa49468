/**
 * Two nodes with the beginning of a story, and the machine's browser in front of one of them. Nothing is downloaded: where there is no
 * Chromium, tests of the workspace are skipped and say so.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { addExhibit, evidenceOf, openCase, runMatch, runTool } from '../../src/cases/index.ts';
import { TIMELINE } from '../../src/cases/timeline/index.ts';
import { sendInOperation } from '../../src/exchange/index.ts';
import { usableIndicators } from '../../src/intel/index.ts';
import {
  contributeTargets,
  createOperation,
  createTask,
  postInRoom,
  readTargetFile,
  reportOutcomes,
  sliceOperation,
} from '../../src/operations/index.ts';
import type { Registry } from '../../src/registry/index.ts';
import { FIRST_ROLES, invite, type Role } from '../../src/server/index.ts';
import { importOwn, indicator, malware, pull, relationship, type TwoNodes, twoNodes } from '../two-nodes.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
const EVIDENCE = join(import.meta.dirname, '../../examples/evidence');

export const NO_BROWSER = CHROMIUM ? false : 'no Chromium on this machine (apt-get install chromium)';
export const NOT_BUILT = existsSync(resolve(import.meta.dirname, '../../web/dist/index.html'))
  ? false
  : 'the workspace is not built (npm run build:web)';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Where the messages of every language are. */
const WEB = resolve(import.meta.dirname, '../../web');

/** The words of a language, as the pages say them. */
export function wordsOf(language: string): (key: string, values?: Record<string, string | number>) => string {
  const read = (path: string) =>
    JSON.parse(readFileSync(join(WEB, `src/i18n/${path}.json`), 'utf8')) as Record<string, string>;
  const strings = { ...read(language), ...read(`first/${language}`) };
  return (key, values = {}) =>
    Object.entries(values).reduce(
      (text, [name, value]) => text.replace(new RegExp(`\\{${name}(?:, number)?\\}`), String(value)),
      strings[key]!,
    );
}

export async function openBrowser(context: TestContext): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM!,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  context.after(() => browser.close());
  return browser;
}

/** The police hold what the company delivered, and a case in which some of it was found. */
export async function storyNodes(context: TestContext): Promise<TwoNodes> {
  const nodes = await twoNodes(context);
  const family = malware(50, { more: { name: 'Lanternfish', description: 'A loader seen since spring.' } });
  const signs = Array.from({ length: 40 }, (_, n) => indicator(n));
  const red = indicator(99, { tlp: 'red', more: { name: 'Source under protection' } });
  const gate = indicator(77, {
    more: { name: 'Gate of Lanternfish', pattern: "[domain-name:value = 'parcel-lantern.example']" },
  });
  await importOwn(nodes.company, [
    family!,
    ...signs,
    gate,
    red,
    relationship(1, gate.id, family!.id),
    relationship(2, signs[3]!.id, family!.id),
  ]);
  await pull(nodes);
  const { registry } = nodes.police;
  const file = await openCase(registry, 'Lantern');
  const said = { person: 'Rana Aydin', purpose: 'seized at the premises' };
  await addExhibit(registry, file, EVIDENCE, said);
  const { sources } = await usableIndicators(registry, file.openedAt);
  await runMatch(registry, file, sources, said);
  await runTool(registry, file, TIMELINE, await evidenceOf(registry, file.id), {}, said);
  const operation = await createOperation(registry, {
    name: 'Lantern',
    purpose: 'Loaders of one family',
    actionDay: '2027-01-12T05:00:00Z',
  });
  const send = sendInOperation(registry);
  const { lines } = readTargetFile(TARGETS, {}, 'targets.csv');
  await contributeTargets(registry, operation, lines, send);
  await sliceOperation(registry, operation, [], send);
  await createTask(registry, operation, { title: 'Warrants', owner: '', due: '2027-01-11T05:00:00Z' }, send);
  await postInRoom(registry, operation, 'operations', 'Briefing at 04:30 UTC.', send);
  await reportOutcomes(
    registry,
    operation,
    [{ target: 'mail.lantern.example', kind: 'victim-notified' }],
    send,
  );
  return nodes;
}

/** Two that are placed by where the victim sits, and one that waits for a person. */
export const TARGETS = `value,mark,source,information,seen,threat,seat
panel.lantern.example,suspect,A,1,2026-11-20T00:00:00Z,c2,FR
mail.lantern.example,victim,B,2,2026-11-21T00:00:00Z,infected-host,FR
drop.lantern.example,suspect,B,3,,c2,`;

export interface Visitor {
  readonly page: Page;
  readonly browserContext: BrowserContext;
  /** What the page complained of: errors, refused by its policy, or asked of another site. */
  readonly complaints: string[];
}

/** Somebody with these roles, signed in by the link of an invitation, as a person does it. */
export async function visit(
  browser: Browser,
  node: { readonly registry: Registry; readonly url: string },
  options: { locale?: string; scheme?: 'light' | 'dark'; roles?: readonly Role[]; name?: string } = {},
): Promise<Visitor> {
  const url = node.url.replace('127.0.0.1', 'localhost');
  const browserContext = await browser.newContext({
    locale: options.locale ?? 'en',
    colorScheme: options.scheme ?? 'light',
    viewport: { width: 1360, height: 860 },
    reducedMotion: 'reduce',
    baseURL: url,
  });
  const page = await browserContext.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error.stack ?? error)));
  page.on('request', (request) => {
    if (!/^(?:blob|data):/.test(request.url()) && new URL(request.url()).origin !== url)
      complaints.push(`asks ${request.url()}`);
  });
  const { invitation } = await invite(node.registry, {
    name: options.name ?? 'Rana Aydin',
    roles: options.roles ?? FIRST_ROLES,
  });
  await page.goto(`/sign-in?invitation=${invitation}`);
  await page.locator('button[type=submit]').click();
  await page.waitForSelector('.shell-nav');
  return { page, browserContext, complaints };
}

/** Every page of the workspace with something in it. */
export async function pagesOf(node: TwoNodes['police']): Promise<Readonly<Record<string, string>>> {
  const { db } = node.registry;
  const one = async (sql: string) => (await db.get<{ id: string }>(sql))!.id;
  return {
    today: '/',
    agreements: '/agreements',
    agreement: `/agreements/${await one('SELECT id FROM agreement LIMIT 1')}`,
    intelligence: '/intelligence',
    object: `/intelligence/${await one("SELECT id FROM object WHERE body LIKE '%Gate of%' LIMIT 1")}`,
    cases: '/cases',
    case: `/cases/${await one('SELECT id FROM case_file LIMIT 1')}`,
    operations: '/operations',
    operation: `/operations/${await one('SELECT id FROM operation LIMIT 1')}`,
    peers: '/peers',
    desk: '/desk',
    lesson: '/desk/training/handling-markings',
    audit: '/audit',
    people: '/people',
    me: '/me',
  };
}

/** What axe-core finds wrong, one line each; empty when nothing is. The rules of WCAG 2.2 AA, and its good practice. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
      };
    };
    return (await axe.run()).violations;
  });
  return found.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary.replaceAll(/\s+/g, ' ')}`,
    ),
  );
}

const SHOTS = process.env['ENTENTE_SHOTS'];

/** A picture of the page for people to look at, where a folder is named for them; they are no part of the repository. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}
