import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  compileAgreement,
  decodeSignedAgreement,
  decodeSignedNotice,
  verifyAgreement,
  verifyNotice,
} from '../../src/agreement/index.ts';
import { exampleAgreement } from './example.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, '../../vectors/agreement', name));

const signed = decodeSignedAgreement(read('agreement.json'));
const verified = await verifyAgreement(signed);
const notice = decodeSignedNotice(read('notice.json'));

test('the signed agreement of the vectors is that of the example, and verifies', async () => {
  assert.deepEqual(signed.agreement, exampleAgreement());
  assert.equal(verified.complete, true);
  assert.deepEqual(await verifyNotice(signed.agreement, notice), []);
});

test('every verdict of the vectors comes out as written', () => {
  const decider = compileAgreement(verified);
  const lines = read('verdicts.jsonl').toString('utf8').trimEnd().split('\n');
  assert.ok(lines.length > 30);
  for (const line of lines) {
    const { question, verdict, clauses } = JSON.parse(line);
    const answer = decider.decide(question, [notice.notice]);
    assert.equal(answer.verdict, verdict, line);
    assert.deepEqual(
      answer.clauses.map(({ path, effect }) => ({ path, effect })),
      clauses,
      line,
    );
    assert.equal(answer.toAllow === undefined, verdict === 'allow');
  }
});
