/**
 * What may cross to a peer now. Verdicts are made per release class; a reveal set may cross when all its classes may; a query then
 * compares one number per object.
 */
import {
  type DecidingClause,
  decidingClause,
  type Purpose,
  type ReleaseClass,
  type Tlp,
  type Verdict,
} from '../agreement/index.ts';
import { EntenteError } from '../base/index.ts';
import { type Counterpart, openVerdicts, type Refusal, type Registry } from '../registry/index.ts';
import { WITHDRAWN } from './classes.ts';

/** What shared intelligence is for, unless a request says otherwise. Every template's flows name it. */
const PURPOSE: Purpose = 'crime-prevention';

export interface ClassVerdict {
  readonly classId: number;
  readonly releaseClass: ReleaseClass | typeof WITHDRAWN;
  readonly verdict: Verdict | Refusal;
}

export interface ReleaseDecision {
  /** Whether any agreement with the peer is in force. */
  readonly inForce: boolean;
  /** Why none is. */
  readonly refusal: DecidingClause | null;
  readonly classes: readonly ClassVerdict[];
  /** Reveal sets of which every class may cross. */
  readonly allowedReveals: readonly number[];
  /** The agreement that allows a class, and what its objects cross as; null for a class that may not. */
  crossing(
    classId: number,
  ): { readonly agreement: { readonly id: string; readonly version: number }; readonly tlp: Tlp } | null;
}

const RECALLED: Refusal = {
  verdict: 'deny',
  clauses: [decidingClause('recall', 'deny', { key: 'recalled', values: {} })],
  agreement: null,
};

export async function decideRelease(registry: Registry, peer: Counterpart): Promise<ReleaseDecision> {
  const verdicts = await openVerdicts(registry, peer);
  const rows = await registry.db.all<{ id: number; class: string }>(
    'SELECT id, class FROM release_class ORDER BY id',
  );
  const classes: ClassVerdict[] = rows.map((row) => {
    const releaseClass = JSON.parse(row.class) as ReleaseClass | typeof WITHDRAWN;
    if (releaseClass === WITHDRAWN) return { classId: row.id, releaseClass, verdict: RECALLED };
    // What another party contributed is not this node's to release; its agreement decides on passing it on.
    const verdict =
      releaseClass.origin === undefined
        ? verdicts.decide({ act: 'release', contributor: 'here', purpose: PURPOSE, releaseClass })
        : verdicts.decideOnward({ purpose: PURPOSE, releaseClass, origin: releaseClass.origin });
    return { classId: row.id, releaseClass, verdict };
  });
  const allowed = new Set(
    classes.filter(({ verdict }) => verdict.verdict === 'allow').map(({ classId }) => classId),
  );
  const sets = await registry.db.all<{ id: number; classes: string }>('SELECT id, classes FROM reveal_set');
  const crossings = new Map(
    classes.flatMap(({ classId, releaseClass, verdict }) =>
      verdict.verdict === 'allow' && verdict.agreement && releaseClass !== WITHDRAWN
        ? [[classId, { agreement: verdict.agreement, tlp: releaseClass.tlp }] as const]
        : [],
    ),
  );
  return {
    inForce: verdicts.inForce.length > 0,
    refusal: verdicts.refusal,
    classes,
    allowedReveals: sets
      .filter((set) => set.classes.split(',').every((id) => allowed.has(Number(id))))
      .map((set) => set.id),
    crossing: (classId) => crossings.get(classId) ?? null,
  };
}

export interface Withheld {
  readonly id: string;
  readonly type: string;
  /** Its own class may not cross, or it refers to something that may not. */
  readonly why: 'class' | 'refers';
  readonly words: string;
  readonly clauses: readonly DecidingClause[];
}

/** Objects named in one answer; the counts are complete. */
const WITHHELD_LIST_MAX = 1_000;

export interface ReleaseSummary {
  readonly inForce: boolean;
  readonly refusal: DecidingClause | null;
  readonly classes: readonly {
    readonly verdict: string;
    readonly objects: number;
    readonly words: string;
    readonly clauses: readonly DecidingClause[];
    readonly releaseClass: ReleaseClass | typeof WITHDRAWN;
  }[];
  readonly released: number;
  readonly withheldCount: number;
  /** The first thousand, by name. */
  readonly withheld: readonly Withheld[];
}

/** For people who decide what to share: every class with its verdict, and what is withheld and why. */
export async function summariseRelease(registry: Registry, peer: Counterpart): Promise<ReleaseSummary> {
  const decision = await decideRelease(registry, peer);
  const counts = await registry.db.all<{ class_id: number; n: number }>(
    'SELECT class_id, count(*) AS n FROM object WHERE latest = 1 GROUP BY class_id',
  );
  const objectsOf = new Map(counts.map((row) => [row.class_id, Number(row.n)]));
  const byClass = new Map(decision.classes.map((entry) => [entry.classId, entry]));
  const allowed = decision.allowedReveals.length > 0 ? decision.allowedReveals.join(',') : '-1';
  const total = await registry.db.get<{ released: number; held: number }>(
    `SELECT coalesce(sum(reveal_id IN (${allowed})), 0) AS released, count(*) AS held FROM object WHERE latest = 1`,
  );
  const rows = await registry.db.all<{ id: string; type: string; class_id: number; classes: string }>(
    `SELECT o.id, o.type, o.class_id, s.classes FROM object o JOIN reveal_set s ON s.id = o.reveal_id
     WHERE o.latest = 1 AND o.reveal_id NOT IN (${allowed}) ORDER BY o.seq LIMIT ${WITHHELD_LIST_MAX}`,
  );
  return {
    inForce: decision.inForce,
    refusal: decision.refusal,
    classes: decision.classes
      .filter(({ classId }) => objectsOf.has(classId))
      .map(({ classId, releaseClass, verdict }) => ({
        verdict: verdict.verdict,
        objects: objectsOf.get(classId)!,
        words: describeClass(releaseClass),
        clauses: verdict.clauses,
        releaseClass,
      })),
    released: Number(total?.released ?? 0),
    withheldCount: Number(total?.held ?? 0) - Number(total?.released ?? 0),
    withheld: rows.map((row) => {
      const own = byClass.get(row.class_id)!;
      if (own.verdict.verdict !== 'allow') {
        return {
          id: row.id,
          type: row.type,
          why: 'class' as const,
          words: own.verdict.clauses.map((clause) => `${clause.words} (${clause.path})`).join('; '),
          clauses: own.verdict.clauses,
        };
      }
      const hidden = row.classes
        .split(',')
        .map((id) => byClass.get(Number(id))!)
        .find((entry) => entry.verdict.verdict !== 'allow')!;
      return {
        id: row.id,
        type: row.type,
        why: 'refers' as const,
        words: `refers to an object that is withheld: ${hidden.verdict.clauses[0]!.words} (${hidden.verdict.clauses[0]!.path})`,
        clauses: hidden.verdict.clauses,
      };
    }),
  };
}

export interface ReleaseExplanation {
  readonly crosses: boolean;
  /** The object's own class first, then those of what it refers to. */
  readonly classes: readonly {
    readonly about: string;
    readonly words: string;
    readonly verdict: Verdict | Refusal;
  }[];
}

/** One object, every class it reveals, and what each agreement says of it. @throws EntenteError `not-found` */
export async function explainRelease(
  registry: Registry,
  peer: Counterpart,
  objectId: string,
): Promise<ReleaseExplanation> {
  const row = await registry.db.get<{ class_id: number; classes: string }>(
    'SELECT o.class_id, s.classes FROM object o JOIN reveal_set s ON s.id = o.reveal_id WHERE o.id_key = id_key(?) AND o.id = ? AND o.latest = 1',
    objectId,
    objectId,
  );
  if (!row) throw new EntenteError('not-found', `there is no object ${objectId.slice(0, 100)} here`);
  const decision = await decideRelease(registry, peer);
  const byClass = new Map(decision.classes.map((entry) => [entry.classId, entry]));
  const others = row.classes
    .split(',')
    .map(Number)
    .filter((classId) => classId !== row.class_id);
  const classes = [row.class_id, ...others].map((classId, i) => {
    const { releaseClass, verdict } = byClass.get(classId)!;
    return {
      about: i === 0 ? 'the object itself' : 'something it refers to',
      words: describeClass(releaseClass),
      verdict,
    };
  });
  return { crosses: classes.every(({ verdict }) => verdict.verdict === 'allow'), classes };
}

export function describeClass(releaseClass: ReleaseClass | typeof WITHDRAWN): string {
  if (releaseClass === WITHDRAWN) return 'recalled';
  const { category, tlp, pap, personalData, origin } = releaseClass;
  return [
    category,
    `TLP:${tlp.toUpperCase()}`,
    ...(pap === 'clear' ? [] : [`PAP:${pap.toUpperCase()}`]),
    ...(personalData === 'none' ? [] : [`personal data: ${personalData}`]),
    ...(origin ? ['received'] : []),
  ].join(', ');
}
