/**
 * `next` tokens (TAXII 2.1 §3.5): a position, bound to the caller, the collection and the query by a keyed digest, so that a token made
 * for one query gives nothing on another.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { EntenteError } from '../../base/index.ts';
import type { Registry } from '../../registry/index.ts';

export interface NextTokens {
  issue(scope: string, positionUs: number): string;
  /** @throws EntenteError `usage` */
  position(scope: string, token: string): bigint;
}

export function openNextTokens(registry: Registry): NextTokens {
  const mac = (scope: string, position: string) =>
    createHmac('sha256', registry.identity.privateJwk.d)
      .update(`taxii next\n${scope}\n${position}`)
      .digest()
      .subarray(0, 16)
      .toString('base64url');
  return {
    issue: (scope, positionUs) => `${positionUs}.${mac(scope, String(positionUs))}`,
    position(scope, token) {
      const [, position, given] = /^(\d{1,18})\.([\w-]{22})$/.exec(token) ?? [];
      const fits =
        position !== undefined && timingSafeEqual(Buffer.from(mac(scope, position)), Buffer.from(given!));
      if (!fits) throw new EntenteError('usage', '"next" was not made by this server for this query');
      return BigInt(position);
    },
  };
}
