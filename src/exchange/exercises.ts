/** An exercise in the case room: its evidence becomes exhibits of a case, and what a team did there is what custody and runs say. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXERCISE_MARK, exerciseName } from '../base/index.ts';
import { addExhibit, custodyOf, listCases, listExhibits, listRuns, openCase } from '../cases/index.ts';
import {
  type Attempt,
  assertTeam,
  type CaseActions,
  type Exercise,
  generateEvidence,
  grade,
  requireAttempt,
  requireExercise,
  startAttempt,
} from '../desk/index.ts';
import { createOperation, listOperations, type Operation, readTargets } from '../operations/index.ts';
import type { Registry } from '../registry/index.ts';

/** The name of the operation that is begun beside the case of an exercise. */
export const operationOf = (caseId: string): string =>
  `exercise-${caseId.slice('case--'.length, 'case--'.length + 8)}`;

/** The case of the exercise that an operation was begun beside. */
export async function operationCase(
  registry: Registry,
  { name, lead }: Operation,
): Promise<string | undefined> {
  if (lead !== '') return undefined;
  return (await listCases(registry)).find(({ id }) => operationOf(id) === name)?.id;
}

/** Opens the case with the evidence. Its name says on every screen and in every export that nothing of it is real. */
export async function beginExercise(
  registry: Registry,
  exercise: Exercise,
  team: string,
  members: readonly string[],
): Promise<Attempt> {
  assertTeam(team, members);
  const folder = mkdtempSync(join(tmpdir(), 'entente-exercise-'));
  try {
    const now = registry.clock().toISOString();
    const file = await openCase(registry, exerciseName(`${exercise.id} · ${team.slice(0, 40)} · ${now}`));
    for (const { name, text } of generateEvidence(exercise)) {
      const path = join(folder, name);
      writeFileSync(path, text);
      const said = { person: 'exercise', purpose: EXERCISE_MARK, authority: `exercise ${exercise.id}` };
      await addExhibit(registry, file, path, said);
    }
    if (exercise.operation)
      await createOperation(registry, {
        name: operationOf(file.id),
        title: exerciseName(`${exercise.id} · ${team.slice(0, 40)}`),
        purpose: exercise.briefing.en,
      });
    return await startAttempt(registry, exercise, { case: file.id, team, members });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What was done in the case, and in the operation beside it, as their own records say. */
export async function actionsIn(
  registry: Registry,
  { case: caseId, exercise }: Pick<Attempt, 'case' | 'exercise'>,
): Promise<CaseActions> {
  const read: string[] = [];
  for (const exhibit of await listExhibits(registry, caseId)) {
    const events = await custodyOf(registry, exhibit.id);
    if (events.some(({ event }) => event.type === 'access')) read.push(exhibit.name);
  }
  const routed: Record<string, string[]> = {};
  if (requireExercise(exercise).operation) {
    // Attempts that were begun before there was one have none.
    const operation = (await listOperations(registry.db)).find(({ name }) => name === operationOf(caseId));
    const targets = operation ? await readTargets(registry.db, operation) : [];
    for (const { value, country, decision } of targets)
      if (country !== null && decision !== 'hold') {
        routed[country] = [...(routed[country] ?? []), value];
      }
  }
  return { read, runs: (await listRuns(registry, caseId)).length, routed };
}

export async function gradeExercise(registry: Registry, attemptId: string, by: string): Promise<Attempt> {
  const attempt = await requireAttempt(registry.db, attemptId);
  return grade(registry, attempt.id, await actionsIn(registry, attempt), by);
}
