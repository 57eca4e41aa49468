/**
 * Who else says it. Several contributors send the same object, or objects of their own about the same value: each keeps its own, under its
 * own agreement, and is told as vouching for the others. Nothing is merged, so what one contributor recalls or forbids touches nobody else's.
 */
import { findPeer, type Registry } from '../registry/index.ts';
import type { StixValue } from './indicators/index.ts';
import { objectsAbout, valuesOf } from './values.ts';

export interface Voucher {
  /** The contributor's key; empty for this organisation, `taxii:NAME` for a server that is no node. */
  readonly contributor: string;
  readonly name: string;
  /** Its objects about the same values; the object itself where the contributor sent that. */
  readonly objects: readonly string[];
  /** When the first of them came. */
  readonly since: string;
}

export interface AboutValue {
  readonly value: StixValue;
  readonly objects: readonly {
    readonly id: string;
    readonly type: string;
    readonly contributor: string;
    readonly contributorName: string;
    readonly addedAt: string;
    readonly withdrawnAt: string | null;
    readonly object: Readonly<Record<string, unknown>>;
  }[];
}

/** Everybody who vouches for an object beside whoever contributed it, in the order in which they came. Recalled objects do not count. */
export async function vouchersFor(
  registry: Registry,
  held: {
    readonly id: string;
    readonly contributor: string;
    readonly object: Readonly<Record<string, unknown>>;
  },
): Promise<Voucher[]> {
  const said = await registry.db.all<{ contributor: string; at: string }>(
    'SELECT contributor, at FROM object_corroboration WHERE object_id = ?',
    held.id,
  );
  const found = new Map<string, { objects: Set<string>; since: string }>();
  const enter = (contributor: string, object: string, at: string) => {
    if (contributor === held.contributor) return;
    const voucher = found.get(contributor);
    if (!voucher) found.set(contributor, { objects: new Set([object]), since: at });
    else {
      voucher.objects.add(object);
      if (at < voucher.since) voucher.since = at;
    }
  };
  for (const { contributor, at } of said) enter(contributor, held.id, at);
  for (const value of valuesOf(held.object))
    for (const other of await objectsAbout(registry, value))
      if (other.withdrawnAt === null) enter(other.contributor, other.id, other.addedAt);
  const vouchers: Voucher[] = [];
  for (const [contributor, { objects, since }] of found)
    vouchers.push({
      contributor,
      name: await contributorName(registry, contributor),
      objects: [...objects].sort(),
      since,
    });
  return vouchers.sort((a, b) =>
    a.since < b.since ? -1 : a.since > b.since ? 1 : a.contributor < b.contributor ? -1 : 1,
  );
}

/** What is held about a value, by whomever. */
export async function aboutValue(registry: Registry, value: StixValue): Promise<AboutValue> {
  const names = new Map<string, string>();
  const objects = [];
  for (const row of await objectsAbout(registry, value)) {
    const { id, type, contributor, addedAt, withdrawnAt, body } = row;
    const name = names.get(contributor) ?? (await contributorName(registry, contributor));
    names.set(contributor, name);
    const object = JSON.parse(body) as Record<string, unknown>;
    objects.push({ id, type, contributor, contributorName: name, addedAt, withdrawnAt, object });
  }
  return { value, objects };
}

/** How people know a contributor. */
export async function contributorName(registry: Registry, contributor: string): Promise<string> {
  if (contributor === '') return registry.name;
  return (await findPeer(registry.db, contributor))?.name ?? contributor.replace(/^taxii:/, '');
}
