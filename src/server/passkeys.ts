/**
 * Passkeys (WebAuthn Level 3): a person proves with a key of their device that it is they, without a secret that could be given away. The
 * key belongs to one origin, so it works at the address where it was made and at no look-alike.
 *
 * Challenges live in memory for minutes: a restart in the middle of a ceremony costs one more click.
 */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { EntenteError } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import { beginSession, type NewSession, type SignedIn } from './sessions.ts';

/** Loaded when somebody first signs in: it takes a third of a node's start. */
const webauthn = () => import('@simplewebauthn/server');

const CHALLENGE_MS = 5 * 60 * 1000;
/** Open at once; the oldest is forgotten for a newer. */
const CHALLENGES_MAX = 10_000;
const NAME_LENGTH_MAX = 80;

/** Where the browser says it is: `https://node.example`. */
export interface Site {
  readonly origin: string;
  readonly host: string;
}

export interface PasskeyView {
  readonly id: string;
  readonly name: string;
  readonly addedAt: string;
  readonly usedAt: string | null;
}

interface PasskeyRow {
  id: string;
  person: string;
  public_key: Uint8Array;
  counter: number;
  transports: string;
}

export type Passkeys = ReturnType<typeof openPasskeys>;

export function openPasskeys(registry: Registry) {
  const challenges = new Map<string, number>();
  const remember = (challenge: string) => {
    if (challenges.size >= CHALLENGES_MAX) challenges.delete(challenges.keys().next().value!);
    challenges.set(challenge, registry.clock().getTime());
  };
  /** Each challenge serves once. */
  const use = (challenge: string): boolean => {
    const at = challenges.get(challenge);
    challenges.delete(challenge);
    return at !== undefined && registry.clock().getTime() - at < CHALLENGE_MS;
  };
  const refused = (cause?: unknown) =>
    new EntenteError('unauthenticated', 'this passkey does not sign in here', { cause });

  return {
    async registration(me: SignedIn, site: Site) {
      const known = await registry.db.all<PasskeyRow>('SELECT * FROM passkey WHERE person = ?', me.id);
      const { generateRegistrationOptions } = await webauthn();
      const options = await generateRegistrationOptions({
        rpName: registry.name,
        rpID: site.host,
        userName: me.name,
        userDisplayName: me.name,
        userID: new TextEncoder().encode(me.id),
        excludeCredentials: known.map(({ id, transports }) => ({ id, transports: transportsOf(transports) })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      });
      remember(options.challenge);
      return options;
    },

    /** @throws EntenteError `usage` when the answer is not one to a question of this node */
    async register(
      me: SignedIn,
      site: Site,
      name: string,
      response: RegistrationResponseJSON,
    ): Promise<void> {
      const wrong = (cause?: unknown) =>
        new EntenteError('usage', 'the passkey could not be added; begin again', { cause });
      const { verifyRegistrationResponse } = await webauthn();
      const result = await verifyRegistrationResponse({
        response,
        expectedChallenge: use,
        expectedOrigin: site.origin,
        expectedRPID: site.host,
      }).catch((cause) => {
        throw wrong(cause);
      });
      if (!result.verified) throw wrong();
      const { credential } = result.registrationInfo;
      await registry.db.transaction(async (tx) => {
        if (await tx.get('SELECT 1 FROM passkey WHERE id = ?', credential.id))
          throw new EntenteError('conflict', 'this passkey is known here already');
        await tx.run(
          'INSERT INTO passkey (id, person, public_key, counter, transports, name, added_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
          credential.id,
          me.id,
          credential.publicKey,
          credential.counter,
          (credential.transports ?? []).join(' '),
          name.trim().slice(0, NAME_LENGTH_MAX) || 'Passkey',
          registry.clock().toISOString(),
        );
        await appendLeaf(tx, registry.clock, 'administration', { what: 'passkey-added', person: me.id });
      });
    },

    async signInOptions(site: Site) {
      const { generateAuthenticationOptions } = await webauthn();
      const options = await generateAuthenticationOptions({ rpID: site.host, userVerification: 'required' });
      remember(options.challenge);
      return options;
    },

    /** @throws EntenteError `unauthenticated` */
    async signIn(site: Site, response: AuthenticationResponseJSON, device: string): Promise<NewSession> {
      const passkey = await registry.db.get<PasskeyRow>('SELECT * FROM passkey WHERE id = ?', response.id);
      if (!passkey) throw refused();
      const { verifyAuthenticationResponse } = await webauthn();
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response,
        expectedChallenge: use,
        expectedOrigin: site.origin,
        expectedRPID: site.host,
        credential: {
          id: passkey.id,
          publicKey: new Uint8Array(passkey.public_key),
          counter: passkey.counter,
          transports: transportsOf(passkey.transports),
        },
      }).catch((cause) => {
        throw refused(cause);
      });
      if (!verified) throw refused();
      return registry.db.transaction(async (tx) => {
        const used = await tx.run(
          'UPDATE passkey SET counter = ?, used_at = ? WHERE id = ?',
          authenticationInfo.newCounter,
          registry.clock().toISOString(),
          passkey.id,
        );
        if (used === 0) throw refused(); // removed since
        return beginSession(tx, registry, passkey.person, 'passkey', device);
      });
    },

    list: (person: string): Promise<PasskeyView[]> =>
      registry.db.all<PasskeyView & Record<string, never>>(
        'SELECT id, name, added_at AS "addedAt", used_at AS "usedAt" FROM passkey WHERE person = ? ORDER BY added_at, id',
        person,
      ),

    /** @throws EntenteError `not-found` */
    async remove(person: string, id: string): Promise<void> {
      await registry.db.transaction(async (tx) => {
        if ((await tx.run('DELETE FROM passkey WHERE id = ? AND person = ?', id, person)) === 0)
          throw new EntenteError('not-found', 'you have no such passkey');
        await appendLeaf(tx, registry.clock, 'administration', { what: 'passkey-removed', person });
      });
    },
  };
}

const transportsOf = (text: string): string[] => text.split(' ').filter((word) => word !== '');
