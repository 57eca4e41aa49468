/** A bundle with one of each: received and collected exhibits, a folder, a derived one, findings, a run of each kind, something withheld, hostile names. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addExhibit, makeBundle, runMatch, runTool, type Tool } from '../../src/cases/index.ts';
import { type Context, type ExampleCase, exampleCase, ownSource, SAID } from './example-case.ts';

export const HOSTILE_NAME = '<script>alert(1)<&"\u2029.txt';

const FULL = {
  person: 'A. Person',
  role: 'examiner',
  purpose: 'collection at the scene',
  authority: 'warrant 12/2026',
  place: 'laboratory 2',
  seal: 'B-77, whole',
  storage: 'cabinet 4',
  restrictions: ['not to be copied'],
  change: { what: 'seal opened', justification: 'to image the disk' },
  clockSource: 'NTP, within 20 ms',
};

const COUNT: Tool = {
  name: 'count',
  purpose: 'to test',
  async execute({ exhibits, keep }) {
    for (const exhibit of exhibits)
      await keep(
        exhibit,
        'count.txt',
        (async function* () {
          yield Buffer.from(String(exhibit.sizeBytes));
        })(),
      );
    return { account: { files: exhibits.length, issueCount: 2 } };
  },
};

export async function caseOfEverything(t: Context): Promise<ExampleCase & { readonly bundle: string }> {
  const example = await exampleCase(t);
  const { registry, file, folder } = example;
  const path = join(folder, HOSTILE_NAME);
  writeFileSync(path, 'see evil.example twice: evil.example');
  const receivedFrom = { organisation: 'CERT of Arvenia', person: 'B. Person', key: null };
  const first = await addExhibit(registry, file, path, { ...FULL, receivedFrom });
  const box = join(folder, 'box');
  mkdirSync(box);
  writeFileSync(join(box, 'x.txt'), 'evil.example');
  await addExhibit(registry, file, box, SAID);
  const secret = join(folder, 'secret.txt');
  writeFileSync(secret, 'evil.example among privileged words');
  await addExhibit(registry, file, secret, SAID);
  await runMatch(registry, file, [ownSource(registry, 'evil.example')], SAID);
  await runTool(registry, file, COUNT, [first], { unit: 'bytes' }, SAID);
  const bundle = join(folder, 'everything.zip');
  await makeBundle(registry, file, bundle, {
    withhold: [{ what: 'exhibit', number: 3, why: 'privileged <b>' }],
    said: FULL,
  });
  return { ...example, bundle };
}
