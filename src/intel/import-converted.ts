/** Objects that are made of something else (MISP events, lists), on their way into the store. */
import type { Tlp } from '../agreement/index.ts';
import type { Registry } from '../registry/index.ts';
import { convertMispEvent } from './convert/misp.ts';
import type { Refusal } from './holdings.ts';
import { type Counts, ImportQueue } from './import-queue.ts';
import { beginHolding, publishHeld } from './publishing.ts';

export interface ConvertedCounts extends Counts {
  /** What could not be said in STIX, and how often. */
  readonly dropped: Map<string, number>;
}

export interface ConvertedOptions {
  readonly unmarked?: Tlp;
  readonly onRefused?: (refusal: Refusal) => void;
}

export class ConvertedImport {
  readonly #registry: Registry;
  readonly #unmarked: Tlp | undefined;
  readonly #counts: ConvertedCounts;
  readonly #queue: ImportQueue;
  #index = 0;
  /** Identifiers that came once already. */
  readonly #once = new Set<string>();

  constructor(registry: Registry, counts: ConvertedCounts, options: ConvertedOptions = {}) {
    this.#registry = registry;
    this.#unmarked = options.unmarked;
    this.#counts = counts;
    this.#queue = new ImportQueue(registry, counts, options.onRefused);
  }

  add(object: Record<string, unknown>): Promise<void> {
    return this.#addText(JSON.stringify(object));
  }

  /** Adds an object unless one of its identifier is here already: it has no version of its own that could be newer. */
  async addOnce(object: Record<string, unknown>): Promise<void> {
    const id = String(object['id']);
    if (this.#once.has(id)) {
      this.#counts.unchanged++;
      return;
    }
    this.#once.add(id);
    const held = await this.#bodyOf(id);
    if (held === null) return this.add(object);
    // What is here goes through once more only when it is said to count as something else.
    if (this.#unmarked) return this.#addText(held);
    this.#counts.unchanged++;
  }

  #addText(text: string): Promise<void> {
    return this.#queue.add({
      text,
      index: this.#index++,
      agreementId: '',
      ...(this.#unmarked ? { unmarked: this.#unmarked } : {}),
    });
  }

  async #bodyOf(id: string): Promise<string | null> {
    const row = await this.#registry.db.get<{ body: string }>(
      'SELECT body FROM object WHERE id_key = id_key(?) AND id = ? AND latest = 1',
      id,
      id,
    );
    return row?.body ?? null;
  }

  /** False when the value is no MISP event. */
  async addMispEvent(value: unknown): Promise<boolean> {
    const conversion = convertMispEvent(value);
    if (!conversion) return false;
    for (const object of conversion.undated) await this.addOnce(object);
    for (const object of conversion.objects) await this.add(object);
    for (const object of conversion.revoked)
      if ((await this.#bodyOf(String(object['id']))) !== null) await this.add(object);
    for (const [what, count] of conversion.dropped) this.drop(what, count);
    return true;
  }

  drop(what: string, count = 1): void {
    this.#counts.dropped.set(what, (this.#counts.dropped.get(what) ?? 0) + count);
  }

  /** Resolves when all that was added is held. */
  end(): Promise<void> {
    return this.#queue.end();
  }
}

/**
 * What `work` adds is held batch by batch and put into the collection when all of it is here: until then nobody could tell whether an
 * object refers to one that may not be seen.
 */
export async function holdAndPublish<T>(
  registry: Registry,
  collectionId: string,
  work: () => Promise<T>,
): Promise<T> {
  await beginHolding(registry);
  try {
    return await work();
  } finally {
    await publishHeld(registry, collectionId);
  }
}
