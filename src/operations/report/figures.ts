/** The figures of an operation, counted from what the store holds; the report shows these and nothing else. */
import { listPeers, type Registry } from '../../registry/index.ts';
import { contradictions, type KeptOutcome, listTargetOutcomes } from '../operation-outcomes.ts';
import { listParties, type Operation } from '../operations.ts';
import { OUTCOME_KINDS, type OutcomeKind } from '../outcomes.ts';
import { listPackages } from '../package/make.ts';
import { type Quality, qualityOf } from '../quality.ts';
import { readTargets } from '../targets.ts';
import { MARKS, type Mark } from '../vocabulary.ts';

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
const counting = (outcomes: readonly KeptOutcome[]) =>
  outcomes.filter(({ superseded, direction }) => superseded === null && direction !== 'out');

export async function readFigures(registry: Registry, operation: Operation): Promise<Figures> {
  const targets = await readTargets(registry.db, operation);
  const outcomes = await listTargetOutcomes(registry.db, operation);
  const counted = counting(outcomes);
  const packages = (await listPackages(registry.db, operation)).filter(
    ({ direction }) => direction === 'out',
  );
  const names = new Map((await listPeers(registry.db)).map(({ kid, name }) => [kid, name]));
  const nameOf = (kid: string) => (kid === '' ? registry.name : (names.get(kid) ?? kid));
  const withCountry = targets.filter(({ country }) => country !== null);
  const countryOf = new Map(withCountry.map(({ id, country }) => [id, country!]));
  const done = new Set(counted.map(({ target }) => target));
  const countries = [...Map.groupBy(withCountry, ({ country }) => country!)]
    .map(([country, list]) => ({
      country,
      targets: list.length,
      outcomes: list.filter(({ id }) => done.has(id)).length,
    }))
    .sort((a, b) => b.targets - a.targets || (a.country < b.country ? -1 : 1));
  const { name, title, purpose, tlp, state, databases, actionDay } = operation;
  return {
    operation: { name, title, purpose, tlp, state, databases, actionDay },
    lead: nameOf(operation.lead),
    at: registry.clock().toISOString(),
    targets: targets.length,
    waiting: targets.filter(({ queue, decision }) => queue !== null || decision === 'hold').length,
    marks: MARKS.map((mark) => ({ mark, count: targets.filter((target) => target.mark === mark).length })),
    countries,
    outcomes: OUTCOME_KINDS.map((kind) => {
      const list = counted.filter((outcome) => outcome.kind === kind);
      return {
        kind,
        targets: new Set(list.map(({ target }) => target)).size,
        quantity: list.reduce((sum, { quantity }) => sum + quantity, 0),
      };
    }),
    days: [...Map.groupBy(counted, ({ at }) => at.slice(0, 10))]
      .map(([day, list]) => ({ day, count: list.length }))
      .sort((a, b) => (a.day < b.day ? -1 : 1)),
    parties: (await listParties(registry.db, operation)).filter((party) => party.state === 'joined').length,
    packages: {
      sent: packages.length,
      received: packages.filter(({ receivedAt }) => receivedAt !== null).length,
      read: packages.filter(({ readAt }) => readAt !== null).length,
    },
    contributors: qualityOf(targets, outcomes).map((quality) => ({ ...quality, name: nameOf(quality.peer) })),
    contradictory: contradictions(outcomes).filter(([first]) => countryOf.has(first!.target)).length,
  };
}
