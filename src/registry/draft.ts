/** Drafting an agreement from a template: who the parties are, with their keys, and the term. */
import { type Agreement, fillTemplate, parseAgreement } from '../agreement/index.ts';
import { EntenteError, newId } from '../base/index.ts';
import { saveDraft, showAgreement } from './agreements.ts';
import { type PublicJwk, thumbprint } from './key-names.ts';
import { requirePeer } from './peers.ts';
import type { Registry } from './registry.ts';

export interface DraftWishes {
  /** Party of the template → `here`, or a peer's name or key. */
  readonly parties: Readonly<Record<string, string>>;
  /** Other places of the template: `name`, or `name.member`. */
  readonly settings: Readonly<Record<string, string>>;
  /** RFC 3339; now when not given. */
  readonly from?: string;
  /** Five years after `from` when not given. */
  readonly until?: string;
  /** The agreement that this one follows; the template must name it. */
  readonly predecessor?: string;
}

const YEARS = 5;

/** The draft is checked as a whole and kept. `where` is named in errors. @throws EntenteError `agreement-invalid`, `conflict`, `not-found`, `usage` */
export async function draftFromTemplate(
  registry: Registry,
  text: string,
  wishes: DraftWishes,
  where: string,
): Promise<Agreement> {
  const from = wishes.from ?? registry.clock().toISOString();
  const values: Record<string, unknown> = {
    id: newId('agreement'),
    from,
    until: wishes.until ?? yearsLater(from),
  };
  for (const [party, who] of Object.entries(wishes.parties)) values[party] = await keysOf(registry, who);
  for (const [name, value] of Object.entries(wishes.settings)) setValue(values, name, value);
  const draft = fillTemplate(text, values, where);
  const { predecessor } = wishes;
  if (predecessor !== undefined) {
    const named = (draft['predecessor'] as { agreement?: unknown } | undefined)?.agreement;
    if (named !== predecessor)
      throw new EntenteError(
        'conflict',
        `the template names ${String(named ?? 'no predecessor')}, not ${predecessor}`,
      );
    await showAgreement(registry, predecessor);
  }
  const agreement = parseAgreement(draft, where);
  await saveDraft(registry, agreement);
  return agreement;
}

function setValue(values: Record<string, unknown>, name: string, value: string): void {
  const match = /^([\w-]+)(?:\.([\w-]+))?$/.exec(name);
  if (!match || name.includes('__proto__'))
    throw new EntenteError('usage', `"${name.slice(0, 80)}" is no place of a template`);
  const [, head, member] = match as unknown as [string, string, string | undefined];
  if (member === undefined) values[head] = value;
  else values[head] = { ...(values[head] as Record<string, unknown> | undefined), [member]: value };
}

async function keysOf(registry: Registry, who: string): Promise<Record<string, unknown>> {
  const key = (jwk: PublicJwk) => ({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, kid: thumbprint(jwk) });
  if (who === 'here')
    return {
      name: registry.name,
      node: key(registry.identity.publicJwk),
      signatory: key(registry.signatory.publicJwk),
    };
  const peer = await requirePeer(registry.db, who);
  return { name: peer.name, node: key(peer.jwk), signatory: key(peer.signatoryJwk) };
}

function yearsLater(text: string): string {
  const date = new Date(text);
  date.setUTCFullYear(date.getUTCFullYear() + YEARS);
  return date.toISOString();
}
