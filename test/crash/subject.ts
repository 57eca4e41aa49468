/**
 * The process that is killed. It does one kind of work over and over, says on standard output what is acknowledged, and never ends by itself
 * before its work is done. Arguments: the work, the data folder, and what the work needs.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ownCollection, syncPeer } from '../../src/exchange/index.ts';
import { importFile } from '../../src/intel/index.ts';
import { listPeers, openRegistry } from '../../src/registry/index.ts';
import { MIGRATIONS, migrate, openSqlite } from '../../src/store/index.ts';

const [work, folder, argument] = process.argv.slice(2) as [string, string, string];
const say = (words: string) => process.stdout.write(`${words}\n`);

if (work === 'migration') {
  say('begun');
  const database = openSqlite(folder);
  await migrate(database, MIGRATIONS);
  await database.close();
  say('done');
} else {
  // The time of the test's nodes, which stands still.
  const registry = await openRegistry(folder, { clock: () => new Date(process.env['ENTENTE_TEST_TIME']!) });
  say('begun');
  if (work === 'import') {
    const { id } = await ownCollection(registry);
    for (const file of readdirSync(argument).sort()) {
      await importFile(registry, id, join(argument, file));
      say(`imported ${file}`);
    }
  } else {
    const [peer] = await listPeers(registry.db);
    const report = await syncPeer(registry, peer!);
    say(`synchronised ${report.accepted}`);
  }
  await registry.close();
  say('done');
}
