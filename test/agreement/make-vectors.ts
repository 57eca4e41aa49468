/**
 * Writes vectors/agreement/ anew; run it when the format changes and read the difference:
 * `node test/agreement/make-vectors.ts`. Ed25519 signatures are deterministic, so the same keys give the same bytes.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  compileAgreement,
  draftNotice,
  encodeSignedAgreement,
  encodeSignedNotice,
  type Question,
  signNotice,
  verifyAgreement,
} from '../../src/agreement/index.ts';
import { DURING, exampleAgreement, KEYS, sign } from './example.ts';

const folder = join(import.meta.dirname, '../../vectors/agreement');
const agreement = exampleAgreement();
const signed = await sign(agreement);
writeFileSync(join(folder, 'agreement.json'), encodeSignedAgreement(signed));
const at = '2027-09-01T00:00:00Z';
const notice = draftNotice(agreement, { kind: 'suspend', party: 'interlink', at, reason: 'under review' });
const signature = await signNotice(agreement, notice, KEYS.interlink.signatory, {
  signatory: 'secretary-general',
  at,
});
writeFileSync(join(folder, 'notice.json'), encodeSignedNotice({ notice, signatures: [signature] }));

const object = { category: 'network-indicators', tlp: 'amber', pap: 'green', personalData: 'none' } as const;
const base: Question = {
  act: 'release',
  from: 'northlight',
  to: 'interlink',
  purpose: 'investigation',
  at: DURING,
  releaseClass: object,
};
const victim = { category: 'victims', tlp: 'amber+strict', pap: 'red', personalData: 'victim' } as const;
const questions: Question[] = [
  base,
  { ...base, releaseClass: { ...object, tlp: 'red' } },
  { ...base, releaseClass: { ...object, pap: 'red' } },
  { ...base, releaseClass: { ...object, category: 'samples' } },
  { ...base, releaseClass: { ...object, personalData: 'suspect' } },
  { ...base, releaseClass: { ...object, personalData: 'online-identifier' } },
  { ...base, releaseClass: { ...object, matters: ['political'] } },
  { ...base, purpose: 'research' },
  { ...base, from: 'interlink', to: 'northlight' },
  {
    ...base,
    from: 'interlink',
    to: 'northlight',
    purpose: 'research',
    releaseClass: { ...object, category: 'outcomes' },
  },
  { ...base, at: '2026-11-30T23:59:59Z' },
  { ...base, at: '2026-12-01T00:30:00+01:00' },
  { ...base, at: '2031-12-01T00:00:00Z' },
  { ...base, at: '2027-09-01T00:00:00Z' },
  { ...base, act: 'onward', onwardTo: 'Police of Arvenia' },
  { ...base, act: 'onward', onwardTo: 'Somebody else' },
  { ...base, act: 'onward', onwardTo: 'Police of Arvenia', releaseClass: { ...object, category: 'reports' } },
  { ...base, act: 'evidence-use' },
  { ...base, act: 'evidence-use', granted: ['flows[0].evidenceUse'] },
  { ...base, act: 'export', receivedAt: '2027-01-01T00:00:00Z', at: '2030-01-02T00:00:00Z' },
  { ...base, act: 'look-up' },
  { ...base, purpose: 'routing', releaseClass: victim },
  { ...base, act: 'export', purpose: 'routing', releaseClass: victim },
  { ...base, act: 'evidence-use', purpose: 'routing', releaseClass: victim },
  { ...base, act: 'expert-seat', clearance: 'secret', used: 19 },
  { ...base, act: 'expert-seat', clearance: 'secret', used: 20 },
  { ...base, act: 'expert-seat', clearance: 'none' },
  { ...base, act: 'tool-seat', tool: 'Northlight Unpacker' },
  { ...base, act: 'training-place', purpose: 'training', level: 'expert' },
  { ...base, act: 'support', unit: 'hours', priority: 'urgent' },
  { ...base, act: 'audit', announcedAt: '2027-04-01T00:00:00Z' },
  { ...base, act: 'log-access', logs: 'all' },
  { ...base, act: 'publish-counts' },
];
const decider = compileAgreement(await verifyAgreement(signed));
const lines = questions.map((question) => {
  const { verdict, clauses } = decider.decide(question, [notice]);
  return JSON.stringify({
    question,
    verdict,
    clauses: clauses.map(({ path, effect }) => ({ path, effect })),
  });
});
writeFileSync(join(folder, 'verdicts.jsonl'), `${lines.join('\n')}\n`);
