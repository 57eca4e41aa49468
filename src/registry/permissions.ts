/**
 * What an agreement leaves to its contributor. A verdict says `ask`; the question goes to the contributor, signed and in the ledger; a person there
 * answers; and until the day named in the answer the verdict is `allow`, citing the clause that asked.
 *
 * A permission holds for exactly the question that was asked (act, purpose, class of the object, organisation it would go to) and for the version of
 * the agreement under which it was asked: an amendment makes it void.
 */
import {
  type Act,
  type DecidingClause,
  decidingClause,
  PURPOSES,
  type Purpose,
  parseDecidingClause,
  parseReleaseClass,
  type ReleaseClass,
  releaseClassKey,
} from '../agreement/index.ts';
import { EntenteError, isId, isTimestamp, newId } from '../base/index.ts';
import type { Queries } from '../store/index.ts';
import { findAgreement, partyOfNode } from './agreements.ts';
import { appendLeaf } from './ledger.ts';
import { findPeer, type Peer } from './peers.ts';
import type { Registry } from './registry.ts';

/** Acts of which a clause may say `ask`. */
const ACTS: readonly Act[] = ['onward', 'export', 'evidence-use', 'look-up', 'release'];

export interface AskedQuestion {
  readonly act: Act;
  readonly purpose: Purpose;
  readonly releaseClass: ReleaseClass;
  readonly onwardTo?: string;
  readonly attributed?: boolean;
}

export interface Permission {
  readonly id: string;
  /** `out`: asked here of the contributor; `in`: asked of this node. */
  readonly direction: 'in' | 'out';
  readonly peer: string;
  readonly agreement: { readonly id: string; readonly version: number };
  readonly question: AskedQuestion;
  /** The clauses that say `ask`. */
  readonly clauses: readonly DecidingClause[];
  /** The object that gave rise to it; empty when it is about a class as a whole. */
  readonly about: string;
  readonly reason: string;
  readonly askedAt: string;
  readonly verdict: 'allow' | 'deny' | null;
  readonly validUntil: string | null;
  readonly words: string | null;
  readonly answeredAt: string | null;
}

type Queue = (
  tx: Queries,
  peer: string,
  kind: 'permission' | 'permission-answer',
  body: Record<string, unknown>,
) => Promise<unknown>;

const WORDS_MAX = 2_000;
/** A permission is for a time; whoever needs it for longer asks again. */
const DAYS_MAX = 366;
const CLAUSES_MAX = 50;

export function questionKey(question: AskedQuestion): string {
  const { act, purpose, releaseClass, onwardTo, attributed } = question;
  return JSON.stringify([act, purpose, releaseClassKey(releaseClass), onwardTo ?? '', attributed === true]);
}

/** Sends a question to the contributor. `verdict` is the one that said `ask`. @throws EntenteError `usage`, `conflict` when it waits already */
export async function askPermission(
  registry: Registry,
  peer: Peer,
  verdict: {
    readonly agreement: { readonly id: string; readonly version: number };
    readonly clauses: readonly DecidingClause[];
  },
  question: AskedQuestion,
  { about, reason }: { readonly about: string; readonly reason: string },
  queue: Queue,
): Promise<Permission> {
  if (reason.trim() === '' || reason.length > WORDS_MAX)
    throw new EntenteError('usage', `a question needs a reason of 1 to ${WORDS_MAX} characters`);
  const asking = verdict.clauses.filter(({ effect }) => effect === 'ask');
  const permission: Permission = {
    id: newId('permission'),
    direction: 'out',
    peer: peer.kid,
    agreement: { id: verdict.agreement.id, version: verdict.agreement.version },
    question,
    clauses: asking,
    about,
    reason: reason.trim(),
    askedAt: registry.clock().toISOString(),
    verdict: null,
    validUntil: null,
    words: null,
    answeredAt: null,
  };
  await registry.db.transaction(async (tx) => {
    const waiting = await tx.get<{ id: string }>(
      `SELECT id FROM permission WHERE direction = 'out' AND agreement_id = ? AND question_key = ? AND verdict IS NULL`,
      permission.agreement.id,
      questionKey(question),
    );
    if (waiting)
      throw new EntenteError('conflict', `this was asked already and waits for an answer (${waiting.id})`);
    await store(tx, permission);
    await appendLeaf(tx, registry.clock, 'request', leafOf(permission, 'asked'));
    const {
      direction: _direction,
      peer: _peer,
      verdict: _verdict,
      validUntil: _until,
      words: _words,
      answeredAt: _at,
      ...body
    } = permission;
    await queue(tx, peer.kid, 'permission', body);
  });
  return permission;
}

function leafOf(
  { id, agreement, question: { act, purpose }, peer, direction }: Permission,
  step: 'asked' | 'answered',
) {
  return {
    what: 'permission',
    step,
    id,
    direction,
    peer,
    agreement: agreement.id,
    version: agreement.version,
    act,
    purpose,
  };
}

async function store(tx: Queries, one: Permission): Promise<void> {
  await tx.run(
    `INSERT INTO permission (id, direction, peer, agreement_id, version, question, question_key, clauses, about, reason, asked_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    one.id,
    one.direction,
    one.peer,
    one.agreement.id,
    one.agreement.version,
    JSON.stringify(one.question),
    questionKey(one.question),
    JSON.stringify(one.clauses),
    one.about,
    one.reason,
    one.askedAt,
  );
}

/** A peer asks. @throws EntenteError `message-invalid`, `forbidden` when it may not ask this of this node */
export async function receivePermission(
  tx: Queries,
  registry: Registry,
  body: Record<string, unknown>,
  peer: Peer,
): Promise<void> {
  const permission = parsePermission(body, peer);
  const { id } = permission.agreement;
  const now = registry.clock().toISOString();
  const { verified, notices } = await findAgreement(registry.db, id, now);
  const names = (kid: string) => partyOfNode(verified.agreement, kid, notices, now) !== null;
  if (!names(peer.kid) || !names(registry.identity.kid))
    throw new EntenteError('forbidden', `${id} is no agreement between ${peer.name} and this node`);
  await store(tx, permission);
  await appendLeaf(tx, registry.clock, 'request', leafOf(permission, 'asked'));
}

function parsePermission(body: Record<string, unknown>, peer: Peer): Permission {
  const invalid = (why: string) =>
    new EntenteError('message-invalid', `the message is no question for permission: ${why}`);
  const { id, agreement, question, clauses, about, reason, askedAt } = body as Partial<Permission>;
  if (!isId(String(id), 'permission')) throw invalid('it has no identifier');
  if (
    ![about, reason, askedAt].every((text) => typeof text === 'string' && text.length <= WORDS_MAX) ||
    !isTimestamp(askedAt!)
  )
    throw invalid('it lacks words or a time');
  if (!isId(String(agreement?.id), 'agreement') || !Number.isInteger(agreement?.version))
    throw invalid('it names no agreement');
  const { act, purpose, releaseClass, onwardTo, attributed } = (question ?? {}) as Partial<AskedQuestion>;
  if (!ACTS.includes(act as Act) || !(PURPOSES as readonly unknown[]).includes(purpose))
    throw invalid('it asks for nothing that can be permitted');
  if (onwardTo !== undefined && (typeof onwardTo !== 'string' || onwardTo.length > 200))
    throw invalid('it names no organisation');
  const cited =
    Array.isArray(clauses) && clauses.length <= CLAUSES_MAX ? clauses.map(parseDecidingClause) : [null];
  if (!cited.every((one) => one !== null)) throw invalid('it cites no clauses');
  return {
    id: id!,
    direction: 'in',
    peer: peer.kid,
    agreement: { id: agreement!.id, version: agreement!.version },
    question: {
      act: act!,
      purpose: purpose!,
      releaseClass: parseReleaseClass(releaseClass),
      ...(onwardTo === undefined ? {} : { onwardTo }),
      ...(attributed === true ? { attributed } : {}),
    },
    clauses: cited.map((one) => ({ ...one, effect: 'ask' as const })),
    about: about!,
    reason: reason!,
    askedAt: askedAt!,
    verdict: null,
    validUntil: null,
    words: null,
    answeredAt: null,
  };
}

export interface PermissionAnswer {
  readonly verdict: 'allow' | 'deny';
  /** For `allow`: the first instant at which it holds no longer. */
  readonly validUntil: string | null;
  readonly words: string;
}

/** Answers a question that was asked of this node. @throws EntenteError `not-found`, `conflict` when it is answered, `usage` */
export async function answerPermission(
  registry: Registry,
  id: string,
  answer: PermissionAnswer,
  queue: Queue,
): Promise<Permission> {
  const now = registry.clock();
  if (answer.words.trim() === '' || answer.words.length > WORDS_MAX)
    throw new EntenteError('usage', `an answer needs words of 1 to ${WORDS_MAX} characters`);
  if (answer.verdict === 'allow') {
    const until =
      answer.validUntil !== null && isTimestamp(answer.validUntil)
        ? Date.parse(answer.validUntil)
        : Number.NaN;
    if (!(until > now.getTime()) || until > now.getTime() + DAYS_MAX * 86_400_000)
      throw new EntenteError('usage', `a permission is for a time: say until when, within ${DAYS_MAX} days`);
  }
  return registry.db.transaction(async (tx) => {
    const asked = await findPermission(tx, id, 'in');
    if (asked.verdict !== null)
      throw new EntenteError('conflict', `this was answered at ${asked.answeredAt}: ${asked.verdict}`);
    const at = now.toISOString();
    const validUntil = answer.verdict === 'allow' ? answer.validUntil : null;
    await setAnswer(tx, id, answer.verdict, validUntil, answer.words.trim(), at);
    const answered: Permission = {
      ...asked,
      verdict: answer.verdict,
      validUntil,
      words: answer.words.trim(),
      answeredAt: at,
    };
    await appendLeaf(tx, registry.clock, 'request', {
      ...leafOf(answered, 'answered'),
      verdict: answer.verdict,
      validUntil,
    });
    await queue(tx, asked.peer, 'permission-answer', {
      id,
      verdict: answer.verdict,
      validUntil,
      words: answer.words.trim(),
      at,
    });
    return answered;
  });
}

/** The contributor's answer arrives. @throws EntenteError `message-invalid`, `not-found`, `conflict` */
export async function receivePermissionAnswer(
  tx: Queries,
  registry: Registry,
  body: Record<string, unknown>,
  peer: Peer,
): Promise<void> {
  const { id, verdict, validUntil, words, at } = body;
  const isAllow = verdict === 'allow';
  if (
    typeof id !== 'string' ||
    (!isAllow && verdict !== 'deny') ||
    (isAllow ? typeof validUntil !== 'string' || !isTimestamp(validUntil) : validUntil !== null) ||
    typeof words !== 'string' ||
    words.length > WORDS_MAX ||
    typeof at !== 'string' ||
    !isTimestamp(at)
  )
    throw new EntenteError('message-invalid', 'the message is no answer to a question for permission');
  const asked = await findPermission(tx, id, 'out');
  if (asked.peer !== peer.kid) throw new EntenteError('forbidden', 'the question was put to somebody else');
  if (asked.verdict !== null) throw new EntenteError('conflict', 'the question was answered before');
  await setAnswer(tx, id, verdict as 'allow' | 'deny', validUntil as string | null, words, at);
  await appendLeaf(tx, registry.clock, 'request', { ...leafOf(asked, 'answered'), verdict, validUntil });
}

async function setAnswer(
  tx: Queries,
  id: string,
  verdict: 'allow' | 'deny',
  validUntil: string | null,
  words: string,
  at: string,
): Promise<void> {
  await tx.run(
    'UPDATE permission SET verdict = ?, valid_until = ?, words = ?, answered_at = ? WHERE id = ?',
    verdict,
    validUntil,
    words,
    at,
    id,
  );
}

interface Row {
  id: string;
  direction: 'in' | 'out';
  peer: string;
  agreement_id: string;
  version: number;
  question: string;
  clauses: string;
  about: string;
  reason: string;
  asked_at: string;
  verdict: 'allow' | 'deny' | null;
  valid_until: string | null;
  words: string | null;
  answered_at: string | null;
}

const fromRow = (row: Row): Permission => ({
  id: row.id,
  direction: row.direction,
  peer: row.peer,
  agreement: { id: row.agreement_id, version: row.version },
  question: JSON.parse(row.question) as AskedQuestion,
  clauses: JSON.parse(row.clauses) as DecidingClause[],
  about: row.about,
  reason: row.reason,
  askedAt: row.asked_at,
  verdict: row.verdict,
  validUntil: row.valid_until,
  words: row.words,
  answeredAt: row.answered_at,
});

async function findPermission(queries: Queries, id: string, direction: 'in' | 'out'): Promise<Permission> {
  const row = await queries.get<Row>(
    'SELECT * FROM permission WHERE id = ? AND direction = ?',
    id,
    direction,
  );
  if (!row) throw new EntenteError('not-found', `there is no question ${id.slice(0, 80)} here`);
  return fromRow(row);
}

/** In the order in which they were asked, with the peer's name. */
export async function listPermissions(
  registry: Registry,
): Promise<(Permission & { readonly peerName: string })[]> {
  const rows = await registry.db.all<Row>('SELECT * FROM permission ORDER BY asked_at, id');
  const permissions = [];
  for (const row of rows) {
    const peer = await findPeer(registry.db, row.peer);
    permissions.push({ ...fromRow(row), peerName: peer?.name ?? row.peer });
  }
  return permissions;
}

/** What its contributor has said yes to, for one question. */
export interface Granted {
  /** Clauses that say `ask` and need not be asked any more. */
  readonly paths: readonly string[];
  /** The answers, to be cited beside the clauses. */
  readonly clauses: readonly DecidingClause[];
}

/** Permissions that hold at an instant, ready to be asked for each question. */
export interface Grants {
  of(agreement: { readonly id: string; readonly version: number }, question: AskedQuestion): Granted;
}

const NOTHING: Granted = { paths: [], clauses: [] };

export async function openGrants(queries: Queries, at: string): Promise<Grants> {
  const rows = await queries.all<Row & { question_key: string }>(
    `SELECT * FROM permission WHERE direction = 'out' AND verdict = 'allow' AND valid_until > ?`,
    at,
  );
  const granted = new Map<string, Granted>();
  for (const row of rows) {
    const key = `${row.agreement_id}#${row.version} ${row.question_key}`;
    const before = granted.get(key) ?? NOTHING;
    const values = { until: row.valid_until!, words: row.words!, permission: row.id };
    const clauses = fromRow(row).clauses.map(({ path }) =>
      decidingClause(path, 'allow', { key: 'permitted-until', values }),
    );
    granted.set(key, {
      paths: [...before.paths, ...clauses.map(({ path }) => path)],
      clauses: [...before.clauses, ...clauses],
    });
  }
  return {
    of: ({ id, version }, question) =>
      granted.size === 0 ? NOTHING : (granted.get(`${id}#${version} ${questionKey(question)}`) ?? NOTHING),
  };
}
