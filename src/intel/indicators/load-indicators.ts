/**
 * Intelligence files to an index and its catalogue, streamed: a bundle of any size is read object by object, a list line by
 * line. Files come from outside: a fault in one value is counted and named, a fault in a file's frame ends that file with an
 * error, since half of somebody's intelligence without a word would be worse than none.
 */
import { createReadStream } from 'node:fs';
import { EntenteError, isEntenteError, parseJsonPiece, streamJsonElements } from '../../base/index.ts';
import { type BuiltIndex, IndexBuilder, type Kind } from '../../match/index.ts';
import { IndicatorCatalogue, type Origin } from './catalogue.ts';
import { type ListIssue, ListReader, type ListValue } from './list.ts';
import { type MispCounts, mispValues } from './misp.ts';
import { stixIndicator } from './stix.ts';

export interface IndicatorIssue {
  readonly file: string;
  /** STIX id, MISP UUID or line. */
  readonly where: string;
  readonly message: string;
}

export interface LoadedIndicators {
  readonly catalogue: IndicatorCatalogue;
  readonly built: BuiltIndex;
  readonly files: readonly {
    readonly file: string;
    readonly format: Origin['format'];
    readonly values: number;
  }[];
  /** The first ISSUES_MAX; `issueCount` counts all. */
  readonly issues: readonly IndicatorIssue[];
  readonly issueCount: number;
  /** Indicators whose pattern is decided on events, and not here. */
  readonly onEvents: number;
}

export interface LoadOptions {
  /** Only these kinds. */
  readonly kinds?: ReadonlySet<Kind>;
  readonly onProgress?: (values: number) => void;
}

const ISSUES_MAX = 1000;
/** A MISP event is one JSON value; the largest public ones have some tens of megabytes. */
const EVENT_BYTES_MAX = 128 * 1024 * 1024;
/** From this much the format is told. */
const SNIFF_BYTES = 64 * 1024;

/** @throws EntenteError `file-unreadable`, `intelligence-format`, `json-syntax`, `json-limit` */
export async function loadIndicators(
  paths: readonly string[],
  options: LoadOptions = {},
): Promise<LoadedIndicators> {
  const loader = new Loader(options);
  for (const path of paths) await loader.load(path);
  return loader.finish();
}

class Loader {
  readonly #options: LoadOptions;
  readonly #builder = new IndexBuilder();
  readonly #catalogue = new IndicatorCatalogue();
  readonly #files: { file: string; format: Origin['format']; values: number }[] = [];
  readonly #issues: IndicatorIssue[] = [];
  #issueCount = 0;
  #onEvents = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  async load(path: string): Promise<void> {
    const before = this.#catalogue.entries;
    let format: Origin['format'];
    try {
      const { stream, beginning } = await openWithBeginning(path);
      format = formatOf(beginning, path);
      if (format === 'list') await this.#list(stream, path);
      else await this.#json(stream, path, format);
    } catch (error) {
      if (isEntenteError(error)) {
        throw new EntenteError(error.code, `${path}: ${error.message}`, {
          where: path,
          offset: error.offset ?? 0,
          cause: error,
        });
      }
      if (typeof (error as { code?: unknown }).code === 'string') {
        throw new EntenteError(
          'file-unreadable',
          `${path}: cannot be read (${(error as { code: string }).code})`,
          {
            where: path,
            cause: error,
          },
        );
      }
      throw error;
    }
    this.#files.push({ file: path, format, values: this.#catalogue.entries - before });
  }

  finish(): LoadedIndicators {
    const built = this.#builder.finish();
    for (const refusal of built.refused) {
      const { file, id, line } = this.#catalogue.get(Number(/\d+/.exec(refusal.path)![0]));
      this.#issue(file, id ?? `line ${line}`, refusal.message);
    }
    this.#issueCount += built.refusedCount - built.refused.length;
    return {
      catalogue: this.#catalogue,
      built,
      files: this.#files,
      issues: this.#issues,
      issueCount: this.#issueCount,
      onEvents: this.#onEvents,
    };
  }

  async #list(stream: AsyncIterable<Uint8Array>, file: string): Promise<void> {
    const origin: Origin = { file, format: 'list', id: null, name: null, contributor: null };
    const reader = new ListReader();
    for await (const chunk of stream) for (const item of reader.push(chunk)) this.#listItem(item, origin);
    for (const item of reader.end()) this.#listItem(item, origin);
  }

  #listItem(item: ListValue | ListIssue, origin: Origin): void {
    if ('message' in item) this.#issue(origin.file, `line ${item.line}`, item.message);
    else {
      if (item.note !== undefined) this.#issue(origin.file, `line ${item.line}`, item.note);
      this.#add(item.kind, item.value, origin, item.line);
    }
  }

  async #json(stream: AsyncIterable<Uint8Array>, file: string, format: 'stix' | 'misp'): Promise<void> {
    const counts: MispCounts = { unmarked: 0, takenUnmarked: 0, unsupported: new Map() };
    const pieces = streamJsonElements(stream, {
      array: format === 'stix' ? 'objects' : 'response',
      valueBytesMax: format === 'stix' ? 16 * 1024 * 1024 : EVENT_BYTES_MAX,
    });
    let objects = 0;
    const members: Record<string, unknown> = {};
    for await (const piece of pieces) {
      if (piece.kind === 'member') {
        if (format === 'misp') {
          members[piece.name] = parseJsonPiece(piece).value;
          if (piece.name === 'Event') this.#mispEvent(members['Event'], file, counts);
        }
        continue;
      }
      objects++;
      const { value } = parseJsonPiece(piece);
      if (format === 'stix') this.#stixObject(value, file);
      else this.#mispEvent(value, file, counts);
    }
    if (format === 'misp' && !('Event' in members) && objects === 0) this.#mispEvent(members, file, counts);
    for (const [type, count] of counts.unsupported) {
      this.#issue(file, 'attributes', `${count} of type "${type}" are not looked for in text`);
    }
    if (counts.takenUnmarked > 0) {
      this.#issue(
        file,
        'attributes',
        `${counts.takenUnmarked} were taken though their event marks none for detection (to_ids)`,
      );
    }
    if (counts.unmarked > 0)
      this.#issue(file, 'attributes', `${counts.unmarked} are not marked for detection (to_ids)`);
  }

  #stixObject(value: unknown, file: string): void {
    const indicator = stixIndicator(value);
    if (indicator === null) return;
    const { id, name, contributor } = indicator;
    const origin: Origin = { file, format: 'stix', id, name, contributor };
    for (const { kind, value: one } of indicator.values) this.#add(kind, one, origin, null);
    if (indicator.left !== null) this.#issue(file, id, indicator.left);
    if (indicator.pattern !== null) this.#onEvents++;
  }

  #mispEvent(event: unknown, file: string, counts: MispCounts): void {
    for (const { kind, value, uuid, name, contributor } of mispValues(event, counts)) {
      this.#add(kind, value, { file, format: 'misp', id: uuid, name, contributor }, null);
    }
  }

  #add(kind: Kind, value: string, origin: Origin, line: number | null): void {
    if (this.#options.kinds && !this.#options.kinds.has(kind)) return;
    // The matcher refuses what is longer and says so; the catalogue need not hold all of it.
    this.#builder.add(kind, value);
    this.#catalogue.add(kind, value.slice(0, 4096), origin, line);
    if (this.#catalogue.entries % 65_536 === 0) this.#options.onProgress?.(this.#catalogue.entries);
  }

  #issue(file: string, where: string, message: string): void {
    this.#issueCount++;
    if (this.#issues.length < ISSUES_MAX) this.#issues.push({ file, where, message });
  }
}

export async function openWithBeginning(
  path: string,
): Promise<{ stream: AsyncIterable<Uint8Array>; beginning: Uint8Array }> {
  const chunks = createReadStream(path, { highWaterMark: 256 * 1024 })[Symbol.asyncIterator]();
  const first = await chunks.next();
  const beginning: Uint8Array = first.done ? new Uint8Array(0) : first.value;
  async function* all(): AsyncGenerator<Uint8Array> {
    if (!first.done) yield first.value;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  return { stream: all(), beginning: beginning.subarray(0, SNIFF_BYTES) };
}

/** By the first character and the names that stand near the beginning. */
export function formatOf(beginning: Uint8Array, path: string): Origin['format'] {
  const text = new TextDecoder().decode(beginning).replace(/^\ufeff/, '');
  if (!/^\s*[{[]/.test(text) || /^\s*\[[^\]"]*\.[^\]"]*\]/.test(text)) {
    if (/[\0-\x08\x0e-\x1a]/.test(text)) {
      throw new EntenteError('intelligence-format', 'is neither JSON nor a list of values in text', {
        where: path,
      });
    }
    return 'list';
  }
  const stix = text.search(/"objects"\s*:|"spec_version"\s*:|"type"\s*:\s*"(?:bundle|indicator)"/);
  const misp = text.search(/"(?:Event|response|Attribute|Orgc|analysis|threat_level_id)"\s*:/);
  if (stix >= 0 && (misp < 0 || stix < misp)) return 'stix';
  if (misp >= 0) return 'misp';
  throw new EntenteError('intelligence-format', 'is JSON, but neither a STIX 2.1 bundle nor a MISP event', {
    where: path,
  });
}
