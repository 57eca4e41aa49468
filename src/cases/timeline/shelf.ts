/** Timelines that a server keeps open, since people ask one question after another: a few, the last used, each for what its case is now. */
import type { Registry } from '../../registry/index.ts';
import type { Case } from '../cases.ts';
import { type CaseTimeline, openCaseTimeline, timelineSources } from './case-timeline.ts';

/** Each may hold some hundred megabytes while it answers. */
const OPEN_MAX = 4;
/** Nothing decrypted is kept longer than somebody works with it. */
const IDLE_MS = 5 * 60_000;

interface Entry {
  /** What it was opened on. */
  readonly state: string;
  readonly opened: Promise<CaseTimeline>;
  users: number;
  isOld: boolean;
  timer: NodeJS.Timeout | null;
}

export class TimelineShelf {
  readonly #registry: Registry;
  readonly #entries = new Map<string, Entry>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  async use<T>(file: Case, work: (opened: CaseTimeline) => Promise<T>): Promise<T> {
    const { sources, unread } = await timelineSources(this.#registry, file);
    const state = [...sources.map(({ derived }) => derived.id), ...unread.map(({ id }) => id)].join();
    let entry = this.#entries.get(file.id);
    if (entry && entry.state !== state) this.#drop(file.id, entry);
    entry = this.#entries.get(file.id);
    if (!entry) {
      entry = { state, opened: openCaseTimeline(this.#registry, file), users: 0, isOld: false, timer: null };
      for (const [id, other] of [...this.#entries].slice(0, Math.max(0, this.#entries.size + 1 - OPEN_MAX)))
        this.#drop(id, other);
    }
    this.#entries.delete(file.id);
    this.#entries.set(file.id, entry); // the last used is the last dropped
    entry.users++;
    if (entry.timer) clearTimeout(entry.timer);
    try {
      return await work(await entry.opened);
    } catch (error) {
      // One that could not be opened is tried anew.
      await entry.opened.catch(() => this.#drop(file.id, entry));
      throw error;
    } finally {
      entry.users--;
      const used = entry;
      if (used.isOld) this.#close(used);
      else used.timer = setTimeout(() => this.#drop(file.id, used), IDLE_MS).unref();
    }
  }

  close(): void {
    for (const [id, entry] of [...this.#entries]) this.#drop(id, entry);
  }

  #drop(id: string, entry: Entry): void {
    if (this.#entries.get(id) === entry) this.#entries.delete(id);
    entry.isOld = true;
    this.#close(entry);
  }

  #close(entry: Entry): void {
    if (entry.timer) clearTimeout(entry.timer);
    if (entry.users > 0) return;
    entry.opened.then(
      (opened) => opened[Symbol.dispose](),
      () => {},
    );
  }
}
