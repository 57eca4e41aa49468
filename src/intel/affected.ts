/** What this node holds that an agreement decides about: for asking what would change if the agreement did. */
import type { Affected, Party, ReleaseClass } from '../agreement/index.ts';
import { type HeldAgreement, partyOfNode, type Registry } from '../registry/index.ts';
import { WITHDRAWN } from './classes.ts';
import { describeClass } from './release.ts';

interface Row {
  class: string;
  contributor: string;
  n: number;
}

/** Objects of one class count as one item; what was received and what is given are asked about separately. */
export async function affectedByAgreement(registry: Registry, held: HeldAgreement): Promise<Affected[]> {
  const { agreement } = held.verified;
  const now = registry.clock().toISOString();
  const here = partyOfNode(agreement, registry.identity.kid, held.notices, now);
  if (!here) return [];
  const others = agreement.parties.filter((party) => party.id !== here.id);
  const rows = await registry.db.all<Row>(
    `SELECT c.class, o.contributor, count(*) AS n FROM object o JOIN release_class c ON c.id = o.class_id
     WHERE o.latest = 1 GROUP BY c.class, o.contributor ORDER BY c.class, o.contributor`,
  );
  const items: Affected[] = [];
  for (const row of rows) {
    const releaseClass = JSON.parse(row.class) as ReleaseClass | typeof WITHDRAWN;
    if (releaseClass === WITHDRAWN) continue;
    const label = describeClass(releaseClass);
    const contributor: Party | null =
      row.contributor === '' ? here : partyOfNode(agreement, row.contributor, held.notices, now);
    if (!contributor) continue;
    for (const other of contributor === here ? others : []) {
      items.push({
        kind: 'object',
        label: `${label}, to ${other.name}`,
        count: Number(row.n),
        question: { act: 'release', from: here.id, to: other.id, purpose: 'crime-prevention', releaseClass },
      });
    }
    if (contributor !== here) {
      items.push({
        kind: 'object',
        label: `${label}, from ${contributor.name}`,
        count: Number(row.n),
        question: {
          act: 'look-up',
          from: contributor.id,
          to: here.id,
          purpose: 'investigation',
          releaseClass,
        },
      });
    }
  }
  return items;
}
