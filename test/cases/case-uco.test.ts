import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import SHACLValidator from 'rdf-validate-shacl';
import { type CaseGraph, caseUco } from '../../src/cases/bundle/case-uco.ts';
import { membersOf } from './bundle-members.ts';
import { caseOfEverything } from './case-of-everything.ts';

/** As much of the libraries without types as is used here. */
interface Quads {
  addQuads(quads: unknown[]): void;
  getQuads(
    subject: unknown,
    predicate: unknown,
    object: unknown,
    graph: unknown,
  ): { object: { value: string } }[];
}
const require = createRequire(import.meta.url);
const { Parser, Store, DataFactory } = require('n3') as {
  Parser: new (options?: object) => { parse(text: string): unknown[] };
  Store: new () => Quads;
  DataFactory: { namedNode(iri: string): unknown };
};
const jsonld = require('jsonld') as {
  toRDF(document: object, options: object): Promise<string>;
};

const SHAPES = readFileSync(join(import.meta.dirname, 'case-uco-shapes.ttl'), 'utf8');
const SUBCLASS = 'http://www.w3.org/2000/01/rdf-schema#subClassOf';
const noNetwork = async (url: string) => {
  throw new Error(`the graph needs ${url}`);
};

async function faultsOf(graph: object): Promise<string[]> {
  const shapes = new Store();
  shapes.addQuads(new Parser().parse(SHAPES));
  const data = new Store();
  const quads = await jsonld.toRDF(graph, {
    format: 'application/n-quads',
    documentLoader: noNetwork,
    safe: true,
  });
  data.addQuads(new Parser({ format: 'N-Quads' }).parse(quads));
  data.addQuads(shapes.getQuads(null, DataFactory.namedNode(SUBCLASS), null, null));
  const report = await new SHACLValidator(shapes as never).validate(data as never);
  return report.results.map(
    (result) => `${result.focusNode?.value} ${result.path?.value} ${result.message.map((one) => one.value)}`,
  );
}

interface Node {
  [name: string]: unknown;
}
const nodesOf = (graph: object) => (graph as { '@graph': Node[] })['@graph'];

test('the graph of a bundle has the shapes that CASE and UCO ask for, and needs no network to be read', async (t) => {
  const { bundle } = await caseOfEverything(t);
  const member = (await membersOf(bundle)).find(({ name }) => name === 'data/case-uco.jsonld')!;
  const graph = JSON.parse(Buffer.from(member.bytes).toString()) as object;
  assert.deepEqual(await faultsOf(graph), []);
  const types = new Set(nodesOf(graph).map((node) => node['@type']));
  for (const type of ['Investigation', 'ProvenanceRecord', 'InvestigativeAction', 'Authorization'])
    assert.ok(types.has(`case-investigation:${type}`), type);
  assert.ok(types.has('uco-core:Annotation') && types.has('uco-location:Location'));
});

test('the shapes find what is misspelt, missing, of another type, or led nowhere', async (t) => {
  const { bundle } = await caseOfEverything(t);
  const member = (await membersOf(bundle)).find(({ name }) => name === 'data/case-uco.jsonld')!;
  const text = Buffer.from(member.bytes).toString();
  for (const [what, from, to] of [
    ['a misspelt property', 'case-investigation:exhibitNumber"', 'case-investigation:exhibitNumbr"'],
    ['another type of value', '"xsd:hexBinary"', '"xsd:string"'],
    ['an unknown class', '"uco-tool:Tool"', '"uco-tool:Toool"'],
    [
      'a value that is none',
      '"@type":"xsd:dateTime","@value":"2026',
      '"@type":"xsd:dateTime","@value":"yesterday 2026',
    ],
    ['a missing digest', '"uco-observable:hash":', '"uco-core:nothing":'],
  ] as const) {
    assert.ok(text.includes(from), what);
    const faults = await faultsOf(JSON.parse(text.replace(from, to)) as object);
    assert.notDeepEqual(faults, [], what);
  }
});

test('the same case gives the same graph, and an empty one is one too', async () => {
  const graph: CaseGraph = {
    caseFile: {
      case: {
        id: 'case--00000000-0000-4000-8000-000000000001',
        name: 'Empty',
        openedAt: '2026-12-01T08:00:00.000Z',
      },
      node: { name: 'Police of Arvenia', kid: 'k', key: { kty: 'OKP', crv: 'Ed25519', x: 'x' } },
      exhibits: [],
      withheld: [],
    },
    events: [],
    runs: [],
    findings: [],
  };
  assert.deepEqual(await faultsOf(caseUco(graph)), []);
  assert.deepEqual(caseUco(graph), caseUco(graph));
});
