/**
 * For random targets, roles and clauses no view shows what the verdict forbids. What is allowed is computed here from the text of the agreements, by
 * rules written for this test: neither the policies nor the room's own questions are used.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendInOperation } from '../../src/exchange/index.ts';
import {
  findOperation,
  listPackages,
  preparePackages,
  readPackage,
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
  type FlowGiven,
  fetchAll,
  give,
  invite,
  type Node,
  openNode,
  type Time,
} from './nodes.ts';

const ROUNDS = 6;
const NAME = 'Lanternfish';
const TLPS = ['clear', 'green', 'amber', 'amber+strict', 'red'];
const COUNTRY_OF: Readonly<Record<string, string>> = { '11.0': 'FR', '11.1': 'DE' };

let state = 7;
const below = (n: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};
const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
const some = <T>(list: readonly T[], keep: number): T[] => list.filter(() => below(100) < keep);

function randomFlow(from: string, to: string, members: readonly string[]): FlowGiven {
  const categories = some(['network-indicators', 'file-indicators', 'victims'], 90);
  const only = below(6) === 0 ? some(['FR', 'DE', 'ES'], 60) : [];
  const except = below(6) === 0 ? [pick(['FR', 'DE'])] : [];
  return {
    from,
    to: [to],
    categories: categories.length > 0 ? categories : ['network-indicators'],
    personalData: ['none', ...some(['online-identifier', 'victim'], 90)],
    tlp: pick(['green', 'amber', 'amber', 'amber', 'red']),
    purposes: some(['crime-prevention', 'victim-notification', 'investigation'], 85).concat(
      'network-defence',
    ),
    countries: { ...(only.length > 0 ? { only } : {}), ...(except.length > 0 ? { except } : {}) },
    ...(below(8) === 0 ? { operations: [pick([NAME, 'Another'])] } : {}),
    onward: pick([
      { mode: 'members', members },
      { mode: 'members', members },
      { mode: 'members', members: [] },
      { mode: 'none', members },
    ]),
  };
}

interface Thing {
  readonly mark: string;
  readonly tlp: string;
  readonly country: string | null;
}

/** Whether one flow lets a thing cross, by its text. */
function flowLets(flow: FlowGiven, { mark, tlp, country }: Thing): boolean {
  const category = mark === 'victim' ? 'victims' : 'network-indicators';
  const personal = mark === 'victim' ? 'victim' : mark === 'undetermined' ? 'online-identifier' : 'none';
  const purpose = mark === 'victim' ? 'victim-notification' : 'crime-prevention';
  const { only, except } = (flow.countries ?? {}) as { only?: string[]; except?: string[] };
  return (
    flow.categories.includes(category) &&
    (flow.personalData ?? []).includes(personal) &&
    TLPS.indexOf(tlp) <= TLPS.indexOf(flow.tlp!) &&
    flow.purposes!.includes(purpose) &&
    (!only || (country !== null && only.includes(country))) &&
    (!except || country === null || !except.includes(country)) &&
    (!flow.operations || flow.operations.includes(NAME))
  );
}

/** TLP:AMBER goes to members of the recipient, stricter markings to nobody else (FIRST TLP 2.0). */
function passesOn(flow: FlowGiven, tlp: string, to: string): boolean {
  const { mode, members } = flow.onward as { mode: string; members: string[] };
  return mode === 'members' && members.includes(to) && TLPS.indexOf(tlp) <= TLPS.indexOf('amber');
}

test('no view shows what the verdict forbids, for random targets, roles and clauses', async (context) => {
  let shown = 0;
  let kept = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const time: Time = { now: new Date('2026-12-01T08:00:00Z') };
    const nodes: Node[] = [];
    const open = async (name: string) => {
      const node = await openNode(temporaryFolder(context), name, time);
      nodes.push(node);
      return node;
    };
    const [lead, company, party] = [
      await open('Interlink'),
      await open('Northlight'),
      await open('Recipient'),
    ];
    const role = (['police', 'cert', 'police', 'observer', 'cert', 'company'] as const)[round % 6]!;
    const covers = role === 'police' || role === 'cert' ? [pick(['FR', 'DE'])] : [];
    const inFlows = Array.from({ length: 2 + below(2) }, () => randomFlow('party', 'lead', ['Recipient']));
    const outFlows = Array.from({ length: 2 + below(2) }, () => randomFlow('lead', 'party', []));
    // The members are the lead's in the whole agreement; a flow without any has the mode none.
    const given = inFlows.map((flow) =>
      (flow.onward!['members'] as string[]).length === 0
        ? { ...flow, onward: { mode: 'none', members: ['Recipient'] } }
        : flow,
    );
    await agree(time, { lead, party: company }, given);
    await agree(time, { lead, party }, outFlows);
    const operation = await createOperation(lead, { name: NAME });
    await invite(lead, operation, company, { role: 'company' });
    await invite(lead, operation, party, { role, covers });
    const things = Array.from({ length: 90 }, (_, i) => ({
      value: `${pick(['11.0', '11.1', '11.2'])}.${round}.${i + 1}`,
      mark: pick(['suspect', 'victim', 'undetermined']),
      tlp: pick(TLPS),
    }));
    await give(
      company,
      NAME,
      `value,mark,tlp\n${things.map(({ value, mark, tlp }) => `${value},${mark},${tlp}`).join('\n')}`,
      nodes,
    );
    await sliceOperation(lead, await findOperation(lead.db, NAME), GEO, sendInOperation(lead));
    for (const one of await preparePackages(lead, await findOperation(lead.db, NAME)))
      if (one.contents)
        await sendPackage(lead, await findOperation(lead.db, NAME), one, sendInOperation(lead));
    await deliver(nodes);
    await fetchAll(lead, party);

    const atLead = new Set((await readTargets(lead.db, operation)).map(({ value }) => value));
    const there = await findOperation(party.db, NAME);
    const seen = new Set((await readTargets(party.db, there)).map(({ value }) => value));
    const pages: string[] = [];
    for (const { id } of await listPackages(party.db, there))
      pages.push((await readPackage(party, there, id, sendInOperation(party))).file.toString());
    for (const { value, mark, tlp } of things) {
      const country = COUNTRY_OF[value.slice(0, 4)] ?? null;
      const mayEnter = given.some((flow) => flowLets(flow, { mark, tlp, country: null }));
      const forRole =
        country !== null &&
        covers.includes(country) &&
        (role === 'police' || (role === 'cert' && mark === 'victim'));
      const mayGo =
        mayEnter &&
        given.some((flow) => flowLets(flow, { mark, tlp, country }) && passesOn(flow, tlp, 'Recipient')) &&
        outFlows.some((flow) => flowLets(flow, { mark, tlp, country }));
      const what = `round ${round}: ${value} ${mark} ${tlp} for ${role} ${covers}`;
      if (!mayEnter) assert.ok(!atLead.has(value), `${what}: at the lead`);
      if (!(forRole && mayGo)) {
        assert.ok(!seen.has(value), what);
        for (const page of pages) assert.ok(!page.includes(`>${value}<`), `${what}: in the page`);
        kept++;
      } else {
        assert.ok(seen.has(value), `${what}: is allowed and missing`);
        shown++;
      }
    }
    for (const node of nodes) await node.close();
  }
  assert.ok(
    shown > 5 && kept > 100,
    `${shown} shown, ${kept} kept: the clauses let nothing or everything through`,
  );
});
