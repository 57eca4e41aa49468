/** Every command by its words, loaded when used so that the start stays fast. */
import type { Command } from '../command.ts';

export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {};
