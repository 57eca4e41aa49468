/**
 * `npm run bench -- NAME…`: runs the named benches one after the other, each in a process of its own so that one's heap does not slow the next.
 * Without a name, lists them.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = import.meta.dirname;
const known = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
  .map((file) => file.slice(0, -3))
  .sort();
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !known.includes(name));
if (asked.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`there is no bench "${unknown[0]}"`);
  console.error(`npm run bench -- NAME…   with NAME one of: ${known.join(', ')}`);
  process.exit(unknown.length > 0 ? 2 : 0);
}
let worst = 0;
for (const name of asked) {
  console.log(`\n${name}`);
  const { status } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--expose-gc', join(FOLDER, `${name}.ts`)],
    {
      stdio: 'inherit',
    },
  );
  worst = Math.max(worst, status ?? 3);
}
process.exit(worst);
