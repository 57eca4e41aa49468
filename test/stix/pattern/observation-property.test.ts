import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  matchPattern,
  type ObservationExpression,
  type Pattern,
  printPattern,
  type Qualifier,
  type StixObject,
} from '../../../src/stix/pattern/index.ts';
import { Random } from './random.ts';
import { type SlowObservation, slowMatches } from './slow-matcher.ts';

const VALUES = ['a', 'b', 'c'];
const EPOCH = Date.parse('2026-01-01T00:00:00Z') / 1000;

function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

function randomPattern(random: Random, depth: number): ObservationExpression {
  const shape = depth === 0 ? 0 : random.integer(0, 6);
  if (shape <= 1) {
    return {
      kind: 'observation',
      comparison: {
        kind: 'comparison',
        path: { objectType: 'x', steps: [{ kind: 'property', name: 'p' }] },
        operator: '=',
        negated: false,
        value: { kind: 'string', value: random.pick(VALUES) },
      },
    };
  }
  if (shape <= 4) {
    const kind = random.pick(['and', 'and', 'or', 'followed-by', 'followed-by'] as const);
    const operands = Array.from({ length: random.integer(2, 3) }, () => randomPattern(random, depth - 1));
    return { kind, operands };
  }
  const qualifiers: Qualifier[] = [];
  if (random.chance(0.6)) qualifiers.push({ kind: 'within', seconds: random.pick([0.5, 1, 2, 3, 5]) });
  if (random.chance(0.5)) qualifiers.push({ kind: 'repeats', times: random.integer(1, 3) });
  if (random.chance(0.2)) {
    const start = random.integer(0, 5);
    qualifiers.push({
      kind: 'start-stop',
      start: time(EPOCH + start),
      stop: time(EPOCH + start + random.integer(1, 8)),
    });
  }
  if (qualifiers.length === 0) qualifiers.push({ kind: 'within', seconds: 2 });
  if (random.chance(0.5)) qualifiers.reverse();
  return { kind: 'qualified', operand: randomPattern(random, depth - 1), qualifiers };
}

function randomObservations(random: Random): { slow: SlowObservation[]; given: StixObject[] } {
  const slow: SlowObservation[] = [];
  const given: StixObject[] = [];
  const total = random.integer(1, 8);
  while (slow.length < total) {
    const first = EPOCH + random.integer(0, 8);
    const last = first + (random.chance(0.3) ? random.integer(1, 2) : 0);
    const values = VALUES.filter(() => random.chance(0.45));
    const count = Math.min(total - slow.length, random.chance(0.2) ? random.integer(2, 3) : 1);
    for (let i = 0; i < count; i++) slow.push({ first, last, values });
    const ids = values.map((value) => `x--${given.length}-${value}`);
    given.push(
      {
        type: 'observed-data',
        id: `observed-data--${given.length}`,
        first_observed: time(first),
        last_observed: time(last),
        number_observed: count,
        object_refs: ids,
      },
      ...values.map((p, i) => ({ type: 'x', id: ids[i]!, p })),
    );
  }
  return { slow, given };
}

/** The match must be one of the sets of observations that the slow evaluator found. */
function assertSound(
  pattern: Pattern,
  given: StixObject[],
  sets: (readonly number[])[],
  slow: SlowObservation[],
): void {
  const match = matchPattern(pattern, given);
  const context = `${printPattern(pattern)} over ${JSON.stringify(slow)}`;
  assert.equal(match !== null, sets.length > 0, context);
  if (!match) return;
  const used = new Map<unknown, number>();
  for (const term of match.terms) {
    used.set(term.observation, (used.get(term.observation) ?? 0) + term.count);
    assert.ok(term.expression.includes(`'${term.objects[0]!['p']}'`), context);
  }
  const describe = (first: number, last: number, values: readonly string[]) =>
    `${first} ${last} ${values.join('')}`;
  const observed = given
    .filter(({ type }) => type === 'observed-data')
    .flatMap((object) => {
      const values = (object['object_refs'] as string[]).map((id) => id.slice(-1));
      const first = Date.parse(String(object['first_observed'])) / 1000;
      const last = Date.parse(String(object['last_observed'])) / 1000;
      assert.ok((used.get(object) ?? 0) <= (object['number_observed'] as number), context);
      return new Array<string>(used.get(object) ?? 0).fill(describe(first, last, values));
    })
    .sort()
    .join('\n');
  const possible = sets.map((set) =>
    set
      .map((index) => slow[index]!)
      .map(({ first, last, values }) => describe(first, last, values))
      .sort()
      .join('\n'),
  );
  assert.ok(possible.includes(observed), `${context}: ${observed}`);
}

test('matching agrees with trying every set of observations', () => {
  const random = new Random(20261123);
  let matched = 0;
  for (let round = 0; round < 10_000; round++) {
    const pattern = randomPattern(random, random.integer(1, 4));
    const { slow, given } = randomObservations(random);
    const sets = slowMatches(pattern, slow);
    if (sets.length > 0) matched++;
    assertSound(pattern, given, sets, slow);
  }
  assert.ok(matched > 2000 && matched < 8000, `${matched} of 10,000 matched: too one-sided to tell much`);
});
