/** A stretch of a window as text, with enough around it for every finder but those that look far by themselves. */

export interface Excerpt {
  readonly window: Uint8Array;
  /** Matches may begin in [from, to) of the window. */
  readonly from: number;
  readonly to: number;
  /** The window's bytes from `base` on, one character a byte. */
  readonly text: string;
  readonly base: number;
  /** Byte at a place of the window; 0 outside. */
  codeAt(at: number): number;
}

export function openExcerpt(window: Uint8Array, from: number, to: number, around: number): Excerpt {
  const base = Math.max(0, from - around);
  const end = Math.min(window.length, to + around);
  return { window, from, to, base, text: textOf(window, base, end), codeAt: (at) => window[at] ?? 0 };
}

const latin1 = new TextDecoder('latin1');

/** One character a byte, with the byte's value as its code. */
export function textOf(bytes: Uint8Array, from: number, to: number): string {
  const text = latin1.decode(bytes.subarray(from, to));
  // The web's "latin1" gives 0x80–0x9f other codes; only text with such bytes pays for putting that right.
  if (!/[^\0-\x7f]/.test(text)) return text;
  let exact = '';
  // As many arguments at a time as every engine takes.
  for (let at = from; at < to; at += 8192) {
    exact += String.fromCharCode(...bytes.subarray(at, Math.min(to, at + 8192)));
  }
  return exact;
}
