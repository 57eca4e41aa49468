/**
 * Test data that is not ours lies beside the checkout and is used when present. A test asks for it with
 * `sharedData('evtx/expected.json')` and passes `skip` on to the test runner, which then says why it skipped.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = process.env['ENTENTE_SHARED_DATA'] ?? resolve(import.meta.dirname, '../../shared/data');

/** The path of a file or folder of the outside data, and the runner's `skip` option: false, or the reason. */
export function sharedData(relativePath: string): { path: string; skip: false | string } {
  const path = join(ROOT, relativePath);
  return { path, skip: existsSync(path) ? false : `../shared/data/${relativePath} is not here` };
}
