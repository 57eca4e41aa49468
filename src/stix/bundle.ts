/**
 * Bundles (STIX 2.1 §8): from bytes to objects, each kept as it was written beside what it means and what is wrong
 * with it. One wrong object does not spoil the others: a bundle only groups.
 *
 * `parseBundle` reads what is in memory; `BundleReader` takes chunks and holds one object at a time, so that a
 * bundle of any size streams in bounded memory. A file with a single object, or a list of them, reads as well.
 */
import {
  EntenteError,
  type Issue,
  JsonElementSplitter,
  type JsonPiece,
  parseJsonPiece,
  utf8,
} from '../base/index.ts';
import { Report } from './report.ts';
import type { StixObject } from './types.ts';
import { checkBundleFrame, checkObject, type ValidationOptions } from './validate.ts';

/** One object of a bundle. */
export interface BundleEntry {
  /** Position in `objects`. */
  readonly index: number;
  /** Byte offset in the input. */
  readonly offset: number;
  /** The object's JSON, verbatim. */
  readonly text: string;
  /** The JSON value. */
  readonly json: unknown;
  /** The same value, typed; absent when a MUST is broken. */
  readonly object?: StixObject;
  /** What is wrong with it; paths begin at the object. */
  readonly issues: readonly Issue[];
}

/** What is left of a bundle when its objects have been read. */
export interface BundleFrame {
  readonly id?: string;
  /** `2.0` for a bundle that says so: `upgradeStix20` makes 2.1 of its objects. */
  readonly specVersion?: string;
  /** How many objects were read. */
  readonly count: number;
  /** Faults of the bundle itself, not of its objects. */
  readonly issues: readonly Issue[];
}

export interface Bundle extends BundleFrame {
  /** Every object, right or wrong, in its order. */
  readonly entries: readonly BundleEntry[];
  /** The objects that break no MUST. */
  readonly objects: readonly StixObject[];
  /** Faults of the bundle and of all its objects; paths begin with `objects[n]`. */
  readonly issues: readonly Issue[];
}

export interface BundleOptions extends ValidationOptions {
  /** Most objects; more end the reading with `json-limit`. */
  readonly objectsMax?: number;
  /** Most bytes of one object. */
  readonly objectBytesMax?: number;
}

/** Top-level members beside the objects are held until the end; all of them together may have this many bytes. */
const FRAME_BYTES_MAX = 16 * 1024 * 1024;

/** Issues collected over a bundle in memory; each object keeps its own besides. */
const ISSUES_MAX = 100_000;

/** Takes a bundle in chunks; one object at a time is held. */
export class BundleReader {
  readonly #splitter: JsonElementSplitter;
  readonly #report: Report;
  readonly #frame: Record<string, unknown> = {};
  #frameBytes = 0;
  #frameStart = 0;
  #memberTexts: string[] = [];

  constructor(options: BundleOptions = {}) {
    this.#splitter = new JsonElementSplitter({
      array: 'objects',
      ...(options.objectsMax === undefined ? {} : { elementsMax: options.objectsMax }),
      ...(options.objectBytesMax === undefined ? {} : { valueBytesMax: options.objectBytesMax }),
    });
    this.#report = new Report(options);
  }

  /**
   * The objects that end in this chunk. Read them all before the next chunk.
   * @throws EntenteError `json-syntax` with the byte offset, `json-limit`.
   */
  *push(chunk: Uint8Array): Generator<BundleEntry, void, undefined> {
    for (const piece of this.#splitter.push(chunk)) {
      if (piece.kind === 'element') yield this.#entry(piece, piece.index);
      else this.#keep(piece);
    }
  }

  /**
   * Ends the reading. A document that is one object and no bundle gives it here.
   * @throws EntenteError `json-syntax` when the text ends too early.
   */
  end(): BundleFrame & { readonly single?: BundleEntry } {
    this.#splitter.end();
    const { elementCount: count, arraySeen, root } = this.#splitter;
    if (root === 'array') return { count, issues: [] };
    const type = this.#frame['type'];
    if (type !== 'bundle' && !arraySeen) {
      const text = `{${this.#memberTexts.join(',')}}`;
      checkObject(this.#frame, this.#report);
      return {
        count: 1,
        issues: [],
        single: this.#judged({ index: 0, offset: this.#frameStart, text, json: this.#frame }),
      };
    }
    if (type !== 'bundle')
      this.#report.errorAt('type', 'type', 'a list of objects belongs in a bundle', '8.1');
    checkBundleFrame(this.#frame, this.#report);
    if (arraySeen && count === 0)
      this.#report.errorAt('objects', 'empty', 'a list must have at least one value', '2.12');
    if (Object.hasOwn(this.#frame, 'objects'))
      this.#report.errorAt('objects', 'type', 'objects must be a list', '8.1');
    const { id, spec_version: specVersion } = this.#frame;
    return {
      ...(typeof id === 'string' ? { id } : {}),
      ...(typeof specVersion === 'string' ? { specVersion } : {}),
      count,
      issues: this.#report.take(),
    };
  }

  #entry(piece: JsonPiece, index: number): BundleEntry {
    const { text, value: json } = parseJsonPiece(piece);
    checkObject(json, this.#report);
    return this.#judged({ index, offset: piece.offset, text, json });
  }

  #judged(read: Pick<BundleEntry, 'index' | 'offset' | 'text' | 'json'>): BundleEntry {
    const isValid = !this.#report.failed;
    const issues = this.#report.take();
    return isValid ? { ...read, object: read.json as StixObject, issues } : { ...read, issues };
  }

  #keep(piece: Extract<JsonPiece, { kind: 'member' }>): void {
    this.#frameBytes += piece.bytes.length;
    if (this.#frameBytes > FRAME_BYTES_MAX) {
      throw new EntenteError(
        'json-limit',
        `a bundle has more than ${FRAME_BYTES_MAX} bytes beside its objects`,
        {
          offset: piece.offset,
        },
      );
    }
    const { text, value } = parseJsonPiece(piece);
    this.#memberTexts.push(`${JSON.stringify(piece.name)}:${text}`);
    Object.defineProperty(this.#frame, piece.name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}

/** Reads a whole bundle. @throws EntenteError `json-syntax` with the byte offset, `json-limit`. */
export function parseBundle(input: Uint8Array | string, options: BundleOptions = {}): Bundle {
  const reader = new BundleReader(options);
  const entries = [...reader.push(typeof input === 'string' ? utf8(input) : input)];
  const { single, ...frame } = reader.end();
  if (single) entries.push(single);
  const issues: Issue[] = [...frame.issues];
  const objects: StixObject[] = [];
  for (const entry of entries) {
    if (entry.object) objects.push(entry.object);
    for (const issue of entry.issues) {
      if (issues.length < ISSUES_MAX)
        issues.push(single ? issue : { ...issue, path: pathInBundle(entry.index, issue) });
    }
  }
  return { ...frame, entries, objects, issues };
}

/** Reads a bundle as it arrives, object by object; the frame is returned at the end. @throws as parseBundle */
export async function* streamBundle(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: BundleOptions = {},
): AsyncGenerator<BundleEntry, BundleFrame, undefined> {
  const reader = new BundleReader(options);
  for await (const chunk of chunks) yield* reader.push(chunk);
  const { single, ...frame } = reader.end();
  if (single) yield single;
  return frame;
}

/** `objects[3].name`: the path of an object's issue, seen from the bundle. */
export function pathInBundle(index: number, issue: Issue): string {
  if (issue.path === '') return `objects[${index}]`;
  return issue.path.startsWith('[') ? `objects[${index}]${issue.path}` : `objects[${index}].${issue.path}`;
}
