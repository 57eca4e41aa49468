/**
 * What verdicts cost: 1,000,000 objects in 200 release classes under 50 agreements that all differ. Objects are decided by their class,
 * so the work is 10,000 decisions and then a look at a table for every object and agreement.
 */
import {
  compileAgreement,
  type Question,
  releaseClassKey,
  unsignedAsIfSigned,
} from '../src/agreement/index.ts';
import { DURING } from '../test/agreement/example.ts';
import { Random, randomAgreement, randomQuestion } from '../test/agreement/random.ts';

const AGREEMENTS = 50;
const CLASSES = 200;
const OBJECTS = 1_000_000;

const random = new Random(1);
const agreements = Array.from({ length: AGREEMENTS }, () => unsignedAsIfSigned(randomAgreement(random, 8)));
const classes = new Map<string, NonNullable<Question['releaseClass']>>();
while (classes.size < CLASSES) {
  const { releaseClass } = randomQuestion(random);
  classes.set(releaseClassKey(releaseClass!), releaseClass!);
}
const classOf = Uint16Array.from({ length: OBJECTS }, () => random.below(CLASSES));

const ms = (from: number) => `${(performance.now() - from).toFixed(0).padStart(6)} ms`;

let at = performance.now();
const deciders = agreements.map(compileAgreement);
const question = {
  act: 'release',
  from: 'northlight',
  to: 'interlink',
  purpose: 'investigation',
  at: DURING,
} as const;
console.log(`${ms(at)}  load the engine and compile ${AGREEMENTS} agreements`);

const started = performance.now();
at = started;
const table = deciders.map((decider) =>
  Uint8Array.from([...classes.values()], (releaseClass) =>
    decider.decide({ ...question, releaseClass }).verdict === 'allow' ? 1 : 0,
  ),
);
console.log(`${ms(at)}  decide ${CLASSES} classes under each, nothing remembered`);

at = performance.now();
let allowed = 0;
for (const row of table) for (let i = 0; i < OBJECTS; i++) allowed += row[classOf[i]!]!;
console.log(
  `${ms(at)}  ${OBJECTS.toLocaleString('en-US')} objects under each: ${(allowed / 1e6).toFixed(1)} M allowed`,
);
console.log(`${ms(started)}  all verdicts (bound: 1000 ms)`);

at = performance.now();
for (const decider of deciders)
  for (const releaseClass of classes.values()) decider.decide({ ...question, releaseClass });
console.log(`${ms(at)}  decide the same 10,000 again: term, state and keys anew, clauses remembered`);
