/**
 * Bundles (STIX 2.1 §8): from bytes to objects, each kept as it was written beside what it means and what is wrong
 * with it. One wrong object does not spoil the others: a bundle only groups.
 *
 * `parseBundle` reads what is in memory; `BundleReader` takes chunks and holds one object at a time, so that a
 * bundle of any size streams in bounded memory. Both take a file with a single object, or a bare list of them, too,
 * and both refuse a bundle whose `objects` occur twice, since other readers would see other objects.
 */
import {
  EntenteError,
  type Issue,
  JsonElementSplitter,
  type JsonMember,
  type JsonPiece,
  parseJsonPiece,
  repeatsMember,
  splitJsonElements,
  utf8,
} from '../base/index.ts';
import { isRecord } from './fields.ts';
import { Report } from './report.ts';
import type { StixObject } from './types.ts';
import { isStix20, type UpgradeChange, upgradeStix20 } from './upgrade.ts';
import { checkBundleFrame, checkObject, type ValidationOptions } from './validate.ts';

/** One object of a bundle. */
export interface BundleEntry {
  /** Position in `objects`. */
  readonly index: number;
  /** Byte offset in the input; 0 for a single object. */
  readonly offset: number;
  /**
   * The object's JSON, verbatim. Text with two members of one name is never handed out as valid: streamed, such an
   * object has an error; from `parseBundle`, asking for its text throws `json-syntax`. (a single object that was streamed: its members, verbatim, without white space.)
   */
  readonly text: string;
  /** The JSON value. */
  readonly json: unknown;
  /** The same value, typed; absent when a MUST is broken. */
  readonly object?: StixObject;
  /** What is wrong with it; paths begin at the object. */
  readonly issues: readonly Issue[];
  /** Where the object was STIX 2.0 and is upgraded: `object` is what it became, this is the rest of it. */
  readonly upgrade?: {
    /** Observables that were inside observed data, as far as they break no MUST. */
    readonly derived: readonly StixObject[];
    readonly changes: readonly UpgradeChange[];
  };
}

/** What is left of a bundle when its objects have been read. */
export interface BundleFrame {
  readonly id?: string;
  /** `2.0` for a bundle that says so. */
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
  /** Whether objects of STIX 2.0 become 2.1 (`upgradeStix20`); otherwise they are told as errors. */
  readonly upgrade?: boolean;
  /** Most objects; more end the reading with `json-limit`. */
  readonly objectsMax?: number;
  /** Most bytes of one object, where it is streamed. */
  readonly objectBytesMax?: number;
}

/** Top-level members beside the objects are held until the end; all of them together may have this many bytes. */
const FRAME_BYTES_MAX = 16 * 1024 * 1024;

/** Most bytes read at once: a quarter of the longest string an engine holds. Larger bundles are streamed. */
const INPUT_BYTES_MAX = 128 * 1024 * 1024;

/** Issues collected over a bundle in memory; each object keeps its own besides. */
const ISSUES_MAX = 100_000;

/** Reads a whole bundle. @throws EntenteError `json-syntax` with the byte offset, `json-limit`. */
export function parseBundle(input: Uint8Array | string, options: BundleOptions = {}): Bundle {
  const source = new Source(input);
  const root = source.parse();
  const report = new Report(options);
  const list = Array.isArray(root)
    ? root
    : isRecord(root) && Array.isArray(root['objects'])
      ? root['objects']
      : null;
  if (list === null && !isRecord(root)) {
    throw new EntenteError('json-syntax', 'an object or a list of objects is wanted', { offset: 0 });
  }
  const isSingle = list === null && isRecord(root) && root['type'] !== 'bundle';
  const values: readonly unknown[] = isSingle ? [root] : (list ?? []);
  if (values.length > (options.objectsMax ?? Number.POSITIVE_INFINITY)) {
    throw new EntenteError('json-limit', `more than ${options.objectsMax} objects in one bundle`);
  }
  const entries: BundleEntry[] = [];
  const objects: StixObject[] = [];
  const issues: Issue[] = [];
  for (let index = 0; index < values.length; index++) {
    const json = values[index];
    const judgement = judge(json, report, options.upgrade === true);
    if (judgement.object) objects.push(judgement.object);
    if (judgement.upgrade) objects.push(...judgement.upgrade.derived);
    entries.push(new SourceEntry(source, isSingle, index, json, judgement));
    for (const issue of judgement.issues) {
      if (issues.length >= ISSUES_MAX) break;
      issues.push(isSingle ? issue : { ...issue, path: pathInBundle(index, issue) });
    }
  }
  if (isSingle) return { count: 1, entries, objects, issues };
  const frame = frameOf(
    Array.isArray(root) ? null : (root as Record<string, unknown>),
    values.length,
    report,
  );
  return { ...frame, entries, objects, issues: [...frame.issues, ...issues] };
}

type Judgement = Pick<BundleEntry, 'object' | 'issues' | 'upgrade'>;

/** Validates one object, after upgrading it where that is wanted. The report may hold issues of it already. */
function judge(json: unknown, report: Report, mayUpgrade: boolean): Judgement {
  if (mayUpgrade && isStix20(json)) return judgeUpgraded(json, report);
  checkObject(json, report);
  return report.failed ? { issues: report.take() } : { object: json as StixObject, issues: report.take() };
}

function judgeUpgraded(json: Readonly<Record<string, unknown>>, report: Report): Judgement {
  const { objects, changes } = upgradeStix20(json);
  checkObject(objects[0], report);
  const object = report.failed ? {} : { object: objects[0] as StixObject };
  const issues = [...report.take()];
  const derived: StixObject[] = [];
  for (const observable of objects.slice(1)) {
    checkObject(observable, report);
    if (!report.failed) derived.push(observable as StixObject);
    for (const issue of report.take()) {
      issues.push({ ...issue, path: `objects → ${observable['id']} ${issue.path}`.trimEnd() });
    }
  }
  return { ...object, issues, upgrade: { derived, changes } };
}

/** The input of `parseBundle`, from which the verbatim text of an object is cut when somebody asks for it. */
class Source {
  readonly #input: Uint8Array | string;
  #pieces: readonly JsonPiece[] | null = null;

  constructor(input: Uint8Array | string) {
    this.#input = input;
  }

  get #bytes(): Uint8Array {
    return typeof this.#input === 'string' ? utf8(this.#input) : this.#input;
  }

  parse(): unknown {
    if (this.#input.length > INPUT_BYTES_MAX) {
      throw new EntenteError(
        'json-limit',
        `more than ${INPUT_BYTES_MAX} bytes at once; read the bundle as a stream`,
      );
    }
    const { text, value } =
      typeof this.#input === 'string'
        ? { text: this.#input, value: parseJson(this.#input) }
        : parseJsonPiece({ bytes: withoutMark(this.#input), offset: 0 });
    const first = text.indexOf('"objects"');
    const mayRepeat = first >= 0 && (text.indexOf('"objects"', first + 1) >= 0 || /\\u00[67]/.test(text));
    if (mayRepeat) for (const _ of splitJsonElements([this.#bytes], FRAME)); // throws when the member occurs twice
    return value;
  }

  /** The elements of the list. A single object is read as the one element of a list. */
  pieces(isSingle = false): readonly JsonPiece[] {
    const chunks = isSingle ? [utf8('['), withoutMark(this.#bytes), utf8(']')] : [this.#bytes];
    this.#pieces ??= [...splitJsonElements(chunks, FRAME)].filter((piece) => piece.kind === 'element');
    return this.#pieces;
  }

  textOf(index: number, isSingle: boolean): { text: string; offset: number } {
    const piece = this.pieces(isSingle)[index]!;
    const { text, value } = parseJsonPiece(piece);
    if (repeatsMember(piece, value))
      throw new EntenteError('json-syntax', REPEATED, { offset: piece.offset });
    return { text, offset: isSingle ? piece.offset - 1 : piece.offset };
  }
}

/** What is judged is one reading of such text, what is passed on could be read as another. */
const REPEATED = 'two members of one name in one object';

const FRAME = {
  array: 'objects',
  depthMax: Number.POSITIVE_INFINITY,
  valueBytesMax: Number.POSITIVE_INFINITY,
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return parseJsonPiece({ bytes: utf8(text), offset: 0 }).value; // finds the byte of the fault
  }
}

function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

class SourceEntry implements BundleEntry {
  readonly #source: Source;
  readonly #isSingle: boolean;
  readonly index: number;
  readonly json: unknown;
  readonly object?: StixObject;
  readonly issues: readonly Issue[];
  readonly upgrade?: BundleEntry['upgrade'];

  constructor(source: Source, isSingle: boolean, index: number, json: unknown, judgement: Judgement) {
    this.#source = source;
    this.#isSingle = isSingle;
    this.index = index;
    this.json = json;
    if (judgement.object) this.object = judgement.object;
    if (judgement.upgrade) this.upgrade = judgement.upgrade;
    this.issues = judgement.issues;
  }

  get text(): string {
    return this.#source.textOf(this.index, this.#isSingle).text;
  }

  get offset(): number {
    return this.#source.textOf(this.index, this.#isSingle).offset;
  }
}

/** The faults of the bundle itself. `frame` is null for a bare list of objects. */
function frameOf(
  frame: Readonly<Record<string, unknown>> | null,
  count: number,
  report: Report,
): BundleFrame {
  if (frame === null) return { count, issues: [] };
  if (frame['type'] !== 'bundle')
    report.errorAt('type', 'type', 'a list of objects belongs in a bundle', '8.1');
  checkBundleFrame(frame, report);
  const { id, spec_version: specVersion, objects } = frame;
  if (objects !== undefined && !Array.isArray(objects)) {
    report.errorAt('objects', 'type', 'objects must be a list', '8.1');
  } else if (objects !== undefined && count === 0) {
    report.errorAt('objects', 'empty', 'a list must have at least one value', '2.12');
  }
  return {
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof specVersion === 'string' ? { specVersion } : {}),
    count,
    issues: report.take(),
  };
}

/** Takes a bundle in chunks; one object at a time is held. */
export class BundleReader {
  readonly #splitter: JsonElementSplitter;
  readonly #report: Report;
  readonly #mayUpgrade: boolean;
  readonly #frame = new Map<string, { readonly text: string; readonly value: unknown }>();
  #frameBytes = 0;
  #frameRepeats = false;

  constructor(options: BundleOptions = {}) {
    this.#splitter = new JsonElementSplitter({
      array: 'objects',
      ...(options.objectsMax === undefined ? {} : { elementsMax: options.objectsMax }),
      ...(options.objectBytesMax === undefined ? {} : { valueBytesMax: options.objectBytesMax }),
    });
    this.#report = new Report(options);
    this.#mayUpgrade = options.upgrade === true;
  }

  /**
   * The objects that end in this chunk. Read them all before the next chunk.
   * @throws EntenteError `json-syntax` with the byte offset, `json-limit`.
   */
  *push(chunk: Uint8Array): Generator<BundleEntry, void, undefined> {
    for (const piece of this.#splitter.push(chunk)) {
      if (piece.kind === 'member') this.#keep(piece);
      else {
        const { text, value } = parseJsonPiece(piece);
        if (repeatsMember(piece, value)) this.#report.error('name', REPEATED, '2.3');
        yield this.#judge(piece.index, piece.offset, text, value);
      }
    }
  }

  /**
   * Ends the reading. A document that is one object and no bundle gives it here.
   * @throws EntenteError `json-syntax` when the text ends too early.
   */
  end(): { readonly frame: BundleFrame; readonly single?: BundleEntry } {
    this.#splitter.end();
    const { elementCount: count, arraySeen, root } = this.#splitter;
    if (root === 'array') return { frame: frameOf(null, count, this.#report) };
    if (this.#frameRepeats) this.#report.error('name', REPEATED, '2.3');
    const members = Object.fromEntries([...this.#frame].map(([name, { value }]) => [name, value]));
    if (!arraySeen && members['type'] !== 'bundle') {
      const texts = [...this.#frame].map(([name, { text }]) => `${JSON.stringify(name)}:${text}`);
      return {
        frame: { count: 1, issues: [] },
        single: this.#judge(0, 0, `{${texts.join(',')}}`, members),
      };
    }
    const frame = arraySeen ? { ...members, objects: [] } : members;
    return { frame: frameOf(frame, count, this.#report) };
  }

  #judge(index: number, offset: number, text: string, json: unknown): BundleEntry {
    return { index, offset, text, json, ...judge(json, this.#report, this.#mayUpgrade) };
  }

  #keep(piece: JsonMember): void {
    this.#frameBytes += piece.bytes.length;
    if (this.#frameBytes > FRAME_BYTES_MAX) {
      const message = `a bundle has more than ${FRAME_BYTES_MAX} bytes beside its objects`;
      throw new EntenteError('json-limit', message, { offset: piece.offset });
    }
    const parsed = parseJsonPiece(piece);
    if (this.#frame.has(piece.name) || repeatsMember(piece, parsed.value)) this.#frameRepeats = true;
    this.#frame.set(piece.name, parsed);
  }
}

/** Reads a bundle as it arrives, object by object; the frame is returned at the end. @throws as parseBundle */
export async function* streamBundle(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: BundleOptions = {},
): AsyncGenerator<BundleEntry, BundleFrame, undefined> {
  const reader = new BundleReader(options);
  for await (const chunk of chunks) yield* reader.push(chunk);
  const { frame, single } = reader.end();
  if (single) yield single;
  return frame;
}

/** `objects[3].name`: the path of an object's issue, seen from the bundle. */
export function pathInBundle(index: number, issue: Issue): string {
  if (issue.path === '') return `objects[${index}]`;
  return issue.path.startsWith('[') ? `objects[${index}]${issue.path}` : `objects[${index}].${issue.path}`;
}
