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

/** The web's "latin1" gives most of 0x80–0x9f other codes (it is windows-1252); back from those to the bytes. */
const BYTE_OF = new Map<string, string>();
for (let byte = 0x80; byte <= 0x9f; byte++) {
  BYTE_OF.set(latin1.decode(Uint8Array.of(byte)), String.fromCharCode(byte));
}

/** One character a byte, with the byte's value as its code. */
export function textOf(bytes: Uint8Array, from: number, to: number): string {
  const text = latin1.decode(bytes.subarray(from, to));
  return text.replace(/[^\0-\xff]/g, (char) => BYTE_OF.get(char)!);
}
