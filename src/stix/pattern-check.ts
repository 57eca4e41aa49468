/** The pattern of an indicator, as validation looks at it. */
import { PatternSyntaxError, parsePattern } from './pattern/index.ts';

/**
 * The commonest pattern by far compares one property with a string without escapes: `[type:path.path = 'text']`. It is
 * told right by one look; everything else is parsed.
 */
const SIMPLE =
  /^\[[a-z][a-z0-9]*(?:-[a-z0-9]+){0,9}:[a-z][a-z0-9_]*(?:\.(?:[a-z][a-z0-9_]*|'[A-Za-z0-9-]+')){0,9} ?= ?'[^'\\\u0000-\u001f\u007f]*'\]$/;

/** Why a pattern does not parse, or null when it does. */
export function parsePatternIssue(pattern: string): string | null {
  if (SIMPLE.test(pattern)) return null;
  try {
    parsePattern(pattern);
    return null;
  } catch (error) {
    if (error instanceof PatternSyntaxError) return error.message;
    throw error;
  }
}
