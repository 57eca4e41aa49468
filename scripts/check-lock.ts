/** The lock file names no download hosts: whoever installs uses the registry of their own configuration. */
import { readFileSync } from 'node:fs';

const lock = readFileSync('package-lock.json', 'utf8');
const hosts = lock.split('\n').filter((line) => /"resolved":\s*"http/.test(line));
if (hosts.length > 0) {
  console.error(
    `package-lock.json names download hosts in ${hosts.length} places; remove the "resolved" lines`,
  );
  process.exit(1);
}
