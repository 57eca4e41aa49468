/** Identifiers (STIX 2.1 §2.9): `object-type--UUID`, the UUID as RFC 4122 has it. */

const UUID_LENGTH = 36;

/** 1 for a hexadecimal digit in either case: RFC 4122 §3 reads both. */
const HEX = new Uint8Array(128);
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = 1;

/** 1 for what type names are made of (STIX 2.1 §3.1). */
const NAME = new Uint8Array(128);
for (const char of 'abcdefghijklmnopqrstuvwxyz0123456789-') NAME[char.charCodeAt(0)] = 1;

function isUuidAt(text: string, from: number): boolean {
  for (let i = 0; i < UUID_LENGTH; i++) {
    const code = text.charCodeAt(from + i);
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (code !== 0x2d) return false;
    } else if (code > 127 || HEX[code] !== 1) return false;
  }
  // RFC 4122 §4.1.1: the variant is 10x; §4.1.3: versions 1 to 5.
  const version = text.charCodeAt(from + 14);
  if (version < 0x31 || version > 0x35) return false;
  const variant = text.charCodeAt(from + 19);
  return (
    variant === 0x38 ||
    variant === 0x39 ||
    variant === 0x61 ||
    variant === 0x62 ||
    variant === 0x41 ||
    variant === 0x42
  );
}

/** Letters, digits and single hyphens, 3 to 250 of them, a letter first (STIX 2.1 §3.1, §7.3.2, §11.2.1). */
export function isTypeName(text: string): boolean {
  return isTypeNameUpTo(text, text.length);
}

function isTypeNameUpTo(text: string, length: number): boolean {
  if (length < 3 || length > 250) return false;
  const first = text.charCodeAt(0);
  if (first < 0x61 || first > 0x7a) return false;
  let previous = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || NAME[code] !== 1 || (code === 0x2d && previous === 0x2d)) return false;
    previous = code;
  }
  return true;
}

export function isStixId(text: string): boolean {
  const split = text.length - UUID_LENGTH - 2;
  return (
    text.charCodeAt(split) === 0x2d &&
    text.charCodeAt(split + 1) === 0x2d &&
    isUuidAt(text, split + 2) &&
    isTypeNameUpTo(text, split)
  );
}

/** The object type an identifier names. The text must be an identifier. */
export function typeOfId(id: string): string {
  return id.slice(0, id.length - UUID_LENGTH - 2);
}

/** `4` for a random UUID, `5` for one made from a name. The text must be an identifier. */
export function uuidVersionOf(id: string): number {
  return id.charCodeAt(id.length - UUID_LENGTH + 14) - 0x30;
}
