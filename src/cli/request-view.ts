/** A request as people read it. */
import {
  type Ask,
  type Attachment,
  attachmentsIn,
  clockOf,
  type DeskRequest,
  type RequestKind,
  stepOf,
  type Target,
} from '../desk/index.ts';
import { allAgreements, findPeer, type Registry } from '../registry/index.ts';
import type { Terminal } from './terminal.ts';

/** Everything about a request but the bytes of attachments, which `--save` writes. */
export function requestJson(request: DeskRequest, now: Date) {
  const bare = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(bare)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .filter(([key]) => key !== 'base64')
              .map(([key, inner]) => [key, bare(inner)]),
          )
        : value;
  return { ...(bare(request) as object), clock: clockOf(request, now) };
}

export async function showRequest(
  registry: Registry,
  request: DeskRequest,
  terminal: Terminal,
): Promise<void> {
  const { ask } = request;
  const peer = (await findPeer(registry.db, request.peer))?.name ?? request.peer;
  terminal.out(`${request.id}  ${terminal.style.bold(request.state)}`);
  terminal.out(
    `${request.direction === 'out' ? 'asked of' : 'asked by'} ${peer}: ${ask.kind}, ${ask.priority}, for ${ask.purpose}`,
  );
  terminal.out(`${ask.subject} (TLP:${ask.marking.tlp.toUpperCase()})`);
  terminal.out(indented(ask.text));
  terminal.out(`wanted: ${wanted(ask)}`);
  for (const attachment of ask.attachments) terminal.out(attachedWords(attachment));
  const sent = stepOf(request, 'sent')?.step.body.clause;
  if (sent) terminal.out(`under ${sent.path} of ${sent.agreement}, version ${sent.version}`);
  if (request.held) terminal.out(`held by the legal review: ${request.held}`);
  const clock = clockOf(request, registry.clock());
  if (clock) {
    for (const [what, target] of [
      ['first answer', clock.respond],
      ['done', clock.resolve],
    ] as const)
      terminal.out(
        target ? `${what}: ${targetWords(target)} (${clock.runs})` : `${what}: the clause sets no target`,
      );
    if (clock.escalation !== 0)
      terminal.out(
        `escalate, level ${clock.escalation}: ${await whomToCall(registry, request, clock.escalation)}`,
      );
  }
  for (const { step, counts, person } of request.steps) {
    const who = step.by === request.peer ? peer : (person ?? 'this node');
    terminal.out(
      `${step.at}  ${step.kind}  ${who}${counts ? '' : '  (sent before it was known that the request had ended)'}`,
    );
    const { body } = step;
    if ('text' in body && body.text) terminal.out(indented(body.text));
    if ('basis' in body) terminal.out(`    ${body.decision}: ${body.basis}`);
    if ('reason' in body) terminal.out(`    reason: ${body.reason}`);
    if (step.kind === 'seated')
      terminal.out(`    until ${step.body.until}${step.body.supervised ? ', supervised' : ''}`);
    if (!('ask' in body))
      for (const attachment of attachmentsIn(body)) terminal.out(attachedWords(attachment));
  }
}

/** Text of the other side has lines of its own, and never looks like ours. */
const indented = (text: string) => `    ${text.replaceAll('\n', '\n    ')}`;

const attachedWords = ({ name, mediaType, sizeBytes, releaseClass }: Attachment) =>
  `    attached: ${name}, ${mediaType}, ${sizeBytes} bytes, TLP:${releaseClass.tlp.toUpperCase()}`;

const UNITS: Readonly<Record<RequestKind, string>> = {
  expert: 'days',
  support: 'hours',
  intelligence: 'requests',
  tool: 'seats',
  training: 'seats',
};

function wanted({ kind, amount, skills, languages, clearance, tool, level }: Ask): string {
  return [
    `${amount} ${UNITS[kind]}`,
    ...(skills.length > 0 ? [`skills ${skills.join(', ')}`] : []),
    ...(languages.length > 0 ? [`languages ${languages.join(', ')}`] : []),
    ...(clearance === 'none' ? [] : [`clearance ${clearance}`]),
    ...(tool ? [`tool ${tool}`] : []),
    ...(level ? [`level ${level}`] : []),
  ].join('; ');
}

const targetWords = ({ by, at, state }: Target) =>
  ({
    running: `due by ${by}`,
    met: `by ${by}: reached at ${at}`,
    missed: at === null ? `was due by ${by}` : `was due by ${by}, reached at ${at}`,
    stopped: `was due by ${by}; the request ended before`,
  })[state];

/** Contacts that the agreement names: operations first, then the signatories' side. */
async function whomToCall(registry: Registry, request: DeskRequest, level: 1 | 2): Promise<string> {
  const sent = request.steps.find(({ step }) => step.kind === 'sent')!.step;
  if (sent.kind !== 'sent') return '';
  const { agreement: id, path } = sent.body.clause;
  const held = (await allAgreements(registry.db, registry.clock().toISOString())).find(
    ({ verified }) => verified.agreement.id === id,
  );
  const agreement = held?.verified.agreement;
  const giver = agreement?.services[Number(/\d+/.exec(path)?.[0])]?.from;
  const party = agreement?.parties.find((one) => one.id === giver);
  const contacts = (party?.contacts ?? [])
    .filter((contact) => level === 2 || contact.for.includes('operations'))
    .map(({ name, email, phone }) => [name, email, phone].filter(Boolean).join(' '));
  const signatories =
    level === 2 ? (party?.signatories ?? []).map(({ name, title }) => `${name}, ${title}`) : [];
  return (
    [...contacts, ...signatories].join('; ') ||
    `${party?.name ?? 'the other party'} names no contact in the agreement`
  );
}
