/** A package as a file in somebody's hands: checked without a node, by the command and by the page itself, and each change is named. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { EntenteError } from '../../src/base/index.ts';
import {
  findOperation,
  type PackageContents,
  preparePackages,
  renderPackage,
  signPackage,
  verifyPackage,
} from '../../src/operations/index.ts';
import { entente } from '../cli/entente.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { NO_BROWSER, openBrowser } from '../web/workspace.ts';
import { NAME, world } from './world.ts';

async function packageOf(context: TestContext) {
  const { lead, company } = await world(context);
  const operation = await findOperation(lead.db, NAME);
  const contents = (await preparePackages(lead, operation)).find(({ peer }) => peer.name === 'Police FR')!
    .contents!;
  const { file } = await signPackage(lead.identity, contents, 'someone');
  return { lead, other: company, contents, file: Buffer.from(file) };
}

/** The same signature under other words. */
const underSameSignature = (file: Buffer, contents: PackageContents): Buffer =>
  Buffer.concat([
    Buffer.from(renderPackage(contents)),
    file.subarray(file.lastIndexOf('<script type="application/jose" id="signature">')),
  ]);

const swapped = (file: Buffer, what: string, by: string): Buffer => {
  const text = file.toString('latin1');
  assert.ok(text.includes(what), what);
  return Buffer.from(text.replace(what, by), 'latin1');
};

test('verifying a changed package names the first cause: what was changed, and where', async (context) => {
  const { other, contents, file } = await packageOf(context);
  const csv = file.toString('latin1').match(/items\.csv" href="data:[^,]*,(.{40})/)![1]!;
  const jws = file.toString('latin1').match(/id="signature">([\w.-]+)<\/script>\n$/)![1]!;
  const changed: readonly (readonly [string, Buffer, RegExp])[] = [
    [
      'an address in the list',
      swapped(file, '"value">11.0.0.1</bdi>', '"value">11.0.0.9</bdi>'),
      /after it was signed; the first difference .* line \d+: "9<\/bdi>.* stands where "1<\/bdi>/,
    ],
    [
      'a word more',
      swapped(file, '"value">11.0.0.1</bdi>', '"value">11.0.0.1</bdi>!'),
      /stands where .* \(\d+ bytes, and \d+ were signed\)/,
    ],
    [
      'a file inside',
      swapped(
        file,
        csv,
        csv.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      ),
      /the first difference .* at byte \d+/,
    ],
    [
      'all of it, the data too',
      underSameSignature(file, { ...contents, items: contents.items.slice(1) }),
      /its text and its data for programs were changed together/,
    ],
    [
      'the data of another package',
      underSameSignature(file, {
        ...contents,
        id: contents.id.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      }),
      /are those of another package/,
    ],
    [
      'the data damaged',
      swapped(
        file,
        'package.json.gz" href="data:application/gzip;base64,H4s',
        'package.json.gz" href="data:application/gzip;base64,H5s',
      ),
      /data for programs .* are damaged/,
    ],
    ['the signature', swapped(file, jws.slice(-20), 'A'.repeat(20)), /its signature does not verify/],
    [
      'something behind it',
      Buffer.concat([file, Buffer.from('<p>more</p>')]),
      /something follows its signature/,
    ],
    ['its end cut off', file.subarray(0, file.length / 2), /it has no signature/],
  ];
  for (const [what, bytes, cause] of changed) {
    const error = await verifyPackage(bytes).then(
      () => assert.fail(`${what}: taken for genuine`),
      (refusal: EntenteError) => refusal,
    );
    assert.equal(error.code, 'verification-failed', what);
    assert.match(error.message, cause, what);
  }
  // Somebody else's signature is good; whose it is, is shown for comparison with the agreement.
  const { file: theirs } = await signPackage(other.identity, contents, 'someone');
  assert.equal((await verifyPackage(theirs)).signer, other.identity.kid);

  const path = join(temporaryFolder(context), 'package.html');
  writeFileSync(path, changed[0]![1]);
  const ran = await entente(['operation', 'verify', path]);
  assert.equal(ran.exit, 1);
  assert.match(ran.stderr, /not genuine: it was changed after it was signed; the first difference/);
  writeFileSync(path, file);
  assert.equal((await entente(['operation', 'verify', path])).exit, 0);
});

test('the page checks itself in a browser that is offline, and says so when it was changed', {
  skip: NO_BROWSER,
}, async (context) => {
  const { lead, file, contents } = await packageOf(context);
  const browser = await openBrowser(context);
  const page = await (await browser.newContext({ offline: true })).newPage();
  const asked: string[] = [];
  page.on('request', (request) => {
    if (!/^(?:file|data|blob):/.test(request.url())) asked.push(request.url());
  });
  const folder = temporaryFolder(context);
  const genuine = join(folder, 'genuine.html');
  const forged = join(folder, 'forged.html');
  writeFileSync(genuine, file);
  writeFileSync(forged, swapped(file, '"value">11.0.0.1</bdi>', '"value">11.0.0.9</bdi>'));
  const verdictOn = async (path: string) => {
    await page.locator('#check').setInputFiles(path);
    await page.waitForFunction(() => document.getElementById('verdict')!.textContent !== '');
    const verdict = page.locator('#verdict');
    return { kind: await verdict.getAttribute('class'), text: await verdict.textContent() };
  };
  await page.goto(pathToFileURL(genuine).href);
  const good = await verdictOn(genuine);
  assert.equal(good.kind, 'ok', good.text!);
  assert.ok(good.text!.endsWith(lead.identity.kid), 'it shows the key to compare');
  await page.reload();
  assert.equal((await verdictOn(forged)).kind, 'bad');
  // A forged page that calls itself genuine does not make this one do so.
  await page.goto(pathToFileURL(forged).href);
  assert.equal((await verdictOn(forged)).kind, 'bad');
  assert.deepEqual(asked, []);
  // The files inside are there without a script or a line.
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('a[download="items.csv"]').click(),
  ]);
  assert.equal(download.suggestedFilename(), 'items.csv');
  assert.equal(contents.language, 'fr');
  assert.equal(await page.locator('html').getAttribute('lang'), 'fr');
});
