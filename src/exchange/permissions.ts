/** Asking a contributor for what its agreement leaves to it, about one object that is held here. */
import type { Act, Purpose } from '../agreement/index.ts';
import { EntenteError } from '../base/index.ts';
import { findObject, releaseClassOf } from '../intel/index.ts';
import {
  type AskedQuestion,
  askPermission,
  findPeer,
  openVerdicts,
  type Peer,
  type Permission,
  type Registry,
} from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { queueMessage } from './messages.ts';

export interface Wish {
  readonly act: Extract<Act, 'evidence-use' | 'export' | 'look-up' | 'onward'>;
  readonly purpose: Purpose;
  readonly reason: string;
  /** For `onward`: who would get it. */
  readonly onwardTo?: Peer;
}

export const queuePermission =
  (registry: Registry) =>
  (
    tx: Queries,
    peer: string,
    kind: 'permission' | 'permission-answer',
    body: Record<string, unknown>,
  ): Promise<string> =>
    queueMessage(tx, registry, peer, kind, body);

/** @throws EntenteError `conflict` when nothing has to be asked, `agreement-denied` when asking would not help */
export async function askForObject(registry: Registry, objectId: string, wish: Wish): Promise<Permission> {
  const held = await findObject(registry, objectId);
  const contributor = await findPeer(registry.db, held.contributor);
  if (!contributor)
    throw new EntenteError('usage', `${objectId} did not come from another node: nobody has to be asked`);
  const releaseClass = (await releaseClassOf(registry, objectId))?.releaseClass;
  if (!releaseClass) throw new EntenteError('conflict', `${objectId} was recalled`);
  const question: AskedQuestion = {
    act: wish.act,
    purpose: wish.purpose,
    releaseClass,
    ...(wish.onwardTo ? { onwardTo: wish.onwardTo.name } : {}),
  };
  const verdict = wish.onwardTo
    ? (await openVerdicts(registry, wish.onwardTo)).decideOnward({
        purpose: wish.purpose,
        releaseClass,
        origin: held.agreementId,
      })
    : (await openVerdicts(registry, contributor)).decide({
        act: wish.act,
        contributor: 'peer',
        purpose: wish.purpose,
        releaseClass,
        receivedAt: held.addedAt,
      });
  const [first] = verdict.clauses;
  if (verdict.verdict === 'allow')
    throw new EntenteError('conflict', `this is allowed already: ${first!.words} (${first!.path})`, {
      clauses: verdict.clauses,
    });
  if (verdict.verdict === 'deny' || !verdict.agreement)
    throw new EntenteError('agreement-denied', `asking would not help: ${first!.words} (${first!.path})`, {
      clauses: verdict.clauses,
    });
  return askPermission(
    registry,
    contributor,
    { agreement: verdict.agreement, clauses: verdict.clauses },
    question,
    { about: objectId, reason: wish.reason },
    queuePermission(registry),
  );
}
