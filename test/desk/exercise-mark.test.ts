/** Whatever shows or exports an exercise says that nothing of it is real. What is new is found by the lists that the program itself goes by. */
import assert from 'node:assert/strict';
import { createWriteStream, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type EntenteError, EXERCISE_MARK, exerciseName, isExercise } from '../../src/base/index.ts';
import {
  addExhibit,
  evidenceOf,
  listCases,
  listExhibits,
  listRuns,
  makeBundle,
  offerExhibit,
  openCase,
  runMatch,
  runTool,
} from '../../src/cases/index.ts';
import { isExerciseEvidence } from '../../src/cases/scan/index.ts';
import { openDuckDB } from '../../src/cases/timeline/duckdb.ts';
import { EXPORT_FORMATS, exportText } from '../../src/cases/timeline/export.ts';
import { openCaseTimeline, TIMELINE } from '../../src/cases/timeline/index.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { parseInvocation } from '../../src/cli/invocation.ts';
import { REPORT_LANGUAGES, reportPage } from '../../src/cli/match-report.ts';
import { openTerminal } from '../../src/cli/terminal.ts';
import { EXERCISES, generateEvidence, requireExercise } from '../../src/desk/index.ts';
import { beginExercise } from '../../src/exchange/index.ts';
import {
  attachmentsOf,
  createOperation,
  LANGUAGES,
  type PackageContents,
  readFigures,
  renderPackage,
  renderReport,
} from '../../src/operations/index.ts';
import { openRegistry, type Peer } from '../../src/registry/index.ts';
import { membersOf } from '../cases/bundle-members.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** Earlier than the commands' clock, which is the computer's. */
const NOW = new Date('2026-06-01T08:00:00Z');
const MARK = /EXERCISE - NOT REAL/;
const COMMAND_FILES = new URL('../../src/cli/commands/', import.meta.url);

/** A node with the exercise on ransomware begun, and worked on. */
async function begun(context: TestContext) {
  const folder = temporaryFolder(context);
  const registry = await openRegistry(folder, { createAs: 'Academy', clock: () => NOW });
  context.after(() => registry.close());
  const attempt = await beginExercise(registry, requireExercise('ransomware'), 'Blue', ['Amira']);
  const file = (await listCases(registry)).find(({ id }) => id === attempt.case)!;
  await runMatch(registry, file, [], { person: 'Amira' });
  await runTool(registry, file, TIMELINE, await evidenceOf(registry, file.id), {}, { person: 'Amira' });
  return { registry, folder, file, attempt };
}

test('one place decides, by a name that is given once', async (context) => {
  assert.equal(isExercise(exerciseName('Lantern')), true);
  for (const real of ['Lantern', `about ${EXERCISE_MARK}`, 'EXERCISE - NOT REAL', ''])
    assert.equal(isExercise(real), false, real);
  for (const { text } of EXERCISES.flatMap(generateEvidence)) assert.match(text, MARK);
  const { registry } = await begun(context);
  const real = await openCase(registry, 'Harbour');
  assert.equal(isExercise(real.name), false);
});

/** Members of a bundle that are bytes of the evidence, mathematics, or the same for every case. */
const PLAIN_MEMBERS = [
  /^data\/exhibits\//,
  /^data\/ledger\/(checkpoint|witnessed\.json|timestamps\.jsonl|proofs\/)/,
  /^data\/(runs|findings|consents)\.jsonl$/,
  /^data\/custody\.jsonl$/,
  /^(bagit\.txt|manifest-sha256\.txt|tagmanifest-sha256\.txt|signature\.jws|verify\.html)$/,
];

test('a bundle: its reports, its case file, its graph, its ledger and what a bag says of itself', async (context) => {
  const { registry, folder, file } = await begun(context);
  const out = join(folder, 'exercise.zip');
  await makeBundle(registry, file, out, { page: true });
  let marked = 0;
  for (const { name, bytes } of await membersOf(out)) {
    if (PLAIN_MEMBERS.some((one) => one.test(name))) continue;
    const text = Buffer.from(bytes).toString();
    assert.match(text, MARK, name);
    if (name.startsWith('data/report/')) assert.match(text, /class="exercise-band"/, name);
    marked++;
  }
  assert.ok(marked >= 8, `${marked}`);
  const real = await openCase(registry, 'Harbour');
  writeFileSync(join(folder, 'note.txt'), 'real\n');
  await addExhibit(registry, real, join(folder, 'note.txt'), { person: 'Amira', purpose: 'test' });
  await makeBundle(registry, real, join(folder, 'real.zip'));
  for (const { name, bytes } of await membersOf(join(folder, 'real.zip')))
    assert.doesNotMatch(Buffer.from(bytes).toString(), MARK, name);
});

test('an exhibit of an exercise is offered to nobody: in the other’s case it would pass for real', async (context) => {
  const { registry, file } = await begun(context);
  const exhibit = (await listExhibits(registry, file.id))[0]!;
  const peer = { kid: registry.identity.kid, name: 'Other' } as Peer;
  const releaseClass = { category: 'evidence', tlp: 'amber', pap: 'amber', personalData: 'none' } as const;
  await assert.rejects(
    offerExhibit(
      registry,
      exhibit,
      peer,
      releaseClass as never,
      { person: 'Amira', purpose: 'test' },
      async () => {},
    ),
    (error: EntenteError) => error.code === 'conflict' && /handed to nobody/.test(error.message),
  );
});

test('a timeline in every format: every row of it', async (context) => {
  const { registry, folder, file } = await begun(context);
  const opened = await openCaseTimeline(registry, file);
  try {
    for (const format of EXPORT_FORMATS) {
      const path = join(folder, `timeline.${format}`);
      const out = createWriteStream(path);
      const count = { events: 0, left: 0 };
      const pieces =
        format === 'parquet' ? opened.timeline.parquet({}) : exportText(opened.timeline, {}, format, count);
      for await (const piece of pieces) out.write(piece);
      await new Promise((done) => out.end(done));
      if (format === 'parquet') {
        using db = await openDuckDB({ files: [path], memoryBytes: 64 * 1024 * 1024 });
        const rows = await db.connection.runAndReadAll(
          `SELECT watermark, count(*)::INTEGER AS n FROM read_parquet('${path}') GROUP BY ALL`,
        );
        const found = rows.getRowObjects();
        assert.deepEqual(
          found.map(({ watermark }) => watermark),
          [EXERCISE_MARK],
        );
        assert.ok(Number(found[0]!['n']) > 100);
      } else {
        const lines = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/);
        assert.ok(lines.length > 100, format);
        if (format === 'csv') assert.match(lines.shift()!, /,watermark$/);
        for (const line of lines)
          if (format === 'csv') assert.ok(line.endsWith(`,${EXERCISE_MARK}`), line);
          else assert.equal(JSON.parse(line).watermark, EXERCISE_MARK, format);
      }
    }
  } finally {
    opened[Symbol.dispose]();
  }
});

const contents = (title: string, language: PackageContents['language']): PackageContents => {
  const grading = { source: 'A', information: '1', seenAt: NOW.toISOString() } as const;
  const item = {
    country: 'FR',
    threat: 'c2',
    tlp: 'amber',
    gradings: [grading],
    grounds: [{ reason: 'registry', confidence: 0.9, from: 'example' }],
    alsoNamed: [],
    note: null,
  } as const;
  const uuid = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
  return {
    v: 1,
    id: `package--${uuid(1)}`,
    operation: { id: `operation--${uuid(2)}`, name: 'lantern', title, purpose: 'training', actionDay: null },
    timeZone: 'UTC',
    from: 'Academy',
    to: 'Police FR',
    scope: 'FR',
    language,
    tlp: 'amber',
    at: NOW.toISOString(),
    databases: [],
    items: [
      { ...item, id: `target--${uuid(3)}`, kind: 'ipv4', value: '203.0.113.10', mark: 'suspect' },
      { ...item, id: `target--${uuid(4)}`, kind: 'ipv4', value: '192.0.2.31', mark: 'victim' },
    ],
  };
};

test('a package for a country: the page, and every file in it, in every language', () => {
  for (const language of LANGUAGES) {
    const exercise = contents(exerciseName('Lantern'), language);
    assert.match(renderPackage(exercise), /class="exercise-band"/, language);
    const files = attachmentsOf(exercise);
    assert.ok(files.length >= 6, 'also the papers for suspects and for victims');
    for (const { name, bytes } of files) {
      const text = (name.endsWith('.gz') ? gunzipSync(bytes) : Buffer.from(bytes)).toString();
      assert.match(text, MARK, `${name} in ${language}`);
      if (name.endsWith('.html')) assert.match(text, /class="exercise-band"/, name);
    }
    const real = contents('Lantern', language);
    assert.doesNotMatch(renderPackage(real), /exercise-band|EXERCISE/);
    for (const { bytes } of attachmentsOf(real)) assert.doesNotMatch(Buffer.from(bytes).toString(), MARK);
  }
  const files = Object.fromEntries(
    attachmentsOf(contents(exerciseName('Lantern'), 'en')).map(({ name, bytes }) => [name, bytes]),
  );
  const [head, ...rows] = Buffer.from(files['items.csv']!).toString().trimEnd().split('\r\n');
  assert.match(head!, /,watermark$/);
  for (const row of rows) assert.ok(row.endsWith(`,${EXERCISE_MARK}`));
  const stix = JSON.parse(gunzipSync(files['stix.json.gz']!).toString());
  for (const { type, labels } of stix.objects)
    if (['indicator', 'observed-data', 'note', 'report'].includes(type))
      assert.ok(labels.includes(EXERCISE_MARK), type);
  const { Event: event } = JSON.parse(gunzipSync(files['misp.json.gz']!).toString());
  for (const { Tag } of [event, ...event.Attribute])
    assert.ok(Tag.some(({ name }: { name: string }) => name === EXERCISE_MARK));
});

test('the report on an operation, in every language', async (context) => {
  const { registry } = await begun(context);
  const operation = await createOperation(registry, { name: 'lantern', title: exerciseName('Lantern') });
  const figures = await readFigures(registry, operation);
  for (const language of LANGUAGES)
    assert.match(renderReport(figures, language), /class="exercise-band"/, language);
});

test('the report of a match without a case, when all of its evidence is an exercise’s', async (context) => {
  const folder = temporaryFolder(context);
  const evidence = join(folder, 'evidence');
  mkdirSync(evidence);
  for (const { name, text } of generateEvidence(requireExercise('phishing')))
    writeFileSync(join(evidence, name), text);
  assert.equal(await isExerciseEvidence([evidence]), true);
  const account = { issues: [], issueCount: 0 } as unknown as Parameters<typeof reportPage>[0]['account'];
  const page = (exercise: boolean, language: (typeof REPORT_LANGUAGES)[number]) =>
    reportPage(
      {
        findings: [],
        findingCount: 0,
        account: { ...account, partial: false, files: 1, bytes: 1, unpackedBytes: 0 } as typeof account,
        indicators: 1,
        intel: [],
        evidence: [],
        notes: [],
        noteCount: 0,
        exercise,
      },
      language,
    );
  for (const language of REPORT_LANGUAGES) {
    assert.match(page(true, language), /class="exercise-band"/);
    assert.doesNotMatch(page(false, language), /exercise-band/);
  }
  writeFileSync(join(evidence, 'other.txt'), 'what somebody wrote\n');
  assert.equal(await isExerciseEvidence([evidence]), false, 'one file of many must not discredit the others');
});

/** What a command that works on a case, a seat, a run, an operation or an attempt takes first. */
const WORKS_ON_ONE = /^\(?\[?(CASE|SEAT|RUN|OPERATION|ATTEMPT)\b|--token TOKEN|--case/;
/** They say nothing of one: of all, or of a request that is not yet a case. */
const OF_NONE: Readonly<Record<string, string>> = {
  'evidence accept': 'without --case it lists transfers; with it, it marks',
  'credential issue': 'a credential says of itself that it is for an exercise',
};

test('every command that works on a case, a seat, a run, an operation or an attempt marks what it says', async () => {
  let seen = 0;
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    const { usage } = await load();
    const path = new URL(`${name.replaceAll(' ', '-')}.ts`, COMMAND_FILES);
    const source = readFileSync(path, 'utf8');
    assert.doesNotMatch(source, /\brequireCase\(/, `${name}: cases are opened by caseNamed`);
    if (!WORKS_ON_ONE.test(usage) || name in OF_NONE) continue;
    assert.ok(/caseNamed\(|operationCommand\(|markExercise\(|terminal\.mark\(/.test(source), name);
    seen++;
  }
  assert.ok(seen > 45, `${seen}`);
});

test('commands mark what they say: a note beside the data, and a field in every object', async (context) => {
  const { registry, folder, file, attempt } = await begun(context);
  const operation = await createOperation(registry, { name: 'lantern', title: exerciseName('Lantern') });
  const run = (await listRuns(registry, file.id))[0]!.record.id;
  const commands: readonly (readonly string[])[] = [
    ['case list'],
    ['case show', file.id],
    ['evidence list', file.id],
    ['evidence custody', file.id],
    ['evidence show', file.id, '1'],
    ['evidence rerun', run],
    ['evidence run', file.id, '--tool', 'observables'],
    ['evidence bundle', file.id, '--out', join(folder, 'out.zip')],
    ['verify', join(folder, 'out.zip')],
    ['timeline', file.id, '--limit', '3'],
    ['timeline', file.id, '--histogram'],
    ['timeline tag', file.id, '1:1', '--tag', 'entry'],
    ['operation show'],
    ['operation show', operation.name],
    ['operation targets', operation.name],
    ['operation report', operation.name],
    ['exercise answer', attempt.id],
    ['exercise hint', attempt.id, 'entry'],
  ];
  for (const [name, ...words] of commands) {
    const command = await COMMANDS[name!]!.load();
    const said = { out: '', err: '' };
    const into = (key: 'out' | 'err') =>
      new Writable({
        write(chunk, _encoding, done) {
          said[key] += chunk;
          done();
        },
      }) as unknown as NodeJS.WriteStream;
    const terminal = openTerminal(into('out'), into('err'));
    const needsNode = name !== 'verify';
    const given = [...words, '--json', ...(needsNode ? ['--data', folder] : [])];
    assert.equal(await command.run(parseInvocation(command, given), terminal), 0, `${name}: ${said.err}`);
    for (const line of said.out.trimEnd().split('\n'))
      if (line !== '' && line !== '[]')
        assert.match(line, /^\[?\{"watermark":"EXERCISE - NOT REAL/, `${name}: ${line.slice(0, 80)}`);
    if (name !== 'case list' && !(name === 'operation show' && words.length === 0))
      assert.match(said.err, MARK, name);
  }
  assert.ok(readdirSync(folder).includes('out.zip'));
});
