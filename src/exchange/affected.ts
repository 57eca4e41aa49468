/** Everything that an agreement decides about now, for asking what would change if it did. */
import {
  type Act,
  type Affected,
  type ReleaseClass,
  SERVICE_OF_ACT,
  type Service,
} from '../agreement/index.ts';
import { casesUnderAgreement } from '../cases/index.ts';
import type { Seat } from '../desk/index.ts';
import { affectedByAgreement, describeClass } from '../intel/index.ts';
import { type HeldAgreement, partyOfNode, type Registry } from '../registry/index.ts';

/** Objects held, copies delivered, findings in cases, places under services and the seats taken of them, and the parties' access. */
export async function allAffected(registry: Registry, held: HeldAgreement): Promise<Affected[]> {
  return [
    ...(await affectedByAgreement(registry, held)),
    ...(await copiesUnderAgreement(registry, held)),
    ...(await casesUnderAgreement(registry, held)),
    ...placesOf(held),
    ...(await seatsOf(registry, held)),
    ...accessOf(registry, held),
  ];
}

interface Row {
  peer: string;
  class: string;
  at: string;
  n: number;
}

/** Copies at peers that crossed under the agreement: whether they may still be used there. */
async function copiesUnderAgreement(registry: Registry, held: HeldAgreement): Promise<Affected[]> {
  const { agreement } = held.verified;
  const now = registry.clock().toISOString();
  const here = partyOfNode(agreement, registry.identity.kid, held.notices, now);
  if (!here) return [];
  const rows = await registry.db.all<Row>(
    `SELECT d.peer, c.class, max(d.at) AS at, count(*) AS n
     FROM delivery d JOIN delivery_object x ON x.delivery_id = d.id JOIN object o ON o.id_key = id_key(x.object_id) AND o.id = x.object_id AND o.version = x.version
     JOIN release_class c ON c.id = o.class_id
     WHERE d.direction = 'out' AND x.under LIKE ? AND o.withdrawn_at IS NULL GROUP BY d.peer, c.class ORDER BY d.peer, c.class`,
    `${agreement.id}#%`,
  );
  return rows.flatMap((row): Affected[] => {
    const other = partyOfNode(agreement, row.peer, held.notices, now);
    if (!other) return [];
    const releaseClass = JSON.parse(row.class) as ReleaseClass;
    return [
      {
        kind: 'delivery',
        label: `${describeClass(releaseClass)}, delivered to ${other.name}`,
        count: Number(row.n),
        question: {
          act: 'look-up',
          from: here.id,
          to: other.id,
          purpose: 'investigation',
          releaseClass,
          receivedAt: row.at,
        },
      },
    ];
  });
}

/** Places that could be asked for under each service. */
function placesOf({ verified: { agreement } }: HeldAgreement): Affected[] {
  return agreement.services.flatMap((service) => {
    const act = actOf(service);
    return service.to.map(
      (to): Affected => ({
        kind: 'place',
        label: `${service.quota.unit} of "${service.title}"`,
        count: service.quota.amount,
        question: {
          act,
          from: service.from,
          to,
          purpose: service.purposes[0]!,
          ...(service.tools ? { tool: service.tools[0]! } : {}),
          ...(service.clearance ? { clearance: service.clearance } : {}),
        },
      }),
    );
  });
}

const actOf = ({ kind }: Service): Act =>
  (Object.keys(SERVICE_OF_ACT) as Act[]).find((one) => SERVICE_OF_ACT[one] === kind)!;

/** Seats that are taken now: experts' in cases here, tools accepted here, and those that peers have told of. */
async function seatsOf(registry: Registry, held: HeldAgreement): Promise<Affected[]> {
  const { agreement } = held.verified;
  const now = registry.clock().toISOString();
  const rows = await registry.db.all<{
    about: string;
    service: string;
    amount: number;
    at: string;
    seat: string | null;
    tool: string | null;
    version: string | null;
  }>(
    `SELECT u.about, u.service, u.amount, u.at, s.grant_body AS seat, h.tool, h.version
     FROM service_use u LEFT JOIN seat s ON s.request_id = u.about AND s.withdrawn IS NULL
     LEFT JOIN tool_held h ON h.id = u.about AND h.retired IS NULL WHERE u.agreement_id = ? ORDER BY u.at, u.about, s.id`,
    agreement.id,
  );
  return rows.flatMap((row): Affected[] => {
    const service = agreement.services[Number(/^services\[(\d+)\]/.exec(row.service)?.[1])];
    if (!service) return [];
    const seat =
      row.seat === null ? null : (JSON.parse(row.seat) as Pick<Seat, 'expert' | 'until' | 'grantedAt'>);
    const peer = row.about.includes(':') ? row.about.slice(0, row.about.indexOf(':')) : registry.identity.kid;
    const taker = partyOfNode(agreement, peer, held.notices, now);
    if (!taker || (seat !== null && Date.parse(seat.until) <= Date.parse(now))) return [];
    const isToolAway = service.kind === 'tools' && peer !== registry.identity.kid;
    if (seat === null && row.tool === null && !isToolAway) return []; // a request: no seat was granted, or it is over
    return [
      {
        kind: 'seat',
        label: seat
          ? `the seat of expert ${seat.expert} until ${seat.until}`
          : row.tool
            ? `${row.tool} ${row.version}, in use here`
            : `a tool of "${service.title}", in use at ${taker.name}`,
        count: seat ? 1 : Number(row.amount),
        question: {
          act: actOf(service),
          from: service.from,
          to: taker.id,
          purpose: service.purposes[0]!,
          amount: 0,
          seatGrantedAt: seat?.grantedAt ?? row.at,
          ...(service.tools ? { tool: service.tools[0]! } : {}),
          ...(service.clearance ? { clearance: service.clearance } : {}),
        },
      },
    ];
  });
}

/** What each other party may read of this node's ledger about itself. */
function accessOf(registry: Registry, held: HeldAgreement): Affected[] {
  const { agreement } = held.verified;
  const now = registry.clock().toISOString();
  const here = partyOfNode(agreement, registry.identity.kid, held.notices, now);
  if (!here) return [];
  return agreement.parties
    .filter(({ id }) => id !== here.id)
    .map((other) => ({
      kind: 'peer',
      label: `${other.name} reads the entries about its own contributions`,
      count: 1,
      question: { act: 'log-access', from: here.id, to: other.id, purpose: 'crime-prevention', logs: 'own' },
    }));
}
