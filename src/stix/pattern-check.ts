/** The pattern of an indicator, as validation looks at it. */
import { parsePattern, PatternSyntaxError } from './pattern/index.ts';

/**
 * The commonest pattern by far, one comparison of one property with a string, is told right away: `[type:path = 'text']`,
 * without quoted path steps and escapes. Everything else is parsed.
 */
const SIMPLE = /^\[(?:ipv4-addr|ipv6-addr|domain-name|url|email-addr):value ?= ?'[^'\\\u0000-\u001f]*'\]$/;

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
