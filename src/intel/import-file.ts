/**
 * Importing any intelligence file: STIX bundles as they are, MISP events and plain lists converted to STIX. Streamed, a batch a transaction, so
 * that memory stays bounded and a stop in the middle loses nothing that was counted; repeating it changes nothing.
 */
import { basename } from 'node:path';
import type { Tlp } from '../agreement/index.ts';
import { EntenteError, isEntenteError, parseJsonPiece, streamJsonElements } from '../base/index.ts';
import type { Registry } from '../registry/index.ts';
import { TLP_LEVELS } from '../stix/index.ts';
import { identityObject, indicatorObject, patternOf, stableUuid } from './convert/indicator.ts';
import type { Refusal } from './holdings.ts';
import { importBundle } from './import-bundle.ts';
import { type ConvertedCounts, ConvertedImport, holdAndPublish } from './import-converted.ts';
import { newCounts } from './import-queue.ts';
import { ColumnReader, type Columns, type RowValue } from './indicators/columns.ts';
import { type ListIssue, ListReader, type ListValue } from './indicators/list.ts';
import { formatOf, openWithBeginning } from './indicators/load-indicators.ts';

export interface FileImportOptions {
  readonly unmarked?: Tlp;
  /** Which column of a table says what. */
  readonly columns?: Columns;
  readonly onBytes?: (done: number) => void;
  readonly onRefused?: (refusal: Refusal) => void;
}

export interface FileImport extends ConvertedCounts {
  readonly format: 'stix' | 'misp' | 'list';
  /** What was changed to make STIX 2.1 of STIX 2.0, in words, and how often. */
  readonly changes: Map<string, number>;
}

/** A MISP event is one JSON value; the largest public ones have some tens of megabytes. */
const EVENT_BYTES_MAX = 128 * 1024 * 1024;

/** @throws EntenteError `file-unreadable`, `intelligence-format`, `json-syntax`, `json-limit`; what came before the fault is kept */
export function importFile(
  registry: Registry,
  collectionId: string,
  path: string,
  options: FileImportOptions = {},
): Promise<FileImport> {
  return holdAndPublish(registry, collectionId, () => holdFile(registry, path, options));
}

async function holdFile(registry: Registry, path: string, options: FileImportOptions): Promise<FileImport> {
  const { stream, format } = await openFile(path);
  const source = counted(stream, options.onBytes);
  const result: FileImport = {
    format,
    ...newCounts(),
    changes: new Map(),
    dropped: new Map(),
  };
  if (options.columns && format !== 'list')
    throw new EntenteError('usage', `${path} is no table: --columns is for CSV`, { where: path });
  if (format === 'stix') {
    const { onBytes: _counted, ...rest } = options;
    Object.assign(result, await importBundle(registry, path, source, rest));
    return result;
  }
  const converted = new ConvertedImport(registry, result, options);
  try {
    if (format === 'misp') await readMisp(source, converted);
    else await readList(registry, source, path, converted, options.columns);
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

async function readMisp(source: AsyncIterable<Uint8Array>, converted: ConvertedImport): Promise<void> {
  const members: Record<string, unknown> = {};
  let events = 0;
  for await (const piece of streamJsonElements(source, {
    array: 'response',
    valueBytesMax: EVENT_BYTES_MAX,
  })) {
    if (piece.kind === 'member') members[piece.name] = parseJsonPiece(piece).value;
    else if (await converted.addMispEvent(parseJsonPiece(piece).value)) events++;
    else converted.drop('entry that is no event');
  }
  if (events === 0 && !(await converted.addMispEvent(members)))
    throw new EntenteError('intelligence-format', 'holds no MISP event with a UUID');
}

async function readList(
  registry: Registry,
  source: AsyncIterable<Uint8Array>,
  path: string,
  converted: ConvertedImport,
  columns?: Columns,
): Promise<void> {
  const author = `identity--${stableUuid('organisation', registry.identity.kid)}`;
  // A list has no dates of its own; the day of the first import is the only one that is known.
  const now = registry.clock().toISOString();
  const reader = columns ? new ColumnReader(columns) : new ListReader();
  let isFirst = true;
  const take = async (items: Iterable<ListValue | RowValue | ListIssue>) => {
    for (const item of items) {
      if ('message' in item) {
        converted.drop(
          columns ? `line ${item.message.replace(/: ".*/s, '')}` : 'line without a value of a known kind',
        );
        continue;
      }
      const pattern = patternOf(item.kind, item.value);
      if (pattern === null) {
        converted.drop(`${item.kind} (STIX has no comparison for it)`);
        continue;
      }
      if (isFirst) await converted.addOnce(identityObject(author, registry.name));
      isFirst = false;
      const { said = {} } = item as Partial<RowValue>;
      const place = `${basename(path)}, line ${item.line}`;
      const confidence = Number(said.confidence);
      const tlp = said.tlp?.toLowerCase().replace(/^tlp:/, '').replace('white', 'clear');
      const firstSeen = instantOf(said['first-seen']);
      const until = instantOf(said['valid-until']);
      const validFrom = firstSeen ?? now;
      for (const [field, text, isGood] of [
        ['confidence', said.confidence, Number.isInteger(confidence) && confidence >= 0 && confidence <= 100],
        ['tlp', said.tlp, (TLP_LEVELS as readonly string[]).includes(tlp ?? '')],
        ['first-seen', said['first-seen'], firstSeen !== null],
        ['valid-until', said['valid-until'], until !== null && until > validFrom],
      ] as const)
        if (text !== undefined && !isGood) converted.drop(`${field} that cannot be read`);
      await converted.addOnce({
        ...indicatorObject(
          `indicator--${stableUuid('list', registry.identity.kid, item.kind, item.value)}`,
          pattern,
          {
            name: (said.name ?? item.value).slice(0, 250),
            description: said.comment ? `${said.comment} (${place})` : place,
            createdBy: author,
            created: now,
            validFrom,
            ...(said.confidence && Number.isInteger(confidence) && confidence >= 0 && confidence <= 100
              ? { confidence }
              : {}),
            ...(said.tags
              ? {
                  labels: said.tags
                    .split(/[;|]/)
                    .map((tag) => tag.trim())
                    .filter((tag) => tag !== ''),
                }
              : {}),
            // A marking that cannot be read is the strictest.
            ...(tlp === undefined ? {} : { tlp: TLP_LEVELS.find((level) => level === tlp) ?? 'red' }),
          },
        ),
        ...(until !== null && until > validFrom ? { valid_until: until } : {}),
      });
    }
  };
  for await (const chunk of source) await take(reader.push(chunk));
  await take(reader.end());
}

/** RFC 3339, or a day; null for everything else, a time without its zone above all. */
function instantOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
  if (!/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/i.test(day))
    return null;
  const ms = Date.parse(day.replace(' ', 'T'));
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
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
