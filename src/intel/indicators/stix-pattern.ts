/** The comparisons of a STIX pattern that by themselves make it true. */

export interface Equality {
  /** `file:hashes.'SHA-256'` */
  readonly path: string;
  readonly value: string;
}

const COMPARISON = /^\s*([a-z0-9-]+:[^\s=!<>]+(?:'[^']*'[^\s=!<>]*)*)\s*=\s*'((?:[^'\\]|\\['\\])*)'\s*$/;

/** Null when the pattern is more than alternatives of equalities. */
export function simpleEqualities(pattern: string): readonly Equality[] | null {
  const found: Equality[] = [];
  for (const observation of pattern.trim().split(/\]\s+OR\s+\[/)) {
    for (const part of observation.replace(/^\[|\]$/g, '').split(/\s+OR\s+/)) {
      const match = COMPARISON.exec(part);
      if (!match) return null;
      found.push({ path: match[1]!, value: match[2]!.replace(/\\(['\\])/g, '$1') });
    }
  }
  return found;
}
