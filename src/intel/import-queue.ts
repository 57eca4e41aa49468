/**
 * The objects of a file on their way into the store: while one batch is written, the next ones are judged in threads. What is written
 * reaches the disk when the whole is published; the file is acknowledged as a whole.
 */
import type { Registry } from '../registry/index.ts';
import { holdJudged, OWN, type Refusal } from './holdings.ts';
import { type Incoming, JUDGING_DEPTH, judgeAll } from './judging.ts';
import { ValueQueue } from './values.ts';

/** Objects of one transaction: other writers wait for a fifth of a second. */
const BATCH = 4_000;
/** Text of one batch: objects may have megabytes each. */
const BATCH_BYTES = 8 << 20;

export interface Counts {
  accepted: number;
  unchanged: number;
  refused: number;
  /** Of those accepted, how many carry no TLP marking and so count as TLP:RED. */
  unmarked: number;
  /** Of those unchanged, how many count as something else now. */
  reclassified: number;
}

export const newCounts = (): Counts => ({
  accepted: 0,
  unchanged: 0,
  refused: 0,
  unmarked: 0,
  reclassified: 0,
});

export class ImportQueue {
  readonly #registry: Registry;
  readonly #counts: Counts;
  readonly #onRefused: ((refusal: Refusal) => void) | undefined;
  #batch: Incoming[] = [];
  #bytes = 0;
  #values: ValueQueue | undefined;
  /** One for each batch under way, in order: each is written after the one before. */
  readonly #writing: Promise<void>[] = [];

  /** `counts` is kept up to date. */
  constructor(registry: Registry, counts: Counts, onRefused?: (refusal: Refusal) => void) {
    this.#registry = registry;
    this.#counts = counts;
    this.#onRefused = onRefused;
  }

  /** Resolves when there is room for more. @throws what a batch before met */
  async add(incoming: Incoming): Promise<void> {
    this.#batch.push(incoming);
    this.#bytes += incoming.text.length;
    if (this.#batch.length < BATCH && this.#bytes < BATCH_BYTES) return;
    this.#handOn();
    if (this.#writing.length > JUDGING_DEPTH) await this.#writing.shift();
  }

  /** Resolves when all that was added is written. */
  async end(): Promise<void> {
    if (this.#batch.length > 0) this.#handOn();
    while (this.#writing.length > 0) await this.#writing.shift();
    await this.#values?.end();
  }

  #handOn(): void {
    const batch = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    const judging = judgeAll(batch);
    judging.catch(() => {}); // met below, in its turn
    const before = this.#writing.at(-1) ?? Promise.resolve();
    const writing = before.then(async () => {
      this.#values ??= await ValueQueue.open(this.#registry);
      const values: { key: number; seq: number }[] = [];
      const report = await holdJudged(this.#registry, null, OWN, batch, await judging, {
        flush: 'later',
        values,
      });
      await this.#values.add(values);
      this.#counts.accepted += report.accepted;
      this.#counts.unchanged += report.unchanged;
      this.#counts.unmarked += report.unmarked;
      this.#counts.reclassified += report.reclassified;
      this.#counts.refused += report.refused.length;
      for (const refusal of report.refused) this.#onRefused?.(refusal);
    });
    writing.catch(() => {}); // `add` or `end` throws it
    this.#writing.push(writing);
  }
}
