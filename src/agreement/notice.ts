/**
 * Notices: what one party tells the others about an agreement after signing it. `lifecycle.ts` says what each does;
 * `signed-notice.ts` signs them.
 */
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { EntenteError } from '../base/index.ts';
import { agreementDigest, keyThumbprint } from './digest.ts';
import { type Agreement, KeySchema } from './document.ts';
import { instantNs } from './instant.ts';
import { END_GROUNDS } from './terms.ts';

export const NOTICE_FORMAT = 'entente/agreement-notice/1';
export const NOTICE_KINDS = [
  'suspend',
  'resume',
  'terminate',
  'renew',
  'do-not-renew',
  'rotate-key',
  'revoke-key',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

const instant = Type.String({ maxLength: 48, pattern: '^\\d{4}-\\d{2}-\\d{2}T' });

export const NoticeSchema = Type.Object(
  {
    format: Type.Literal(NOTICE_FORMAT),
    /** The version that the party has before it; a digest that is not the other's stops both. */
    agreement: Type.Object(
      {
        id: Type.String({ maxLength: 60 }),
        version: Type.Integer({ minimum: 1 }),
        digest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
      },
      { additionalProperties: false },
    ),
    kind: Type.Unsafe<NoticeKind>(Type.Enum([...NOTICE_KINDS])),
    party: Type.String({ maxLength: 64 }),
    at: instant,
    effective: instant,
    reason: Type.String({ minLength: 1, maxLength: 2_000 }),
    /** For `terminate`. */
    ground: Type.Optional(Type.Unsafe<(typeof END_GROUNDS)[number]>(Type.Enum([...END_GROUNDS]))),
    /** For `rotate-key` and `revoke-key`: the thumbprint of the party's key that is replaced or revoked. */
    kid: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })),
    /** For `rotate-key`: the key used from then on. */
    key: Type.Optional(KeySchema),
  },
  { additionalProperties: false, $id: 'entente/agreement-notice', title: 'Entente agreement notice' },
);

export type Notice = Static<typeof NoticeSchema>;

/** Fills what follows from the agreement. `effective` is `at` when not given. */
export function draftNotice(
  agreement: Agreement,
  fields: Pick<Notice, 'kind' | 'party' | 'at' | 'reason'> &
    Partial<Pick<Notice, 'effective' | 'ground' | 'kid' | 'key'>>,
): Notice {
  return parseNotice({
    format: NOTICE_FORMAT,
    agreement: { id: agreement.id, version: agreement.version, digest: agreementDigest(agreement) },
    effective: fields.at,
    ...fields,
  });
}

/** @throws EntenteError `agreement-invalid` */
export function parseNotice(value: unknown, where = 'notice'): Notice {
  const fail = (path: string, message: string): never => {
    throw new EntenteError('agreement-invalid', `${where}: ${path || 'the notice'}: ${message}`, {
      where,
      issues: [{ code: 'agreement-invalid', path, message }],
    });
  };
  if (!Value.Check(NoticeSchema, value)) {
    const [fault] = Value.Errors(NoticeSchema, value);
    return fail(
      (fault?.instancePath ?? '').slice(1).replaceAll('/', '.'),
      fault?.message ?? 'has not the form of one',
    );
  }
  const notice = value as Notice;
  const at = instantNs(notice.at) ?? fail('at', 'is no date and time that exists');
  const effective = instantNs(notice.effective) ?? fail('effective', 'is no date and time that exists');
  if (effective < at) fail('effective', 'lies before the notice itself');
  if ((notice.kind === 'terminate') !== (notice.ground !== undefined)) {
    fail('ground', 'is given exactly when the notice ends the agreement');
  }
  const rotates = notice.kind === 'rotate-key';
  if ((rotates || notice.kind === 'revoke-key') !== (notice.kid !== undefined)) {
    fail('kid', 'is given exactly when the notice replaces or revokes a key');
  }
  if (rotates !== (notice.key !== undefined)) fail('key', 'is given exactly when the notice replaces a key');
  if (notice.key && notice.key.kid !== keyThumbprint(notice.key))
    fail('key.kid', 'is not the thumbprint of the key');
  return notice;
}
