/** An exercise in the case room: its evidence becomes exhibits of a case, and what a team did there is what custody and runs say. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXERCISE_MARK, exerciseName } from '../base/index.ts';
import { addExhibit, custodyOf, listExhibits, listRuns, openCase } from '../cases/index.ts';
import {
  type Attempt,
  assertTeam,
  type CaseActions,
  type Exercise,
  generateEvidence,
  grade,
  requireAttempt,
  startAttempt,
} from '../desk/index.ts';
import type { Registry } from '../registry/index.ts';

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
    return await startAttempt(registry, exercise, { case: file.id, team, members });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What was done in the case, as its own record says. */
export async function actionsIn(registry: Registry, caseId: string): Promise<CaseActions> {
  const read: string[] = [];
  for (const exhibit of await listExhibits(registry, caseId)) {
    const events = await custodyOf(registry, exhibit.id);
    if (events.some(({ event }) => event.type === 'access')) read.push(exhibit.name);
  }
  return { read, runs: (await listRuns(registry, caseId)).length };
}

export async function gradeExercise(registry: Registry, attemptId: string, by: string): Promise<Attempt> {
  const attempt = await requireAttempt(registry.db, attemptId);
  return grade(registry, attempt.id, await actionsIn(registry, attempt.case), by);
}
