import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorizeAll } from '../../src/agreement/cedar.ts';
import { flowContext } from '../../src/agreement/flow-clauses.ts';
import {
  type Agreement,
  bindText,
  checkAgreement,
  clauseIssues,
  compileAgreement,
  draftAmendment,
  draftNotice,
  formatInstant,
  instantNs,
  type Question,
  releaseClassKey,
  TLP_LEVELS,
  unsignedAsIfSigned,
  type Verdict,
  verifyAgreement,
  versionInForce,
} from '../../src/agreement/index.ts';
import { exampleAgreement, sign } from './example.ts';
import { fittingQuestion, narrowed, Random, randomAgreement, randomQuestion } from './random.ts';

const RANK = { deny: 0, ask: 1, allow: 2 } as const;
const deciderOf = (agreement: Agreement) => compileAgreement(unsignedAsIfSigned(agreement));
const rank = (verdict: Verdict) => RANK[verdict.verdict];

/** Enough that each way of narrowing meets each act; about a second. */
const ROUNDS = 60;
const QUESTIONS = 30;

test('random agreements are valid, and Cedar can decide each of their clauses', () => {
  const random = new Random(1);
  for (let i = 0; i < 20; i++) {
    const agreement = randomAgreement(random);
    assert.deepEqual(
      checkAgreement(agreement).issues.filter(({ severity }) => severity !== 'warning'),
      [],
    );
    assert.deepEqual(clauseIssues(agreement), []);
  }
});

test('asking clause by clause is what Cedar says to the whole policy set', () => {
  const random = new Random(2);
  let allowed = 0;
  for (let i = 0; i < 8; i++) {
    const agreement = randomAgreement(random, 2);
    const decider = deciderOf(agreement);
    const policies = Object.fromEntries(
      Object.entries(decider.policies).filter(([id]) => id.startsWith('flows[')),
    );
    for (let k = 0; k < 10; k++) {
      const { receivedAt: _, ...question } = fittingQuestion(random, random.one(agreement.flows));
      const verdict = decider.decide(question);
      const request = {
        principal: question.to,
        action: question.act,
        context: flowContext(agreement, question),
      };
      const answers = agreement.flows.map((_, n) =>
        authorizeAll(policies, { ...request, resource: `flows[${n}]` }),
      );
      assert.equal(
        verdict.verdict === 'allow',
        answers.some(({ allow }) => allow),
        JSON.stringify(question),
      );
      if (verdict.verdict === 'allow') {
        allowed++;
        const permits = answers.flatMap(({ allow, reasons }) => (allow ? reasons : []));
        assert.deepEqual(
          verdict.clauses
            .map(({ path }) => path)
            .filter((path) => /^flows\[\d+\]$/.test(path))
            .sort(),
          permits.sort(),
        );
      }
    }
  }
  assert.ok(allowed > 5, `the sample allows something (${allowed})`);
});

test('a narrower agreement never allows what a wider one denies', () => {
  const random = new Random(3);
  let differ = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const wide = randomAgreement(random);
    const narrow = narrowed(wide, random);
    const [before, after] = [deciderOf(wide), deciderOf(narrow)];
    for (let k = 0; k < QUESTIONS; k++) {
      const question = fittingQuestion(random, random.one(wide.flows));
      const [a, b] = [rank(before.decide(question)), rank(after.decide(question))];
      assert.ok(b <= a, `${JSON.stringify(question)}\n${JSON.stringify(after.decide(question))}`);
      if (b < a) differ++;
    }
  }
  assert.ok(differ > 40, `narrowing shows (${differ})`);
});

test('the order of clauses is irrelevant', () => {
  const random = new Random(4);
  for (let i = 0; i < 40; i++) {
    const agreement = randomAgreement(random, 4);
    const shuffled = structuredClone(agreement) as Agreement;
    for (const list of [shuffled.flows, shuffled.services, shuffled.parties] as unknown[][])
      list.sort(() => random.next() - 0.5);
    for (const flow of shuffled.flows)
      for (const list of [flow.categories, flow.purposes, flow.personalData] as string[][]) list.reverse();
    const [before, after] = [deciderOf(agreement), deciderOf(bindText(shuffled))];
    for (let k = 0; k < QUESTIONS; k++) {
      const question = fittingQuestion(random, random.one(agreement.flows));
      const [a, b] = [before.decide(question), after.decide(question)];
      assert.equal(a.verdict, b.verdict);
      assert.equal(a.clauses.length, b.clauses.length);
    }
  }
});

test('a lower ceiling never releases more, and lowering an object’s marking never stops it', () => {
  const random = new Random(5);
  for (let i = 0; i < 60; i++) {
    const agreement = randomAgreement(random, 1);
    const byCeiling = TLP_LEVELS.map((tlp) =>
      deciderOf(bindText({ ...agreement, flows: [{ ...agreement.flows[0]!, tlp }] })),
    );
    for (let k = 0; k < 10; k++) {
      const question = fittingQuestion(random, agreement.flows[0]!);
      const ranks = byCeiling.map((decider) => rank(decider.decide(question)));
      assert.deepEqual(ranks, ranks.toSorted(), 'ceilings rise, verdicts do not fall');
      const decider = byCeiling[2]!;
      const marked = TLP_LEVELS.map((tlp) =>
        rank(decider.decide({ ...question, releaseClass: { ...question.releaseClass!, tlp } })),
      );
      assert.deepEqual(marked, marked.toSorted().toReversed(), 'markings rise, verdicts do not');
    }
  }
});

const OBJECT: Question = {
  act: 'release',
  from: 'northlight',
  to: 'interlink',
  purpose: 'investigation',
  at: '',
  releaseClass: { category: 'network-indicators', tlp: 'green', pap: 'clear', personalData: 'none' },
};

/** The same instant as a text with some offset. */
function inZone(ns: bigint, offsetMinutes: number): string {
  const local = formatInstant(ns + BigInt(offsetMinutes) * 60_000_000_000n);
  const fraction = (((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n).toString().padStart(9, '0');
  const size = Math.abs(offsetMinutes);
  const zone = `${offsetMinutes < 0 ? '-' : '+'}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`;
  return `${local.slice(0, 19)}.${fraction}${zone}`;
}

test('nothing is released before the term, after it, or during suspension, in any zone and on leap days', () => {
  const random = new Random(6);
  const starts = [
    '2027-12-31T23:59:60Z',
    '2028-02-29T00:00:00+14:00',
    '2028-02-28T23:59:59-12:00',
    '2027-03-28T02:30:00+01:00',
  ];
  for (const from of starts) {
    const until = '2032-02-29T12:00:00+05:45';
    const draft = structuredClone(exampleAgreement()) as Agreement;
    Object.assign(draft.term, { from, until });
    draft.term.suspension.daysMax = 0;
    for (const party of draft.parties) delete party.dueDiligence;
    const agreement = bindText(draft);
    const decider = deciderOf(agreement);
    const notices = [
      draftNotice(agreement, {
        kind: 'suspend',
        party: 'interlink',
        at: '2029-01-01T00:00:00Z',
        reason: 'x',
      }),
      draftNotice(agreement, {
        kind: 'resume',
        party: 'interlink',
        at: '2030-01-01T00:00:00+02:00',
        reason: 'x',
      }),
    ];
    const edges = [from, until, '2029-01-01T00:00:00Z', '2030-01-01T00:00:00+02:00'].map(
      (text) => instantNs(text)!,
    );
    const [start, end, hold, lift] = edges as [bigint, bigint, bigint, bigint];
    for (let i = 0; i < 120; i++) {
      const near =
        random.one(edges) +
        BigInt(
          random.one([-86_400_000_000_000, -1_000_000_000, -1, 0, 1, 1_000_000_000, 86_400_000_000_000]),
        );
      const at = inZone(near, random.one([0, -720, 840, 345, 60, -210]));
      const expected = near >= start && near < end && !(near >= hold && near < lift);
      const verdict = decider.decide({ ...OBJECT, at }, notices);
      assert.equal(verdict.verdict === 'allow', expected, `${at} under ${from}`);
    }
  }
});

test('an amendment signed by one party changes no verdict', async () => {
  const random = new Random(7);
  const signed = await verifyAgreement(await sign(exampleAgreement()));
  for (let i = 0; i < 5; i++) {
    const next = draftAmendment(signed.agreement, { flows: randomAgreement(random).flows });
    const half = await verifyAgreement(await sign(next, [random.one(['northlight', 'interlink'] as const)]));
    const { version } = versionInForce([signed, half], [], '2027-01-01T00:00:00Z');
    assert.equal(version, signed);
    const question = randomQuestion(random);
    assert.deepEqual(compileAgreement(version).decide(question), compileAgreement(signed).decide(question));
    assert.equal(
      compileAgreement(half).decide(question).verdict,
      'deny',
      'the half-signed version allows nothing',
    );
  }
});

test('the key of a release class is the same for all ways to write it, and different for others', () => {
  const random = new Random(8);
  const seen = new Map<string, string>();
  for (let i = 0; i < 500; i++) {
    const releaseClass = randomQuestion(random).releaseClass!;
    const shuffled = {
      ...releaseClass,
      countries: [...releaseClass.countries!, ...releaseClass.countries!].toReversed(),
    };
    assert.equal(releaseClassKey(shuffled), releaseClassKey(releaseClass));
    const { matters, countries, operations, handling = 'H0', ...rest } = releaseClass;
    const plain = JSON.stringify([Object.entries(rest).sort(), handling, matters, countries, operations]);
    const key = releaseClassKey(releaseClass);
    assert.equal(seen.get(key) ?? plain, plain);
    seen.set(key, plain);
  }
});
