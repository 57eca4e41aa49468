/**
 * Splits a JSON document into the elements of one array, chunk by chunk, so that a bundle of any size is read
 * in bounded memory: `{"type": "bundle", "objects": [ … ]}` gives every object as its own slice of bytes, and
 * every other top-level member as one.
 *
 * Callers are the readers of STIX bundles, TAXII envelopes and MISP feeds. Everything here is attacker-controlled:
 * a line of 2 GB, a million brackets, a document that ends in the middle. Therefore no byte is held that does
 * not belong to the value being cut, and a value that grows over its bound ends the reading.
 *
 * Only the frame is checked here (RFC 8259 §2 to §5, down to the elements); a slice is known to be JSON once
 * `parseJsonPiece` has read it. The frame's named array may occur once: of two, readers would see different ones.
 */
import { concatBytes } from './bytes.ts';
import { EntenteError } from './errors.ts';
import { JSON_DEPTH_MAX, JSON_VALUE_BYTES_MAX } from './limits.ts';

/** Elements of one document: the largest public feeds hold some 100,000 objects; 16 million is a day's work. */
const ELEMENTS_MAX = 1 << 24;

/** Top-level members beside the array: envelopes have five, a large STIX object some fifty. */
const MEMBERS_MAX = 4096;

export interface JsonElement {
  readonly kind: 'element';
  /** The element as written. A view into the chunk where it lay in one chunk: copy it to keep it longer. */
  readonly bytes: Uint8Array;
  /** Byte offset in the document. */
  readonly offset: number;
  /** Position in the array. */
  readonly index: number;
  /** Members that the objects in this text have; see `repeatsMember`. */
  readonly members: number;
}

export interface JsonMember {
  readonly kind: 'member';
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly offset: number;
  /** As for an element. */
  readonly members: number;
}

export type JsonPiece = JsonElement | JsonMember;

export interface JsonElementsOptions {
  /** Name of the top-level array to split. A document that itself is an array is split whatever the name. */
  readonly array: string;
  /** Most bytes one value may have. */
  readonly valueBytesMax?: number;
  /** Levels a value may nest, counted from the value. */
  readonly depthMax?: number;
  readonly elementsMax?: number;
}

type Place =
  | 'start'
  | 'first-name'
  | 'name'
  | 'colon'
  | 'value'
  | 'after-member'
  | 'first-element'
  | 'element'
  | 'after-element'
  | 'done';

const EXPECTED: Record<Place, string> = {
  start: 'an object or an array',
  'first-name': 'a member name or "}"',
  name: 'a member name',
  colon: '":"',
  value: 'a value',
  'after-member': '"," or "}"',
  'first-element': 'a value or "]"',
  element: 'a value',
  'after-element': '"," or "]"',
  done: 'nothing more',
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Most strings of STIX end within this many bytes, where a call into native code costs more than it saves. */
const NEAR_BYTES = 48;

const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** What a byte can mean inside a container: 0 nothing, 1 quote, 2 opens, 3 closes, 4 stands behind a member's name. */
const MEANING = new Uint8Array(256);
MEANING[QUOTE] = 1;
MEANING[OPEN_BRACKET] = MEANING[OPEN_BRACE] = 2;
MEANING[CLOSE_BRACKET] = MEANING[CLOSE_BRACE] = 3;
MEANING[COLON] = 4;

export class JsonElementSplitter {
  readonly #array: string;
  readonly #valueBytesMax: number;
  readonly #depthMax: number;
  readonly #elementsMax: number;

  #place: Place = 'start';
  /** Bytes of all chunks before the present one. */
  #before = 0;
  #root: 'object' | 'array' | null = null;
  #arraySeen = false;
  #nameSeen = false;
  #memberCount = 0;
  #elementCount = 0;
  #name = '';

  // The value being cut. `#form` is null between values.
  #form: 'string' | 'container' | 'scalar' | null = null;
  #depth = 0;
  #members = 0;
  #inString = false;
  #escaped = false;
  #held: Uint8Array[] = [];
  #heldLength = 0;
  #valueOffset = 0;

  constructor(options: JsonElementsOptions) {
    this.#array = options.array;
    this.#valueBytesMax = options.valueBytesMax ?? JSON_VALUE_BYTES_MAX;
    this.#depthMax = options.depthMax ?? JSON_DEPTH_MAX;
    this.#elementsMax = options.elementsMax ?? ELEMENTS_MAX;
  }

  /** What the document is; null until its first byte was seen. */
  get root(): 'object' | 'array' | null {
    return this.#root;
  }

  /** Whether the array was there: the document itself, or the member of that name. */
  get arraySeen(): boolean {
    return this.#arraySeen;
  }

  get elementCount(): number {
    return this.#elementCount;
  }

  /**
   * Takes the next chunk and gives the pieces that end in it. Must be read to its end before the next chunk.
   * @throws EntenteError `json-syntax` with the offset, `json-limit` when a bound is passed.
   */
  *push(chunk: Uint8Array): Generator<JsonPiece, void, undefined> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#form === null) {
        const byte = chunk[at]!;
        if (!isSpace(byte) && !this.#isByteOrderMark(at, byte) && this.#frame(byte, this.#before + at)) {
          continue; // a value begins here
        }
        at++;
        continue;
      }
      const end = this.#scan(chunk, at);
      this.#bound(this.#heldLength + (end < 0 ? chunk.length : end) - at);
      if (end < 0) {
        this.#held.push(chunk.slice(at));
        this.#heldLength += chunk.length - at;
        at = chunk.length;
        continue;
      }
      const piece = this.#cut(chunk.subarray(at, end));
      at = end;
      if (piece) yield piece;
    }
    this.#before += chunk.length;
  }

  /** @throws EntenteError `json-syntax` when the document is not whole. */
  end(): void {
    if (this.#place === 'done') return;
    const missing = this.#form === null ? EXPECTED[this.#place] : 'the rest of a value';
    throw new EntenteError('json-syntax', `the text ends at byte ${this.#before}; ${missing} is missing`, {
      offset: this.#before,
    });
  }

  #isByteOrderMark(at: number, byte: number): boolean {
    return this.#place === 'start' && byte === BYTE_ORDER_MARK[this.#before + at];
  }

  /** Takes one byte between values; true when it is the first of a value. */
  #frame(byte: number, offset: number): boolean {
    switch (this.#place) {
      case 'start':
        if (byte === OPEN_BRACE) {
          this.#root = 'object';
          this.#place = 'first-name';
          return false;
        }
        if (byte === OPEN_BRACKET) {
          this.#root = 'array';
          this.#arraySeen = true;
          this.#place = 'first-element';
          return false;
        }
        break;
      case 'first-name':
      case 'name':
        if (byte === QUOTE) return this.#begin(byte, offset);
        if (byte === CLOSE_BRACE && this.#place === 'first-name') return this.#go('done');
        break;
      case 'colon':
        if (byte === COLON) return this.#go('value');
        break;
      case 'value':
        if (this.#name === this.#array) {
          if (this.#nameSeen) {
            throw new EntenteError('json-syntax', `member "${this.#name}" occurs twice`, { offset });
          }
          this.#nameSeen = true;
          if (byte === OPEN_BRACKET) {
            this.#arraySeen = true;
            return this.#go('first-element');
          }
        }
        return this.#begin(byte, offset);
      case 'after-member':
        if (byte === COMMA) return this.#go('name');
        if (byte === CLOSE_BRACE) return this.#go('done');
        break;
      case 'first-element':
        if (byte === CLOSE_BRACKET) return this.#endArray();
        return this.#begin(byte, offset);
      case 'element':
        return this.#begin(byte, offset);
      case 'after-element':
        if (byte === COMMA) return this.#go('element');
        if (byte === CLOSE_BRACKET) return this.#endArray();
        break;
    }
    throw this.#unexpected(offset);
  }

  #go(place: Place): false {
    this.#place = place;
    return false;
  }

  #endArray(): false {
    return this.#go(this.#root === 'array' ? 'done' : 'after-member');
  }

  #begin(byte: number, offset: number): true {
    if (byte === QUOTE) this.#form = 'string';
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#form = 'container';
    else if (byte === COMMA || byte === COLON || byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      throw this.#unexpected(offset);
    } else this.#form = 'scalar';
    this.#depth = 0;
    this.#members = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#valueOffset = offset;
    return true;
  }

  #unexpected(offset: number): EntenteError {
    return new EntenteError('json-syntax', `not JSON: ${EXPECTED[this.#place]} expected at byte ${offset}`, {
      offset,
    });
  }

  /** The index after the value's last byte, or -1 when the value goes on in the next chunk. */
  #scan(chunk: Uint8Array, from: number): number {
    const length = chunk.length;
    let at = from;
    if (this.#form === 'scalar') {
      for (; at < length; at++) {
        const byte = chunk[at]!;
        if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte)) return at;
      }
      return -1;
    }
    let inString = this.#inString;
    let depth = this.#depth;
    while (at < length) {
      if (inString) {
        if (this.#escaped) {
          this.#escaped = false;
          at++;
          continue;
        }
        const near = Math.min(length, at + NEAR_BYTES);
        while (at < near && chunk[at] !== QUOTE && chunk[at] !== BACKSLASH) at++;
        if (at === near) {
          // A long string: the next quote is found natively, and backslashes counted back from it.
          if (at === length) break;
          const quote = chunk.indexOf(QUOTE, at);
          const stop = quote < 0 ? length : quote;
          let run = stop;
          while (run > at && chunk[run - 1] === BACKSLASH) run--;
          const odd = (stop - run) % 2 === 1;
          at = stop;
          if (quote < 0) {
            this.#escaped = odd;
            break;
          }
          at++;
          if (odd) continue;
          inString = false;
          if (depth === 0) return at;
          continue;
        }
        if (chunk[at++] === BACKSLASH) this.#escaped = true;
        else {
          inString = false;
          if (depth === 0) return at;
        }
        continue;
      }
      const meaning = MEANING[chunk[at++]!];
      if (meaning === 0) continue;
      if (meaning === 1) inString = true;
      else if (meaning === 2) {
        if (++depth > this.#depthMax) {
          const offset = this.#before + at - 1;
          throw new EntenteError('json-limit', `JSON is nested deeper than ${this.#depthMax} levels`, {
            offset,
          });
        }
      } else if (meaning === 4) this.#members++;
      else if (--depth === 0) return at;
    }
    this.#inString = inString;
    this.#depth = depth;
    return -1;
  }

  #bound(length: number): void {
    if (length <= this.#valueBytesMax) return;
    throw new EntenteError('json-limit', `a JSON value is longer than ${this.#valueBytesMax} bytes`, {
      offset: this.#valueOffset,
    });
  }

  /** Ends the present value and says what follows; null when it was a member's name. */
  #cut(rest: Uint8Array): JsonPiece | null {
    const bytes = this.#heldLength === 0 ? rest : concatBytes([...this.#held, rest]);
    this.#held = [];
    this.#heldLength = 0;
    this.#form = null;
    const offset = this.#valueOffset;
    if (this.#place === 'name' || this.#place === 'first-name') {
      this.#name = String(parseJsonPiece({ bytes, offset }).value);
      if (++this.#memberCount > MEMBERS_MAX) {
        throw new EntenteError('json-limit', `more than ${MEMBERS_MAX} top-level members`, { offset });
      }
      this.#place = 'colon';
      return null;
    }
    if (this.#place === 'value') {
      this.#place = 'after-member';
      return { kind: 'member', name: this.#name, bytes, offset, members: this.#members };
    }
    this.#place = 'after-element';
    if (this.#elementCount >= this.#elementsMax) {
      throw new EntenteError('json-limit', `more than ${this.#elementsMax} elements in one document`, {
        offset,
      });
    }
    return { kind: 'element', bytes, offset, index: this.#elementCount++, members: this.#members };
  }
}

/** The pieces of a whole document. @throws as JsonElementSplitter */
export function* splitJsonElements(
  chunks: Iterable<Uint8Array>,
  options: JsonElementsOptions,
): Generator<JsonPiece, void, undefined> {
  const splitter = new JsonElementSplitter(options);
  for (const chunk of chunks) yield* splitter.push(chunk);
  splitter.end();
}

/** As `splitJsonElements`, for chunks that arrive over time. */
export async function* streamJsonElements(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: JsonElementsOptions,
): AsyncGenerator<JsonPiece, void, undefined> {
  const splitter = new JsonElementSplitter(options);
  for await (const chunk of chunks) yield* splitter.push(chunk);
  splitter.end();
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads one slice: its text as written and its value.
 * @throws EntenteError `json-syntax` with the byte offset in the document.
 */
export function parseJsonPiece(piece: { readonly bytes: Uint8Array; readonly offset: number }): {
  text: string;
  value: unknown;
} {
  let text: string;
  try {
    text = strictDecoder.decode(piece.bytes);
  } catch {
    throw new EntenteError('json-syntax', `the value at byte ${piece.offset} is not UTF-8`, {
      offset: piece.offset,
    });
  }
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    const offset = piece.offset + new TextEncoder().encode(text.slice(0, faultIndex(text))).length;
    throw new EntenteError('json-syntax', `not JSON at byte ${offset}`, { offset });
  }
}

/**
 * Whether an object in the piece has two members of one name. RFC 8259 §4 leaves open which of them a reader takes:
 * whoever judges the value and passes on the text must refuse it. `value` is what the text parsed to.
 */
export function repeatsMember(piece: JsonPiece, value: unknown): boolean {
  let members = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (Array.isArray(next)) {
      for (const item of next) if (typeof item === 'object' && item !== null) open.push(item);
    } else if (typeof next === 'object' && next !== null) {
      for (const name in next) {
        members++;
        const held = (next as Record<string, unknown>)[name];
        if (typeof held === 'object' && held !== null) open.push(held);
      }
    }
  }
  return members !== piece.members;
}

/** The whole of one JSON token other than a bracket, comma or colon (RFC 8259 §3, §6, §7). */
const TOKEN =
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** A string as far as it is right: what follows is the fault. */
const STRING_PART = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;

/** The index of the first character that JSON forbids; engines tell it in many wordings or not at all. */
function faultIndex(text: string): number {
  const open: string[] = [];
  let expected: 'value' | 'value-or-end' | 'name' | 'name-or-end' | 'colon' | 'comma-or-end' = 'value';
  let at = 0;
  for (;;) {
    while (isSpace(text.charCodeAt(at))) at++;
    if (at >= text.length) return at;
    const char = text[at]!;
    const inside = open[open.length - 1];
    if (expected === 'comma-or-end' || expected === 'value-or-end' || expected === 'name-or-end') {
      if (inside !== undefined && char === (inside === '{' ? '}' : ']')) {
        open.pop();
        expected = 'comma-or-end';
        at++;
        continue;
      }
    }
    if (expected === 'comma-or-end' || expected === 'colon') {
      if (inside === undefined || char !== (expected === 'colon' ? ':' : ',')) return at;
      expected = expected === 'comma-or-end' && inside === '{' ? 'name' : 'value';
      at++;
      continue;
    }
    const wantsName: boolean = expected === 'name' || expected === 'name-or-end';
    if (!wantsName && (char === '{' || char === '[')) {
      open.push(char);
      expected = char === '{' ? 'name-or-end' : 'value-or-end';
      at++;
      continue;
    }
    TOKEN.lastIndex = at;
    if (wantsName && char !== '"') return at;
    if (!TOKEN.test(text)) {
      STRING_PART.lastIndex = at;
      return STRING_PART.test(text) ? STRING_PART.lastIndex : at;
    }
    at = TOKEN.lastIndex;
    expected = wantsName ? 'colon' : 'comma-or-end';
  }
}
