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

export const SignedBody = Type.Object({ signed: Document }, closed);

export const DaysQuery = Type.Object(
  { days: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_660 })) },
  closed,
);
