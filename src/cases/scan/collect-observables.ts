/**
 * The observables of evidence, as an artefact derived from it: read once, when it is taken in, and matched ever after
 * with intelligence that did not exist then.
 */
import { detectFile, walkContent } from '../../forensics/archives/index.ts';
import {
  buildIndex,
  ObservableBuilder,
  openIndex,
  openObservableEngine,
  openScan,
} from '../../match/index.ts';
import { openEvidenceFile, READ_BYTES } from './evidence-file.ts';
import type { EvidenceInput } from './scan-evidence.ts';
import type { ScanIssue } from './scan-task.ts';

export interface CollectedObservables {
  /** The artefact: see `match/observables.ts`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** File and container of each source number in it. */
  readonly sources: readonly { readonly file: string; readonly container: string | null }[];
  readonly issues: readonly ScanIssue[];
}

/** Reads files (not folders) and what is in them. Synchronous over each piece read: run it in a worker. */
export async function collectObservables(
  inputs: readonly (EvidenceInput & { readonly name: string })[],
): Promise<CollectedObservables> {
  const engine = openObservableEngine();
  // The engine finds by itself; the scanner asks an index for kinds only.
  const index = openIndex(buildIndex([]).bytes);
  const builder = new ObservableBuilder();
  const sources: { file: string; container: string | null }[] = [];
  const issues: ScanIssue[] = [];
  const openSource = (file: string, container: string | null) => {
    const source = sources.push({ file, container }) - 1;
    return openScan(engine, index, {
      onHit: ({ keyClass, key, offset }) => builder.add(keyClass, key, source, offset),
    });
  };
  for (const { path, name, key } of inputs) {
    await using file = await openEvidenceFile(path, key);
    if ((await detectFile(file)) === null) {
      const scan = openSource(name, null);
      for await (const piece of file.pieces(0, file.sizeBytes, new Uint8Array(READ_BYTES))) scan.push(piece);
      scan.end();
      continue;
    }
    await walkContent(file, name, () => file.pieces(0, file.sizeBytes), {
      async leaf(container, stream) {
        const scan = openSource(name, container === '' ? null : container);
        try {
          for await (const chunk of stream) scan.push(chunk);
        } finally {
          scan.end();
        }
      },
      issue: ({ code, path: container, message }) =>
        void issues.push({ code, file: name, container: container === '' ? null : container, message }),
    });
  }
  return { bytes: builder.finish(), sources, issues };
}
