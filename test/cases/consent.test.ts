/** Findings that rest on a peer's intelligence, in bundles: what the agreement says about evidence, asked when the bundle is made. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ReleaseClass } from '../../src/agreement/index.ts';
import { PATHS } from '../../src/cases/bundle/contents.ts';
import { addExhibit, makeBundle, openCase, runMatch, verifyBundle } from '../../src/cases/index.ts';
import { syncPeer } from '../../src/exchange/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { pull, twoNodes } from '../two-nodes.ts';
import { bringFlowIntoForce, type Context, ownSource, SAID } from './example-case.ts';
import { forge, papersOf } from './forge.ts';

const CLASS: ReleaseClass = {
  category: 'network-indicators',
  tlp: 'amber',
  pap: 'amber',
  personalData: 'none',
};

/** A case in which an indicator of the peer was found, under an agreement that says `evidenceUse`. */
async function foundByPeer(t: Context, evidenceUse: Record<string, unknown>) {
  const world = await twoNodes(t, { agreement: false });
  const { police, company, companyAtPolice, time } = world;
  const id = await bringFlowIntoForce(world, (flow) =>
    Object.assign(flow, { title: 'For evidence', evidenceUse }),
  );
  await pull(world);
  const { registry } = police;
  const folder = temporaryFolder(t);
  const path = join(folder, 'a.txt');
  writeFileSync(path, 'evil.example and own.example');
  const file = await openCase(registry, 'Case');
  await addExhibit(registry, file, path, SAID);
  const peers = {
    ...ownSource(registry, 'evil.example'),
    contributor: company.registry.name,
    contributorKey: company.registry.identity.kid,
    agreement: { id, version: 1 },
    clause: 'flows[0].purposes',
  };
  await runMatch(registry, file, [peers, ownSource(registry, 'own.example', 2)], SAID);
  await syncPeer(registry, companyAtPolice);
  const receivedAt = time.now.toISOString();
  const bundle = join(folder, 'out.zip');
  const make = (releaseClass: ReleaseClass | null, out = bundle) =>
    makeBundle(registry, file, out, { classOf: async () => ({ releaseClass, receivedAt }) });
  return { ...world, registry, folder, bundle, make, id };
}

test('a finding of a peer that may be used after asking is disclosed, marked so, with the agreement and its cosigned ledger', async (t) => {
  const { make, bundle, registry, folder, id, company } = await foundByPeer(t, { code: 'H1' });
  const made = await make(CLASS);
  assert.deepEqual([made.findings, made.withheldFindings], [2, 0]);
  const verdict = await verifyBundle(bundle);
  assert.equal(verdict.ok, true, verdict.cause ?? '');
  assert.equal(verdict.witnesses[0]!.kid, company.registry.identity.kid);
  assert.ok(
    verdict.remarks.some((remark) => /may be used as evidence only when .* permits it/.test(remark)),
    verdict.remarks.join('\n'),
  );
  const papers = await papersOf(bundle);
  const agreements = [...papers.files.keys()].filter((name) => name.startsWith('data/agreements/'));
  assert.ok(agreements.includes(PATHS.agreement(id)));
  const lies: [string, RegExp, Parameters<typeof forge>[3]][] = [
    ['the consent is left out', /without the consent|count the findings/, (p) => p.write(PATHS.consents, '')],
    [
      'the consent is another contributor’s',
      /without the consent/,
      (p) =>
        p.lines(PATHS.consents, (lines) =>
          lines.map((line) => ({ ...line, contributorKey: registry.identity.kid })),
        ),
    ],
    [
      'the finding is said to need none',
      /no consent of its contributor|count the findings/,
      (p) => p.lines(PATHS.findings, (lines) => lines.map((line) => ({ ...line, consent: null }))),
    ],
    ['the agreement is left out', /is missing/, (p) => void p.files.delete(PATHS.agreement(id))],
    [
      'the agreement says something else',
      /sign|digest|not/,
      (p) => p.write(PATHS.agreement(id), p.text(PATHS.agreement(id)).replaceAll('H1', 'H9')),
    ],
  ];
  for (const [i, [what, cause, edit]] of lies.entries()) {
    const out = join(folder, `lie-${i}.zip`);
    await forge(registry, bundle, out, edit);
    const judged = await verifyBundle(out);
    assert.equal(judged.ok, false, what);
    assert.match(judged.cause!, cause, what);
  }
});

test('what the agreement denies, what was recalled and what is no longer held is left out, counted, and said why', async (t) => {
  const { make, bundle, folder, registry } = await foundByPeer(t, {
    code: 'H3',
    restriction: 'not to be used in proceedings',
  });
  const made = await make(CLASS);
  assert.deepEqual([made.findings, made.withheldFindings], [1, 1]);
  const verdict = await verifyBundle(bundle);
  assert.equal(verdict.ok, true, verdict.cause ?? '');
  assert.ok(verdict.remarks.some((remark) => remark.includes('not to be used in proceedings')));
  const papers = await papersOf(bundle);
  const text = [PATHS.findings, PATHS.caseUco, PATHS.report('en')].map((name) => papers.text(name)).join();
  assert.equal(text.includes('evil.example'), false, 'the value is nowhere');
  assert.ok(text.includes('own.example'));
  const recalled = join(folder, 'recalled.zip');
  assert.equal((await make(null, recalled)).withheldFindings, 1);
  assert.ok((await verifyBundle(recalled)).remarks.some((remark) => remark.includes('recalled')));
  // Disclosing it all the same, under the denial, does not verify.
  const out = join(folder, 'lie.zip');
  await forge(registry, bundle, out, (p) =>
    p.lines(PATHS.consents, (lines) => lines.map((line) => ({ ...line, verdict: 'allow' }))),
  );
  assert.equal((await verifyBundle(out)).ok, false);
});
