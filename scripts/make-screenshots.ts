/**
 * Takes the pictures of the workspace that README.md shows, of the story that the browser tests tell: two nodes, everything in them invented.
 * `npm run build:web && npx node scripts/make-screenshots.ts [FOLDER]`; docs/screenshots/ without one. Needs a Chromium, as those tests do.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { sendInOperation } from '../src/exchange/index.ts';
import {
  contributeTargets,
  listOperations,
  type Operation,
  readTargetFile,
  sliceOperation,
} from '../src/operations/index.ts';
import type { Registry } from '../src/registry/index.ts';
import { NO_BROWSER, NOT_BUILT, openBrowser, pagesOf, storyNodes, visit } from '../test/web/workspace.ts';

const FOLDER = resolve(process.argv[2] ?? join(import.meta.dirname, '../docs/screenshots'));
const SIZE = { width: 1440, height: 860 };

/** Where the operation's further targets sit, and how many: a map of one country says little. */
const SEATS = { FR: 9, ES: 7, DE: 5, NL: 4, MA: 3, BR: 6, JP: 2, EG: 3, SN: 1, KR: 2, PL: 2 };

const missing = NO_BROWSER || NOT_BUILT;
if (missing) {
  console.error(missing);
  process.exit(1);
}

const ends: (() => unknown)[] = [];
const context = { after: (end: () => unknown) => ends.push(end) } as unknown as TestContext;

try {
  const { police } = await storyNodes(context);
  await spreadTargets(police.registry);
  const pages = await pagesOf(police);
  const browser = await openBrowser(context);
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, path, ready, locale, scheme] of [
    ['agreement', pages['agreement']!, '[role=tabpanel] section', 'en', 'light'],
    ['findings', `${pages['case']}/findings`, '[role=row].line', 'en', 'light'],
    ['timeline', `${pages['case']}/timeline`, '.histogram canvas', 'en', 'light'],
    ['operation', `${pages['operation']}/map`, '.shades', 'en', 'dark'],
    ['object', pages['object']!, '[role=tabpanel] section', 'ar', 'light'],
  ] as const) {
    const { page, browserContext } = await visit(browser, police, { locale, scheme });
    await page.setViewportSize(SIZE);
    await page.goto(path);
    await page.locator(ready).first().waitFor();
    await page.waitForLoadState('networkidle');
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: join(FOLDER, `${name}.png`) });
    await browserContext.close();
  }
} finally {
  for (const end of ends.reverse()) await end();
}

async function spreadTargets(registry: Registry): Promise<void> {
  const [operation] = (await listOperations(registry.db)) as [Operation];
  const rows = Object.entries(SEATS).flatMap(([seat, count]) =>
    Array.from(
      { length: count },
      (_, n) =>
        `host-${n}.${seat.toLowerCase()}.lantern.example,${n % 3 ? 'victim' : 'suspect'},B,2,2026-11-22T00:00:00Z,infected-host,${seat}`,
    ),
  );
  const text = ['value,mark,source,information,seen,threat,seat', ...rows].join('\n');
  const send = sendInOperation(registry);
  await contributeTargets(registry, operation, readTargetFile(text, {}, 'targets.csv').lines, send);
  await sliceOperation(registry, operation, [], send);
}
