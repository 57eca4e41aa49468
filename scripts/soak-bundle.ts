/**
 * Flips single bytes of bundles and sees that each is noticed, by the command's check and by the page in a real browser: every position of a
 * small bundle, and random ones of a large one. Too long for the tests, which take a sample.
 *
 *     node scripts/soak-bundle.ts [POSITIONS of the large one, 10000] [--no-browser]
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EntenteError } from '../src/base/index.ts';
import { verifyBundleSource } from '../src/cases/bundle/verify.ts';
import { addExhibit, type MatchSource, makeBundle, openCase, runMatch } from '../src/cases/index.ts';
import { openRegistry } from '../src/registry/index.ts';
import { findBrowser, openPage, type Page } from '../test/cases/browser.ts';

const positions = Number(process.argv[2] ?? 10_000);
const PAGE = join(import.meta.dirname, '../src/cases/bundle/page/verify.htm');
/** Positions that the browser is given at once, so that it answers in time. */
const PORTION = 50;
/** Of the large bundle. */
const FINDINGS = 1_000;
const SAID = { person: 'A. Person', purpose: 'soak' };
const folder = mkdtempSync(join(tmpdir(), 'entente-soak-'));
let page: Page | null = null;
try {
  const registry = await openRegistry(join(folder, 'node'), { createAs: 'Soak' });
  const source: MatchSource = {
    kind: 'domain',
    value: 'evil.example',
    indicator: 'indicator--00000000-0000-4000-8000-000000000001',
    name: 'Evil',
    contributor: registry.name,
    contributorKey: registry.identity.kid,
    agreement: null,
    clause: 'own intelligence',
  };
  const make = async (name: string, text: string): Promise<string> => {
    const file = await openCase(registry, name);
    const path = join(folder, `${name}.txt`);
    writeFileSync(path, text);
    await addExhibit(registry, file, path, SAID);
    await runMatch(registry, file, [source], SAID);
    const out = join(folder, `${name}.zip`);
    await makeBundle(registry, file, out);
    return out;
  };
  const small = await make('small', 'see evil.example\n');
  const large = await make(
    'large',
    'nothing to see here, and nothing there\n'.repeat(2_000) + 'evil.example\n'.repeat(FINDINGS),
  );
  await registry.close();
  const browser = process.argv.includes('--no-browser') ? null : findBrowser();
  if (browser) page = await openPage(browser, PAGE, join(folder, 'profile'));
  else console.error('without a browser');

  const everything = (length: number) => Array.from({ length }, (_, i) => i);
  // xorshift32: the same positions every time.
  let state = 1;
  const random = (below: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  for (const [path, choose] of [
    [small, everything],
    [large, (length: number) => Array.from({ length: positions }, () => random(length))],
  ] as const) {
    const bytes = Buffer.from(readFileSync(path));
    const chosen = choose(bytes.length);
    let from = performance.now();
    const missed = await byCommand(bytes, chosen);
    report('command', path, bytes.length, chosen.length, missed, from);
    if (!page) continue;
    from = performance.now();
    report('page', path, bytes.length, chosen.length, await byPage(page, path, chosen), from);
  }
} finally {
  await page?.close();
  rmSync(folder, { recursive: true, force: true });
}

function report(
  who: string,
  path: string,
  size: number,
  count: number,
  missed: readonly number[],
  from: number,
): void {
  const seconds = ((performance.now() - from) / 1000).toFixed(0);
  console.log(
    `${who.padEnd(8)} ${path.split('/').at(-1)} of ${size} bytes: ${count} flipped, ${missed.length} unnoticed, ${seconds} s`,
  );
  if (missed.length > 0) {
    console.log(`  at ${missed.slice(0, 20).join(', ')}`);
    process.exitCode = 1;
  }
}

async function byCommand(bytes: Buffer, chosen: readonly number[]): Promise<number[]> {
  const source = {
    sizeBytes: bytes.length,
    read: async (offset: number, length: number) => {
      if (offset + length > bytes.length) throw new EntenteError('archive-damaged', 'the file ends before');
      return bytes.subarray(offset, offset + length);
    },
  };
  if (!(await verifyBundleSource(source)).ok) throw new Error('the bundle is not valid to begin with');
  const missed: number[] = [];
  for (const at of chosen) {
    bytes[at]! ^= 1 << (at % 8);
    const isNoticed = await verifyBundleSource(source).then(
      (verdict) => !verdict.ok,
      // A refusal is what the command reports; anything else is a fault of the check, and ends the soak.
      (error: unknown) => {
        if (!(error instanceof EntenteError)) throw error;
        return true;
      },
    );
    if (!isNoticed) missed.push(at);
    bytes[at]! ^= 1 << (at % 8);
  }
  return missed;
}

async function byPage(page: Page, path: string, chosen: readonly number[]): Promise<number[]> {
  await page.chooseFile('file', path);
  const missed: number[] = [];
  for (let i = 0; i < chosen.length; i += PORTION) {
    if (i % 1_000 === 0) console.error(`page: ${i} of ${chosen.length}`);
    missed.push(
      ...(await page.evaluate<number[]>(`(async () => {
        globalThis.soak ??= {};
        const file = document.getElementById('file').files[0];
        if (soak.name !== file.name) {
          const bytes = new Uint8Array(await file.arrayBuffer());
          if (!(await ententeVerify(new Blob([bytes])))?.ok) throw new Error('not valid to begin with');
          // What the page reads of a file, from memory: the browser's store of blobs takes longer than the check.
          const slice = (from, to) => ({ arrayBuffer: async () => bytes.slice(from, to).buffer });
          soak = { name: file.name, bytes, file: { size: bytes.length, slice } };
          if (!(await ententeVerify(soak.file))?.ok) throw new Error('not valid from memory');
        }
        const missed = [];
        for (const at of ${JSON.stringify(chosen.slice(i, i + PORTION))}) {
          soak.bytes[at] ^= 1 << (at % 8);
          if ((await ententeVerify(soak.file))?.ok) missed.push(at);
          soak.bytes[at] ^= 1 << (at % 8);
        }
        return missed;
      })()`)),
    );
  }
  return missed;
}
