/**
 * The free service for law enforcement: who may use it, and how much. An agency gets in because one already in vouches for it, or by a mail address in a
 * domain that this organisation trusts. It is counted how much each asked, never what; unless the agency itself wants its questions kept.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Purpose } from '../../agreement/index.ts';
import { EntenteError, newId } from '../../base/index.ts';
import { appendLeaf, type Registry } from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';

export const OFFERS = ['experts', 'support', 'intelligence', 'tools', 'training'] as const;
export type Offer = (typeof OFFERS)[number];

/** The terms, each addressed as `free.NAME` where it refuses. */
export interface FreeTerms {
  readonly open: boolean;
  /** Domains of mail addresses that get in without a voucher. */
  readonly mailDomains: readonly string[];
  /** Values an agency may look up in a day. */
  readonly perDay: number;
  /** Of these, values that are not known here: what bounds whoever tries to list what is held. */
  readonly missesPerDay: number;
  /** Agencies that one may vouch for in a month. */
  readonly vouchersPerMonth: number;
  /** What this organisation gives besides, under agreements; said on the public page. */
  readonly offers: readonly Offer[];
}

export const CLOSED: FreeTerms = {
  open: false,
  mailDomains: [],
  perDay: 2_000,
  missesPerDay: 500,
  vouchersPerMonth: 5,
  offers: [],
};

export interface Agency {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  readonly state: 'voucher' | 'awaiting-mail' | 'active' | 'blocked';
  readonly registeredAt: string;
  /** By whom: an agency’s identifier, or `mail`. */
  readonly by: string;
  readonly keepQuestions: boolean;
  /** Of a peer, with whom an agreement says how much may be looked up and for what; null: the terms for everybody hold. */
  readonly under: Under | null;
}

export interface Under {
  /** Key of the peer's node. */
  readonly peer: string;
  readonly purpose: Purpose;
}

const NAME_MAX = 120;
const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;
/** A code or voucher that nobody used is void. */
const CODE_MS = 7 * DAY_MS;
/** Registrations that wait for their mail; bounds what strangers can make this node keep. */
const AWAITING_MAX = 200;

const digestOf = (secret: string) => createHash('sha256').update(secret).digest('hex');
const newSecret = () => randomBytes(32).toString('base64url');
export const refusedBy = (code: 'agreement-denied' | 'quota-used', path: string, words: string) =>
  new EntenteError(code, `${path}: ${words}`, { clauses: [{ path, effect: 'deny', words }] });

export async function freeTerms(queries: Queries): Promise<FreeTerms> {
  const row = await queries.get<{ value: string }>("SELECT value FROM desk_setting WHERE name = 'free'");
  return row ? { ...CLOSED, ...(JSON.parse(row.value) as Partial<FreeTerms>) } : CLOSED;
}

/** @throws EntenteError `usage` */
export async function setFreeTerms(registry: Registry, terms: FreeTerms): Promise<void> {
  for (const domain of terms.mailDomains)
    if (!/^(?=.{3,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain))
      throw new EntenteError('usage', `"${domain.slice(0, 80)}" is no mail domain`);
  for (const offer of terms.offers)
    if (!OFFERS.includes(offer)) throw new EntenteError('usage', `what can be offered: ${OFFERS.join(', ')}`);
  for (const limit of [terms.perDay, terms.missesPerDay, terms.vouchersPerMonth])
    if (!Number.isInteger(limit) || limit < 0 || limit > 1_000_000)
      throw new EntenteError('usage', 'a limit is a whole number up to 1,000,000');
  await registry.db.transaction(async (tx) => {
    await tx.run(
      "INSERT INTO desk_setting (name, value) VALUES ('free', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      JSON.stringify(terms),
    );
    await appendLeaf(tx, registry.clock, 'administration', { setting: 'free-service', terms });
  });
}

/** @throws EntenteError `agreement-denied` citing `free.open` */
export async function assertOpen(queries: Queries): Promise<FreeTerms> {
  const terms = await freeTerms(queries);
  if (!terms.open)
    throw refusedBy('agreement-denied', 'free.open', 'this organisation has not opened its free service');
  return terms;
}

/** An agency vouches for another: a code to hand over by a trusted channel. @throws EntenteError `quota-used` */
export async function vouch(registry: Registry, agency: Agency): Promise<string> {
  const code = newSecret();
  await registry.db.transaction(async (tx) => {
    const terms = await assertOpen(tx);
    const since = new Date(registry.clock().getTime() - MONTH_MS).toISOString();
    const given = (await listAgencies(tx)).filter(
      (one) => one.by === agency.id && one.registeredAt > since,
    ).length;
    if (given >= terms.vouchersPerMonth)
      throw refusedBy(
        'quota-used',
        'free.vouchersPerMonth',
        `an agency vouches for up to ${terms.vouchersPerMonth} others a month`,
      );
    await insert(
      tx,
      registry,
      { name: '', domain: '', state: 'voucher', by: agency.id, keepQuestions: false },
      code,
    );
  });
  return code;
}

/** With a voucher the agency is in at once. @throws EntenteError `forbidden` */
export async function registerWithVoucher(
  registry: Registry,
  voucher: string,
  name: string,
  keepQuestions: boolean,
): Promise<string> {
  assertName(name);
  const token = newSecret();
  await registry.db.transaction(async (tx) => {
    await assertOpen(tx);
    const found = await byDigest(tx, digestOf(voucher));
    if (found?.state !== 'voucher' || isVoid(registry, found))
      throw new EntenteError('forbidden', 'this voucher was used, is void, or never was one');
    const voucherOf = (await listAgencies(tx)).find(({ id }) => id === found.by);
    if (voucherOf?.state !== 'active')
      throw new EntenteError('forbidden', 'whoever vouched is not in any more');
    await become(tx, registry, { ...found, name, state: 'active', keepQuestions }, token);
  });
  return token;
}

/**
 * By a mail address in a trusted domain. The code goes to the address: `entente free mail` gives it to this organisation's mail system. Whether the domain is
 * trusted is public; nothing else is told here.
 * @throws EntenteError `agreement-denied` citing `free.mailDomains`, `busy`
 */
export async function registerByMail(
  registry: Registry,
  mail: string,
  name: string,
  keepQuestions: boolean,
): Promise<void> {
  assertName(name);
  const domain = /^[^@\s"<>]{1,64}@([a-z0-9.-]{3,253})$/.exec(mail.toLowerCase())?.[1];
  if (!domain) throw new EntenteError('usage', 'a mail address is meant');
  await registry.db.transaction(async (tx) => {
    const { mailDomains } = await assertOpen(tx);
    if (!mailDomains.includes(domain))
      throw refusedBy(
        'agreement-denied',
        'free.mailDomains',
        `mail domains that get in without a voucher: ${mailDomains.join(', ') || 'none'}`,
      );
    const waiting = (await listAgencies(tx)).filter((one) => one.state === 'awaiting-mail');
    for (const one of waiting)
      if (isVoid(registry, one)) await tx.run('DELETE FROM free_agency WHERE id = ?', one.id);
    if (waiting.length >= AWAITING_MAX)
      throw new EntenteError('busy', 'too many registrations wait for their mail');
    const code = newSecret();
    await insert(tx, registry, { name, domain, state: 'awaiting-mail', by: 'mail', keepQuestions }, code, {
      mail,
      code,
    });
  });
}

export interface PendingMail {
  readonly to: string;
  readonly code: string;
  readonly name: string;
}

/** Mail that is to be sent. Each is given out once; code and address are then forgotten here, the code but for its digest. */
export async function takePendingMail(registry: Registry): Promise<PendingMail[]> {
  return registry.db.transaction(async (tx) => {
    const rows = await tx.all<{ id: string; name: string; body: string }>(
      "SELECT id, name, body FROM free_agency WHERE state = 'awaiting-mail' ORDER BY registered_at, id",
    );
    const pending: PendingMail[] = [];
    for (const { id, name, body } of rows) {
      const { mail, code, ...rest } = JSON.parse(body) as { mail?: string; code?: string };
      if (mail === undefined || code === undefined) continue;
      pending.push({ to: mail, code, name });
      await tx.run('UPDATE free_agency SET body = ? WHERE id = ?', JSON.stringify(rest), id);
    }
    return pending;
  });
}

/** The code that came by mail, once, for the token. @throws EntenteError `forbidden` */
export async function confirmMail(registry: Registry, code: string): Promise<string> {
  const token = newSecret();
  await registry.db.transaction(async (tx) => {
    await assertOpen(tx);
    const found = await byDigest(tx, digestOf(code));
    if (found?.state !== 'awaiting-mail' || isVoid(registry, found))
      throw new EntenteError('forbidden', 'this code was used, is void, or never was one');
    await become(tx, registry, { ...found, state: 'active' }, token);
  });
  return token;
}

/** Whose token it is. @throws EntenteError `unauthenticated`, `agreement-denied` */
export async function admitAgency(registry: Registry, token: string | undefined): Promise<Agency> {
  const found = token ? await byDigest(registry.db, digestOf(token)) : null;
  if (!found || found.state === 'voucher' || found.state === 'awaiting-mail')
    throw new EntenteError('unauthenticated', 'this needs the token of an agency');
  await assertOpen(registry.db);
  if (found.state === 'blocked')
    throw refusedBy(
      'agreement-denied',
      'free.agencies',
      'the agency was blocked by the organisation that gives the service',
    );
  return found;
}

/** @throws EntenteError `not-found` */
export async function blockAgency(registry: Registry, id: string): Promise<void> {
  await registry.db.transaction(async (tx) => {
    if ((await tx.run("UPDATE free_agency SET state = 'blocked' WHERE id = ?", id)) === 0)
      throw new EntenteError('not-found', `there is no agency ${id.slice(0, 80)}`);
    await appendLeaf(tx, registry.clock, 'administration', { what: 'free-agency-blocked', agency: id });
  });
}

export async function listAgencies(queries: Queries): Promise<Agency[]> {
  return (await queries.all<AgencyRow>(`${SELECT} ORDER BY registered_at, id`)).map(fromRow);
}

interface AgencyRow {
  id: string;
  name: string;
  domain: string;
  state: Agency['state'];
  body: string;
  registered_at: string;
}

const SELECT = 'SELECT id, name, domain, state, body, registered_at FROM free_agency';

const fromRow = ({ id, name, domain, state, body, registered_at }: AgencyRow): Agency => {
  const {
    by,
    keepQuestions,
    under = null,
  } = JSON.parse(body) as Pick<Agency, 'by' | 'keepQuestions'> & {
    under?: Under;
  };
  return { id, name, domain, state, registeredAt: registered_at, by, keepQuestions, under };
};

async function byDigest(queries: Queries, digest: string): Promise<Agency | null> {
  const row = await queries.get<AgencyRow>(`${SELECT} WHERE token_hash = ?`, digest);
  return row ? fromRow(row) : null;
}

const isVoid = (registry: Registry, { registeredAt }: Agency) =>
  Date.parse(registeredAt) + CODE_MS <= registry.clock().getTime();

function assertName(name: string): void {
  if (name.trim() === '' || name.length > NAME_MAX || /[\p{Cc}\p{Cf}]/u.test(name))
    throw new EntenteError('usage', `an agency has a name of up to ${NAME_MAX} characters`);
}

async function insert(
  tx: Queries,
  registry: Registry,
  agency: Pick<Agency, 'name' | 'domain' | 'state' | 'by' | 'keepQuestions'>,
  secret: string,
  more: object = {},
): Promise<void> {
  const { name, domain, state, by, keepQuestions } = agency;
  await tx.run(
    'INSERT INTO free_agency (id, name, domain, token_hash, state, body, registered_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    newId('agency'),
    name,
    domain,
    digestOf(secret),
    state,
    JSON.stringify({ by, keepQuestions, ...more }),
    registry.clock().toISOString(),
  );
}

async function become(
  tx: Queries,
  registry: Registry,
  { id, name, state, by, keepQuestions, under }: Agency,
  token: string,
): Promise<void> {
  await tx.run(
    'UPDATE free_agency SET name = ?, state = ?, token_hash = ?, body = ? WHERE id = ?',
    name,
    state,
    digestOf(token),
    JSON.stringify({ by, keepQuestions, ...(under ? { under } : {}) }),
    id,
  );
  const peer = under ? { peer: under.peer } : {};
  await appendLeaf(tx, registry.clock, 'administration', { what: 'free-agency-in', agency: id, by, ...peer });
}

/**
 * A voucher of this organisation's own: for the first agency, or for one of a peer. With `under` the agency that registers with it has the quota
 * of the peer's agreement.
 */
export async function ownVoucher(registry: Registry, under?: Under): Promise<string> {
  const code = newSecret();
  await registry.db.transaction(async (tx) => {
    await assertOpen(tx);
    const isOwn = ({ by }: Agency) => by === 'own';
    if (!(await listAgencies(tx)).some(isOwn))
      await insert(
        tx,
        registry,
        { name: registry.name, domain: '', state: 'active', by: 'own', keepQuestions: false },
        newSecret(),
      );
    const { id } = (await listAgencies(tx)).find(isOwn)!;
    const voucher = { name: '', domain: '', state: 'voucher', by: id, keepQuestions: false } as const;
    await insert(tx, registry, voucher, code, under ? { under } : {});
  });
  return code;
}
