/**
 * Binary XML ([MS-EVEN6] §2.2.12): the tokens of one fragment, read once and turned into a flat plan of fields.
 *
 * A template definition is such a fragment with holes. Thousands of records share a definition, so its
 * tokens are read when a chunk first uses it, and each record then only fills the plan's holes with values.
 * Names are found by their offset in the chunk; a fragment may define them in place on first use. The
 * chunk's string table is an index to the same names and is not needed, nor trusted.
 *
 * An attacker controls every byte: offsets are checked against the chunk, and depth and counts are bounded.
 *
 * Flattening follows what readers of event logs know: `System/EventID` is `EventID`, `System/Provider@Name` is
 * `Provider_Name`, `EventData/Data[@Name="X"]` is `X`, an unnamed `Data` is `Data`, what lies below `UserData` goes by the
 * name of its innermost element. A name that is already taken by `System` gets the prefix `EventData_`.
 */
import { uint16, uint32, utf16Text } from '../windows-values.ts';

/** Real templates nest five levels. */
const DEPTH_MAX = 64;
/** A chunk has 64 KiB and an element at least seven bytes; the largest real template has about 300 elements. */
const NODES_MAX = 8_192;

/** A part of a field's text: literal, or the value with this index. */
export type Piece = string | number;

export interface FieldPlan {
  /** Null when the name itself is a value: then `namePieces` tells it. */
  readonly name: string | null;
  readonly namePieces: readonly Piece[] | null;
  readonly pieces: readonly Piece[];
  /** `root`: a value directly below `Event`, which is where the event's data is put in. */
  readonly origin: 'root' | 'system' | 'data' | 'attribute';
}

export interface Fragment {
  readonly fields: readonly FieldPlan[];
  /** Where the fragment's tokens end, in bytes from the start of the chunk. */
  readonly end: number;
}

/** A fault in the binary XML. Thrown and caught inside the parser: it becomes an issue of the account. */
export class BinaryXmlFault extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

interface Element {
  readonly name: string;
  readonly parent: Element | null;
  readonly depth: number;
  dataName: readonly Piece[] | null;
  pieces: Piece[];
  hasChildren: boolean;
}

export class FragmentReader {
  readonly #bytes: Buffer;
  readonly #names: Map<number, string>;
  #at = 0;
  #end = 0;
  #fields: FieldPlan[] = [];
  #nodes = 0;
  #hasDependencyIds = true;

  /** `names` caches what was read at an offset of this chunk. */
  constructor(chunk: Buffer, names: Map<number, string>) {
    this.#bytes = chunk;
    this.#names = names;
  }

  /**
   * Reads a fragment from `start` to at most `end`. Elements of a template carry a dependency id; those of a
   * fragment that is itself a value do not.
   * @throws BinaryXmlFault
   */
  read(start: number, end: number, hasDependencyIds: boolean): Fragment {
    this.#at = start;
    this.#end = Math.min(end, this.#bytes.length);
    this.#fields = [];
    this.#nodes = 0;
    this.#hasDependencyIds = hasDependencyIds;
    this.#content();
    return { fields: this.#fields, end: this.#at };
  }

  #content(): void {
    let element: Element | null = null;
    for (;;) {
      if (this.#at >= this.#end) {
        if (element === null) return;
        throw new BinaryXmlFault('the binary XML ends inside an element', this.#at);
      }
      const at = this.#at;
      const token = this.#bytes[this.#at++]!;
      switch (token & 0xbf) {
        case 0x00: // end of fragment
          if (element !== null) throw new BinaryXmlFault('the binary XML ends inside an element', at);
          return;
        case 0x01:
          element = this.#open(element, (token & 0x40) !== 0, at);
          break;
        case 0x02: // the start tag ends, content follows
          break;
        case 0x03:
        case 0x04:
          if (element === null) throw new BinaryXmlFault('an end tag too many', at);
          this.#close(element);
          element = element.parent;
          break;
        case 0x05:
          this.#text(this.#literal(), element, at);
          break;
        case 0x07:
          this.#text(this.#counted(), element, at);
          break;
        case 0x08:
          this.#text(String.fromCharCode(this.#u16()), element, at);
          break;
        case 0x09:
          this.#text(entity(this.#name()), element, at);
          break;
        case 0x0a: // processing instruction: target and data carry nothing of the event
          this.#name();
          break;
        case 0x0b:
          this.#counted();
          break;
        case 0x0d:
        case 0x0e:
          this.#text(this.#substitution(), element, at);
          break;
        case 0x0f:
          this.#skip(3);
          break;
        default:
          throw new BinaryXmlFault(`unknown token 0x${token.toString(16)}`, at);
      }
    }
  }

  #open(parent: Element | null, hasAttributes: boolean, at: number): Element {
    if (++this.#nodes > NODES_MAX) throw new BinaryXmlFault('more elements than a chunk can have', at);
    const depth = parent === null ? 1 : parent.depth + 1;
    if (depth > DEPTH_MAX) throw new BinaryXmlFault(`nested deeper than ${DEPTH_MAX} levels`, at);
    if (this.#hasDependencyIds) this.#skip(2);
    this.#skip(4); // the element's size; its end tag says the same
    const name = this.#name();
    const element: Element = { name, parent, depth, dataName: null, pieces: [], hasChildren: false };
    if (parent !== null) parent.hasChildren = true;
    if (hasAttributes) {
      this.#skip(4);
      this.#attributes(element);
    }
    return element;
  }

  #attributes(element: Element): void {
    while (this.#at < this.#end && (this.#bytes[this.#at]! & 0xbf) === 0x06) {
      const at = this.#at++;
      if (++this.#nodes > NODES_MAX) throw new BinaryXmlFault('more attributes than a chunk can have', at);
      const name = this.#name();
      const pieces: Piece[] = [];
      values: while (this.#at < this.#end) {
        switch (this.#bytes[this.#at]! & 0xbf) {
          case 0x05:
            this.#at++;
            pieces.push(this.#literal());
            break;
          case 0x08:
            this.#at++;
            pieces.push(String.fromCharCode(this.#u16()));
            break;
          case 0x09:
            this.#at++;
            pieces.push(entity(this.#name()));
            break;
          case 0x0d:
          case 0x0e:
            this.#at++;
            pieces.push(this.#substitution());
            break;
          default:
            break values;
        }
      }
      if (name === 'xmlns' || name.startsWith('xmlns:')) continue;
      if (name === 'Name' && (element.name === 'Data' || element.name === 'ComplexData'))
        element.dataName = pieces;
      else
        this.#fields.push({ name: `${element.name}_${name}`, namePieces: null, pieces, origin: 'attribute' });
    }
  }

  #close(element: Element): void {
    const { pieces } = element;
    if (element.dataName !== null) {
      const fixed = element.dataName.every((piece) => typeof piece === 'string');
      this.#fields.push({
        name: fixed ? element.dataName.join('') : null,
        namePieces: fixed ? null : element.dataName,
        pieces,
        origin: 'data',
      });
      return;
    }
    if (element.name === 'Data' && element.parent !== null) {
      this.#fields.push({ name: 'Data', namePieces: null, pieces, origin: 'data' });
      return;
    }
    const hasText = pieces.length > 0;
    if (!hasText && (element.hasChildren || !isLeafOfUserData(element))) return;
    this.#fields.push({
      name: element.name,
      namePieces: null,
      pieces,
      origin: element.parent === null ? 'root' : element.parent.name === 'System' ? 'system' : 'data',
    });
  }

  #text(piece: Piece, element: Element | null, at: number): void {
    if (element === null) {
      if (typeof piece === 'string' && piece.trim() === '') return;
      throw new BinaryXmlFault('text outside of every element', at);
    }
    // White space between elements is the writer's indentation.
    if (typeof piece === 'string' && element.hasChildren && piece.trim() === '') return;
    element.pieces.push(piece);
  }

  /** The text of a value token: its type is always a string in what Windows writes. */
  #literal(): string {
    const type = this.#u8();
    if (type !== 0x01) throw new BinaryXmlFault(`a literal of type 0x${type.toString(16)}`, this.#at - 1);
    return this.#counted();
  }

  #substitution(): number {
    const index = this.#u16();
    this.#skip(1); // the type that the template expects; the value's own type counts
    return index;
  }

  #counted(): string {
    const length = 2 * this.#u16();
    const at = this.#at;
    this.#skip(length);
    return utf16Text(this.#bytes, at, at + length);
  }

  /** A name: next entry u32, hash u16, characters u16, text, NUL; in place when it is first used here. */
  #name(): string {
    const offset = this.#u32();
    const inPlace = offset === this.#at;
    let name = this.#names.get(offset);
    if (name === undefined || inPlace) {
      if (offset < 0 || offset + 8 > this.#bytes.length) {
        throw new BinaryXmlFault(`a name at ${offset}, outside of the chunk`, this.#at - 4);
      }
      const length = 2 * uint16(this.#bytes, offset + 6);
      if (offset + 8 + length > this.#bytes.length) {
        throw new BinaryXmlFault(`the name at ${offset} reaches out of the chunk`, this.#at - 4);
      }
      name ??= utf16Text(this.#bytes, offset + 8, offset + 8 + length);
      this.#names.set(offset, name);
      if (inPlace) this.#skip(8 + length + 2);
    }
    return name;
  }

  #u8(): number {
    this.#skip(1);
    return this.#bytes[this.#at - 1]!;
  }

  #u16(): number {
    this.#skip(2);
    return uint16(this.#bytes, this.#at - 2);
  }

  #u32(): number {
    this.#skip(4);
    return uint32(this.#bytes, this.#at - 4);
  }

  #skip(length: number): void {
    if (this.#at + length > this.#end) throw new BinaryXmlFault('the binary XML ends too early', this.#at);
    this.#at += length;
  }
}

/** `<SubjectUserName/>` below UserData is an empty value; an empty `<Correlation/>` is nothing. */
function isLeafOfUserData(element: Element): boolean {
  if (element.name === 'EventData' || element.name === 'UserData') return false;
  for (let at = element.parent; at !== null; at = at.parent) {
    if (at.name === 'System') return false;
    if (at.name === 'UserData') return true;
  }
  return false;
}

function entity(name: string): string {
  switch (name) {
    case 'lt':
      return '<';
    case 'gt':
      return '>';
    case 'amp':
      return '&';
    case 'quot':
      return '"';
    case 'apos':
      return "'";
    default:
      return `&${name};`;
  }
}
