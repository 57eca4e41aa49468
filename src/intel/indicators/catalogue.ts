/**
 * What is known about the entries of an index, by their number: the value as written, and whose indicator it is.
 *
 * A million values as objects would take more memory than the index they feed, so values are kept as bytes in pages and
 * places in typed arrays; what many values share (a list, an indicator, a MISP event) is kept once.
 */
import { utf8 } from '../../base/index.ts';
import { KINDS, type Kind } from '../../match/index.ts';

/** Where an indicator comes from. One object for all values of one STIX indicator, MISP attribute or list. */
export interface Origin {
  /** The intelligence file, as named by the caller. */
  readonly file: string;
  readonly format: 'stix' | 'misp' | 'list';
  /** STIX id or MISP UUID; null for lists, whose values are told by their line. */
  readonly id: string | null;
  readonly name: string | null;
  /** Who contributed it, as the source says: a STIX identity's id or name, a MISP organisation. */
  readonly contributor: string | null;
}

export interface CataloguedIndicator extends Origin {
  readonly kind: Kind;
  readonly value: string;
  /** Line in a list, from 1. */
  readonly line: number | null;
}

const PAGE_BYTES = 1 << 20;

export class IndicatorCatalogue {
  readonly #pages: Uint8Array[] = [];
  #used = PAGE_BYTES;
  readonly #origins: Origin[] = [];
  readonly #originNumbers = new Map<Origin, number>();
  #count = 0;
  // One place an entry: where its value begins over all pages, and what else is known of it.
  #at = new Float64Array(1024);
  #length = new Uint16Array(1024);
  #kind = new Uint8Array(1024);
  #origin = new Uint32Array(1024);
  #line = new Uint32Array(1024);

  get entries(): number {
    return this.#count;
  }

  /** `value` must be shorter than 16 Ki characters; the matcher takes far shorter ones only. Returns the entry's number. */
  add(kind: Kind, value: string, origin: Origin, line: number | null): number {
    const entry = this.#count++;
    if (entry >= this.#at.length) this.#grow();
    const bytes = utf8(value);
    if (this.#used + bytes.length > PAGE_BYTES) {
      this.#pages.push(new Uint8Array(PAGE_BYTES));
      this.#used = 0;
    }
    this.#pages.at(-1)!.set(bytes, this.#used);
    this.#at[entry] = (this.#pages.length - 1) * PAGE_BYTES + this.#used;
    this.#used += bytes.length;
    this.#length[entry] = bytes.length;
    this.#kind[entry] = KINDS.indexOf(kind);
    this.#origin[entry] = this.#originNumber(origin);
    this.#line[entry] = line ?? 0;
    return entry;
  }

  get(entry: number): CataloguedIndicator {
    if (!(entry < this.#count)) throw new RangeError(`no entry ${entry}`);
    const at = this.#at[entry]!;
    const page = this.#pages[Math.floor(at / PAGE_BYTES)]!;
    const from = at % PAGE_BYTES;
    const line = this.#line[entry]!;
    return {
      ...this.#origins[this.#origin[entry]!]!,
      kind: KINDS[this.#kind[entry]!]!,
      value: new TextDecoder('utf-8', { ignoreBOM: true }).decode(
        page.subarray(from, from + this.#length[entry]!),
      ),
      line: line === 0 ? null : line,
    };
  }

  #originNumber(origin: Origin): number {
    let number = this.#originNumbers.get(origin);
    if (number === undefined) {
      number = this.#origins.push(origin) - 1;
      this.#originNumbers.set(origin, number);
    }
    return number;
  }

  #grow(): void {
    const size = this.#at.length * 2;
    const larger = <A extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(
      array: A,
      made: A,
    ): A => {
      made.set(array);
      return made;
    };
    this.#at = larger(this.#at, new Float64Array(size));
    this.#length = larger(this.#length, new Uint16Array(size));
    this.#kind = larger(this.#kind, new Uint8Array(size));
    this.#origin = larger(this.#origin, new Uint32Array(size));
    this.#line = larger(this.#line, new Uint32Array(size));
  }
}
