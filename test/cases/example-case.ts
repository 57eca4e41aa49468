/** A node with a case to work on, and agreements under which evidence and its use may cross. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindText, fillTemplate, parseAgreement } from '../../src/agreement/index.ts';
import { newId } from '../../src/base/index.ts';
import { addExhibit, type Case, type Exhibit, type MatchSource, openCase } from '../../src/cases/index.ts';
import { pushMessages, queueMessage } from '../../src/exchange/index.ts';
import { openRegistry, type Registry, saveDraft, signStored } from '../../src/registry/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { exampleTemplate, type TestNode, type TwoNodes } from '../two-nodes.ts';

export type Context = Parameters<typeof temporaryFolder>[0];

export const SAID = { person: 'A. Person', purpose: 'test' };

export interface ExampleCase {
  readonly folder: string;
  readonly registry: Registry;
  readonly file: Case;
}

export async function exampleCase(t: Context, name = 'Police of Arvenia'): Promise<ExampleCase> {
  const folder = temporaryFolder(t);
  const registry = await openRegistry(join(folder, 'node'), {
    createAs: name,
    clock: () => new Date('2026-12-01T08:00:00Z'),
  });
  t.after(() => registry.close());
  return { folder, registry, file: await openCase(registry, 'Example') };
}

export async function addText(
  { folder, registry, file }: ExampleCase,
  name: string,
  text: string,
): Promise<Exhibit> {
  const path = join(folder, name);
  writeFileSync(path, text);
  return addExhibit(registry, file, path, SAID);
}

export async function addFolder(
  { folder, registry, file }: ExampleCase,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<Exhibit> {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return addExhibit(registry, file, path, SAID);
}

/** Every file below a folder that has these bytes. */
export function filesWith(folder: string, wanted: string | Buffer): string[] {
  const found: string[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (statSync(path).isFile() && readFileSync(path).includes(wanted)) found.push(name);
  }
  return found;
}

export function ownSource(registry: Registry, value: string, n = 1): MatchSource {
  return {
    kind: 'domain',
    value,
    indicator: `indicator--00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    name: `Indicator ${n}`,
    contributor: registry.name,
    contributorKey: registry.identity.kid,
    agreement: null,
    clause: 'own intelligence',
  };
}

/**
 * Puts a second agreement in force: the first flow of the example, changed by `edit`, so that a test says only what matters to it.
 */
export async function bringFlowIntoForce(
  { time, company, police }: TwoNodes,
  edit: (flow: Record<string, unknown>) => void,
): Promise<string> {
  const key = (jwk: { kty: string; crv: string; x: string }, kid: string) => ({
    kty: jwk.kty,
    crv: jwk.crv,
    x: jwk.x,
    kid,
  });
  const keys = ({ registry: { name, identity, signatory } }: TestNode) => ({
    name,
    node: key(identity.publicJwk, identity.kid),
    signatory: key(signatory.publicJwk, signatory.kid),
  });
  const until = new Date(time.now);
  until.setUTCFullYear(until.getUTCFullYear() + 5);
  const id = newId('agreement');
  const draft = fillTemplate(exampleTemplate('contribution-2026'), {
    id,
    from: time.now.toISOString(),
    until: until.toISOString(),
    northlight: keys(company),
    interlink: keys(police),
  }) as Record<string, unknown> & { flows: Record<string, unknown>[] };
  edit(draft.flows[0]!);
  draft.flows.length = 1;
  await saveDraft(company.registry, parseAgreement(bindText(draft)));
  for (const { registry } of [company, police]) {
    time.now = new Date(time.now.getTime() + 1_000);
    await signStored(registry, id, (tx, to, body) => queueMessage(tx, registry, to, 'agreement', body));
    await pushMessages(registry);
  }
  return id;
}
