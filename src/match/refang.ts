/**
 * Undoing defanging: the ways in which people write dangerous addresses so that nobody follows them by accident, and
 * the backslashes that JSON writers put before slashes.
 * Only passages that hold such a sign are read again, each with a way back to its places.
 */
const SIGNS =
  /hxxp|h\*\*p|\[(?:\.|:|:\/\/|@|at|dot|\/|www)\]|\((?:\.|dot|at|@)\)|\{(?:\.|dot)\}|\\[./]|\s\[?(?:dot|at)\]?\s/gi;

/** Characters around a sign that are read with it: the longest URL on either side of the sign would be rare. */
const AROUND = 1024;

export interface Passage {
  readonly text: Uint8Array;
  /** The part of `text` that lies in the window's owned part. */
  readonly from: number;
  readonly to: number;
  originalAt(at: number): number;
  /** Whether some of [start, end) was written otherwise. */
  isUndone(start: number, end: number): boolean;
}

export function* refang(window: Uint8Array, from: number, to: number): Generator<Passage> {
  const base = Math.max(0, from - AROUND);
  const whole = latin1(window, base, Math.min(window.length, to + AROUND));
  SIGNS.lastIndex = 0;
  const signs = [...whole.matchAll(SIGNS)];
  for (let i = 0; i < signs.length; ) {
    let last = i;
    while (last + 1 < signs.length && signs[last + 1]!.index - signs[last]!.index < 2 * AROUND) last++;
    const start = Math.max(0, signs[i]!.index - AROUND);
    const end = Math.min(whole.length, signs[last]!.index + AROUND);
    yield undo(whole.slice(start, end), base + start, from, to);
    i = last + 1;
  }
}

function undo(text: string, base: number, from: number, to: number): Passage {
  /** Behind each sign: where its meaning begins and ends in the plain text, and where the sign ends in the window. */
  const cuts: { from: number; at: number; original: number }[] = [{ from: 0, at: 0, original: base }];
  let plain = '';
  let taken = 0;
  for (const sign of text.matchAll(SIGNS)) {
    plain += text.slice(taken, sign.index);
    const from = plain.length;
    plain += meaning(sign[0]);
    taken = sign.index + sign[0].length;
    cuts.push({ from, at: plain.length, original: base + taken });
  }
  plain += text.slice(taken);
  const bytes = new Uint8Array(plain.length);
  for (let i = 0; i < plain.length; i++) bytes[i] = plain.charCodeAt(i);
  const originalAt = (at: number) => {
    let low = 0;
    let high = cuts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (cuts[middle]!.at <= at) low = middle;
      else high = middle - 1;
    }
    const cut = cuts[low]!;
    const next = cuts[low + 1];
    return next === undefined
      ? cut.original + at - cut.at
      : Math.min(cut.original + at - cut.at, next.original);
  };
  const place = (original: number) => {
    let low = 0;
    let high = bytes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (originalAt(middle) >= original) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const isUndone = (start: number, end: number) => cuts.some((cut) => cut.from < end && cut.at > start);
  return { text: bytes, from: place(from), to: place(to), originalAt, isUndone };
}

function meaning(sign: string): string {
  const text = sign.toLowerCase().replace(/[\s[\](){}\\]/g, '');
  return text === 'hxxp' || text === 'h**p' ? 'http' : text === 'dot' ? '.' : text === 'at' ? '@' : text;
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(to, at + 8192)));
  }
  return text;
}
