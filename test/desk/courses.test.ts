/** Courses are lessons and exercises in order; who has done all of one can show it. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { LANGUAGES } from '../../src/agreement/index.ts';
import type { EntenteError } from '../../src/base/index.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import {
  answerLesson,
  answerTask,
  COURSES,
  courseStatements,
  decideHandling,
  EXERCISES,
  grade,
  issueCourseCredential,
  LESSONS,
  PATHS,
  progressOf,
  requireLesson,
  startAttempt,
  titleOf,
  verifyCredential,
} from '../../src/desk/index.ts';
import { openRegistry, type Registry, verifyLedger } from '../../src/registry/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const NOW = new Date('2026-12-01T08:00:00Z');
const FOLDER = new URL('../../src/desk/training/lessons/', import.meta.url);

async function node(context: TestContext): Promise<Registry> {
  const registry = await openRegistry(temporaryFolder(context), { createAs: 'Academy', clock: () => NOW });
  context.after(() => registry.close());
  return registry;
}

const rightChoices = (id: string) => requireLesson(id, 'en').questions.map(({ right }) => right);

test('every lesson is there in four languages, built alike, long enough to teach and short enough to read', () => {
  assert.deepEqual(readdirSync(FOLDER).sort(), [...LESSONS].sort());
  for (const id of LESSONS) {
    assert.deepEqual(
      readdirSync(new URL(`${id}/`, FOLDER)).sort(),
      LANGUAGES.map((one) => `${one}.md`).sort(),
    );
    const english = requireLesson(id, 'en');
    assert.ok(english.questions.length >= 2 && english.questions.length <= 4, id);
    for (const language of LANGUAGES) {
      const { title, blocks, questions } = requireLesson(id, language);
      const where = `${id}/${language}`;
      const commands = (of: typeof blocks) =>
        of.filter(({ kind }) => kind === 'command').map(({ text }) => text);
      assert.ok(title.length > 5, where);
      assert.deepEqual(
        blocks.map(({ kind }) => kind),
        english.blocks.map(({ kind }) => kind),
        where,
      );
      assert.deepEqual(commands(blocks), commands(english.blocks), where);
      assert.deepEqual(
        questions.map(({ right, choices }) => [right, choices.length]),
        english.questions.map(({ right, choices }) => [right, choices.length]),
        where,
      );
      for (const { right, why, choices } of questions)
        assert.ok(right >= 1 && why.length > 20 && new Set(choices).size === choices.length, where);
      const words = blocks
        .map(({ text }) => text)
        .join(' ')
        .split(/\s+/).length;
      assert.ok(words >= 250 && words <= 620, `${where} has ${words} words`);
      if (language === 'ar') assert.match(title, /\p{Script=Arabic}/u);
      else if (language !== 'en') assert.notEqual(title, english.title);
    }
  }
});

test('every command that a lesson names is one, with the options that it names', async () => {
  let seen = 0;
  for (const id of LESSONS)
    for (const language of LANGUAGES)
      for (const { kind, text } of requireLesson(id, language).blocks) {
        const lines =
          kind === 'command' ? [text] : [...text.matchAll(/`(entente [^`]+)`/g)].map((match) => match[1]!);
        for (const line of lines) {
          const words = line.split(' ');
          assert.equal(words.shift(), 'entente', line);
          const name = [2, 1].map((count) => words.slice(0, count).join(' ')).find((one) => one in COMMANDS);
          assert.ok(name, `${id}/${language}: ${line}`);
          const { options } = await COMMANDS[name]!.load();
          for (const [, option] of line.matchAll(/ --([a-z-]+)/g))
            assert.ok(option! in options, `${id}/${language}: ${line} has no --${option}`);
          seen++;
        }
      }
  assert.ok(seen > 100);
});

test('each role has a course of three to five lessons, and the exercises that are for it', () => {
  assert.deepEqual(
    COURSES.map(({ path }) => path),
    [...PATHS],
  );
  for (const { path, steps, title, about } of COURSES) {
    const of = (kind: string) => steps.filter((one) => one.kind === kind).map(({ id }) => id);
    assert.ok(of('lesson').length >= 3 && of('lesson').length <= 5, path);
    assert.deepEqual(
      of('exercise'),
      EXERCISES.filter(({ paths }) => paths.includes(path)).map(({ id }) => id),
    );
    for (const language of LANGUAGES) {
      assert.ok(title[language].length > 3 && about[language].length > 20);
      assert.equal(new Set(steps.map((step) => titleOf(step, language))).size, steps.length);
    }
  }
  const used = new Set(COURSES.flatMap(({ steps }) => steps.map(({ id }) => id)));
  for (const id of LESSONS) assert.ok(used.has(id), `${id} is in no course`);
});

test('a lesson is done when every question is answered rightly; a wrong one is named, and not given away', async (context) => {
  const registry = await node(context);
  const right = rightChoices('first-hour');
  const wrong = [right[0]!, (right[1]! % 3) + 1, right[2]!];
  const first = await answerLesson(registry, 'first-hour', wrong, 'Amira', 'fr');
  assert.equal(first.passed, false);
  assert.deepEqual(
    first.answers.map((one) => [one.right, one.why !== null]),
    [
      [true, true],
      [false, false],
      [true, true],
    ],
  );
  const done = async (person: string) =>
    (await progressOf(registry.db, person))[0]!.steps.filter((one) => one.done).map(({ step }) => step.id);
  assert.deepEqual(await done('Amira'), []);
  assert.equal((await answerLesson(registry, 'first-hour', right, 'Amira', 'ar')).passed, true);
  await answerLesson(registry, 'first-hour', wrong, 'Amira', 'en');
  assert.deepEqual(await done('Amira'), ['first-hour'], 'what was done stays done');
  assert.deepEqual(await done('Bruno'), [], 'another person has a record of their own');
  const home = 'urn:entente:test';
  const statements = await courseStatements(registry.db, 'first-responder', 'Amira', home);
  assert.deepEqual(
    statements.map(({ result }) => (result as { success: boolean }).success),
    [false, true, false],
  );
  assert.equal(new Set(statements.map(({ id }) => id)).size, 3);
  assert.deepEqual(await courseStatements(registry.db, 'analyst', 'Amira', home), []);
  assert.equal((await verifyLedger(registry)).ok, true);
});

test('answers that are none are refused before anything is kept', async (context) => {
  const registry = await node(context);
  for (const choices of [
    [],
    [1],
    [1, 1, 1, 1],
    [0, 1, 1],
    [4, 1, 1],
    [1.5, 1, 1],
    [Number.NaN, 1, 1],
    [-1, 1, 1],
  ])
    await assert.rejects(
      answerLesson(registry, 'first-hour', choices, 'Amira', 'en'),
      (error: EntenteError) => error.code === 'usage' && /3 questions/.test(error.message),
    );
  for (const id of ['nothing', '../exercises', '__proto__', 'first-hour/en'])
    await assert.rejects(
      answerLesson(registry, id, [1], 'Amira', 'en'),
      (error: EntenteError) => error.code === 'not-found',
    );
  await assert.rejects(
    answerLesson(registry, 'first-hour', rightChoices('first-hour'), 'a\u202eb', 'en'),
    (error: EntenteError) => error.code === 'usage',
  );
  assert.equal((await registry.db.all('SELECT 1 FROM exercise_event')).length, 0);
});

test('a course is finished by its lessons and by exercises passed in a team, and earns a credential once', async (context) => {
  const registry = await node(context);
  const course = COURSES.find(({ path }) => path === 'prosecutor')!;
  const mail = 'amira@police.example';
  for (const step of course.steps)
    if (step.kind === 'lesson') await answerLesson(registry, step.id, rightChoices(step.id), 'Amira', 'es');
  await assert.rejects(
    issueCourseCredential(registry, 'prosecutor', 'Amira', mail),
    (error: EntenteError) => error.code === 'conflict' && /missing: exercise ransomware/.test(error.message),
  );
  const exercise = EXERCISES.find(({ id }) => id === 'ransomware')!;
  const { id } = await startAttempt(registry, exercise, {
    case: 'case--x',
    team: 'Blue',
    members: ['Amira'],
  });
  for (const task of exercise.tasks)
    if (task.kind !== 'action')
      await answerTask(
        registry,
        id,
        task.id,
        task.kind === 'finding' ? task.answers[0]! : decideHandling(task).verdict,
        'Amira',
      ).catch((error: EntenteError) => assert.equal(error.code, 'not-found', 'not asked before its inject'));
  await grade(registry, id, { read: ['server.log'], runs: 1, routed: {} }, 'Trainer');
  const progress = (await progressOf(registry.db, 'Amira')).find((one) => one.course === course)!;
  assert.equal(progress.finished, true);
  assert.equal(
    (await progressOf(registry.db, 'Bruno')).some((one) => one.finished),
    false,
  );
  const jwt = await issueCourseCredential(registry, 'prosecutor', 'Amira', mail);
  const verdict = await verifyCredential(jwt, [registry.identity.publicJwk], NOW, { holder: mail });
  assert.equal(verdict.achievement, 'urn:entente:course:prosecutor:1');
  assert.equal(verdict.holder, true);
  await assert.rejects(
    issueCourseCredential(registry, 'prosecutor', 'Amira', mail),
    (error: EntenteError) => error.code === 'conflict' && /already/.test(error.message),
  );
  assert.equal((await verifyLedger(registry)).ok, true);
});
