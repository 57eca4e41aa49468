/** The timeline of a case: the events of all its exhibits, as the latest run over each derived them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { appendLeaf, type Registry } from '../../registry/index.ts';
import { openBlobFile } from '../../store/index.ts';
import type { Case } from '../cases.ts';
import { disposedExhibits, type Exhibit, listExhibits } from '../exhibits.ts';
import { listRuns } from '../runs.ts';
import { vaultOf } from '../vault.ts';
import { openScratch, type Scratch } from './scratch.ts';
import { openTimeline, type Timeline } from './timeline.ts';
import { PARSE, TIMELINE, TIMELINE_FILE } from './timeline-run.ts';

/** An exhibit's events: the derived exhibit that holds them. */
export interface TimelineSource {
  readonly of: number;
  readonly derived: Exhibit;
}

export interface CaseTimeline extends Disposable {
  readonly timeline: Timeline;
  readonly sources: readonly TimelineSource[];
  /** The numbers of exhibits over which no run has read events yet. */
  readonly unread: readonly number[];
}

/** What is in a case's timeline, and the evidence that no run has read events of. */
export async function timelineSources(
  registry: Registry,
  file: Case,
): Promise<{ sources: TimelineSource[]; unread: Exhibit[] }> {
  const disposed = await disposedExhibits(registry, file.id);
  const exhibits = (await listExhibits(registry, file.id)).filter(({ id }) => !disposed.has(id));
  const latest = new Map<string, string>();
  // The ledger knows which came first, also where the clock was set back.
  const runs = (await listRuns(registry, file.id)).sort((a, b) => a.leafIndex - b.leafIndex);
  for (const { record } of runs) {
    if (![PARSE, TIMELINE].some(({ name }) => record.tool.name === `entente ${name}`)) continue;
    for (const { exhibit } of record.inputs) latest.set(exhibit, record.id);
  }
  const sources = exhibits.flatMap((derived) =>
    derived.name === TIMELINE_FILE && derived.parent && latest.get(derived.parent.id) === derived.run
      ? [{ of: derived.parent.number, derived }]
      : [],
  );
  // What runs derived is no evidence found anywhere.
  return { sources, unread: exhibits.filter(({ id, run }) => run === null && !latest.has(id)) };
}

/** @throws EntenteError `conflict` for an encrypted case where there is no file system in memory */
export async function openCaseTimeline(registry: Registry, file: Case): Promise<CaseTimeline> {
  const { sources, unread } = await timelineSources(registry, file);
  const isSecret = sources.some(({ derived }) => derived.sealed !== undefined);
  const scratch: Scratch = openScratch(registry.folder, isSecret);
  try {
    const paths: string[] = [];
    for (const { derived } of sources) {
      const location = await (await vaultOf(registry, derived)).locate(derived.sha256);
      if (location.key === null) paths.push(location.path);
      else {
        await using opened = await openBlobFile(location);
        const path = join(scratch.folder, `${derived.number}.parquet`);
        writeFileSync(path, '', { mode: 0o600 });
        for await (const piece of opened.pieces()) writeFileSync(path, piece, { flag: 'a' });
        paths.push(path);
      }
    }
    const timeline = await openTimeline(paths, scratch.folder, file.name);
    return {
      timeline,
      sources,
      unread: unread.map(({ number }) => number),
      [Symbol.dispose]() {
        timeline[Symbol.dispose]();
        scratch[Symbol.dispose]();
      },
    };
  } catch (error) {
    scratch[Symbol.dispose]();
    throw error;
  }
}

/** Who asked what: in the ledger before anything is answered. */
export async function recordQuestion(
  registry: Registry,
  file: Case,
  sources: readonly TimelineSource[],
  asked: {
    readonly person: string;
    readonly purpose: string;
    readonly question: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  await registry.db.transaction((tx) =>
    appendLeaf(tx, registry.clock, 'access', {
      case: file.id,
      exhibits: sources.map(({ derived }) => ({ number: derived.number, sha256: derived.sha256 })),
      ...asked,
      at: registry.clock().toISOString(),
    }),
  );
}
