/** The tools of this node, by the names that runs record: a run can be repeated while its tool is here. */
import { MATCH } from './match-run.ts';
import { OBSERVABLES } from './observables-run.ts';
import { PATTERNS } from './pattern-run.ts';
import { SIGMA, YARA } from './rule-run.ts';
import type { Tool } from './run-tool.ts';
import { PACKAGED } from './sandbox/index.ts';
import { PARSE, TIMELINE } from './timeline/timeline-run.ts';

export const TOOLS: readonly Tool[] = [MATCH, OBSERVABLES, PARSE, TIMELINE, PATTERNS, SIGMA, YARA, PACKAGED];
