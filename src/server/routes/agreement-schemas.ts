/** What the routes about agreements share: who may, and the forms of what is sent. */
import { Type } from 'typebox';
import type { Role } from '../roles.ts';

/** Who drafts agreements, gives notices and answers what they leave to this organisation. */
export const WRITERS: readonly Role[] = ['administrator', 'liaison'];
/** Who makes the organisation's signature. */
export const SIGNERS: readonly Role[] = ['administrator'];
export const PROTECTION: readonly Role[] = ['administrator', 'data-protection-officer'];

export const tags = ['agreements'];
export const Id = Type.Object({ id: Type.String({ maxLength: 100 }) });
export const oneOf = (words: readonly string[]) => Type.Enum([...words]);
export const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
/** Agreements with their prose in four languages. */
export const DOCUMENT_CHARACTERS_MAX = 2_000_000;
export const Document = Type.Record(Type.String(), Type.Unknown());
export const closed = { additionalProperties: false } as const;

/** What `sayReason` says in the reader's language: names, counts and lists of names. */
export const ReasonSchema = Type.Object({
  key: Type.String({ maxLength: 60 }),
  values: Type.Record(
    Type.String({ maxLength: 60 }),
    Type.Union([
      Type.String({ maxLength: 2_000 }),
      Type.Number(),
      Type.Array(Type.String({ maxLength: 2_000 }), { maxItems: 300 }),
    ]),
  ),
});
/** A clause that decided. */
export const ClauseSchema = Type.Object({
  path: Type.String(),
  effect: Type.Optional(Type.String()),
  words: Type.String({ description: 'in English' }),
  reason: Type.Optional(ReasonSchema),
});

export const SignedBody = Type.Object({ signed: Document }, closed);

export const DaysQuery = Type.Object(
  { days: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_660 })) },
  closed,
);
