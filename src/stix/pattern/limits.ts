/** Bounds on patterns, which come from other organisations. */

/** Code units of one pattern. The longest public ones have 100 KB; 100,000 SHA-256 values in one IN list have 7 MB. */
export const PATTERN_LENGTH_MAX = 16 * 1024 * 1024;

/** Parentheses within parentheses. People nest three; 200 keeps recursion far from the end of any stack. */
export const PATTERN_DEPTH_MAX = 200;

/** Steps of one object path. The deepest path of STIX 2.1 has seven. */
export const PATH_STEPS_MAX = 100;

/** Code units of one regular expression: its automaton takes memory in proportion. */
export const REGULAR_EXPRESSION_LENGTH_MAX = 64 * 1024;

/** Copies of parts that REPEATS asks for of an expression with a time condition inside; each is searched for by itself. */
export const COPIES_MAX = 2_000;

/**
 * Steps that deciding one pattern may take: objects tried, references followed, observations weighed. About three
 * seconds on one core. Patterns without entangled conditions on time take some ten steps an observation and term.
 */
export const MATCH_STEPS_MAX = 60_000_000;
