/**
 * What STIX patterns cost on this machine: parsing, matching as observations grow, and sets of patterns. `npm run bench` prints
 * it. Each cost is the fastest of nine runs: the collector and other processes only ever add. `growth` is the cost of a step against
 * n log n of the step before: 1.0 is n log n, and a quadratic algorithm would show 1.9. Ends with 1 when matching ten thousand
 * observations takes a second.
 */
import { compilePatternSet, matchPattern, parsePattern, type StixObject } from '../src/stix/pattern/index.ts';

const RUNS = 9;
const LIMIT_MS = 1_000;
const SIZES = [1_250, 2_500, 5_000, 10_000, 20_000];
const PERIOD = "START t'1970-01-01T00:00:00Z' STOP t'1970-01-02T00:00:00Z'";

function observe(
  count: number,
  at: (index: number) => number,
  name: (index: number) => string,
): StixObject[] {
  return Array.from({ length: count }, (_, index): StixObject[] => {
    const time = new Date(at(index) * 1000).toISOString();
    const id = `file--${index}`;
    return [
      {
        type: 'observed-data',
        id: `observed-data--${index}`,
        first_observed: time,
        last_observed: time,
        number_observed: 1,
        object_refs: [id],
      },
      { type: 'file', id, name: name(index), size: index },
    ];
  }).flat();
}

function fastestMs(act: () => void): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    act();
    fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest;
}

const turn =
  (...names: string[]) =>
  (index: number) =>
    names[index % names.length]!;
const eachSecond = (index: number) => index;
const [a, b, c] = ["[file:name = 'a']", "[file:name = 'b']", "[file:name = 'c']"];

/** What is measured: a pattern, when observations come, what they are, and whether the pattern is met. */
const CURVES: [string, string, (index: number) => number, (index: number) => string, boolean][] = [
  [
    'three ANDed, START/STOP, met',
    `(${a} AND ${b} AND ${c}) ${PERIOD}`,
    eachSecond,
    turn('a', 'b', 'c'),
    true,
  ],
  [
    'three ANDed, START/STOP, not met',
    `(${a} AND ${b} AND ${c}) ${PERIOD}`,
    eachSecond,
    turn('a', 'b'),
    false,
  ],
  [
    'three ANDed, START/STOP, competing',
    `(${a} AND [file:name IN ('a')] AND [file:name LIKE 'a']) ${PERIOD}`,
    eachSecond,
    (index) => (index < 2 ? 'a' : 'b'),
    false,
  ],
  [
    'three ANDed, START/STOP, WITHIN, not met',
    `(${a} AND ${b} AND ${c}) WITHIN 2 SECONDS ${PERIOD}`,
    eachSecond,
    turn('a', 'b', 'c'),
    false,
  ],
  ['REPEATS 6 WITHIN 10, met', `${a} REPEATS 6 TIMES WITHIN 10 SECONDS`, eachSecond, turn('a'), true],
  [
    'REPEATS 6 WITHIN 10, not met',
    `${a} REPEATS 6 TIMES WITHIN 10 SECONDS`,
    (i) => i * 2.1,
    turn('a'),
    false,
  ],
  [
    'FOLLOWEDBY of three, WITHIN, not met',
    `(${a} FOLLOWEDBY ${c} FOLLOWEDBY ${b}) WITHIN 4 SECONDS`,
    eachSecond,
    turn('a', 'b', 'c'),
    false,
  ],
  [
    'pairs WITHIN, REPEATS 3, not met',
    `(${a} AND ${b}) WITHIN 1 SECONDS REPEATS 3 TIMES`,
    eachSecond,
    turn('a', 'b'),
    false,
  ],
  [
    'same term FOLLOWEDBY, WITHIN, not met',
    `(${a} FOLLOWEDBY ${a}) WITHIN 2 SECONDS`,
    eachSecond,
    turn('a', 'b'),
    false,
  ],
];

console.log(
  `matching, ms for n observations       ${SIZES.map((n) => String(n).padStart(8)).join('')}   growth`,
);
for (const [label, text, at, name, met] of CURVES) {
  const pattern = parsePattern(text);
  const costs = SIZES.map((count) => {
    const given = observe(count, at, name);
    return fastestMs(() => {
      if ((matchPattern(pattern, given) !== null) !== met) throw new Error(`${label}: wrong outcome`);
    });
  });
  const growth = costs.slice(1).map((cost, i) => {
    const [n, m] = [SIZES[i]!, SIZES[i + 1]!];
    return cost / costs[i]! / ((m * Math.log(m)) / (n * Math.log(n)));
  });
  if (costs[SIZES.indexOf(10_000)]! >= LIMIT_MS) process.exitCode = 1;
  const cells = costs.map((cost) => cost.toFixed(1).padStart(8)).join('');
  console.log(`${label.padEnd(38)}${cells}   ${growth.map((g) => g.toFixed(1)).join(' ')}`);
}

const report = (label: string, text: string) => console.log(`${label.padEnd(60)} ${text}`);
const hash = (index: number) => index.toString(16).padStart(64, '0');
const indicators = Array.from(
  { length: 100_000 },
  (_, index) => `[file:hashes.'SHA-256' = '${hash(index)}']`,
);

const parseMs = fastestMs(() => {
  for (const text of indicators) parsePattern(text);
});
report('parse a pattern of one hash', `${((parseMs * 1000) / indicators.length).toFixed(1)} µs`);

const long = Array.from({ length: 10_000 }, (_, index) => `file:name = 'n${index}'`);
const given = observe(1, eachSecond, turn('n9999'));
for (const [label, text] of [
  ['10,000 OR terms inside brackets', `[${long.join(' OR ')}]`],
  ['10,000 OR terms of brackets', long.map((term) => `[${term}]`).join(' OR ')],
] as const) {
  const parse = fastestMs(() => parsePattern(text));
  const whole = fastestMs(() => matchPattern(text, given));
  report(label, `parse ${parse.toFixed(1)} ms, parse and match ${whole.toFixed(1)} ms`);
}

let set = compilePatternSet([]);
const compileMs = fastestMs(() => {
  set = compilePatternSet(indicators);
});
report('compile a set of 100,000 simple patterns', `${compileMs.toFixed(0)} ms`);
const seen: StixObject[] = observe(1, eachSecond, turn('x')).map((object) =>
  object.type === 'file' ? { ...object, hashes: { 'SHA-256': hash(77_777) } } : object,
);
const lookUpMs = fastestMs(() => {
  for (let i = 0; i < 1000; i++) if (set.match(seen).matches.length !== 1) throw new Error('not found');
});
const singly = indicators.slice(0, 1000).map((text) => parsePattern(text));
const singlyMs = fastestMs(() => {
  for (const pattern of singly) matchPattern(pattern, seen);
});
report('evaluate the set on one observation, one hit', `${lookUpMs.toFixed(2)} µs`);
report('the same one by one (from 1,000 patterns)', `${((singlyMs * 100_000) / 1000).toFixed(0)} ms`);
