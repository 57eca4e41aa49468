/**
 * A case in CASE 1.5 / UCO, as JSON-LD that other tools read: exhibits with their digests, every custody event as an investigative
 * action, who acted, with what and under which authority, runs with what they derived, and findings as annotations.
 *
 * The graph says what the files under `data/` say and proves nothing by itself. Every node has an IRI that ends in a UUID, as UCO asks:
 * the identifier of the thing, or one computed from what names it, so the same case gives the same graph.
 */
import { sha1 } from '@noble/hashes/legacy.js';
import { concatBytes, decodeHex, encodeHex, utf8 } from '../../base/index.ts';
import type { CustodyEvent } from '../custody-event.ts';
import type { Exhibit } from '../exhibits.ts';
import type { Finding } from '../findings.ts';
import type { RunRecord } from '../runs.ts';
import type { CaseFile, Withheld } from './contents.ts';

export interface CaseGraph {
  readonly caseFile: Pick<CaseFile, 'case' | 'node' | 'exhibits' | 'withheld'>;
  readonly events: readonly CustodyEvent[];
  readonly runs: readonly RunRecord[];
  /** Those that are disclosed. */
  readonly findings: readonly Finding[];
}

type Node = Record<string, unknown>;

const UCO = 'https://ontology.unifiedcyberontology.org/uco/';

const CONTEXT = {
  'case-investigation': 'https://ontology.caseontology.org/case/investigation/',
  'uco-action': `${UCO}action/`,
  'uco-core': `${UCO}core/`,
  'uco-identity': `${UCO}identity/`,
  'uco-location': `${UCO}location/`,
  'uco-observable': `${UCO}observable/`,
  'uco-tool': `${UCO}tool/`,
  'uco-types': `${UCO}types/`,
  xsd: 'http://www.w3.org/2001/XMLSchema#',
};

/** `exhibit--<uuid>` names itself. */
const iriOf = (id: string) => `urn:uuid:${id.slice(id.indexOf('--') + 2)}`;

/** Sets these identifiers apart from others that are computed from the same names. */
const NAMESPACE = decodeHex('b8a1f8d2c6f54c0c9d0e3f4b7a265d11')!;

/** RFC 9562 §5.5: a UUID computed from what names the thing. SHA-1 is the format's; nothing relies on its strength. */
function computedIri(...names: readonly (string | number)[]): string {
  const bytes = sha1(concatBytes([NAMESPACE, utf8(JSON.stringify(names))])).slice(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = encodeHex(bytes);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return `urn:uuid:${parts.join('-')}`;
}

const ref = (iri: string) => ({ '@id': iri });
const refs = (iris: readonly string[]) => [...new Set(iris)].map(ref);
const typed = (type: string, value: string) => ({ '@type': `xsd:${type}`, '@value': value });
const time = (at: string) => typed('dateTime', at);
/** Empty lists and nulls say nothing in JSON-LD; they are left out. */
const when = (condition: unknown, node: Node): Node => (condition ? node : {});

export function caseUco(graph: CaseGraph): object {
  const { caseFile, events, runs, findings } = graph;
  const nodes = new Map<string, Node>();
  const add = (node: Node): string => {
    const iri = String(node['@id']);
    if (!nodes.has(iri)) nodes.set(iri, node);
    return iri;
  };
  const organisation = (name: string) =>
    add({
      '@id': computedIri('organisation', name),
      '@type': 'uco-identity:Organization',
      'uco-core:name': name,
    });
  const person = (name: string, of: string) =>
    add({
      '@id': computedIri('person', name, of),
      '@type': 'uco-identity:Person',
      'uco-core:name': name,
      'uco-core:description': `acts for ${of}`,
    });
  const tool = ({ name, version, sha256: digest }: RunRecord['tool']) =>
    add({
      '@id': computedIri('tool', name, version, digest),
      '@type': 'uco-tool:Tool',
      'uco-core:name': name,
      'uco-tool:version': version,
      'uco-core:description': `SHA-256 ${digest}`,
    });
  const authorization = (authority: string) =>
    add({
      '@id': computedIri('authorization', caseFile.case.id, authority),
      '@type': 'case-investigation:Authorization',
      'case-investigation:authorizationIdentifier': authority,
    });

  organisation(caseFile.node.name);
  for (const exhibit of caseFile.exhibits) {
    addExhibit(add, exhibit, caseFile.withheld);
  }
  const disclosed = new Set(caseFile.exhibits.map((exhibit) => exhibit.id));
  const fileOf = (id: string) => (disclosed.has(id) ? [observableIri(id)] : []);
  const authorities = new Set<string>();
  let previous: CustodyEvent | null = null;
  for (const event of events) {
    const { actor, counterparty } = event;
    const performer = person(actor.person, actor.organisation);
    const authority = event.authority === null ? null : authorization(event.authority);
    if (authority) authorities.add(authority);
    const others = [
      organisation(actor.organisation),
      ...(counterparty ? [organisation(counterparty.organisation)] : []),
      ...(counterparty?.person ? [person(counterparty.person, counterparty.organisation)] : []),
    ];
    const place = event.place === null ? null : computedIri('place', event.place);
    if (place) add({ '@id': place, '@type': 'uco-location:Location', 'uco-core:name': event.place });
    const follows = previous?.exhibit === event.exhibit ? previous : null;
    add({
      '@id': iriOf(event.id),
      '@type': 'case-investigation:InvestigativeAction',
      'uco-core:name': event.type,
      'uco-core:description': [
        event.purpose,
        `digest: ${event.comparison}`,
        ...(event.authority === null ? [] : [`authority: ${event.authority}`]),
        ...(event.seal === null ? [] : [`seal: ${event.seal}`]),
        ...(event.storage === null ? [] : [`storage: ${event.storage}`]),
        ...(event.change === null ? [] : [`change: ${event.change.what} (${event.change.justification})`]),
        ...event.restrictions.map((text) => `restriction: ${text}`),
        `clock: ${event.clock.source}`,
      ],
      'uco-action:startTime': time(event.at),
      'uco-action:endTime': time(event.at),
      'uco-action:performer': ref(performer),
      'uco-action:participant': refs(others),
      'uco-action:instrument': ref(tool(event.tool)),
      'uco-action:object': refs([recordIri(event.exhibit), observableIri(event.exhibit)]),
      ...when(place, { 'uco-action:location': ref(place ?? '') }),
      ...when(follows, { 'case-investigation:wasInformedBy': ref(iriOf(follows?.id ?? '')) }),
    });
    previous = event;
  }
  for (const run of runs) {
    const read = run.inputs.flatMap((input) => fileOf(input.exhibit));
    const derived = (run.output.exhibits ?? []).flatMap((output) => fileOf(output.exhibit));
    add({
      '@id': iriOf(run.id),
      '@type': 'case-investigation:InvestigativeAction',
      'uco-core:name': run.tool.name,
      'uco-core:description': `${run.output.findings} findings, ${run.output.exhibits?.length ?? 0} derived exhibits`,
      'uco-action:endTime': time(run.at),
      'uco-action:performer': ref(organisation(caseFile.node.name)),
      'uco-action:instrument': ref(tool(run.tool)),
      ...when(read.length, { 'uco-action:object': refs(read) }),
      ...when(derived.length, { 'uco-action:result': refs(derived) }),
    });
  }
  for (const [i, finding] of findings.entries()) {
    add({
      '@id': computedIri('finding', finding.run, i, finding.exhibit, finding.indicator),
      '@type': 'uco-core:Annotation',
      'uco-core:tag': [finding.kind, finding.where],
      'uco-core:statement': statementOf(finding),
      'uco-core:object': refs([observableIri(finding.exhibit), iriOf(finding.run)]),
      'uco-core:createdBy': ref(organisation(finding.contributor)),
    });
  }
  const investigation: Node = {
    '@id': iriOf(caseFile.case.id),
    '@type': 'case-investigation:Investigation',
    'uco-core:name': caseFile.case.name,
    'uco-core:objectCreatedTime': time(caseFile.case.openedAt),
    'case-investigation:investigationForm': 'case',
    ...when(authorities.size, { 'case-investigation:relevantAuthorization': refs([...authorities].sort()) }),
    ...when(nodes.size, {
      'uco-core:object': refs([...nodes.values()].filter(isObject).map((node) => String(node['@id']))),
    }),
  };
  return { '@context': CONTEXT, '@graph': [investigation, ...nodes.values()] };
}

/** Facets and digests describe something; what an investigation gathers are objects. */
const isObject = (node: Node) => !/Facet$|Hash$/.test(String(node['@type']));

const recordIri = (exhibit: string) => computedIri('record', exhibit);
const observableIri = (exhibit: string) => iriOf(exhibit);

function addExhibit(add: (node: Node) => string, exhibit: Exhibit, withheld: readonly Withheld[]): void {
  const { id, number, name, sizeBytes, media, root, parent } = exhibit;
  const hash = add({
    '@id': computedIri('hash', id),
    '@type': 'uco-types:Hash',
    'uco-types:hashMethod': 'SHA256',
    'uco-types:hashValue': typed('hexBinary', exhibit.sha256.toUpperCase()),
  });
  const content = add({
    '@id': computedIri('content', id),
    '@type': 'uco-observable:ContentDataFacet',
    'uco-observable:sizeInBytes': typed('integer', String(sizeBytes)),
    'uco-observable:hash': ref(hash),
  });
  const file = add({
    '@id': computedIri('file', id),
    '@type': 'uco-observable:FileFacet',
    'uco-observable:fileName': name,
    'uco-observable:isDirectory': media === 'folder',
    'uco-observable:sizeInBytes': typed('integer', String(sizeBytes)),
  });
  add({
    '@id': observableIri(id),
    '@type': 'uco-observable:File',
    'uco-core:hasFacet': refs([content, file]),
  });
  const hidden = withheld.find((one) => one.number === number);
  add({
    '@id': recordIri(id),
    '@type': 'case-investigation:ProvenanceRecord',
    'uco-core:name': name,
    'uco-core:description': [
      ...(parent ? [`derived from exhibit ${parent.number}`] : []),
      ...(hidden ? [`its bytes are withheld: ${hidden.why}`] : []),
      `BLAKE3 ${exhibit.blake3}`, // the ontology's vocabulary of hashes has no name for it
      `registered at ${exhibit.registeredAt}`,
    ],
    'uco-core:objectCreatedTime': time(exhibit.registeredAt),
    'case-investigation:exhibitNumber': String(number),
    'case-investigation:rootExhibitNumber': String(root.number),
    'uco-core:object': refs([observableIri(id)]),
  });
}

function statementOf(finding: Finding): string {
  const place = [
    finding.file,
    ...(finding.container === '' ? [] : [`› ${finding.container}`]),
    ...(finding.line === null ? [] : [`line ${finding.line}`]),
    ...(finding.offset === null ? [] : [`byte ${finding.offset}`]),
  ].join(' ');
  const why = finding.agreement === null ? finding.clause : `${finding.clause} of ${finding.agreement.id}`;
  return `${finding.kind} ${finding.value} in ${place}; indicator ${finding.indicator} of ${finding.contributor}, by ${why}`;
}
