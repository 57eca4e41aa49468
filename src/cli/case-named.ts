/** The case that a command works on. If it is an exercise, everything that the command says from there on is marked. */
import { isExercise } from '../base/index.ts';
import { type Case, requireCase } from '../cases/index.ts';
import type { Registry } from '../registry/index.ts';
import type { Invocation } from './command.ts';
import type { Terminal } from './terminal.ts';

/** By name or identifier, as a person types it. @throws EntenteError `not-found`, `usage` */
export async function caseNamed(
  registry: Registry,
  asked: string,
  invocation: Invocation,
  terminal: Terminal,
): Promise<Case> {
  const file = await requireCase(registry, asked);
  markExercise(file.name, invocation, terminal);
  return file;
}

/** `name`: of a case, or the title of an operation. */
export function markExercise(name: string, invocation: Invocation, terminal: Terminal): void {
  if (isExercise(name)) terminal.mark(invocation.json);
}
