/**
 * Signing in with OpenID Connect (Core 1.0): authorization code with PKCE (RFC 7636), state, nonce and issuer (RFC 9207) checked by the library. What is
 * this file's: a ceremony belongs to the browser that began it, serves once and for minutes, and what the ID token says becomes a person with roles by the
 * configured mapping. An attacker controls the whole callback address, and may be a member of the organisation without any role here.
 *
 * Ceremonies live in memory: a restart in the middle of one costs one more click.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Configuration, IDToken } from 'openid-client';
import { EntenteError } from '../base/index.ts';
import type { Registry } from '../registry/index.ts';
import { CALLBACK_PATH, type OpenIdSettings, openIdSettings } from './openid-settings.ts';
import { addPerson, changeRoles, NAME_LENGTH_MAX, requirePerson } from './people.ts';
import type { Role } from './roles.ts';
import { beginSession, type NewSession } from './sessions.ts';

/** Loaded when somebody first signs in that way. */
const library = () => import('openid-client');

/** Why somebody is not in; the page of the workspace says it in the reader's language. */
export const FAILURES = ['off', 'unreachable', 'expired', 'refused', 'invalid', 'no-role', 'left'] as const;
export type Failure = (typeof FAILURES)[number];

export class SignInFailed extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, cause?: unknown) {
    super(`OpenID Connect: ${failure}`, { cause });
    this.failure = failure;
  }
}

export const CEREMONY_MS = 10 * 60 * 1000;
/** Open at once; the oldest is forgotten for a newer. */
const CEREMONIES_MAX = 10_000;
/** The provider's document and keys are asked for again after this. */
const CONFIGURATION_MS = 60 * 60 * 1000;
const TIMEOUT_S = 10;
const GROUPS_MAX = 5_000;

interface Ceremony {
  readonly at: number;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export type OpenId = ReturnType<typeof openOpenId>;

export function openOpenId(registry: Registry) {
  const ceremonies = new Map<string, Ceremony>();
  let known: { key: string; at: number; configuration: Configuration } | null = null;

  async function configurationOf(settings: OpenIdSettings): Promise<Configuration> {
    const key = JSON.stringify(settings);
    const now = registry.clock().getTime();
    if (known?.key === key && now - known.at < CONFIGURATION_MS) return known.configuration;
    const { discovery, allowInsecureRequests, ClientSecretBasic, enableNonRepudiationChecks, None } =
      await library();
    const authentication =
      settings.secretFile === null
        ? None()
        : ClientSecretBasic((await readFile(settings.secretFile, 'utf8')).trim());
    const issuer = new URL(settings.issuer);
    const configuration = await discovery(issuer, settings.clientId, undefined, authentication, {
      timeout: TIMEOUT_S,
      execute: [
        // The library takes TLS for proof of who made a token; here its signature is checked with the provider's keys, too.
        enableNonRepudiationChecks,
        // Settings let http through for this machine alone.
        ...(issuer.protocol === 'http:' ? [allowInsecureRequests] : []),
      ],
    });
    known = { key, at: now, configuration };
    return configuration;
  }

  async function ready() {
    const settings = await openIdSettings(registry);
    if (!settings) throw new SignInFailed('off');
    const configuration = await configurationOf(settings).catch((cause) => {
      throw new SignInFailed('unreachable', cause);
    });
    return { settings, configuration };
  }

  return {
    /** Where the browser goes, and the secret by which it is known when it comes back. @throws SignInFailed */
    async begin(): Promise<{ location: string; browser: string }> {
      const { settings, configuration } = await ready();
      const {
        buildAuthorizationUrl,
        calculatePKCECodeChallenge,
        randomNonce,
        randomPKCECodeVerifier,
        randomState,
      } = await library();
      const browser = randomBytes(32).toString('base64url');
      const ceremony = {
        at: registry.clock().getTime(),
        state: randomState(),
        nonce: randomNonce(),
        verifier: randomPKCECodeVerifier(),
      };
      if (ceremonies.size >= CEREMONIES_MAX) ceremonies.delete(ceremonies.keys().next().value!);
      ceremonies.set(digest(browser), ceremony);
      const location = buildAuthorizationUrl(configuration, {
        redirect_uri: new URL(CALLBACK_PATH, settings.url).href,
        scope: 'openid profile',
        state: ceremony.state,
        nonce: ceremony.nonce,
        code_challenge: await calculatePKCECodeChallenge(ceremony.verifier),
        code_challenge_method: 'S256',
      });
      return { location: location.href, browser };
    },

    /** `query`: of the callback, as it came. @throws SignInFailed */
    async finish(browser: string | undefined, query: string, device: string): Promise<NewSession> {
      const { settings, configuration } = await ready();
      const ceremony = browser === undefined ? undefined : ceremonies.get(digest(browser));
      ceremonies.delete(digest(browser ?? ''));
      if (!ceremony || registry.clock().getTime() - ceremony.at > CEREMONY_MS)
        throw new SignInFailed('expired');
      const { AuthorizationResponseError, authorizationCodeGrant, ClientError } = await library();
      const callback = new URL(CALLBACK_PATH, settings.url);
      callback.search = query;
      const tokens = await authorizationCodeGrant(configuration, callback, {
        pkceCodeVerifier: ceremony.verifier,
        expectedState: ceremony.state,
        expectedNonce: ceremony.nonce,
        idTokenExpected: true,
      }).catch((cause) => {
        if (cause instanceof AuthorizationResponseError) throw new SignInFailed('refused', cause);
        const isNetwork =
          cause instanceof TypeError || (cause instanceof ClientError && cause.code === 'OAUTH_TIMEOUT');
        throw new SignInFailed(isNetwork && !('code' in cause) ? 'unreachable' : 'invalid', cause);
      });
      const claims = tokens.claims();
      if (!claims) throw new SignInFailed('invalid');
      const roles = rolesOf(settings, claims);
      if (roles.length === 0) throw new SignInFailed('no-role');
      return enter(registry, claims, roles, device);
    },
  };
}

const digest = (secret: string) => createHash('sha256').update(secret).digest('hex');

function rolesOf({ groupsClaim, roles }: OpenIdSettings, claims: IDToken): Role[] {
  const said = claims[groupsClaim];
  const groups = (typeof said === 'string' ? [said] : Array.isArray(said) ? said : []).slice(0, GROUPS_MAX);
  const given = groups.flatMap((group) =>
    typeof group === 'string' && Object.hasOwn(roles, group) ? roles[group]! : [],
  );
  // Settings refuse it, and a store that somebody wrote into does not get it past here either.
  return [...new Set(given)].filter((role) => role !== 'administrator').sort();
}

/** The person of this issuer and subject, made at the first time, with the roles that the groups give now. */
async function enter(
  registry: Registry,
  claims: IDToken,
  roles: readonly Role[],
  device: string,
): Promise<NewSession> {
  const id = await registry.db.transaction(async (tx) => {
    const known = await tx.get<{ person: string }>(
      'SELECT person FROM openid_identity WHERE issuer = ? AND subject = ?',
      claims.iss,
      claims.sub,
    );
    if (known) return known.person;
    const person = await addPerson(tx, registry, nameOf(claims), roles);
    await tx.run(
      'INSERT INTO openid_identity (issuer, subject, person) VALUES (?, ?, ?)',
      claims.iss,
      claims.sub,
      person,
    );
    return person;
  });
  const person = await requirePerson(registry.db, id);
  if (person.leftAt) throw new SignInFailed('left');
  // Whom an administrator of the node made one, stays one; everything else follows the groups.
  const wanted = [...roles, ...person.roles.filter((role) => role === 'administrator')].sort();
  if (wanted.join() !== [...person.roles].sort().join()) await changeRoles(registry, id, wanted);
  return registry.db.transaction((tx) => beginSession(tx, registry, id, 'openid', device));
}

/** Control and direction characters could make one name look like another. */
const UNSEEN = /[\p{Cc}\p{Cf}]/gu;

function nameOf(claims: IDToken): string {
  for (const name of [claims['name'], claims['preferred_username'], claims.sub]) {
    const shown = typeof name === 'string' ? name.replace(UNSEEN, '').trim().slice(0, NAME_LENGTH_MAX) : '';
    if (shown !== '') return shown;
  }
  throw new EntenteError('usage', 'the provider gives no name');
}
