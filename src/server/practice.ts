/**
 * Who is in training works in the exercises of their own teams with the routes of real work, and sees nothing else by them. Trainers see every
 * exercise. Nothing that these routes do leaves the node: an exercise's operation has no parties, and inviting some is not among them. Nor is
 * adding evidence: a match over a list of guesses would tell which of them the node has intelligence about.
 */
import type { FastifyRequest } from 'fastify';
import { membersIn } from '../desk/index.ts';
import { operationCase } from '../exchange/index.ts';
import { findOperation } from '../operations/index.ts';
import type { Registry } from '../registry/index.ts';
import type { Role } from './roles.ts';
import type { SignedIn } from './sessions.ts';

const LEARNERS: readonly Role[] = ['trainee', 'trainer'];

/** As the description of the API writes them. */
const PRACTISED: ReadonlySet<string> = new Set([
  'GET /cases/{id}',
  'GET /cases/{id}/exhibits/{number}/custody',
  'POST /cases/{id}/exhibits/{number}/readings',
  'POST /cases/{id}/matches',
  'POST /cases/{id}/findings/notes',
  'POST /cases/{id}/examinations',
  'GET /cases/{id}/findings',
  'POST /cases/{id}/bundles',
  'GET /cases/{id}/bundle',
  'GET /cases/{id}/timeline',
  'GET /cases/{id}/timeline/histogram',
  'GET /cases/{id}/timeline/facets/{column}',
  'GET /cases/{id}/timeline/tags',
  'POST /cases/{id}/timeline/tags',
  'DELETE /cases/{id}/timeline/tags/{tag}',
  'GET /operations/{operation}',
  'GET /operations/{operation}/targets',
  'GET /operations/{operation}/targets/{target}',
  'POST /operations/{operation}/contributions',
  'POST /operations/{operation}/slicing',
  'POST /operations/{operation}/targets/{target}/decisions',
  'GET /operations/{operation}/prepared',
  'GET /operations/{operation}/figures',
  'GET /operations/{operation}/report/{language}',
]);

/** Whether somebody with these roles may call the route for an exercise. */
export const isPractised = (route: string, roles: readonly Role[]): boolean =>
  PRACTISED.has(route) && LEARNERS.some((role) => roles.includes(role));

/** Whether the request is for an exercise of the person's own team; for a trainer, for any exercise. */
export async function isOwnExercise(
  registry: Registry,
  person: SignedIn,
  { params }: FastifyRequest,
): Promise<boolean> {
  const { id, operation } = params as { readonly id?: string; readonly operation?: string };
  const file = operation === undefined ? id : await caseBeside(registry, operation);
  const members = file === undefined ? null : await membersIn(registry.db, file);
  return members !== null && (person.roles.includes('trainer') || members.includes(person.name));
}

async function caseBeside(registry: Registry, asked: string): Promise<string | undefined> {
  const found = await findOperation(registry.db, asked).catch(() => null);
  return found === null ? undefined : operationCase(registry, found);
}
