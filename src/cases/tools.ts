/** The tools of this node, by the names that runs record: a run can be repeated while its tool is here. */
import { MATCH } from './match-run.ts';
import type { Tool } from './run-tool.ts';

export const TOOLS: readonly Tool[] = [MATCH];
