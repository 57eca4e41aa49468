/** Identifiers (STIX 2.1 §2.9): `object-type--UUID`, the UUID as RFC 4122 has it. */

const UUID_LENGTH = 36;

const HYPHEN = 0x2d;

/** Character classes by code unit, so that no look-up needs a bound. */
function classOf(chars: string): Uint8Array {
  const table = new Uint8Array(0x1_0000);
  for (const char of chars) table[char.charCodeAt(0)] = 1;
  return table;
}

/** RFC 4122 §3 reads both cases. */
const HEX = classOf('0123456789abcdefABCDEF');
/** RFC 4122 §4.1.3: versions 1 to 5. */
const VERSION = classOf('12345');
/** RFC 4122 §4.1.1: the variant 10x. */
const VARIANT = classOf('89abAB');
/** What type names are made of (STIX 2.1 §3.1). */
const NAME = classOf('abcdefghijklmnopqrstuvwxyz0123456789-');

function isUuidAt(text: string, from: number): boolean {
  if (
    text.charCodeAt(from + 8) !== HYPHEN ||
    text.charCodeAt(from + 13) !== HYPHEN ||
    text.charCodeAt(from + 18) !== HYPHEN ||
    text.charCodeAt(from + 23) !== HYPHEN ||
    VERSION[text.charCodeAt(from + 14)] !== 1 ||
    VARIANT[text.charCodeAt(from + 19)] !== 1
  ) {
    return false;
  }
  // The four hyphens are the only characters that are no digits.
  let digits = 0;
  for (let i = from; i < from + UUID_LENGTH; i++) digits += HEX[text.charCodeAt(i)]!;
  return digits === UUID_LENGTH - 4;
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
    if (NAME[code] !== 1 || (code === HYPHEN && previous === HYPHEN)) return false;
    previous = code;
  }
  return true;
}

export function isStixId(text: string): boolean {
  const split = text.length - UUID_LENGTH - 2;
  return (
    text.charCodeAt(split) === HYPHEN &&
    text.charCodeAt(split + 1) === HYPHEN &&
    isUuidAt(text, split + 2) &&
    isTypeNameUpTo(text, split)
  );
}

/** Whether an identifier names an object of this type. */
export function isIdOf(id: string, type: string): boolean {
  return id.length === type.length + UUID_LENGTH + 2 && id.startsWith(type);
}

/** The object type an identifier names. The text must be an identifier. */
export function typeOfId(id: string): string {
  return id.slice(0, id.length - UUID_LENGTH - 2);
}

/** `4` for a random UUID, `5` for one made from a name. The text must be an identifier. */
export function uuidVersionOf(id: string): number {
  return id.charCodeAt(id.length - UUID_LENGTH + 14) - 0x30;
}
