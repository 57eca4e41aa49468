/** Which of the tools published here a peer is given: decided by its agreements for each title, at the moment of asking. */
import { decidingClause, PURPOSES } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import {
  assertServiceAllowed,
  type Counterpart,
  decideService,
  type Registry,
  type ServiceClause,
  type ServiceVerdict,
} from '../../registry/index.ts';
import { listPublished, type Published, targetName } from './published.ts';

export interface Offer extends Published {
  /** That gives it. */
  readonly clause: ServiceClause;
}

/** For every purpose: a tool may be given for any that its clause names, and the taker says which when it accepts. Ends with the first that is allowed. */
async function decideFor(registry: Registry, peer: Counterpart, title: string): Promise<ServiceVerdict[]> {
  const found: ServiceVerdict[] = [];
  for (const purpose of PURPOSES) {
    const question = { act: 'tool-seat', giver: 'here', purpose, amount: 0, tool: title } as const;
    const decided = await decideService(registry, peer, question, async () => 0);
    if (decided.verdict.verdict === 'allow') return [decided];
    found.push(decided);
  }
  return found;
}

async function clauseFor(
  registry: Registry,
  peer: Counterpart,
  title: string,
): Promise<ServiceClause | null> {
  const [first] = await decideFor(registry, peer, title);
  return first!.verdict.verdict === 'allow' ? first!.clause : null;
}

/** Says why nothing is given without a word of what there is. */
async function nothingGiven(registry: Registry, peer: Counterpart): Promise<EntenteError> {
  const found = await decideFor(registry, peer, '');
  const onlyTitles = found.find(({ verdict }) =>
    verdict.clauses.every(({ path, effect }) => effect !== 'deny' || path.endsWith('.tools')),
  );
  if (!onlyTitles) assertServiceAllowed(found[0]!.verdict, { asked: false });
  const { verdict } = onlyTitles!;
  if (verdict.verdict === 'allow') return new EntenteError('not-found', 'this node publishes no tools');
  const { path } = verdict.clauses.find(({ effect }) => effect === 'deny')!;
  const clause = decidingClause(path, 'deny', { key: 'no-tool', values: {} });
  return new EntenteError('agreement-denied', `${path}: ${clause.words}`, { clauses: [clause] });
}

/**
 * Whether a peer may look at all. Tools that were taken back count: whoever may know of them must learn that they are gone.
 * @throws EntenteError `agreement-denied`, `not-found`
 */
export async function assertGivenSomething(registry: Registry, peer: Counterpart): Promise<void> {
  for (const title of new Set((await listPublished(registry.db)).map(({ manifest }) => manifest.title)))
    if (await clauseFor(registry, peer, title)) return;
  throw await nothingGiven(registry, peer);
}

/** @throws EntenteError `agreement-denied`, `not-found` when the peer is given nothing, now or before it was taken back */
export async function offersFor(registry: Registry, peer: Counterpart): Promise<Offer[]> {
  const clauses = new Map<string, ServiceClause | null>();
  const offers: Offer[] = [];
  for (const one of await listPublished(registry.db)) {
    const { title } = one.manifest;
    if (!clauses.has(title)) clauses.set(title, await clauseFor(registry, peer, title));
    const clause = clauses.get(title);
    if (clause && one.retired === null) offers.push({ ...one, clause });
  }
  if (![...clauses.values()].some((clause) => clause !== null)) throw await nothingGiven(registry, peer);
  return offers;
}

/** The package behind `DIGEST.NAME`. @throws EntenteError `not-found`, also for one that the peer is not given */
export async function requireOffer(registry: Registry, peer: Counterpart, file: string): Promise<Offer> {
  const published = await listPublished(registry.db);
  const found = published.find((one) => one.retired === null && `${one.sha256}.${targetName(one)}` === file);
  const clause = found && (await clauseFor(registry, peer, found.manifest.title));
  if (clause) return { ...found, clause };
  await assertGivenSomething(registry, peer);
  throw new EntenteError('not-found', 'the repository has no such file');
}
