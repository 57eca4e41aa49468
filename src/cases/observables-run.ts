/**
 * New intelligence against evidence of long ago. One run keeps the observables of each exhibit as an exhibit derived from it; later a
 * merge with an index tells which exhibits hold something of it, and only those are read again, to name every place. What shows nothing in
 * the merge is not opened.
 */
import { buildIndex, isServed, openIndex, openObservables, retroMatch } from '../match/index.ts';
import type { Registry } from '../registry/index.ts';
import type { Case } from './cases.ts';
import { disposedExhibits, type Exhibit, filesOf, listExhibits } from './exhibits.ts';
import type { MatchSource } from './materials.ts';
import type { Tool, ToolContext, ToolResult } from './run-tool.ts';
import { collectObservables, type ScanIssue } from './scan/index.ts';
import { vaultOf } from './vault.ts';

/** The derived exhibit with an exhibit's observables: fingerprints and places, no values. */
export const OBSERVABLES_FILE = 'observables.bin';

/** Over all exhibits that it is given. Reads them on the calling thread. */
export const OBSERVABLES: Tool = {
  name: 'observables',
  purpose: 'keep what later intelligence is compared with',
  execute,
};

async function execute({ registry, exhibits, keep, onProgress }: ToolContext): Promise<ToolResult> {
  const issues: ScanIssue[] = [];
  let files = 0;
  let done = 0;
  const total = exhibits.reduce((sum, exhibit) => sum + exhibit.sizeBytes, 0);
  for (const exhibit of exhibits) {
    const vault = await vaultOf(registry, exhibit);
    const inputs = [];
    for (const one of await filesOf(registry, exhibit)) {
      const { path, key } = await vault.locate(one.sha256);
      inputs.push({ path, name: `${exhibit.number}/${one.name}`, ...(key ? { key } : {}) });
    }
    const collected = await collectObservables(inputs);
    files += inputs.length;
    for (const issue of collected.issues) issues.push(issue);
    await keep(exhibit, OBSERVABLES_FILE, one(collected.bytes));
    done += exhibit.sizeBytes;
    onProgress?.(done, total);
  }
  return { account: { files, issues: issues.slice(0, ISSUES_MAX), issueCount: issues.length } };
}

const ISSUES_MAX = 10_000;

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

export interface Concerned {
  /** Exhibits that must be read: their observables share something with the intelligence, or they have none. */
  readonly exhibits: readonly Exhibit[];
  /** How many of them have no observables. */
  readonly unknown: number;
  /** Exhibits that hold nothing of it, and need not be opened. */
  readonly clear: number;
  /** Whether every indicator can be told from observables; where not, all exhibits must be read for the others. */
  readonly isServed: boolean;
}

/** Which exhibits of a case intelligence concerns, by their observables. @throws EntenteError `index-invalid` for damaged ones */
export async function concernedExhibits(
  registry: Registry,
  file: Case,
  sources: readonly MatchSource[],
): Promise<Concerned> {
  const disposed = await disposedExhibits(registry, file.id);
  const all = (await listExhibits(registry, file.id)).filter(({ id }) => !disposed.has(id));
  const originals = all.filter(({ run }) => run === null);
  const index = openIndex(buildIndex(sources).bytes);
  if (!isServed(index)) return { exhibits: originals, unknown: 0, clear: 0, isServed: false };
  const kept = new Map(
    all.flatMap((derived) =>
      derived.name === OBSERVABLES_FILE && derived.parent ? [[derived.parent.id, derived] as const] : [],
    ),
  );
  const exhibits: Exhibit[] = [];
  let unknown = 0;
  for (const exhibit of originals) {
    const derived = kept.get(exhibit.id);
    if (derived === undefined) unknown++;
    if (derived === undefined || (await sharesAny(registry, derived, index))) exhibits.push(exhibit);
  }
  return { exhibits, unknown, clear: originals.length - exhibits.length, isServed: true };
}

async function sharesAny(
  registry: Registry,
  derived: Exhibit,
  index: ReturnType<typeof openIndex>,
): Promise<boolean> {
  const bytes = new Uint8Array(derived.sizeBytes);
  let filled = 0;
  const vault = await vaultOf(registry, derived);
  for await (const chunk of vault.read(derived.sha256)) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  let found = false;
  retroMatch(index, openObservables(bytes), () => {
    found = true;
  });
  return found;
}
