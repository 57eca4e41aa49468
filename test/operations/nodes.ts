/**
 * Organisations of an operation for tests and the bench: real nodes with keys, stores and signed agreements; messages are taken from one
 * outbox and given to the other node as they are, so that only HTTP is left out.
 */
import { fillTemplate, parseAgreement } from '../../src/agreement/index.ts';
import { EntenteError, newId } from '../../src/base/index.ts';
import { messageHandlers, queueMessage, sendInOperation } from '../../src/exchange/index.ts';
import { markDelivered, receiveMessage, waitingFor } from '../../src/exchange/messages.ts';
import {
  answerInvitation,
  assertPackageFetchable,
  contributeTargets,
  createOperation,
  findOperation,
  inviteParty,
  type Operation,
  readTargetFile,
  takePackage,
  waitingPackages,
} from '../../src/operations/index.ts';
import {
  addPeer,
  findPeer,
  nodeCard,
  openRegistry,
  type Registry,
  recordNotice,
  saveDraft,
  signStored,
} from '../../src/registry/index.ts';

export interface Time {
  now: Date;
}

export type Node = Registry;

export function openNode(folder: string, name: string, time: Time): Promise<Node> {
  return openRegistry(folder, { createAs: name, clock: () => new Date(time.now) });
}

export interface FlowGiven {
  readonly from: string;
  readonly to: readonly string[];
  readonly categories: readonly string[];
  readonly personalData?: readonly string[];
  readonly tlp?: string;
  readonly purposes?: readonly string[];
  readonly countries?: Record<string, readonly string[]>;
  readonly operations?: readonly string[];
  readonly onward?: Record<string, unknown>;
}

/** Every flow an operation needs, in both directions, passed on to these members of the lead: TLP:AMBER goes no further. */
export function openFlows(onwardTo: readonly string[]): FlowGiven[] {
  const onward = onwardTo.length > 0 ? { mode: 'members', members: onwardTo } : { mode: 'none' };
  return (['lead', 'party'] as const).flatMap((from) => {
    const to = [from === 'lead' ? 'party' : 'lead'];
    return [
      {
        from,
        to,
        categories: ['network-indicators', 'file-indicators', 'victims', 'reports'],
        personalData: ['none', 'online-identifier', 'victim'],
        onward,
      },
      { from, to, categories: ['outcomes'], onward },
    ];
  });
}

/** One agreement of all: what the company gives may reach the lead and each recipient, what a recipient reports the lead and the company. */
export function frameworkFlows(recipients: readonly string[]): FlowGiven[] {
  const given = {
    categories: ['network-indicators', 'file-indicators', 'victims', 'reports'],
    personalData: ['none', 'online-identifier', 'victim'],
  };
  return [
    { from: 'company', to: ['lead', ...recipients], ...given },
    { from: 'lead', to: ['company', ...recipients], ...given },
    ...recipients.map((from) => ({ from, to: ['lead', 'company'], categories: ['outcomes'] })),
  ];
}

const ALL_PURPOSES = [
  'network-defence',
  'crime-prevention',
  'investigation',
  'victim-notification',
  'takedown',
];

/** Signs an agreement between nodes and brings it into force at each. `parties`: id → node. */
export async function agree(
  time: Time,
  parties: Readonly<Record<string, Node>>,
  flows: readonly FlowGiven[],
): Promise<string> {
  const id = newId('agreement');
  const ids = Object.keys(parties);
  const key = ({ publicJwk, kid }: Registry['identity']) => ({
    kty: publicJwk.kty,
    crv: publicJwk.crv,
    x: publicJwk.x,
    kid,
  });
  const until = new Date(time.now);
  until.setUTCFullYear(until.getUTCFullYear() + 5);
  const document = {
    format: 'entente/agreement/1',
    id,
    instrument: 'data-exchange',
    version: 1,
    title: 'Exchange within joint operations',
    parties: Object.entries(parties).map(([party, node]) => ({
      id: party,
      name: node.name,
      kind: 'police',
      ...(party === 'lead'
        ? {
            members: [
              ...new Set(flows.flatMap(({ onward }) => (onward?.['members'] as string[] | undefined) ?? [])),
            ],
          }
        : {}),
      roles: ['contributor', 'recipient'],
      nodes: [key(node.identity)],
      signatories: [
        { id: 'head', name: 'A Signatory', title: 'Head', authority: 'Statute', key: key(node.signatory) },
      ],
      signing: 'all',
      contacts: [],
    })),
    term: {
      from: time.now.toISOString(),
      until: until.toISOString(),
      renewal: { mode: 'none', months: 0, times: 0, noticeDays: 0 },
      notice: { days: 90, immediate: ['breach', 'legal-obligation', 'security'] },
      suspension: { by: ids, daysMax: 180 },
      atEnd: {
        objects: 'delete',
        personalData: 'delete',
        openCases: 'close',
        openCaseDays: 0,
        accounts: 'close',
        seats: 'close',
        days: 30,
      },
    },
    flows: flows.map((flow, i) => ({
      title: `Flow ${i}`,
      from: flow.from,
      to: flow.to,
      categories: flow.categories,
      personalData: flow.personalData ?? ['none'],
      tlp: flow.tlp ?? 'amber',
      pap: 'amber',
      purposes: flow.purposes ?? ALL_PURPOSES,
      legalBasis: [
        {
          reference: 'Police Data Act, section 1',
          covers: (flow.personalData ?? []).filter((one) => one !== 'none'),
        },
      ].filter(({ covers }) => covers.length > 0),
      countries: flow.countries ?? {},
      ...(flow.operations ? { operations: flow.operations } : {}),
      excludedMatters: [],
      onward: { mode: 'none', ...flow.onward, members: undefined },
      evidenceUse: { code: 'H1' },
      attribution: 'anonymous',
      retention: { days: 1096, reviewDays: 365 },
      routingOnly: false,
    })),
    services: [],
    accountability: {
      audit: { by: ids, noticeDays: 30 },
      logAccess: 'own-contributions',
      breachNoticeHours: 72,
      transparency: 'counts',
    },
    text: {
      authentic: 'en',
      languages: { en: { prose: 'The parties exchange what an operation needs.\n' } },
    },
  };
  const nodes = Object.values(parties);
  for (const one of nodes) for (const other of nodes) if (one !== other) await introduce(one, other);
  await saveDraft(nodes[0]!, parseAgreement(fillTemplate(JSON.stringify(document))));
  for (const node of nodes) {
    time.now = new Date(time.now.getTime() + 1_000);
    await signStored(node, id, (tx, to, body) => queueMessage(tx, node, to, 'agreement', body));
    await deliver(nodes);
  }
  return id;
}

async function introduce(node: Node, other: Node): Promise<void> {
  if (!(await findPeer(node.db, other.identity.kid)))
    await addPeer(node, nodeCard(other), `http://${other.identity.kid.toLowerCase()}.example`);
}

/** Carries everything that waits between these nodes until nothing does. Returns what was refused. */
export async function deliver(nodes: readonly Node[]): Promise<string[]> {
  const problems: string[] = [];
  const refused = new Set<string>();
  for (let moved = true; moved; ) {
    moved = false;
    for (const from of nodes)
      for (const to of nodes) {
        if (from === to) continue;
        const sender = await findPeer(to.db, from.identity.kid);
        if (!sender) continue;
        for (const { id, message } of await waitingFor(from, to.identity.kid)) {
          if (refused.has(id)) continue;
          try {
            await receiveMessage(to, messageHandlers(to), sender, message);
            await markDelivered(from, to.identity.kid, [id]);
            moved = true;
          } catch (error) {
            if (!(error instanceof EntenteError)) throw error;
            refused.add(id);
            problems.push(`${to.name}: ${error.message}`);
          }
        }
      }
  }
  return problems;
}

export async function endAgreement(
  time: Time,
  node: Node,
  agreement: string,
  nodes: readonly Node[],
): Promise<void> {
  time.now = new Date(time.now.getTime() + 1_000);
  await recordNotice(
    node,
    agreement,
    { kind: 'terminate', reason: 'for a test', ground: 'security' },
    (tx, to, body) => queueMessage(tx, node, to, 'agreement-notice', body),
  );
  await deliver(nodes);
  time.now = new Date(time.now.getTime() + 1_000);
}

export async function invite(
  lead: Node,
  operation: Operation,
  node: Node,
  terms: Record<string, unknown>,
): Promise<void> {
  const peer = (await findPeer(lead.db, node.identity.kid))!;
  await inviteParty(lead, operation, peer, terms, sendInOperation(lead));
  await deliver([lead, node]);
  await answerInvitation(
    node,
    await findOperation(node.db, operation.name),
    'join',
    `Duty desk of ${node.name}`,
    sendInOperation(node),
  );
  await deliver([lead, node]);
}

/** Gives lines of CSV (with their head) to the operation, as a user's file would. */
export async function give(node: Node, name: string, csv: string, nodes: readonly Node[]) {
  const { lines, refused } = readTargetFile(csv, {}, 'targets.csv');
  const report = await contributeTargets(
    node,
    await findOperation(node.db, name),
    lines,
    sendInOperation(node),
  );
  const problems = await deliver(nodes);
  return { ...report, refused, problems };
}

/** Fetches every announced package as the exchange does, without HTTP. */
export async function fetchAll(from: Node, to: Node): Promise<void> {
  const caller = (await findPeer(from.db, to.identity.kid))!;
  for (const waiting of await waitingPackages(to.db, from.identity.kid)) {
    const file = await assertPackageFetchable(from, caller, waiting.id);
    await to.blobs.receive(waiting.file, () => from.blobs.read(file.sha256));
    await takePackage(to, waiting, sendInOperation(to));
  }
}

export { createOperation };
