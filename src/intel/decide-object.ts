/** Asking one agreement about one object, both given as documents: nothing of a node is needed. */
import {
  type Act,
  type Agreement,
  compileAgreement,
  type Notice,
  OBJECT_ACTS,
  type Purpose,
  parseReleaseClass,
  type Question,
  type ReleaseClass,
  type Verdict,
  type VerifiedAgreement,
} from '../agreement/index.ts';
import { EntenteError } from '../base/index.ts';
import type { StixObject } from '../stix/index.ts';
import { classifyObject } from './classify.ts';

export interface ObjectQuestion
  extends Pick<Question, 'at' | 'granted' | 'attributed' | 'onwardTo' | 'receivedAt'> {
  readonly act: Act;
  /** Parties by their short name or full name. */
  readonly from: string;
  readonly to: string;
  readonly purpose: Purpose;
  /** A STIX object, a bundle with one object beside markings, or a release class. Needed for acts on objects. */
  readonly object?: unknown;
}

/** @throws EntenteError `stix-invalid`, `usage` */
export function decideObject(
  verified: VerifiedAgreement,
  notices: readonly Notice[],
  { object, from, to, ...question }: ObjectQuestion,
  where = 'object',
): Verdict {
  const { agreement } = verified;
  return compileAgreement(verified).decide(
    {
      ...question,
      from: partyId(agreement, from),
      to: partyId(agreement, to),
      ...(OBJECT_ACTS.has(question.act) ? { releaseClass: classOf(object, where) } : {}),
    },
    notices,
  );
}

/** A party by its short name, or its full name as people write it. What is neither goes on as it is, and is denied. */
function partyId(agreement: Agreement, asked: string): string {
  const fits = (name: string) => name.toLowerCase() === asked.toLowerCase();
  return agreement.parties.find(({ id, name }) => fits(id) || fits(name))?.id ?? asked;
}

function classOf(given: unknown, where: string): ReleaseClass {
  let value = given;
  const bundle = value as { type?: unknown; objects?: unknown } | null | undefined;
  if (bundle?.type === 'bundle' && Array.isArray(bundle.objects)) {
    const objects = bundle.objects.filter((object) => object?.type !== 'marking-definition');
    if (objects.length !== 1)
      throw new EntenteError(
        'usage',
        `${where}: the bundle has ${objects.length} objects; one is decided at a time`,
      );
    value = objects[0];
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new EntenteError('stix-invalid', `${where}: is no STIX object`, { where });
  if (!('type' in value)) return parseReleaseClass(value, where);
  if (typeof value.type !== 'string')
    throw new EntenteError('stix-invalid', `${where}: "type" is not text`, { where });
  return classifyObject(value as StixObject, { origin: '' });
}
