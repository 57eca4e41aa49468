/**
 * The kernel as an engine: WebAssembly looks at every byte and says where a match can be; the reference engine's finders
 * then look at those places only, so both engines give the same matches by construction as long as the kernel misses no place.
 *
 * One memory holds the index once and a region for each worker, since ten million indicators are 200 MB that nobody wants
 * twice. `shareIndex` makes it; `openKernelEngine` takes one of its regions.
 */
import { decodeBase64, EntenteError } from '../base/index.ts';
import { CONTEXT_BYTES, distinctMatches, type Engine, type Match, WINDOW_BYTES_MAX } from './engine.ts';
import { FIELD, type Index, openCheckedIndex } from './index-format.ts';
import { KERNEL_BASE64 } from './kernel-wasm.ts';
import { countLines, hasZero, openFinders } from './reference.ts';

/** What one worker gives another: structured clones of it share the memory. */
export interface SharedIndex {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly indexAt: number;
  readonly indexBytes: number;
  readonly regionsAt: number;
  readonly regions: number;
}

interface KernelExports {
  open(index: number, region: number): void;
  scan(text: number, bytes: number, from: number, to: number): number;
  countLines(text: number, from: number, to: number): number;
  hasZero(text: number, from: number, to: number): number;
  output(): number;
  readonly stoppedAt: WebAssembly.Global;
}

const PAGE_BYTES = 65_536;
/** Below this the module keeps what little data of its own it has. */
const INDEX_AT = PAGE_BYTES;
/** Tables and output of an instance; see kernel/state.ts. */
const TABLES_BYTES = 264 * 1024;
/** Zeros before and behind the window, so that the kernel may look past its ends. */
const MARGIN_BYTES = 256;
/** Largest part of other people's windows that is copied in at a time; larger ones are gone through in parts. */
const PART_BYTES = 256 * 1024;
/** Tables and output, the window that is lent, and a place for parts of others. */
const REGION_BYTES =
  Math.ceil((TABLES_BYTES + WINDOW_BYTES_MAX + PART_BYTES + 3 * MARGIN_BYTES) / PAGE_BYTES) * PAGE_BYTES;

/** Copies an index into a memory that workers share, with a region for each of them. */
export async function shareIndex(index: Index, regions: number): Promise<SharedIndex> {
  const module = await kernelModule();
  const regionsAt = Math.ceil((INDEX_AT + index.bytes.length) / PAGE_BYTES) * PAGE_BYTES;
  const pages = (regionsAt + regions * REGION_BYTES) / PAGE_BYTES;
  if (pages > 65_536) throw new EntenteError('input-limit', 'the index is too large to be scanned with');
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 65_536, shared: true });
  new Uint8Array(memory.buffer).set(index.bytes, INDEX_AT);
  return { module, memory, indexAt: INDEX_AT, indexBytes: index.bytes.length, regionsAt, regions };
}

/** The index inside the shared memory; it was checked when it was put there. */
export function openSharedIndex(shared: SharedIndex): Index {
  return openCheckedIndex(new Uint8Array(shared.memory.buffer, shared.indexAt, shared.indexBytes));
}

let compiled: Promise<WebAssembly.Module> | null = null;

/** Compiles the kernel once. */
function kernelModule(): Promise<WebAssembly.Module> {
  compiled ??= WebAssembly.compile(decodeBase64(KERNEL_BASE64)!);
  return compiled;
}

/** The engine of one worker. `region` must be used by no other engine. */
export async function openKernelEngine(index: Index, shared: SharedIndex, region: number): Promise<Engine> {
  const { exports } = await WebAssembly.instantiate(shared.module, { env: { memory: shared.memory } });
  return new KernelEngine(index, shared, region, exports as unknown as KernelExports);
}

class KernelEngine implements Engine {
  readonly #kernel: KernelExports;
  readonly #finders: ReturnType<typeof openFinders>;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #lent: Uint8Array;
  #isLent = false;
  readonly #partAt: number;
  /** What of which window is in the kernel's memory. A window's bytes change only between scans of it. */
  #held: { window: Uint8Array; first: number; last: number; at: number } | null = null;
  /** How far behind the owned part a place can be seen that lies in it. */
  readonly #reach: number;

  constructor(index: Index, shared: SharedIndex, region: number, kernel: KernelExports) {
    if (region >= shared.regions) throw new RangeError(`there is no region ${region}`);
    const regionAt = shared.regionsAt + region * REGION_BYTES;
    this.#kernel = kernel;
    this.#finders = openFinders(index);
    this.#bytes = new Uint8Array(shared.memory.buffer);
    this.#words = new Uint32Array(shared.memory.buffer);
    const lentAt = regionAt + TABLES_BYTES + MARGIN_BYTES;
    this.#lent = this.#bytes.subarray(lentAt, lentAt + WINDOW_BYTES_MAX);
    this.#partAt = lentAt + WINDOW_BYTES_MAX + MARGIN_BYTES;
    // The first dot of an address's host is up to 64 + 1 + 253 characters behind its beginning, or four times that
    // in international names; an anchor as far as the index says.
    this.#reach = Math.max(1100, index.words[FIELD.anchorOffsetMax]! + 16);
    kernel.open(shared.indexAt, regionAt);
  }

  find(window: Uint8Array, from: number, to: number): Match[] {
    const matches: Match[] = [];
    if (this.#isHere(window)) {
      this.#part(window, from, to, matches);
      return distinctMatches(matches);
    }
    // Parts overlap by the context.
    const step = PART_BYTES - 2 * CONTEXT_BYTES;
    for (let at = from; at < to; at += step) this.#part(window, at, Math.min(to, at + step), matches);
    return distinctMatches(matches);
  }

  #part(window: Uint8Array, from: number, to: number, matches: Match[]): void {
    const isHere = this.#isHere(window);
    const first = isHere ? 0 : Math.max(0, from - CONTEXT_BYTES);
    const last = isHere ? window.length : Math.min(window.length, to + CONTEXT_BYTES);
    const length = last - first;
    const textAt = isHere ? window.byteOffset : this.#partAt;
    this.#held = { window, first, last, at: textAt };
    if (!isHere) this.#bytes.set(window.subarray(first, last), textAt);
    // Before both places are zeros that nobody overwrites: margins, which are written behind a text only.
    this.#bytes.fill(0, textAt + length, textAt + length + MARGIN_BYTES);
    const end = Math.min(length, to - first + this.#reach);
    const groups: number[][] = [[], [], [], [], []];
    // A URL's slashes stand before its host, which can be a match by itself.
    for (let at = Math.max(0, from - first - 64); at < end; at = this.#kernel.stoppedAt.value as number) {
      const count = this.#kernel.scan(textAt, length, at, end);
      const out = this.#kernel.output() >>> 2;
      for (let i = 0; i < count; i++) {
        const start = this.#words[out + 2 * i]!;
        groups[start >>> 28]!.push((start & 0xfffffff) + first, this.#words[out + 2 * i + 1]! + first);
      }
    }
    for (const [group, places] of groups.entries()) {
      for (const [start, stop] of joined(places, from, to))
        this.#finders.find(group, window, start, stop, matches);
    }
  }

  takeWindow(): Uint8Array | null {
    if (this.#isLent) return null;
    this.#isLent = true;
    return this.#lent;
  }

  giveWindow(window: Uint8Array): void {
    if (window === this.#lent) this.#isLent = false;
  }

  /** Whether a window begins where the lent one does. */
  #isHere(window: Uint8Array): boolean {
    return window.buffer === this.#lent.buffer && window.byteOffset === this.#lent.byteOffset;
  }

  countLines(window: Uint8Array, from: number, to: number): number {
    const at = this.#placeOf(window, from, to);
    return at === null
      ? countLines(window, from, to)
      : this.#kernel.countLines(this.#held!.at, at, at + to - from);
  }

  hasZero(window: Uint8Array, from: number, to: number): boolean {
    const at = this.#placeOf(window, from, to);
    return at === null
      ? hasZero(window, from, to)
      : this.#kernel.hasZero(this.#held!.at, at, at + to - from) !== 0;
  }

  /** Where [from, to) of the window lies in the kernel's memory, when the last `find` put it there. */
  #placeOf(window: Uint8Array, from: number, to: number): number | null {
    const held = this.#held;
    return held !== null && held.window === window && from >= held.first && to <= held.last
      ? from - held.first
      : null;
  }
}

/** Places [start, stop, start, stop …], put in order, joined where they touch, and cut to the owned part. */
function* joined(places: readonly number[], from: number, to: number): Generator<[number, number]> {
  if (places.length === 0) return;
  const order: [number, number][] = [];
  for (let i = 0; i < places.length; i += 2) order.push([places[i]!, places[i + 1]!]);
  order.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let [start, stop] = order[0]!;
  const cut = (): [number, number] => [Math.max(from, start), Math.min(to, stop)];
  for (const [nextStart, nextStop] of order) {
    if (nextStart > stop) {
      const piece = cut();
      if (piece[0] < piece[1]) yield piece;
      start = nextStart;
      stop = nextStop;
    } else stop = Math.max(stop, nextStop);
  }
  const piece = cut();
  if (piece[0] < piece[1]) yield piece;
}
