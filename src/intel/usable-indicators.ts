/**
 * The indicators that this node may put to work on evidence: its own, and those whose agreement allows it. The verdict is made per release
 * class and contributor; its clause goes into every finding.
 */
import type { DecidingClause, ReleaseClass, Verdict } from '../agreement/index.ts';
import { findPeer, openVerdicts, type Refusal, type Registry, type Verdicts } from '../registry/index.ts';
import { WITHDRAWN } from './classes.ts';
import { type StixValue, stixIndicator } from './indicators/index.ts';
import { heldWarninglists } from './warninglists.ts';

/** A value to look for, and what a finding says about where it came from. */
export interface UsableIndicator extends StixValue {
  readonly indicator: string;
  readonly name: string;
  readonly contributor: string;
  readonly contributorKey: string;
  readonly agreement: { readonly id: string; readonly version: number } | null;
  readonly clause: string;
  /** Names of the warninglists that have the value; absent when none has. */
  readonly warninglists?: readonly string[];
  /** The contributor's own, 0 to 100; absent when it gives none. */
  readonly confidence?: number;
  /** From when on its contributor does not vouch for it; absent when that is open. */
  readonly validUntil?: string;
}

/** An indicator whose pattern is decided on events, of which text does not show all. */
export interface UsablePattern extends Omit<UsableIndicator, 'kind' | 'value' | 'warninglists'> {
  readonly pattern: string;
}

export interface UsableIndicators {
  readonly sources: readonly UsableIndicator[];
  readonly patterns: readonly UsablePattern[];
  /** What is not looked for in text, counted by reason. */
  readonly unusable: readonly Unusable[];
  /** What is used neither on text nor on events. */
  readonly unusableAtAll: readonly Unusable[];
}

export interface Unusable {
  readonly words: string;
  readonly count: number;
}

/** What this organisation's own intelligence rests on. */
const OWN_CLAUSE = 'own intelligence';

/** TAXII servers that are no nodes contribute under this name; adding one is the decision to use what it publishes. */
const TAXII_SERVER = 'taxii:';
const SERVER_CLAUSE = 'read from a TAXII server, by local decision';

interface Row {
  id: string;
  body: string;
  class_id: number;
  class: string;
  contributor: string;
  added_at: string;
}

const PAGE = 1_000;

/** `caseOpenedAt`: some uses in cases that were open when an agreement ended may go on for a time. */
export async function usableIndicators(registry: Registry, caseOpenedAt: string): Promise<UsableIndicators> {
  const sources: UsableIndicator[] = [];
  const patterns: UsablePattern[] = [];
  const notInText = new Reasons();
  const notAtAll = new Reasons();
  const gates = new Map<string, Gate>();
  const warninglists = await heldWarninglists(registry);
  let after = 0;
  for (;;) {
    const rows = await registry.db.all<Row & { seq: number }>(
      `SELECT o.seq, o.id, o.body, o.class_id, c.class, o.contributor, o.added_at FROM object o JOIN release_class c ON c.id = o.class_id
       WHERE o.seq > ? AND o.type = 'indicator' AND o.latest = 1 ORDER BY o.seq LIMIT ?`,
      after,
      PAGE,
    );
    for (const row of rows) {
      let gate = gates.get(row.contributor);
      if (!gate) {
        gate = await openGate(registry, row.contributor, caseOpenedAt);
        gates.set(row.contributor, gate);
      }
      const permit = gate.permit(row);
      if (typeof permit === 'string') {
        notInText.add(permit);
        notAtAll.add(permit);
        continue;
      }
      const object = JSON.parse(row.body) as Record<string, unknown>;
      const indicator = stixIndicator(object);
      if (!indicator || indicator.left !== null) {
        const words = indicator?.left ?? 'is revoked';
        notInText.add(words);
        if (!indicator?.pattern) notAtAll.add(words);
      }
      const { confidence, valid_until: validUntil } = object;
      const said = {
        indicator: row.id,
        name: indicator?.name ?? '',
        ...permit,
        ...(typeof confidence === 'number' ? { confidence } : {}),
        ...(typeof validUntil === 'string' ? { validUntil } : {}),
      };
      if (indicator?.pattern) patterns.push({ pattern: indicator.pattern, ...said });
      for (const { kind, value } of indicator?.values ?? []) {
        const marks = warninglists.of(kind, value);
        sources.push({ kind, value, ...said, ...(marks.length > 0 ? { warninglists: marks } : {}) });
      }
    }
    if (rows.length < PAGE) break;
    after = rows.at(-1)!.seq;
  }
  return { sources, patterns, unusable: notInText.list(), unusableAtAll: notAtAll.list() };
}

class Reasons {
  readonly #counts = new Map<string, number>();

  add(words: string): void {
    this.#counts.set(words, (this.#counts.get(words) ?? 0) + 1);
  }

  list(): Unusable[] {
    return [...this.#counts].map(([words, count]) => ({ words, count }));
  }
}

type Permit = Pick<UsableIndicator, 'contributor' | 'contributorKey' | 'agreement' | 'clause'>;

interface Gate {
  /** The permit, or why there is none. */
  permit(row: Row): Permit | string;
}

async function openGate(registry: Registry, contributor: string, caseOpenedAt: string): Promise<Gate> {
  const withdrawn = 'were recalled by their contributor';
  const isWithdrawn = (row: Row) => JSON.parse(row.class) === WITHDRAWN;
  if (contributor === '') {
    const own: Permit = {
      contributor: registry.name,
      contributorKey: registry.identity.kid,
      agreement: null,
      clause: OWN_CLAUSE,
    };
    return { permit: (row) => (isWithdrawn(row) ? withdrawn : own) };
  }
  if (contributor.startsWith(TAXII_SERVER)) {
    const read: Permit = {
      contributor: contributor.slice(TAXII_SERVER.length),
      contributorKey: contributor,
      agreement: null,
      clause: SERVER_CLAUSE,
    };
    return { permit: (row) => (isWithdrawn(row) ? withdrawn : read) };
  }
  const peer = await findPeer(registry.db, contributor);
  if (!peer) return { permit: () => 'come from a node that is no longer known' };
  const verdicts = await openVerdicts(registry, peer);
  const byClass = new Map<string, Permit | string>();
  return {
    permit(row) {
      if (isWithdrawn(row)) return withdrawn;
      // Retention counts from the day of receipt, so that day is part of the question.
      const key = `${row.class_id} ${row.added_at.slice(0, 10)}`;
      let permit = byClass.get(key);
      if (permit === undefined) {
        permit = permitOf(peer, decide(verdicts, row, caseOpenedAt));
        byClass.set(key, permit);
      }
      return permit;
    },
  };
}

function decide(verdicts: Verdicts, row: Row, caseOpenedAt: string): Verdict | Refusal {
  return verdicts.decide({
    act: 'look-up',
    contributor: 'peer',
    purpose: 'investigation',
    releaseClass: JSON.parse(row.class) as ReleaseClass,
    receivedAt: row.added_at,
    caseOpenedAt,
  });
}

function permitOf(peer: { kid: string; name: string }, verdict: Verdict | Refusal): Permit | string {
  const clause = verdict.clauses[0] as DecidingClause;
  if (verdict.verdict !== 'allow') return `${clause.words} (${clause.path})`;
  return {
    contributor: peer.name,
    contributorKey: peer.kid,
    agreement: verdict.agreement,
    clause: clause.path,
  };
}
