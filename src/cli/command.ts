/**
 * What a command is. Data goes to standard output, progress and warnings to standard error; `run` returns the
 * exit code (0 done, 1 the check failed) and throws EntenteError for 2 and 3.
 */
import type { Terminal } from './terminal.ts';

export interface Option {
  readonly type: 'string' | 'boolean';
  /** One letter, used as `-x`. */
  readonly short?: string;
  readonly multiple?: boolean;
  /** Takes all arguments up to the next option, as in `--intel A B C`. Implies `multiple`. */
  readonly many?: boolean;
  /** Shown after the option's name, e.g. `FILE`. */
  readonly value?: string;
  readonly help: string;
}

export interface Invocation {
  readonly positionals: readonly string[];
  /** The option's value; undefined when not given. */
  string(name: string): string | undefined;
  /** @throws EntenteError `usage` when the option was not given. */
  required(name: string): string;
  strings(name: string): readonly string[];
  flag(name: string): boolean;
  /** A whole number within bounds. @throws EntenteError `usage` */
  integer(name: string, bounds: { min: number; max: number; default: number }): number;
  /** `--json`: machine-readable output on standard output. */
  readonly json: boolean;
}

export interface Command {
  /** Streams bytes and keeps next to nothing of them: its heap stays as small as it is when loaded. */
  readonly isLean?: boolean;
  /** Words as typed: `match`, `stix validate`. */
  readonly name: string;
  /** What follows the name in the usage line. */
  readonly usage: string;
  /** Further help: what it does, examples. */
  readonly details?: string;
  /** Beside these, every command has `--json`, `--data` and `--help`. */
  readonly options: Readonly<Record<string, Option>>;
  run(invocation: Invocation, terminal: Terminal): Promise<number>;
}
