/**
 * How one node proves to another who it is: a JWT (RFC 7519) signed with the node's key, bound to one method and path, to the
 * receiving node, and to a minute (after RFC 9449, DPoP). A token that is stolen from a log serves no other call and soon none;
 * one that is replayed within its minute is refused.
 */
import { randomUUID } from 'node:crypto';
import { decodeJwt, importJWK, jwtVerify, SignJWT } from 'jose';
import { EntenteError } from '../base/index.ts';
import { findPeer, type Identity, type Peer, type Registry } from '../registry/index.ts';

/** Clocks of two organisations may differ by this much. */
const CLOCK_SKEW_S = 60;
const LIFETIME_S = 60;

/** Tokens remembered against replay: at 1,000 calls a second this covers their whole life. */
const REPLAY_MEMORY = 200_000;

export async function peerToken(
  identity: Identity,
  to: string,
  method: string,
  path: string,
  now: Date,
  papers = '',
): Promise<string> {
  const seconds = Math.floor(now.getTime() / 1000);
  return new SignJWT({ htm: method, htu: path, papers })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'entente-call+jwt' })
    .setIssuer(identity.kid)
    .setAudience(to)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + LIFETIME_S)
    .setJti(randomUUID())
    .sign(await importJWK({ ...identity.privateJwk }, 'EdDSA'));
}

/** A peer that calls, with what it takes to be in force; empty when it does not say. */
export interface CallingPeer extends Peer {
  readonly papers: string;
}

export interface PeerGate {
  /** @throws EntenteError `unauthenticated` */
  admit(authorization: string | undefined, method: string, path: string): Promise<CallingPeer>;
}

export function openPeerGate(registry: Registry): PeerGate {
  const seen = new Set<string>();
  // What was used before this start is not remembered, so nothing that was made before it is taken.
  const openedS = Math.floor(registry.clock().getTime() / 1000);
  return {
    async admit(authorization, method, path) {
      const token = /^Bearer ([\w.-]{20,4096})$/.exec(authorization ?? '')?.[1];
      const refuse = (why: string, cause?: unknown) => new EntenteError('unauthenticated', why, { cause });
      if (!token) throw refuse('this needs a call token of a node that is known here');
      let issuer: string | undefined;
      try {
        issuer = decodeJwt(token).iss;
      } catch (cause) {
        throw refuse('the call token is malformed', cause);
      }
      const peer = issuer ? await findPeer(registry.db, issuer) : null;
      if (!peer) throw refuse('the calling node is not known here');
      try {
        const { payload } = await jwtVerify(token, await importJWK({ ...peer.jwk }, 'EdDSA'), {
          algorithms: ['EdDSA'],
          audience: registry.identity.kid,
          typ: 'entente-call+jwt',
          currentDate: registry.clock(),
          clockTolerance: CLOCK_SKEW_S,
          requiredClaims: ['exp', 'iat', 'jti', 'htm', 'htu'],
          maxTokenAge: LIFETIME_S + CLOCK_SKEW_S,
        });
        if (payload.iat! < openedS) throw new Error('made before this node was started; make another');
        if (payload['htm'] !== method || payload['htu'] !== path) throw new Error('made for another call');
        if (seen.has(payload.jti!)) throw new Error('used before');
        seen.add(payload.jti!);
        if (seen.size > REPLAY_MEMORY) seen.delete(seen.values().next().value!);
        return { ...peer, papers: typeof payload['papers'] === 'string' ? payload['papers'] : '' };
      } catch (cause) {
        throw refuse(`the call token is not valid: ${(cause as Error).message}`, cause);
      }
    },
  };
}
