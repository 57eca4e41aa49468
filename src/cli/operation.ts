/** What the commands of operations share: which operation, who acts, and sending at once what was queued. */
import { userInfo } from 'node:os';
import { EntenteError } from '../base/index.ts';
import { pushMessages } from '../exchange/index.ts';
import { findOperation, type Operation } from '../operations/index.ts';
import type { Registry } from '../registry/index.ts';
import { markExercise } from './case-named.ts';
import type { Command, Invocation, Option } from './command.ts';
import { withRegistry } from './data-folder.ts';
import type { Terminal } from './terminal.ts';

export const BY: Readonly<Record<string, Option>> = {
  reason: { type: 'string', value: 'TEXT', help: 'why' },
  person: { type: 'string', value: 'NAME', help: 'who decides (default: the system’s user name)' },
};

export const personOf = (invocation: Invocation): string =>
  invocation.string('person') ?? userInfo().username;

export interface OperationWork {
  readonly registry: Registry;
  readonly operation: Operation;
  readonly invocation: Invocation;
  readonly terminal: Terminal;
  /** What was typed after the operation. */
  readonly rest: readonly string[];
}

/** A command whose first word is an operation; what it queued is sent before it ends. `work` returns what is printed. */
export function operationCommand(
  command: Omit<Command, 'run'>,
  work: (given: OperationWork) => Promise<{ value: unknown; lines: readonly string[]; exit?: number }>,
): Command {
  return {
    ...command,
    run: (invocation, terminal) =>
      withRegistry(invocation, async (registry) => {
        const [asked, ...rest] = invocation.positionals;
        if (!asked) throw new EntenteError('usage', `name the operation (entente ${command.name} --help)`);
        const operation = await findOperation(registry.db, asked);
        markExercise(operation.title, invocation, terminal);
        const { value, lines, exit = 0 } = await work({ registry, operation, invocation, terminal, rest });
        const pushed = await pushMessages(registry);
        if (invocation.json) terminal.out(JSON.stringify(value));
        else for (const line of lines) terminal.out(line);
        for (const problem of pushed.problems) terminal.note(problem);
        return exit;
      }),
  };
}
