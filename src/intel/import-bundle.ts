/** Importing a STIX bundle: streamed, a batch a transaction, so that memory stays bounded and a stop in the middle loses nothing that was counted. */
import { isUtf8 } from 'node:buffer';
import type { Tlp } from '../agreement/index.ts';
import {
  decodeUtf8Strict,
  EntenteError,
  isEntenteError,
  parseJsonPiece,
  streamJsonElements,
} from '../base/index.ts';
import type { Registry } from '../registry/index.ts';
import { isStix20, upgradeStix20 } from '../stix/index.ts';
import type { Refusal } from './holdings.ts';
import { type Counts, ImportQueue, newCounts } from './import-queue.ts';

export interface ImportOptions {
  readonly unmarked?: Tlp;
  readonly onBytes?: (done: number) => void;
  readonly onRefused?: (refusal: Refusal) => void;
}

/**
 * Holds the objects of a bundle; `publishHeld` then puts them into a collection.
 * @throws EntenteError `intelligence-format` when the file is no bundle; `json-syntax` with the byte offset when it is cut short
 *   or broken: what came before the fault is kept, and the message says how much that is.
 */
export async function importBundle(
  registry: Registry,
  name: string,
  source: AsyncIterable<Uint8Array>,
  options: ImportOptions = {},
): Promise<Counts & { changes: Map<string, number> }> {
  const total = newCounts();
  const changes = new Map<string, number>();
  const queue = new ImportQueue(registry, total, options.onRefused);
  let isBundle = false;
  let bytes = 0;

  async function* counted(): AsyncIterable<Uint8Array> {
    for await (const chunk of source) {
      bytes += chunk.length;
      options.onBytes?.(bytes);
      yield chunk;
    }
  }

  try {
    for await (const piece of streamJsonElements(counted(), { array: 'objects' })) {
      if (piece.kind === 'member') {
        if (piece.name === 'type' && parseJsonPiece(piece).value === 'bundle') isBundle = true;
        continue;
      }
      if (!isUtf8(piece.bytes)) {
        total.refused++;
        const message = `it is not UTF-8, as JSON must be, from byte ${piece.offset} of the file on`;
        options.onRefused?.({
          index: piece.index,
          id: null,
          issues: [{ code: 'json-syntax', path: '', message, offset: piece.offset }],
        });
        continue;
      }
      for (const text of asStix21(decodeUtf8Strict(piece.bytes), changes)) {
        await queue.add({
          text,
          index: piece.index,
          agreementId: '',
          ...(options.unmarked ? { unmarked: options.unmarked } : {}),
        });
      }
    }
    await queue.end();
  } catch (error) {
    if (!isEntenteError(error)) throw error;
    await queue.end();
    const kept = total.accepted + total.unchanged;
    throw new EntenteError(
      error.code,
      `${name}: ${error.message}${kept > 0 ? `; the ${kept} objects before it are kept` : ''}`,
      { where: name, ...(error.offset === undefined ? {} : { offset: error.offset }), cause: error },
    );
  }
  if (!isBundle && total.accepted + total.unchanged + total.refused === 0) {
    throw new EntenteError('intelligence-format', `${name} is JSON, but no STIX bundle`, { where: name });
  }
  return { ...total, changes };
}

/** An object of STIX 2.0 becomes 2.1, with each change counted by its words; every other text stays byte for byte. */
function asStix21(text: string, changes: Map<string, number>): string[] {
  if (text.includes('"spec_version"')) return [text]; // 2.0 has it on bundles only
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return [text]; // the import says what is wrong with it
  }
  if (!isStix20(json)) return [text];
  const upgrade = upgradeStix20(json);
  for (const { message } of upgrade.changes) changes.set(message, (changes.get(message) ?? 0) + 1);
  return upgrade.objects.map((object) => JSON.stringify(object));
}
