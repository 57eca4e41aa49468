/** Cases whose findings rest on an agreement: for asking what would change if it did. */
import type { Affected, ReleaseClass } from '../agreement/index.ts';
import { type HeldAgreement, partyOfNode, type Registry } from '../registry/index.ts';

interface Row {
  name: string;
  opened_at: string;
  contributor: string;
  class: string;
  received_at: string;
  n: number;
}

/** Findings of one case, contributor and class count as one item: whether they may be used as evidence. */
export async function casesUnderAgreement(registry: Registry, held: HeldAgreement): Promise<Affected[]> {
  const { agreement } = held.verified;
  const now = registry.clock().toISOString();
  const here = partyOfNode(agreement, registry.identity.kid, held.notices, now);
  if (!here) return [];
  const rows = await registry.db.all<Row>(
    `SELECT k.name, k.opened_at, o.contributor, c.class, max(o.added_at) AS received_at, count(*) AS n
     FROM finding f JOIN case_file k ON k.id = f.case_id JOIN object o ON o.id_key = id_key(f.indicator_id) AND o.id = f.indicator_id AND o.latest = 1
     JOIN release_class c ON c.id = o.class_id
     WHERE o.agreement_id = ? AND o.withdrawn_at IS NULL GROUP BY k.id, k.name, k.opened_at, o.contributor, c.class ORDER BY k.name, c.class`,
    agreement.id,
  );
  return rows.flatMap((row): Affected[] => {
    const giver = partyOfNode(agreement, row.contributor, held.notices, now);
    if (!giver) return [];
    return [
      {
        kind: 'case',
        label: `findings of the case "${row.name}" as evidence`,
        count: Number(row.n),
        question: {
          act: 'evidence-use',
          from: giver.id,
          to: here.id,
          purpose: 'prosecution',
          releaseClass: JSON.parse(row.class) as ReleaseClass,
          receivedAt: row.received_at,
          caseOpenedAt: row.opened_at,
        },
      },
    ];
  });
}
