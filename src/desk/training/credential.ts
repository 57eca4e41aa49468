/**
 * Credentials: Open Badges 3.0 as a W3C verifiable credential in a JWT (OB 3.0 §8.2; VC Data Model 2.0). Anybody verifies one offline with the
 * issuer's public key; whether it was revoked is a bit in a list that the issuer signs too (W3C Bitstring Status List). Whose it is stands in it
 * as a salted hash of a mail address (OB 3.0 IdentityObject), so that one person's credential is no other's.
 */
import { createHash, randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { compactVerify, decodeJwt, importJWK, SignJWT } from 'jose';
import { EntenteError, newId } from '../../base/index.ts';
import { appendLeaf, type PublicJwk, type Registry, thumbprint } from '../../registry/index.ts';
import type { Attempt } from './attempts.ts';
import { requireCourse } from './courses.ts';
import { requireExercise } from './exercises/index.ts';
import { progressOf } from './progress.ts';

const CONTEXTS = [
  'https://www.w3.org/ns/credentials/v2',
  'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json',
];
/** The smallest list that the specification allows: so that nobody is told apart by the size of it. */
const STATUS_BITS = 131_072;
const JWT_MAX = 64 * 1024;
/** A list of the smallest size; a hostile one must not unpack to more. */
const STATUS_BYTES_MAX = STATUS_BITS / 8;

type Claims = Record<string, unknown>;

/** The issuer's identifier holds its key (did:jwk). */
const issuerId = ({ kty, crv, x }: PublicJwk) =>
  `did:jwk:${Buffer.from(JSON.stringify({ crv, kty, x })).toString('base64url')}`;

/** What a credential says that its holder has done. */
interface Achievement {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly criteria: string;
}

/** Issues one to a member of a team that passed; once. @throws EntenteError `conflict`, `usage` */
export async function issueCredential(
  registry: Registry,
  attempt: Attempt,
  member: string,
  mail: string,
): Promise<string> {
  if (!attempt.grade?.passed)
    throw new EntenteError('conflict', 'a credential is earned by passing; this attempt was not passed');
  if (!attempt.members.includes(member))
    throw new EntenteError('usage', `"${member.slice(0, 60)}" is no member of the team`);
  const { id, version, title, briefing, passPercent } = requireExercise(attempt.exercise);
  const achievement = {
    id: `urn:entente:exercise:${id}:${version}`,
    name: title.en,
    description: briefing.en,
    criteria: `At least ${passPercent} % of the points, graded by the node.`,
  };
  return issue(registry, { attempt: attempt.id }, `${attempt.id} ${member}`, achievement, mail);
}

/** Issues one to a person who did every lesson of a course and passed its exercises; once for each version of it. @throws EntenteError `conflict`, `not-found` */
export async function issueCourseCredential(
  registry: Registry,
  path: string,
  person: string,
  mail: string,
): Promise<string> {
  const { version, title, about } = requireCourse(path);
  const { steps } = (await progressOf(registry.db, person)).find(({ course }) => course.path === path)!;
  const missing = steps.filter(({ done }) => !done).map(({ step }) => `${step.kind} ${step.id}`);
  if (missing.length > 0)
    throw new EntenteError(
      'conflict',
      `${person.slice(0, 120)} has not finished this course yet; missing: ${missing.join(', ')}`,
    );
  const achievement = {
    id: `urn:entente:course:${path}:${version}`,
    name: title.en,
    description: about.en,
    criteria: `Every question of its lessons answered rightly, and its exercises passed: ${steps.map(({ step }) => step.id).join(', ')}.`,
  };
  return issue(registry, { course: path }, `course ${path} ${version} ${person}`, achievement, mail);
}

/** `about` is who has it for what, so that it is issued once. */
async function issue(
  registry: Registry,
  leaf: Readonly<Record<string, string>>,
  about: string,
  achievement: Achievement,
  mail: string,
): Promise<string> {
  if (!/^[^@\s]{1,64}@[^@\s]{1,255}$/.test(mail)) throw new EntenteError('usage', 'a mail address is meant');
  const { identity, name, clock } = registry;
  return registry.db.transaction(async (tx) => {
    if (await tx.get('SELECT 1 FROM credential WHERE attempt_id = ?', about))
      throw new EntenteError('conflict', 'this credential was issued already, to the same person');
    const { next } = (await tx.get<{ next: number }>(
      'SELECT coalesce(max(list_index) + 1, 0) AS next FROM credential',
    ))!;
    if (Number(next) >= STATUS_BITS)
      throw new EntenteError('input-limit', `a node issues up to ${STATUS_BITS} credentials`);
    const id = newId('credential');
    const salt = randomBytes(16).toString('hex');
    const now = clock();
    const issuer = issuerId(identity.publicJwk);
    const claims: Claims = {
      '@context': CONTEXTS,
      id: `urn:uuid:${id.slice('credential--'.length)}`,
      type: ['VerifiableCredential', 'OpenBadgeCredential'],
      name: achievement.name,
      issuer: { id: issuer, type: ['Profile'], name },
      validFrom: now.toISOString(),
      credentialSubject: {
        type: ['AchievementSubject'],
        identifier: [
          {
            type: 'IdentityObject',
            hashed: true,
            identityHash: identityHash(mail, salt),
            identityType: 'emailAddress',
            salt,
          },
        ],
        achievement: {
          id: achievement.id,
          type: ['Achievement'],
          name: achievement.name,
          description: achievement.description,
          criteria: { narrative: achievement.criteria },
        },
      },
      credentialStatus: {
        id: `urn:entente:status:${identity.kid}#${next}`,
        type: 'BitstringStatusListEntry',
        statusPurpose: 'revocation',
        statusListIndex: String(next),
        statusListCredential: `urn:entente:status:${identity.kid}`,
      },
    };
    const jwt = await signed(registry, claims, now);
    await tx.run(
      'INSERT INTO credential (id, attempt_id, list_index, credential) VALUES (?, ?, ?, ?)',
      id,
      about,
      Number(next),
      jwt,
    );
    await appendLeaf(tx, clock, 'credential', { credential: id, ...leaf, what: 'issued' });
    return jwt;
  });
}

const identityHash = (mail: string, salt: string) =>
  `sha256$${createHash('sha256')
    .update(mail.trim().toLowerCase() + salt)
    .digest('hex')}`;

async function signed({ identity }: Registry, claims: Claims, now: Date): Promise<string> {
  const { kty, crv, x } = identity.publicJwk;
  return new SignJWT(claims)
    .setProtectedHeader({
      alg: 'EdDSA',
      typ: 'JWT',
      kid: `${issuerId(identity.publicJwk)}#0`,
      jwk: { kty, crv, x },
    })
    .setIssuer(issuerId(identity.publicJwk))
    .setJti(String(claims['id']))
    .setNotBefore(Math.floor(now.getTime() / 1000))
    .sign(await importJWK({ ...identity.privateJwk }, 'EdDSA'));
}

/** @throws EntenteError `not-found`, `conflict` when it was revoked before */
export async function revokeCredential(registry: Registry, jwt: string): Promise<void> {
  await registry.db.transaction(async (tx) => {
    const row = await tx.get<{ id: string; revoked_at: string | null }>(
      'SELECT id, revoked_at FROM credential WHERE credential = ?',
      jwt.trim(),
    );
    if (!row) throw new EntenteError('not-found', 'this credential was not issued here');
    if (row.revoked_at) throw new EntenteError('conflict', `it was revoked at ${row.revoked_at}`);
    await tx.run('UPDATE credential SET revoked_at = ? WHERE id = ?', registry.clock().toISOString(), row.id);
    await appendLeaf(tx, registry.clock, 'credential', { credential: row.id, what: 'revoked' });
  });
}

/** The signed list of what was revoked; one bit a credential, the first the highest of the first byte. */
export async function statusList(registry: Registry): Promise<string> {
  const bits = Buffer.alloc(STATUS_BITS / 8);
  const rows = await registry.db.all<{ list_index: number }>(
    'SELECT list_index FROM credential WHERE revoked_at IS NOT NULL',
  );
  for (const { list_index: index } of rows) bits[index >> 3]! |= 0x80 >> (index & 7);
  const now = registry.clock();
  const id = `urn:entente:status:${registry.identity.kid}`;
  return signed(
    registry,
    {
      '@context': [CONTEXTS[0]],
      id,
      type: ['VerifiableCredential', 'BitstringStatusListCredential'],
      issuer: issuerId(registry.identity.publicJwk),
      validFrom: now.toISOString(),
      credentialSubject: {
        id: `${id}#list`,
        type: 'BitstringStatusList',
        statusPurpose: 'revocation',
        encodedList: `u${gzipSync(bits).toString('base64url')}`,
      },
    },
    now,
  );
}

export interface CredentialVerdict {
  readonly name: string;
  readonly achievement: string;
  readonly issuerName: string;
  /** Key of the node that issued it. */
  readonly issuerKey: string;
  readonly issuedAt: string;
  /** `unknown` when no list was given. */
  readonly revocation: 'not-revoked' | 'revoked' | 'unknown';
  /** Whether it is that person's; null when nobody was named. */
  readonly holder: boolean | null;
  /** When the list was made. */
  readonly listedAt: string | null;
}

/**
 * Offline. `trusted`: keys of nodes whose credentials count.
 * @throws EntenteError `verification-failed` for anything that does not hold
 */
export async function verifyCredential(
  jwt: string,
  trusted: readonly PublicJwk[],
  now: Date,
  options: { readonly statusList?: string; readonly holder?: string } = {},
): Promise<CredentialVerdict> {
  const { claims, key } = await read(jwt, trusted, now);
  const subject = claims['credentialSubject'] as Claims | undefined;
  const achievement = subject?.['achievement'] as Claims | undefined;
  const status = claims['credentialStatus'] as Claims | undefined;
  const types = claims['type'];
  if (
    !Array.isArray(types) ||
    !types.includes('OpenBadgeCredential') ||
    typeof achievement?.['id'] !== 'string' ||
    !status
  )
    throw failed('it is no Open Badges credential');
  const index = Number(status['statusListIndex']);
  if (!Number.isInteger(index) || index < 0 || index >= STATUS_BITS)
    throw failed('its place in the list of revoked ones makes no sense');
  let revocation: CredentialVerdict['revocation'] = 'unknown';
  let listedAt: string | null = null;
  if (options.statusList !== undefined) {
    const list = await read(options.statusList, [key], now);
    if (list.claims['id'] !== status['statusListCredential'])
      throw failed('the list is not the one that the credential names');
    const bits = listBits(list.claims);
    revocation = bits[index >> 3]! & (0x80 >> (index & 7)) ? 'revoked' : 'not-revoked';
    listedAt = String(list.claims['validFrom']);
  }
  const identifier = (subject?.['identifier'] as Claims[] | undefined)?.[0];
  const holder =
    options.holder === undefined
      ? null
      : identifier?.['identityHash'] === identityHash(options.holder, String(identifier?.['salt']));
  return {
    name: String(claims['name']),
    achievement: achievement['id'],
    issuerName: String((claims['issuer'] as Claims)['name']),
    issuerKey: thumbprint(key),
    issuedAt: String(claims['validFrom']),
    revocation,
    holder,
    listedAt,
  };
}

const failed = (why: string) =>
  new EntenteError('verification-failed', `the credential does not hold: ${why}`);

/** The signature is by a trusted key, and that key is the issuer. The key in the header is not believed. */
async function read(
  jwt: string,
  trusted: readonly PublicJwk[],
  now: Date,
): Promise<{ claims: Claims; key: PublicJwk }> {
  if (jwt.length > JWT_MAX)
    throw new EntenteError('input-limit', `a credential has up to ${JWT_MAX} characters`);
  let unverified: Claims;
  try {
    unverified = decodeJwt(jwt.trim()) as Claims;
  } catch {
    throw failed('it is no JWT');
  }
  const issuer = unverified['issuer'] as string | Claims | undefined;
  const said = typeof issuer === 'string' ? issuer : issuer?.['id'];
  const key = trusted.find((one) => issuerId(one) === said);
  if (!key || unverified['iss'] !== said) throw failed('its issuer is no node that is known here');
  try {
    await compactVerify(jwt.trim(), await importJWK({ ...key }, 'EdDSA'), { algorithms: ['EdDSA'] });
  } catch {
    throw failed('it is not signed by its issuer, or was changed');
  }
  if (Number(unverified['nbf']) * 1000 > now.getTime() + 600_000) throw failed('it is not valid yet');
  return { claims: unverified, key };
}

function listBits(claims: Claims): Buffer {
  const encoded = (claims['credentialSubject'] as Claims | undefined)?.['encodedList'];
  try {
    const bits = gunzipSync(Buffer.from(String(encoded).slice(1), 'base64url'), {
      maxOutputLength: STATUS_BYTES_MAX,
    });
    if (bits.length === STATUS_BYTES_MAX) return bits;
  } catch {
    // Said below: the list is not one of ours.
  }
  throw failed('the list of revoked ones cannot be read');
}
