/**
 * Names of files and members as text. Their bytes may be no UTF-8, and two such names must not look alike: each byte that
 * is none is shown as `�{hex}`, and so are those of a `�` that the name really has.
 */
// A mark at the beginning of a name is part of it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const REPLACEMENT = '\ufffd';

export function nameText(name: Uint8Array): string {
  const whole = decoder.decode(name);
  if (!whole.includes(REPLACEMENT)) return whole;
  let text = '';
  for (let at = 0; at < name.length; ) {
    const first = name[at]!;
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const sign = decoder.decode(name.subarray(at, at + length));
    if (sign.includes(REPLACEMENT)) text += escaped(name[at++]!);
    else {
      text += sign;
      at += length;
    }
  }
  return text;
}

/** Without what a terminal would obey. */
export function withoutControls(text: string): string {
  return text.replace(/[\0-\x1f\x7f]/g, (sign) => escaped(sign.charCodeAt(0)));
}

function escaped(byte: number): string {
  return `${REPLACEMENT}{${byte.toString(16).padStart(2, '0')}}`;
}
