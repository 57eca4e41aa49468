/**
 * Importing any intelligence file: STIX bundles as they are, MISP events and plain lists converted to STIX. Streamed, a batch a transaction, so
 * that memory stays bounded and a stop in the middle loses nothing that was counted; repeating it changes nothing.
 */
import { basename } from 'node:path';
import type { Tlp } from '../agreement/index.ts';
import { EntenteError, isEntenteError, parseJsonPiece, streamJsonElements } from '../base/index.ts';
import type { Registry } from '../registry/index.ts';
import { identityObject, indicatorObject, patternOf, stableUuid } from './convert/indicator.ts';
import { convertMispEvent } from './convert/misp.ts';
import type { Refusal } from './holdings.ts';
import { importBundle } from './import-bundle.ts';
import { ImportQueue } from './import-queue.ts';
import { ListReader } from './indicators/list.ts';
import { formatOf, openWithBeginning } from './indicators/load-indicators.ts';
import { beginHolding, publishHeld } from './publishing.ts';

export interface FileImportOptions {
  readonly unmarked?: Tlp;
  readonly onBytes?: (done: number) => void;
  readonly onRefused?: (refusal: Refusal) => void;
}

export interface FileImport {
  readonly format: 'stix' | 'misp' | 'list';
  accepted: number;
  unchanged: number;
  refused: number;
  /** What was changed to make STIX 2.1 of STIX 2.0, in words, and how often. */
  readonly changes: Map<string, number>;
  /** What could not be said in STIX, and how often. */
  readonly dropped: Map<string, number>;
}

/** A MISP event is one JSON value; the largest public ones have some tens of megabytes. */
const EVENT_BYTES_MAX = 128 * 1024 * 1024;

/**
 * What the file brings is held batch by batch and put into the collection when all of it is here: until then nobody could tell whether
 * an object refers to one that may not be seen.
 * @throws EntenteError `file-unreadable`, `intelligence-format`, `json-syntax`, `json-limit`; what came before the fault is kept
 */
export async function importFile(
  registry: Registry,
  collectionId: string,
  path: string,
  options: FileImportOptions = {},
): Promise<FileImport> {
  await beginHolding(registry);
  try {
    return await holdFile(registry, path, options);
  } finally {
    await publishHeld(registry, collectionId);
  }
}

async function holdFile(registry: Registry, path: string, options: FileImportOptions): Promise<FileImport> {
  const { stream, format } = await openFile(path);
  const source = counted(stream, options.onBytes);
  const result: FileImport = {
    format,
    accepted: 0,
    unchanged: 0,
    refused: 0,
    changes: new Map(),
    dropped: new Map(),
  };
  if (format === 'stix') {
    const { onBytes: _counted, ...rest } = options;
    Object.assign(result, await importBundle(registry, path, source, rest));
    return result;
  }
  const converted = new Converted(registry, options, result);
  try {
    if (format === 'misp') await readMisp(source, converted, result);
    else await readList(registry, source, path, converted, result);
    await converted.end();
  } catch (error) {
    if (!isEntenteError(error)) throw error;
    await converted.end();
    const kept = result.accepted + result.unchanged;
    throw new EntenteError(
      error.code,
      `${path}: ${error.message}${kept > 0 ? `; the ${kept} objects before it are kept` : ''}`,
      { where: path, cause: error },
    );
  }
  return result;
}

async function openFile(
  path: string,
): Promise<{ stream: AsyncIterable<Uint8Array>; format: FileImport['format'] }> {
  try {
    const { stream, beginning } = await openWithBeginning(path);
    return { stream, format: formatOf(beginning, path) };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (isEntenteError(cause))
      throw new EntenteError(cause.code, `${path} ${cause.message}`, { where: path, cause });
    if (code === 'EISDIR' || code === 'ENOENT' || code === 'EACCES') {
      const why = { EISDIR: 'is a folder', ENOENT: 'is not there', EACCES: 'may not be read' }[code];
      throw new EntenteError('file-unreadable', `${path} ${why}`, { where: path, cause });
    }
    throw Object.assign(cause as Error, { message: `${path}: ${message}` });
  }
}

async function readMisp(
  source: AsyncIterable<Uint8Array>,
  converted: Converted,
  result: FileImport,
): Promise<void> {
  const members: Record<string, unknown> = {};
  let events = 0;
  const take = async (value: unknown): Promise<boolean> => {
    const conversion = convertMispEvent(value);
    if (!conversion) return false;
    events++;
    for (const object of conversion.objects) await converted.add(object);
    for (const [type, count] of conversion.dropped)
      result.dropped.set(type, (result.dropped.get(type) ?? 0) + count);
    return true;
  };
  for await (const piece of streamJsonElements(source, {
    array: 'response',
    valueBytesMax: EVENT_BYTES_MAX,
  })) {
    if (piece.kind === 'member') members[piece.name] = parseJsonPiece(piece).value;
    else if (!(await take(parseJsonPiece(piece).value)))
      result.dropped.set('entry that is no event', (result.dropped.get('entry that is no event') ?? 0) + 1);
  }
  if (events === 0 && !(await take(members)))
    throw new EntenteError('intelligence-format', 'holds no MISP event with a UUID');
}

async function readList(
  registry: Registry,
  source: AsyncIterable<Uint8Array>,
  path: string,
  converted: Converted,
  result: FileImport,
): Promise<void> {
  const author = `identity--${stableUuid('organisation', registry.identity.kid)}`;
  // A list has no dates of its own; the day of the first import is the only one that is known.
  const now = registry.clock().toISOString();
  const reader = new ListReader();
  let isFirst = true;
  const take = async (
    items: Iterable<
      { line: number } & ({ kind: Parameters<typeof patternOf>[0]; value: string } | { message: string })
    >,
  ) => {
    for (const item of items) {
      const pattern = 'message' in item ? null : patternOf(item.kind, item.value);
      if ('message' in item || pattern === null) {
        const reason =
          'message' in item
            ? 'line without a value of a known kind'
            : `${item.kind} (STIX has no comparison for it)`;
        result.dropped.set(reason, (result.dropped.get(reason) ?? 0) + 1);
        continue;
      }
      if (isFirst) await converted.addOnce(identityObject(author, registry.name));
      isFirst = false;
      const id = `indicator--${stableUuid('list', registry.identity.kid, item.kind, item.value)}`;
      await converted.addOnce(
        indicatorObject(id, pattern, {
          name: item.value.slice(0, 250),
          description: `${basename(path)}, line ${item.line}`,
          createdBy: author,
          created: now,
          validFrom: now,
        }),
      );
    }
  };
  for await (const chunk of source) await take(reader.push(chunk));
  await take(reader.end());
}

/** Objects that a converter made, on their way into the store. */
class Converted {
  readonly #registry: Registry;
  readonly #unmarked: Tlp | undefined;
  readonly #result: FileImport;
  readonly #queue: ImportQueue;
  #index = 0;
  /** Identifiers that came once already. */
  readonly #once = new Set<string>();

  constructor(registry: Registry, options: FileImportOptions, result: FileImport) {
    this.#registry = registry;
    this.#unmarked = options.unmarked;
    this.#result = result;
    this.#queue = new ImportQueue(registry, result, options.onRefused);
  }

  add(object: Record<string, unknown>): Promise<void> {
    return this.#queue.add({
      text: JSON.stringify(object),
      index: this.#index++,
      agreementId: '',
      ...(this.#unmarked ? { unmarked: this.#unmarked } : {}),
    });
  }

  /** Adds an object unless one of its identifier is here already: it has no version of its own that could be newer. */
  async addOnce(object: Record<string, unknown>): Promise<void> {
    const id = String(object['id']);
    const isHere =
      this.#once.has(id) || (await this.#registry.db.get('SELECT 1 FROM object WHERE id = ?', id));
    if (isHere) {
      this.#result.unchanged++;
      return;
    }
    this.#once.add(id);
    await this.add(object);
  }

  end(): Promise<void> {
    return this.#queue.end();
  }
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onBytes?: (done: number) => void,
): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    onBytes?.(bytes);
    yield chunk;
  }
}
