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
  const parts = segments.map(compileSegment);
  return (value) => {
    let at = 0;
    let i = 0;
    if (fromStart) {
      at = parts[0]!.endAt(value, 0);
      if (at < 0) return false;
      if (last === 0) return !toEnd || at === value.length;
      i = 1;
    }
    const stop = toEnd ? last : last + 1;
    for (; i < stop; i++) {
      at = parts[i]!.find(value, at);
      if (at < 0) return false;
    }
    return !toEnd || parts[last]!.startBefore(value, value.length) >= at;
  };
}

/** A segment's places in a value; -1 where it does not fit. */
interface Segment {
  /** Where it ends if it begins at `at`. */
  endAt(value: string, at: number): number;
  /** Where it begins if it ends before `end`. */
  startBefore(value: string, end: number): number;
  /** Where the first one from `from` on ends. */
  find(value: string, from: number): number;
}

function compileSegment(segment: string): Segment {
  const { length } = segment;
  if (!segment.includes(ANY_CHARACTER)) {
    return {
      endAt: (value, at) => (value.startsWith(segment, at) ? at + length : -1),
      startBefore: (value, end) => (value.endsWith(segment, end) ? end - length : -1),
      find: (value, from) => {
        const at = value.indexOf(segment, from);
        return at < 0 ? -1 : at + length;
      },
    };
  }
  const endAt = (value: string, from: number): number => {
    let at = from;
    for (let i = 0; i < length; i++) {
      if (at >= value.length) return -1;
      if (segment[i] === ANY_CHARACTER) at = isPair(value, at) ? at + 2 : at + 1;
      else if (segment[i] === value[at]) at++;
      else return -1;
    }
    return at;
  };
  return {
    endAt,
    startBefore: (value, end) => {
      let at = end;
      for (let i = length - 1; i >= 0; i--) {
        if (at <= 0) return -1;
        if (segment[i] === ANY_CHARACTER) at = isPair(value, at - 2) ? at - 2 : at - 1;
        else if (segment[i] === value[at - 1]) at--;
        else return -1;
      }
      return at;
    },
    find: (value, from) => {
      for (let at = from; at < value.length; at += isPair(value, at) ? 2 : 1) {
        const end = endAt(value, at);
        if (end >= 0) return end;
      }
      return -1;
    },
  };
}

/** Whether the two units at `at` are one character beyond U+FFFF. */
function isPair(value: string, at: number): boolean {
  return (value.charCodeAt(at) & 0xfc00) === 0xd800 && (value.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}
