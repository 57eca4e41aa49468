/** One small operation for tests: a lead, a company, the police of two countries, and a CERT. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { sendInOperation } from '../../src/exchange/index.ts';
import type { GeoSource } from '../../src/geography/index.ts';
import {
  findOperation,
  preparePackages,
  readTargets,
  sendPackage,
  sliceOperation,
} from '../../src/operations/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { GEO } from './geo.ts';
import {
  agree,
  createOperation,
  deliver,
  fetchAll,
  frameworkFlows,
  give,
  invite,
  type Node,
  openFlows,
  openNode,
  type Time,
} from './nodes.ts';

export const NAME = 'Lanternfish';
export const HEAD = 'value,mark,source,information,seen,threat,note';
export const TARGETS = `${HEAD}
11.0.0.1,suspect,A,1,2026-11-20T00:00:00Z,c2,
11.0.0.2,victim,B,2,2026-11-21T00:00:00Z,infected-host,
11.0.0.3,undetermined,C,3,,,
http://11.0.0.4/login,suspect,B,2,,phishing,
11.1.0.1,suspect,A,1,,c2,
11.1.0.2,victim,A,1,,infected-host,
11.2.0.1,suspect,A,1,,c2,`;

export interface World {
  readonly time: Time;
  readonly lead: Node;
  readonly company: Node;
  readonly france: Node;
  readonly germany: Node;
  readonly cert: Node;
  readonly nodes: readonly Node[];
  readonly agreements: ReadonlyMap<Node, string>;
  sendAll(): Promise<void>;
  targetsAt(node: Node): Promise<string[]>;
}

export async function world(
  context: TestContext,
  csv = TARGETS,
  options: {
    /** All have signed one agreement, whose flows name these recipients; otherwise each has its own with the lead. */
    readonly framework?: readonly string[];
    readonly geo?: readonly GeoSource[];
    /** What the CERT covers. */
    readonly constituency?: readonly string[];
  } = {},
): Promise<World> {
  const time: Time = { now: new Date('2026-12-01T08:00:00Z') };
  const open = async (name: string) => {
    const node = await openNode(temporaryFolder(context), name, time);
    context.after(() => node.close());
    return node;
  };
  const [lead, company, france, germany, cert] = [
    await open('Interlink'),
    await open('Northlight'),
    await open('Police FR'),
    await open('Police DE'),
    await open('CERT FR'),
  ];
  const nodes = [lead, company, france, germany, cert];
  const recipients = [france, germany, cert].map(({ name }) => name);
  const agreements = new Map<Node, string>();
  if (options.framework) {
    const framework = await agree(
      time,
      { lead, company, france, germany, cert },
      frameworkFlows(options.framework),
    );
    for (const node of nodes) agreements.set(node, framework);
  } else {
    agreements.set(company, await agree(time, { lead, party: company }, openFlows(recipients)));
    for (const node of [france, germany, cert])
      agreements.set(node, await agree(time, { lead, party: node }, openFlows([company.name])));
  }
  const made = await createOperation(lead, {
    name: NAME,
    title: 'Lanternfish',
    purpose: 'Loaders of one family',
  });
  await invite(lead, made, company, { role: 'company' });
  await invite(lead, made, france, { role: 'police', covers: ['FR'], language: 'fr' });
  await invite(lead, made, germany, { role: 'police', covers: ['DE'] });
  await invite(lead, made, cert, {
    role: 'cert',
    covers: options.constituency ?? ['FR', '11.1.0.0/24'],
    language: 'ar',
  });
  assert.deepEqual((await give(company, NAME, csv, nodes)).problems, []);
  await sliceOperation(lead, await findOperation(lead.db, NAME), options.geo ?? GEO, sendInOperation(lead));
  return {
    time,
    lead,
    company,
    france,
    germany,
    cert,
    nodes,
    agreements,
    async sendAll() {
      const operation = await findOperation(lead.db, NAME);
      for (const one of await preparePackages(lead, operation))
        if (one.contents) await sendPackage(lead, operation, one, sendInOperation(lead));
      await deliver(nodes);
      for (const node of [france, germany, cert]) await fetchAll(lead, node);
      await deliver(nodes);
    },
    async targetsAt(node) {
      return (await readTargets(node.db, await findOperation(node.db, NAME)))
        .map(({ value }) => value)
        .sort();
    },
  };
}
