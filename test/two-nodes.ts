/**
 * Two organisations for a test: each with its own folder, key, store and server on a free port, known to each other, with an
 * agreement in force that both really signed. Everything goes through the functions that the commands use.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fillTemplate, parseAgreement } from '../src/agreement/index.ts';
import { newId } from '../src/base/index.ts';
import {
  ownCollection,
  pushMessages,
  queueMessage,
  type SyncReport,
  syncPeer,
} from '../src/exchange/index.ts';
import { findObject, type ImportReport, importBatch, OWN, recallObject } from '../src/intel/index.ts';
import { recordOutcome } from '../src/operations/index.ts';
import {
  addPeer,
  findPeer,
  nodeCard,
  openRegistry,
  type Peer,
  type Registry,
  recordNotice,
  saveDraft,
  signStored,
} from '../src/registry/index.ts';
import { type RunningNode, startNode } from '../src/server/index.ts';
import { TLP2, type TlpLevel } from '../src/stix/tlp.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The time of all nodes of one test; tests move it. */
export interface TestTime {
  now: Date;
}

export interface TestNode {
  readonly registry: Registry;
  readonly url: string;
  readonly node: RunningNode;
}

export interface TwoNodes {
  readonly time: TestTime;
  readonly company: TestNode;
  readonly police: TestNode;
  /** How each node knows the other. */
  readonly policeAtCompany: Peer;
  readonly companyAtPolice: Peer;
  /** The agreement in force between them; empty when none was asked for. */
  readonly agreement: string;
}

/** Inside the term of the example agreement, which begins when it is drafted. */
const START = new Date('2026-12-01T08:00:00Z');

export async function startTestNode(context: TestContext, name: string, time: TestTime): Promise<TestNode> {
  const folder = temporaryFolder(context);
  const registry = await openRegistry(folder, { createAs: name, clock: () => new Date(time.now) });
  const node = await startNode(registry, { host: '127.0.0.1', port: 0 });
  context.after(() => node.stop());
  return { registry, url: node.url, node };
}

export async function twoNodes(
  context: TestContext,
  options: { agreement?: boolean; services?: string } = {},
): Promise<TwoNodes> {
  const time: TestTime = { now: new Date(START) };
  const company = await startTestNode(context, 'Northlight Security', time);
  const police = await startTestNode(context, 'Interlink Police Organisation', time);
  const policeAtCompany = await introduce(company, police);
  const companyAtPolice = await introduce(police, company);
  const agreement =
    options.agreement === false ? '' : await bringIntoForce(time, company, police, options.services);
  return { time, company, police, policeAtCompany, companyAtPolice, agreement };
}

/** Makes `other` known at `node`. */
export function introduce(node: TestNode, other: TestNode): Promise<Peer> {
  return addPeer(node.registry, nodeCard(other.registry), other.url);
}

/** Drafts the example agreement at the company, signs it at both nodes, and lets it cross as the commands do. */
export async function bringIntoForce(
  time: TestTime,
  company: TestNode,
  police: TestNode,
  /** Further services, as the document writes them. */
  services = '',
): Promise<string> {
  const id = newId('agreement');
  const key = (jwk: { kty: string; crv: string; x: string }, kid: string) => ({
    kty: jwk.kty,
    crv: jwk.crv,
    x: jwk.x,
    kid,
  });
  const keys = ({ registry: { name, identity, signatory } }: TestNode) => ({
    name,
    node: key(identity.publicJwk, identity.kid),
    signatory: key(signatory.publicJwk, signatory.kid),
  });
  const from = time.now.toISOString();
  const until = new Date(time.now);
  until.setUTCFullYear(until.getUTCFullYear() + 5);
  const text = exampleTemplate('contribution-2026').replace(
    /^accountability:/m,
    `${services}accountability:`,
  );
  const draft = fillTemplate(text, {
    id,
    from,
    until: until.toISOString(),
    northlight: keys(company),
    interlink: keys(police),
  });
  await saveDraft(company.registry, parseAgreement(draft));
  for (const { registry } of [company, police]) {
    time.now = new Date(time.now.getTime() + 1_000); // nobody signs before the text is there
    await signStored(registry, id, (tx, to, body) => queueMessage(tx, registry, to, 'agreement', body));
    await pushMessages(registry);
  }
  return id;
}

export function exampleTemplate(name: string): string {
  return readFileSync(join(import.meta.dirname, `../examples/agreements/${name}.yaml`), 'utf8');
}

/** Gives a notice at one node; `push: false` leaves the other party in the dark. */
export async function giveNotice(
  { registry }: TestNode,
  agreement: string,
  kind: 'suspend' | 'resume' | 'terminate',
  options: { push?: boolean } = {},
): Promise<void> {
  await recordNotice(
    registry,
    agreement,
    { kind, reason: 'for a test', ...(kind === 'terminate' ? { ground: 'security' as const } : {}) },
    (tx, to, body) => queueMessage(tx, registry, to, 'agreement-notice', body),
  );
  if (options.push !== false) await pushMessages(registry);
}

export type StixValue = Record<string, unknown> & { id: string; type: string };

/** A UUID that says which object of a test it is. */
export function testUuid(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

export interface ObjectOptions {
  readonly tlp?: TlpLevel;
  readonly modified?: string;
  readonly more?: Record<string, unknown>;
}

const CREATED = '2026-11-01T00:00:00.000Z';

function common(type: string, n: number, options: ObjectOptions): StixValue {
  return {
    type,
    spec_version: '2.1',
    id: `${type}--${testUuid(n)}`,
    created: CREATED,
    modified: options.modified ?? CREATED,
    object_marking_refs: [TLP2[options.tlp ?? 'green'].id],
    ...options.more,
  };
}

/** An indicator for one domain. TLP:GREEN crosses under the example agreement, TLP:RED never does. */
export function indicator(n: number, options: ObjectOptions = {}): StixValue {
  return {
    ...common('indicator', n, options),
    name: `Indicator ${n}`,
    indicator_types: ['malicious-activity'],
    pattern: `[domain-name:value = 'host-${n}.example']`,
    pattern_type: 'stix',
    valid_from: CREATED,
    ...options.more,
  };
}

export function malware(n: number, options: ObjectOptions = {}): StixValue {
  return { ...common('malware', n, options), name: `Malware ${n}`, is_family: true, ...options.more };
}

export function relationship(n: number, from: string, to: string, options: ObjectOptions = {}): StixValue {
  return {
    ...common('relationship', n, options),
    relationship_type: 'indicates',
    source_ref: from,
    target_ref: to,
    ...options.more,
  };
}

export function report(n: number, refs: readonly string[], options: ObjectOptions = {}): StixValue {
  return {
    ...common('report', n, options),
    name: `Report ${n}`,
    published: CREATED,
    object_refs: refs,
    ...options.more,
  };
}

/** Imports objects as a node's own. */
export async function importOwn(
  { registry }: TestNode,
  objects: readonly StixValue[],
): Promise<ImportReport> {
  const { id } = await ownCollection(registry);
  const batch = objects.map((object, index) => ({ text: JSON.stringify(object), index, agreementId: '' }));
  return importBatch(registry, id, OWN, batch);
}

/** The police node pulls from the company. */
export function pull({ police, companyAtPolice }: TwoNodes): Promise<SyncReport> {
  return syncPeer(police.registry, companyAtPolice);
}

/** The company recalls an object and tells whoever has it. */
export async function recall({ registry }: TestNode, object: string): Promise<string> {
  const { recall: made } = await recallObject(registry, object, 'for a test', (tx, peer, body) =>
    queueMessage(tx, registry, peer, 'recall', { ...body }),
  );
  await pushMessages(registry);
  return made.id;
}

/** Tells an object's contributor what came of it. */
export async function sendOutcome({ registry }: TestNode, object: string): Promise<string> {
  const held = await findObject(registry, object);
  const outcome = await recordOutcome(
    registry,
    { id: object, contributor: held.contributor, agreement: held.agreementId },
    'taken-down',
    1,
    (tx, made) => queueMessage(tx, registry, held.contributor, 'outcome', { ...made }),
  );
  await pushMessages(registry);
  return outcome.id;
}

/** How a node knows another, read anew. */
export async function peerOf({ registry }: TestNode, other: TestNode): Promise<Peer> {
  return (await findPeer(registry.db, other.registry.identity.kid))!;
}
