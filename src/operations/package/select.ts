/**
 * Choosing what goes into one package: what the recipient's role is for, and of that what the agreements of every contributor let go to it. Free text is
 * looked at passage by passage; what may name a person or belong to another country stays behind until a person decides.
 */
import type { DecidingClause } from '../../agreement/index.ts';
import type { Queries } from '../../store/index.ts';
import { findForeign, findPersons, type Passage } from '../free-text.ts';
import type { Operation, Party } from '../operations.ts';
import { keyOfUse, type Permission, restsOn, type Use } from '../permission.ts';
import { type Contribution, standing, type Target } from '../targets.ts';
import { concerns, type Scope } from '../view.ts';
import type { PackageItem } from './contents.ts';

export interface WithheldText {
  readonly target: string;
  readonly value: string;
  readonly text: string;
  readonly passages: readonly Passage[];
  /** When a person kept the text and a clause does not allow it. */
  readonly clauses: readonly DecidingClause[];
}

export interface Selection {
  readonly items: readonly PackageItem[];
  /** What the package rests on; asked again before its bytes leave. */
  readonly uses: readonly Use[];
  /** Targets of the recipient's that no agreement lets go to it, by clause. */
  readonly denied: readonly { readonly count: number; readonly clauses: readonly DecidingClause[] }[];
  readonly texts: readonly WithheldText[];
}

/** Decisions of persons on free text, by target: `keep` or `drop`. */
export async function readTextDecisions(
  queries: Queries,
  operation: Operation,
): Promise<ReadonlyMap<string, string>> {
  const rows = await queries.all<{ target_id: string; becomes: string }>(
    `SELECT d.target_id, d.becomes FROM operation_decision d JOIN operation_target t ON t.id = d.target_id
     WHERE t.operation_id = ? AND d.kind = 'text' ORDER BY d.seq`,
    operation.id,
  );
  return new Map(rows.map(({ target_id, becomes }) => [target_id, becomes]));
}

export function selectItems(
  operation: Operation,
  party: Party,
  scope: Scope,
  targets: readonly Target[],
  gate: (use: Use) => Permission,
  texts: ReadonlyMap<string, string>,
): Selection {
  const items: PackageItem[] = [];
  const uses = new Map<string, Use>();
  const denied = new Map<string, { count: number; clauses: readonly DecidingClause[] }>();
  const withheld: WithheldText[] = [];
  const use = (one: Use): Permission => {
    const permission = gate(one);
    if (permission.allowed) uses.set(keyOfUse(one), one);
    return permission;
  };
  for (const target of targets) {
    if (!concerns(party, scope, target)) continue;
    const said = standing(target);
    if (said.length === 0) continue;
    const judged = said.map((one) => ({ one, permission: use(restsOn(operation, target, one)) }));
    const allowed = judged.filter(({ permission }) => permission.allowed).map(({ one }) => one);
    if (allowed.length === 0) {
      const { clauses } = judged[0]!.permission;
      const key = clauses.map(({ path }) => path).join();
      const same = denied.get(key);
      if (same) same.count++;
      else denied.set(key, { count: 1, clauses });
      continue;
    }
    const text = textOf(operation, target, allowed, use, texts.get(target.id));
    if (text.withheld) withheld.push(text.withheld);
    items.push(itemOf(target, allowed, text.note));
  }
  return { items, uses: [...uses.values()], denied: [...denied.values()], texts: withheld };
}

function textOf(
  operation: Operation,
  target: Target,
  allowed: readonly Contribution[],
  use: (one: Use) => Permission,
  decision: string | undefined,
): { note: string | null; withheld?: WithheldText } {
  const notes = allowed.filter(({ note }) => note !== '');
  if (notes.length === 0 || decision === 'drop') return { note: null };
  const text = [...new Set(notes.map(({ note }) => note))].join('\n');
  const persons = findPersons(text);
  const passages = [...persons, ...findForeign(text, target.country, target.value)];
  if (passages.length === 0) return { note: text };
  const held = { target: target.id, value: target.value, text, passages };
  if (decision !== 'keep') return { note: null, withheld: { ...held, clauses: [] } };
  // A person looked and kept it; whether names may cross is still for the clauses.
  if (persons.length === 0) return { note: text };
  const refused = notes
    .map((one) => use(restsOn(operation, target, one, 'suspect')))
    .find((permission) => !permission.allowed);
  return refused ? { note: null, withheld: { ...held, clauses: refused.clauses } } : { note: text };
}

function itemOf(target: Target, allowed: readonly Contribution[], note: string | null): PackageItem {
  const candidates = target.placement?.candidates ?? [];
  const network = target.placement?.network;
  const here = candidates.find(({ country }) => country === target.country);
  const grounds = (here?.grounds ?? []).map(({ reason, confidence, from }) => ({ reason, confidence, from }));
  return {
    id: target.id,
    kind: target.kind,
    value: target.value,
    mark: target.mark,
    country: target.country!,
    ...(network ? { network: { asn: network.asn, owner: network.owner } } : {}),
    threat: allowed.find(({ threat }) => threat !== '')?.threat ?? '',
    tlp: strictestTlp(allowed),
    gradings: allowed
      .map(({ source, information, seenAt }) => ({ source, information, seenAt }))
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)), // the order of contributions would tell who came first
    grounds:
      target.decision === 'route'
        ? [...grounds, { reason: 'decided', confidence: 100, from: 'an analyst' }]
        : grounds,
    alsoNamed: candidates
      .filter(({ country, confidence }) => country !== target.country && confidence > 5)
      .map(({ country }) => country),
    note,
  };
}

const TLP_ORDER = ['clear', 'green', 'amber', 'amber+strict', 'red'] as const;

export const strictestTlp = (list: readonly { readonly tlp: (typeof TLP_ORDER)[number] }[]) =>
  TLP_ORDER[Math.max(0, ...list.map(({ tlp }) => TLP_ORDER.indexOf(tlp)))]!;
