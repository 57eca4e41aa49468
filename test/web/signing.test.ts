/** The signing ceremony in a browser: the exact version is signed with one's own key, and the key does not leave the page. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { draftAmendment, keyThumbprint } from '../../src/agreement/index.ts';
import {
  identityFrom,
  listAgreements,
  readKeyFile,
  saveDraft,
  showAgreement,
  versionToSign,
} from '../../src/registry/index.ts';
import { twoNodes } from '../two-nodes.ts';
import { NO_BROWSER, NOT_BUILT, openBrowser, shoot, violations, visit, wordsOf } from './workspace.ts';

const skip = NO_BROWSER || NOT_BUILT;

interface KeyFile {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly d: string;
}

const newKey = () =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as unknown as KeyFile;

/** A second version that names the police's signatory with a key of her own. */
async function drafted(context: TestContext) {
  const { police, company } = await twoNodes(context);
  const [{ id }] = (await listAgreements(police.registry)) as unknown as [{ id: string }];
  const key = newKey();
  const { document } = await showAgreement(police.registry, id);
  const { party } = await versionToSign(police.registry, id);
  const parties = document.parties.map((one) =>
    one.id === party
      ? {
          ...one,
          signatories: one.signatories.map((signatory) => ({
            ...signatory,
            key: { kty: 'OKP', crv: 'Ed25519', x: key.x, kid: keyThumbprint(key) },
          })),
        }
      : one,
  );
  await saveDraft(police.registry, draftAmendment(document, { parties }));
  return { police, company, id, key, party };
}

const choose = (page: Page, content: unknown) =>
  page.locator('input[type=file]').setInputFiles({
    name: 'key.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(content)),
  });

for (const [locale, scheme] of [
  ['en', 'light'],
  ['ar', 'dark'],
] as const)
  test(`an agreement is signed with one’s own key, in ${locale}`, { skip }, async (context) => {
    const say = wordsOf(locale);
    const { police, id, key, party } = await drafted(context);
    const browser = await openBrowser(context);
    const { page, complaints } = await visit(browser, police, { locale, scheme, roles: ['administrator'] });
    const sent: string[] = [];
    page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
    await page.goto(`/agreements/${id}`);
    await page.getByRole('tab', { name: say('agreement.signatures') }).click();
    await page.getByRole('button', { name: say('signing.open') }).click();
    const { verified } = await versionToSign(police.registry, id);
    await page.getByText(verified.digest, { exact: true }).waitFor();
    const sign = page.getByRole('button', { name: say('signing.sign'), exact: true });
    await page.getByLabel(say('signing.read')).check();
    assert.ok(await sign.isDisabled(), 'nothing is signed without a key');
    await choose(page, { kty: 'oct' });
    await page.getByText(say('signing.fault.not-a-key')).waitFor();
    await choose(page, newKey());
    await page.getByText(say('signing.fault.not-named')).waitFor();
    await choose(page, { ...key, d: newKey().d });
    await page.getByText(say('signing.fault.not-a-key')).waitFor();
    assert.ok(await sign.isDisabled(), 'nor with a pair that is none');
    await page.getByText(say('signing.no-key')).click();
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: say('signing.make') }).click();
    const made = identityFrom(readKeyFile(await (await saved).path()));
    const shown = page.getByRole('status').filter({ hasText: say('signing.made') });
    const { kid, ...publicKey } = JSON.parse((await shown.locator('.mono').textContent())!);
    assert.deepEqual([publicKey, kid], [made.publicJwk, made.kid], 'the command reads the file');
    await shoot(page, `signing-key-${locale}`);
    await choose(page, made.privateJwk);
    await page.getByText(say('signing.fault.not-named')).waitFor();
    await choose(page, key);
    await page.getByRole('status').getByText(keyThumbprint(key)).waitFor();
    assert.deepEqual(await violations(page), []);
    await shoot(page, `signing-${locale}`);
    await sign.click();
    await page.getByText(say('signing.done'), { exact: true }).waitFor();
    const after = (await versionToSign(police.registry, id)).verified;
    assert.deepEqual(after.parties.find((one) => one.party === party)!.missing, []);
    assert.deepEqual(after.issues, []);
    assert.ok(
      sent.some((one) => one.includes('/signatures')),
      'the signature was sent',
    );
    assert.deepEqual(
      sent.filter((one) => [key.d, made.privateJwk.d].some((secret) => one.includes(secret))),
      [],
      'the key was not',
    );
    assert.deepEqual(complaints, []);
  });
