/** What a person named as evidence: a file, or a folder with all below it. Links found in a folder are not followed. */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { companionsOf, type EvidenceContent, type Note, visitContent } from '../cases/examine/index.ts';
import type { BlobLocation } from '../store/index.ts';

/** The files at a path: itself, or those below it in the order of their names. Links and devices are told to `note`. */
export async function filesAt(path: string, note: Note): Promise<string[]> {
  if (!statSync(path).isDirectory()) return [path];
  const files: string[] = [];
  const entries = [];
  for await (const entry of await opendir(path)) entries.push(entry);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) files.push(...(await filesAt(inner, note)));
    else if (entry.isFile()) files.push(inner);
    else note(inner, 'neither a file nor a folder; not read');
  }
  return files;
}

/** Calls `visit` for a file, or for each member when it is an archive. A link beside the evidence may lead anywhere: only plain files count. */
export async function visitFile(
  path: string,
  visit: (content: EvidenceContent) => void,
  note: Note,
): Promise<void> {
  const locate = (file: string): BlobLocation | undefined => {
    const found = lstatSync(file, { throwIfNoEntry: false });
    return found?.isFile() ? { path: file, key: null, sizeBytes: found.size } : undefined;
  };
  await visitContent({ name: path, location: locationOf(path), ...companionsOf(path, locate) }, visit, note);
}

/** The file that a person named, link or not. */
export function locationOf(path: string): BlobLocation {
  return { path: realpathSync(path), key: null, sizeBytes: statSync(path).size };
}

/** Gathers lines and passes them on in large pieces: a system call for each event would cost more than parsing it. */
export class LineBuffer {
  readonly #out: (lines: string) => void;
  #lines: string[] = [];
  #length = 0;

  constructor(out: (lines: string) => void) {
    this.#out = out;
  }

  add(line: string): void {
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length > 256 * 1024) this.flush();
  }

  flush(): void {
    if (this.#lines.length > 0) this.#out(this.#lines.join('\n'));
    this.#lines = [];
    this.#length = 0;
  }
}
