/** The figures of an operation, counted from what the store holds; the report shows these and nothing else. */
import { listPeers, type Registry } from '../../registry/index.ts';
import { countTargets } from '../board.ts';
import { IS_CONTRADICTED } from '../operation-outcomes.ts';
import { listParties, type Operation } from '../operations.ts';
import { OUTCOME_KINDS, type OutcomeKind } from '../outcomes.ts';
import { listPackages } from '../package/make.ts';
import { type Quality, qualityOf } from '../quality.ts';
import type { Mark } from '../vocabulary.ts';

export interface Figures {
  readonly operation: Pick<
    Operation,
    'name' | 'title' | 'purpose' | 'tlp' | 'state' | 'databases' | 'actionDay'
  >;
  readonly lead: string;
  readonly at: string;
  readonly targets: number;
  readonly waiting: number;
  readonly marks: readonly { readonly mark: Mark; readonly count: number }[];
  readonly countries: readonly {
    readonly country: string;
    readonly targets: number;
    readonly outcomes: number;
  }[];
  readonly outcomes: readonly {
    readonly kind: OutcomeKind;
    readonly targets: number;
    readonly quantity: number;
  }[];
  readonly days: readonly { readonly day: string; readonly count: number }[];
  readonly parties: number;
  readonly packages: { readonly sent: number; readonly received: number; readonly read: number };
  readonly contributors: readonly (Quality & { readonly name: string })[];
  readonly contradictory: number;
}

/** Outcomes that count: not superseded, and heard rather than repeated. */
const COUNTING = `FROM operation_outcome WHERE operation_id = ? AND superseded IS NULL AND direction <> 'out'`;

/** Counted by the store, so that half a million targets are never read. */
export async function readFigures(registry: Registry, operation: Operation): Promise<Figures> {
  const { db } = registry;
  const counts = await countTargets(db, operation);
  const kinds = await db.all<{ kind: OutcomeKind; targets: number; quantity: number }>(
    `SELECT kind, count(DISTINCT target_id) AS targets, sum(json_extract(body, '$.quantity')) AS quantity ${COUNTING} GROUP BY kind`,
    operation.id,
  );
  const days = await db.all<{ day: string; count: number }>(
    `SELECT substr(at, 1, 10) AS day, count(*) AS count ${COUNTING} GROUP BY day ORDER BY day`,
    operation.id,
  );
  // Reports are heard by the lead; what it tells on, it has decided.
  const contradicted = await db.get<{ n: number }>(
    `SELECT count(*) AS n FROM operation_target WHERE operation_id = ? AND country IS NOT NULL AND ${IS_CONTRADICTED}`,
    operation.id,
  );
  const packages = (await listPackages(db, operation)).filter(({ direction }) => direction === 'out');
  const names = new Map((await listPeers(db)).map(({ kid, name }) => [kid, name]));
  const nameOf = (kid: string) => (kid === '' ? registry.name : (names.get(kid) ?? kid));
  const { name, title, purpose, tlp, state, databases, actionDay } = operation;
  return {
    operation: { name, title, purpose, tlp, state, databases, actionDay },
    lead: nameOf(operation.lead),
    at: registry.clock().toISOString(),
    targets: counts.targets,
    waiting: counts.waiting,
    marks: counts.marks.map(({ mark, targets }) => ({ mark, count: targets })),
    countries: counts.countries.map(({ country, targets, outcomes }) => ({ country, targets, outcomes })),
    outcomes: OUTCOME_KINDS.map((kind) => {
      const found = kinds.find((one) => one.kind === kind);
      return { kind, targets: Number(found?.targets ?? 0), quantity: Number(found?.quantity ?? 0) };
    }),
    days: days.map(({ day, count }) => ({ day, count: Number(count) })),
    parties: (await listParties(db, operation)).filter((party) => party.state === 'joined').length,
    packages: {
      sent: packages.length,
      received: packages.filter(({ receivedAt }) => receivedAt !== null).length,
      read: packages.filter(({ readAt }) => readAt !== null).length,
    },
    contributors: (await qualityOf(db, operation)).map((quality) => ({
      ...quality,
      name: nameOf(quality.peer),
    })),
    contradictory: operation.lead === '' ? Number(contradicted!.n) : 0,
  };
}
