/**
 * How this program names itself in custody events and runs: by name and version, and by one digest over its own source, so that
 * "the same tool" means the same code.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { EventTool } from './custody-event.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export const TOOL = { name: 'entente', version: packageJson.version };

let digest: string | undefined;

/** SHA-256 over the paths and bytes of the source and of the list of libraries, in the order of their names; some 20 ms, once. */
export function toolDigest(): string {
  if (digest !== undefined) return digest;
  const hash = createHash('sha256');
  const source = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|json|sql|wasm)$/.test(path))
    .map((path) => `src/${path}`);
  for (const path of ['package.json', ...source].sort()) {
    const bytes = readFileSync(join(ROOT, path));
    hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  }
  digest = hash.digest('hex');
  return digest;
}

export function thisTool(part: string, parameters: Readonly<Record<string, unknown>> = {}): EventTool {
  return {
    name: `${TOOL.name} ${part}`,
    version: TOOL.version,
    sha256: toolDigest(),
    parameters,
  };
}
