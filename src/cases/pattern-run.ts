/**
 * STIX patterns over the events of a case's exhibits: what text cannot show (two things at once, an order, a time, LIKE). A finding
 * stands at the last event that its pattern rests on.
 */
import type { PatternHit } from './examine/event-patterns.ts';
import { type MatchSource, readMaterials } from './materials.ts';
import { runJob } from './rule-run.ts';
import type { Tool } from './run-tool.ts';

/** An indicator whose pattern is decided on events, and what a finding says about where it came from. */
export interface PatternSource extends Omit<MatchSource, 'kind' | 'value' | 'warninglists'> {
  readonly pattern: string;
}

/** A finding shows this much of a pattern; the indicator has it whole. */
const PATTERN_CHARS_SHOWN = 1_000;

/** `materials` is the digest of the patterns, with all that findings say of them. */
export const PATTERNS: Tool = {
  name: 'patterns',
  purpose: 'decide the patterns of known indicators on events',
  async execute(context) {
    const sources = await readMaterials<PatternSource>(
      context.registry,
      String(context.parameters['materials']),
    );
    const patterns = sources.map(({ indicator, pattern }) => ({ path: indicator, text: pattern }));
    return runJob<PatternHit>(context, { kind: 'patterns', patterns }, (hit) => {
      const { pattern, ...said } = sources[hit.pattern]!;
      const more = hit.events - hit.messages.length;
      return {
        ...said,
        kind: 'pattern',
        value: pattern.length > PATTERN_CHARS_SHOWN ? `${pattern.slice(0, PATTERN_CHARS_SHOWN)}…` : pattern,
        matched: `${more > 0 ? `${more} more → ` : ''}${hit.messages.join(' → ')}`,
        offset: hit.offset,
        length: 0,
      };
    });
  },
};
