/** What people say when they act on evidence. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Circumstances } from '../../cases/index.ts';
import { RULES_MAX } from '../../exchange/index.ts';
import { personOf } from '../access.ts';

const Text = (maxLength: number) => Type.Optional(Type.String({ maxLength }));

/** What people say about an act on evidence; who they are the node knows. */
export const Said = {
  purpose: Type.String({ minLength: 1, maxLength: 500 }),
  authority: Text(500),
  place: Text(500),
};

/** Sigma or YARA rules as people bring them; the body of a request bounds the rest. */
export const Rules = Type.Array(Type.Object({ path: Type.String({ maxLength: 500 }), text: Type.String() }), {
  maxItems: RULES_MAX,
});

export type SaidBody = { purpose: string; authority?: string; place?: string };

export function saidIn(request: FastifyRequest, { purpose, authority, place }: SaidBody): Circumstances {
  const { name, roles } = personOf(request);
  return {
    person: name,
    role: roles.includes('investigator') ? 'investigator' : 'analyst',
    purpose,
    ...(authority ? { authority } : {}),
    ...(place ? { place } : {}),
  };
}
