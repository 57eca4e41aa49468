/** Exercises are cases with known answers, and credentials say who solved one. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { LANGUAGES } from '../../src/agreement/index.ts';
import { type EntenteError, EXERCISE_MARK } from '../../src/base/index.ts';
import { listCases, listExhibits, readExhibit, requireCase, runMatch } from '../../src/cases/index.ts';
import {
  answerTask,
  decideHandling,
  EXERCISES,
  type Exercise,
  generateEvidence,
  inject,
  issueCredential,
  openTasks,
  requireAttempt,
  requireExercise,
  revokeCredential,
  statusList,
  takeHint,
  verifyCredential,
  xapiStatements,
} from '../../src/desk/index.ts';
import {
  actionsIn,
  beginExercise,
  gradeExercise,
  operationOf,
  sendInOperation,
} from '../../src/exchange/index.ts';
import {
  contributeTargets,
  findOperation,
  findTarget,
  holdTarget,
  readTargetFile,
  routeTarget,
} from '../../src/operations/index.ts';
import { openRegistry, type Registry, verifyLedger } from '../../src/registry/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const NOW = new Date('2026-12-01T08:00:00Z');

async function node(context: TestContext): Promise<Registry> {
  const registry = await openRegistry(temporaryFolder(context), { createAs: 'Academy', clock: () => NOW });
  context.after(() => registry.close());
  return registry;
}

/** Solves everything, with the functions of real work. */
async function solve(registry: Registry, exercise: Exercise, skip: readonly string[] = []) {
  const attempt = await beginExercise(registry, exercise, 'Blue', ['Amira', 'Bruno']);
  const file = (await listCases(registry)).find(({ id }) => id === attempt.case)!;
  for (const one of exercise.injects) await inject(registry, attempt.id, one.id, 'Trainer');
  for (const exhibit of await listExhibits(registry, file.id))
    for await (const _ of (await readExhibit(registry, exhibit, {}, { person: 'Amira', purpose: 'exercise' }))
      .bytes);
  if (exercise.operation) {
    const operation = await findOperation(registry.db, operationOf(file.id));
    const send = sendInOperation(registry);
    const csv = `value,mark,source,information\n203.0.113.10,suspect,B,2\n198.51.100.20,suspect,B,2\n198.51.100.99,suspect,B,3\n`;
    await contributeTargets(registry, operation, readTargetFile(csv, {}, 'targets.csv').lines, send);
    for (const [value, country] of [
      ['203.0.113.10', 'FR'],
      ['198.51.100.20', 'ES'],
      ['198.51.100.99', 'ES'],
    ] as const)
      await routeTarget(
        registry,
        operation,
        await findTarget(registry.db, operation, value),
        country,
        'the list',
        'Amira',
        send,
      );
    const sinkhole = await findTarget(registry.db, operation, '198.51.100.99');
    assert.deepEqual((await actionsIn(registry, attempt)).routed['ES'], ['198.51.100.20', '198.51.100.99']);
    await holdTarget(registry, operation, sinkhole, true, 'a researcher’s', 'Amira');
  }
  await runMatch(registry, await requireCase(registry, file.id), [], { person: 'Amira' });
  for (const task of exercise.tasks) {
    if (task.kind === 'action' || skip.includes(task.id)) continue;
    const answer = task.kind === 'finding' ? task.answers[0]! : decideHandling(task).verdict;
    await answerTask(registry, attempt.id, task.id, answer, 'Amira');
  }
  return attempt;
}

test('every exercise is whole in four languages, and can be solved from its evidence', () => {
  assert.equal(EXERCISES.length, 3);
  for (const exercise of EXERCISES) {
    const words = [
      exercise.title,
      exercise.briefing,
      ...exercise.tasks.map((task) => task.words),
      ...exercise.tasks.flatMap(({ hint }) => hint?.words ?? []),
      ...exercise.injects.map((one) => one.words),
    ];
    for (const one of words) {
      for (const language of LANGUAGES)
        assert.ok(one[language].length > 3, `${exercise.id}: ${one.en} in ${language}`);
      assert.equal(new Set(LANGUAGES.map((language) => one[language])).size, 4);
      assert.match(one.ar, /\p{Script=Arabic}/u);
    }
    const evidence = generateEvidence(exercise)
      .map(({ text }) => text)
      .join('\n');
    for (const task of exercise.tasks)
      if (task.kind === 'finding' && !['interval', 'begin', 'total', 'restored'].includes(task.id))
        assert.ok(
          task.answers.some((answer) => evidence.includes(answer)),
          `${exercise.id} ${task.id}`,
        );
    for (const { text } of generateEvidence(exercise)) assert.match(text, /EXERCISE - NOT REAL/);
    const injects = new Set(exercise.injects.map(({ id }) => id));
    assert.equal(openTasks(exercise, injects).length, exercise.tasks.length, 'every task is reached');
  }
});

test('the evidence of an exercise is the same bytes everywhere', () => {
  const digest = (exercise: Exercise) =>
    createHash('sha256')
      .update(JSON.stringify(generateEvidence(exercise)))
      .digest('hex')
      .slice(0, 16);
  assert.deepEqual(
    EXERCISES.map((one) => [one.id, digest(one)]),
    [
      ['phishing', '3d7d66e03e5e6c9f'],
      ['ransomware', 'c5b7a28221a4b927'],
      ['botnet', '99e5bd778a906127'],
    ],
  );
  assert.notEqual(digest(EXERCISES[0]!), digest({ ...EXERCISES[0]!, seed: 7 }));
});

test('each exercise, worked with the functions of real work, is passed with all points; hints cost', async (context) => {
  const registry = await node(context);
  for (const exercise of EXERCISES) {
    const { id } = await solve(registry, exercise);
    const hinted = exercise.tasks.find(({ hint }) => hint)!;
    await takeHint(registry, id, hinted.id, 'Bruno');
    await takeHint(registry, id, hinted.id, 'Bruno');
    const { grade } = await gradeExercise(registry, id, 'Trainer');
    assert.equal(
      grade!.of - grade!.points,
      hinted.hint!.cost,
      `${exercise.id}: ${JSON.stringify(grade!.tasks)}`,
    );
    assert.equal(grade!.passed, true);
  }
  for (const { name } of await listCases(registry))
    assert.ok(name.includes(EXERCISE_MARK), 'the case says that it is an exercise');
  assert.equal((await verifyLedger(registry)).ok, true);
});

test('handling is decided by the agreement engine, with the clause', () => {
  const handling = EXERCISES.map(({ tasks }) => tasks.find(({ kind }) => kind === 'handling')!);
  const verdicts = handling.map((task) => (task.kind === 'handling' ? decideHandling(task) : null)!);
  assert.deepEqual(
    verdicts.map(({ verdict }) => verdict),
    ['ask', 'deny', 'deny'],
  );
  assert.match(verdicts[0]!.because, /flows\[1\]\.onward/);
  assert.match(verdicts[1]!.because, /flows\[0\]\.tlp/);
});

test('nothing done gives no points, and a graded attempt takes no more', async (context) => {
  const registry = await node(context);
  const exercise = requireExercise('phishing');
  const { id } = await beginExercise(registry, exercise, 'Idle', ['Chen']);
  await assert.rejects(
    answerTask(registry, id, 'rule', 'x', 'Chen'),
    /there is no task "rule" now/,
    'before its inject',
  );
  await assert.rejects(
    answerTask(registry, id, 'forward', 'yes', 'Chen'),
    /one of: allow, deny, ask/,
    'a slip is no answer',
  );
  await assert.rejects(
    answerTask(registry, id, 'match', 'done', 'Chen'),
    /takes no answer/,
    'an action is not said, it is done',
  );
  const { grade } = await gradeExercise(registry, id, 'Trainer');
  assert.equal(grade!.points, 0);
  assert.equal(grade!.passed, false);
  for (const late of [
    answerTask(registry, id, 'domain', 'x', 'Chen'),
    takeHint(registry, id, 'domain', 'Chen'),
  ])
    await assert.rejects(late, (error: EntenteError) => error.code === 'conflict');
  await assert.rejects(
    issueCredential(registry, await requireAttempt(registry.db, id), 'Chen', 'chen@police.example'),
    /not passed/,
  );
});

test('an attempt is told in xAPI statements that a store takes once', async (context) => {
  const registry = await node(context);
  const { id } = await solve(registry, requireExercise('botnet'));
  await gradeExercise(registry, id, 'Trainer');
  const attempt = await requireAttempt(registry.db, id);
  const statements = xapiStatements(attempt, 'urn:entente:test');
  assert.deepEqual(statements, xapiStatements(attempt, 'urn:entente:test'));
  assert.equal(new Set(statements.map((one) => one['id'])).size, statements.length);
  for (const { id: uuid } of statements as { id: string }[])
    assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  const last = statements.at(-1) as {
    verb: { id: string };
    result: { success: boolean; score: { scaled: number } };
  };
  assert.match(last.verb.id, /passed$/);
  assert.equal(last.result.score.scaled, 1);
});

test('a credential verifies offline, is one person’s, and can be revoked', async (context) => {
  const registry = await node(context);
  const { id } = await solve(registry, requireExercise('phishing'));
  await gradeExercise(registry, id, 'Trainer');
  const attempt = await requireAttempt(registry.db, id);
  const jwt = await issueCredential(registry, attempt, 'Amira', 'Amira@police.example');
  const trusted = [registry.identity.publicJwk];
  assert.ok(!Buffer.from(jwt.split('.')[1]!, 'base64url').toString().includes('police.example'));
  const without = await verifyCredential(jwt, trusted, NOW);
  assert.equal(without.revocation, 'unknown');
  const clean = await statusList(registry);
  const verify = (text: string, more: object = {}) =>
    verifyCredential(text, trusted, NOW, { statusList: clean, ...more });
  assert.equal((await verify(jwt, { holder: 'amira@police.example' })).holder, true);
  assert.equal(
    (await verify(jwt, { holder: 'bruno@police.example' })).holder,
    false,
    'another person cannot show it as theirs',
  );
  assert.equal((await verify(jwt)).revocation, 'not-revoked');
  await assert.rejects(
    issueCredential(registry, attempt, 'Amira', 'x@police.example'),
    (error: EntenteError) => error.code === 'conflict',
  );
  await assert.rejects(issueCredential(registry, attempt, 'Mallory', 'x@police.example'), /no member/);
  const other = await issueCredential(registry, attempt, 'Bruno', 'bruno@police.example');
  await revokeCredential(registry, jwt);
  const list = await statusList(registry);
  assert.equal((await verify(jwt, { statusList: list })).revocation, 'revoked');
  assert.equal((await verify(other, { statusList: list })).revocation, 'not-revoked');
  assert.equal((await verifyLedger(registry)).ok, true);
});

test('forged credentials and lists are refused', async (context) => {
  const registry = await node(context);
  const stranger = await node(context);
  const passed = async (where: Registry) => {
    const { id } = await solve(where, requireExercise('phishing'));
    await gradeExercise(where, id, 'Trainer');
    return issueCredential(where, await requireAttempt(where.db, id), 'Amira', 'a@police.example');
  };
  const [mine, theirs] = [await passed(registry), await passed(stranger)];
  const trusted = [registry.identity.publicJwk];
  const [header, payload, signature] = mine.split('.') as [string, string, string];
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const none = encode({ alg: 'none' });
  for (const [what, forged, why] of [
    ['an unknown issuer', theirs, /no node that is known/],
    [
      'another name',
      [header, encode({ ...claims, name: 'Master' }), signature].join('.'),
      /not signed by its issuer/,
    ],
    ['no signature', [none, payload, ''].join('.'), /not signed by its issuer/],
    [
      'a stranger’s signature',
      [theirs.split('.')[0], payload, theirs.split('.')[2]].join('.'),
      /not signed by its issuer/,
    ],
    ['no JWT', 'hello', /no JWT/],
    ['a list', await statusList(registry), /no Open Badges/],
  ] as const)
    await assert.rejects(
      verifyCredential(forged, trusted, NOW),
      (error: EntenteError) => error.exit === 1 && why.test(error.message),
      what,
    );
  await assert.rejects(
    verifyCredential(mine, trusted, NOW, { statusList: await statusList(stranger) }),
    /no node that is known/,
  );
  await assert.rejects(
    verifyCredential(mine, trusted, NOW, { statusList: mine }),
    /not the one that the credential names/,
  );
});
