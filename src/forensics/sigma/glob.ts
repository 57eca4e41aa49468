/** Texts with wildcards, as Sigma writes them: `*` any run, `?` any character, a backslash before either takes its meaning. */
import { ANY_CHARACTER, type Glob } from './rule.ts';

/** Plain text, as it stands. */
export function plainGlob(text: string): Glob {
  return { segments: [text], fromStart: true, toEnd: true };
}

/**
 * Reads wildcards. A backslash is itself unless `*`, `?` or another backslash follows; `\\*` is a backslash and a
 * wildcard (Sigma specification, "Escaping").
 */
export function parseGlob(text: string): Glob {
  const segments: string[] = [''];
  const append = (char: string) => {
    segments[segments.length - 1] += char;
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    const next = text[i + 1];
    if (char === '\\' && (next === '*' || next === '?' || next === '\\')) {
      append(next);
      i++;
    } else if (char === '*') segments.push('');
    else if (char === '?') append(ANY_CHARACTER);
    else append(char);
  }
  return tidy({ segments, fromStart: true, toEnd: true });
}

/** The same text with anything before or behind it. */
export function openGlob(glob: Glob, before: boolean, behind: boolean): Glob {
  const segments = [...glob.segments];
  if (before && glob.fromStart) segments.unshift('');
  if (behind && glob.toEnd) segments.push('');
  return tidy({ segments, fromStart: glob.fromStart, toEnd: glob.toEnd });
}

/** Empty segments at the ends say only that the text is open there. */
function tidy(glob: Glob): Glob {
  const segments = [...glob.segments];
  let { fromStart, toEnd } = glob;
  if (segments.length > 1 && segments[0] === '') {
    segments.shift();
    fromStart = false;
  }
  if (segments.length > 1 && segments[segments.length - 1] === '') {
    segments.pop();
    toEnd = false;
  } else if (segments.length === 1 && segments[0] === '' && !fromStart) toEnd = false;
  return {
    segments: segments.filter((segment, i) => segment !== '' || i === 0 || i === segments.length - 1),
    fromStart,
    toEnd,
  };
}

/** The text of a glob without wildcards; null when it has some. */
export function globText(glob: Glob): string | null {
  const [text] = glob.segments;
  if (glob.segments.length !== 1 || !glob.fromStart || !glob.toEnd || text!.includes(ANY_CHARACTER))
    return null;
  return text!;
}

/** Makes the function that says whether a value fits; value and glob must agree in case. Linear in the value for each segment. */
export function compileGlob(glob: Glob): (value: string) => boolean {
  const { segments, fromStart, toEnd } = glob;
  const [first] = segments as readonly [string, ...string[]];
  if (segments.length === 1 && !first.includes(ANY_CHARACTER)) {
    if (fromStart && toEnd) return (value) => value === first;
    if (fromStart) return (value) => value.startsWith(first);
    if (toEnd) return (value) => value.endsWith(first);
    return (value) => value.includes(first);
  }
  const last = segments.length - 1;
  const fits = segments.map((segment) => segmentFits(segment));
  return (value) => {
    let at = 0;
    let i = 0;
    if (fromStart) {
      if (!fits[0]!(value, 0)) return false;
      at = first.length;
      if (last === 0) return !toEnd || at === value.length;
      i = 1;
    }
    const stop = toEnd ? last : last + 1;
    for (; i < stop; i++) {
      at = findSegment(segments[i]!, fits[i]!, value, at);
      if (at < 0) return false;
      at += segments[i]!.length;
    }
    if (!toEnd) return true;
    const from = value.length - segments[last]!.length;
    return from >= at && fits[last]!(value, from);
  };
}

function segmentFits(segment: string): (value: string, at: number) => boolean {
  if (!segment.includes(ANY_CHARACTER)) return (value, at) => value.startsWith(segment, at);
  return (value, at) => {
    if (at < 0 || at + segment.length > value.length) return false;
    for (let i = 0; i < segment.length; i++) {
      if (segment[i] !== ANY_CHARACTER && segment[i] !== value[at + i]) return false;
    }
    return true;
  };
}

function findSegment(
  segment: string,
  fits: (value: string, at: number) => boolean,
  value: string,
  from: number,
): number {
  if (!segment.includes(ANY_CHARACTER)) return value.indexOf(segment, from);
  for (let at = from; at + segment.length <= value.length; at++) if (fits(value, at)) return at;
  return -1;
}
