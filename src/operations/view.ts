/**
 * What a party sees of the target set. Two questions, and both must say yes: what its role is for (police all of its country, a CERT the victims
 * of its constituency, a company its own contributions), and what the agreements let go to it (`permission.ts`).
 */
import { maskAddress } from '../match/index.ts';
import type { Party } from './operations.ts';
import { addressBytes } from './target-line.ts';
import type { Target } from './targets.ts';

/** A part of what a party covers, and what a package is made for: one country, one network owner, or the address ranges of a constituency. */
export interface Scope {
  /** `FR`, `AS64500`, or `networks`. */
  readonly name: string;
  readonly country: string | null;
  /** `AS64500`. */
  readonly asn: string | null;
  /** CIDR. */
  readonly networks: readonly string[];
}

export function scopesOf(party: Party): Scope[] {
  const networks = party.covers.filter((one) => one.includes('/'));
  const single = party.covers.filter((one) => !one.includes('/'));
  return [
    ...single.map((name) =>
      isAsn(name)
        ? { name, country: null, asn: name, networks: [] }
        : { name, country: name, asn: null, networks: [] },
    ),
    ...(networks.length > 0 ? [{ name: 'networks', country: null, asn: null, networks }] : []),
  ];
}

/** Whether a target is what the party's role in this scope is for. What waits for a person concerns nobody yet. */
export function concerns(party: Party, scope: Scope, target: Target): boolean {
  if (target.queue !== null || target.decision === 'hold' || target.country === null) return false;
  if (party.role === 'police') return scope.country === target.country;
  if (party.role !== 'cert' || target.mark !== 'victim') return false;
  if (scope.country !== null) return scope.country === target.country;
  if (scope.asn !== null) return scope.asn === asnOf(target);
  const bytes = addressBytes(target.value);
  return bytes !== null && scope.networks.some((network) => isIn(bytes, network));
}

export const isAsn = (text: string): boolean => /^AS\d+$/.test(text);

/** The network that announces it; a target that is a network is its own. */
const asnOf = ({ kind, value, placement }: Target): string | null =>
  kind === 'asn' ? value : (placement?.network?.asn ?? null);

export function isIn(bytes: string, network: string): boolean {
  const [base, prefix] = network.split('/') as [string, string];
  const first = addressBytes(base);
  return (
    first !== null &&
    first.length === bytes.length &&
    maskAddress(bytes, Number(prefix)) === maskAddress(first, Number(prefix))
  );
}
