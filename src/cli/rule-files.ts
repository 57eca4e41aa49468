/** Rules as people name them: files, folders with all below them, archives. */
import { statSync } from 'node:fs';
import { filesAt, visitFile } from './exhibits.ts';
import type { Terminal } from './terminal.ts';

export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

/** A file that was named is a rule whatever its ending; in folders and archives the ending tells. */
export async function readRuleFiles(
  paths: readonly string[],
  ending: RegExp,
  terminal: Terminal,
): Promise<RuleFile[]> {
  const files: RuleFile[] = [];
  const note = (name: string, message: string) => terminal.note(`${name}: ${message}`);
  for (const path of paths) {
    const alone = !statSync(path).isDirectory();
    for (const file of await filesAt(path, note)) {
      await visitFile(
        file,
        ({ name, reader }) => {
          if (!ending.test(name) && !(alone && name === file)) return;
          files.push({ path: name, text: Buffer.from(reader.read(0, reader.sizeBytes)).toString('utf8') });
        },
        note,
      );
    }
  }
  return files;
}

export const SIGMA_ENDING = /\.ya?ml$/i;
export const YARA_ENDING = /\.(?:yar|yara|yr)$/i;
