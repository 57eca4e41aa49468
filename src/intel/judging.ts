/**
 * Judging many texts: parsing, validating, classifying and hashing take most of an import's time and need nothing of the store, so they
 * are done in threads while the thread that writes, or serves, does its own work.
 */
import { hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import type { ReleaseClass, Tlp } from '../agreement/index.ts';
import { canonicalJson, EntenteError, type Issue } from '../base/index.ts';
import { referencesOf, type StixObject, tlpOf, versionOf } from '../stix/index.ts';
import { idKey, startThread } from '../store/index.ts';
import { type JudgeOptions, judgeText, type Spec } from './judge.ts';
import { valueKey, valuesOf } from './values.ts';

export interface Incoming {
  /** The object's bytes as they came, decoded. */
  readonly text: string;
  /** Position in the source, for messages. */
  readonly index: number;
  /** The agreement under which it came; empty for the node's own. */
  readonly agreementId: string;
  /** What it counts as when it has no TLP marking. */
  readonly unmarked?: Tlp;
  /** An object in the text has two members of one name, so readers may differ on what it says: it is refused. */
  readonly ambiguous?: boolean;
  /** How it came, which decides what is held; `file` unless given. */
  readonly by?: JudgeOptions['by'];
}

/** A text that may be held, and all that the store needs to know of it. */
export interface Holdable {
  readonly id: string;
  /** The key that it is found by (`idKey`). */
  readonly key: number;
  readonly type: string;
  /** Empty for observables, which have none. */
  readonly version: string;
  readonly spec: Spec;
  /** Its release class as canonical JSON. */
  readonly classKey: string;
  /** It carries no TLP marking, so it counts as what whoever brings it says, or as the strictest. */
  readonly isUnmarked: boolean;
  /** Everything it names but markings: those are public and say nothing about other objects. */
  readonly references: readonly string[];
  /** Fingerprints of the values it is about. */
  readonly values: readonly number[];
}

export interface Judged {
  /** SHA-256 of the text. */
  readonly digest: string;
  /** Null when it is refused. */
  readonly object: Holdable | null;
  readonly issues: readonly Issue[];
}

const AMBIGUOUS: Issue = {
  code: 'repeated-member',
  path: '',
  message: 'an object in it has two members of one name',
};

export function judge(incoming: Incoming): Judged {
  const { text, agreementId: origin, unmarked, by = 'file', ambiguous } = incoming;
  const digest = sha256(text);
  if (ambiguous) return { digest, object: null, issues: [AMBIGUOUS] };
  const { object, spec, releaseClass, issues } = judgeText(text, {
    origin,
    by,
    ...(unmarked ? { unmarked } : {}),
  });
  if (!object || !releaseClass) return { digest, object: null, issues };
  return { digest, object: holdable(object, spec, releaseClass), issues };
}

function holdable(object: StixObject, spec: Spec, releaseClass: ReleaseClass): Holdable {
  return {
    id: object.id,
    key: idKey(object.id),
    type: object.type,
    version: versionOf(object) ?? '',
    spec,
    classKey: classKeyOf(releaseClass),
    isUnmarked: object.type !== 'marking-definition' && !tlpOf(object),
    references: referencesOf(object).filter((id) => !id.startsWith('marking-definition--')),
    values: valuesOf(object).map(valueKey),
  };
}

/** Classes are few: what each is in canonical form is found out once. */
const classKeys = new Map<string, string>();
const CLASS_KEYS_MAX = 10_000;

function classKeyOf(releaseClass: ReleaseClass): string {
  const said = JSON.stringify(releaseClass);
  let key = classKeys.get(said);
  if (key === undefined) {
    if (classKeys.size >= CLASS_KEYS_MAX) classKeys.clear();
    key = canonicalJson(releaseClass);
    classKeys.set(said, key);
  }
  return key;
}

export function sha256(text: string): string {
  return hash('sha256', text);
}

/** Fewer are judged where they are, with turns for others in between: handing them to a thread and back takes longer than it saves. */
const SHARED_FROM = 200;
/** From here on the thread that writes judges none. */
const THREAD_FROM = 1_000;
/** Beside the thread that writes. More than three judge faster than one writes. */
const THREADS = Math.max(1, Math.min(3, availableParallelism() - 1));
/** Batches that are worth having under way: one for each thread, and one that is being written. */
export const JUDGING_DEPTH = THREADS + 1;

/** What a thread says first. */
export const READY = 'ready';

interface JudgeThread {
  readonly worker: Worker;
  /** Whether it has loaded what it needs, which takes longer than judging a small batch. */
  isReady: boolean;
  readonly waiting: { done: (judged: Judged[]) => void; failed: (error: Error) => void }[];
}

const threads: JudgeThread[] = [];

/** In the order given. */
export async function judgeAll(batch: readonly Incoming[]): Promise<readonly Judged[]> {
  if (batch.length >= THREAD_FROM) return judgeInThread(batch);
  // Whoever waits for a small batch waits half as long when a thread takes half of it.
  const isShared = batch.length >= SHARED_FROM && aThread().isReady;
  const there = isShared ? Math.floor(batch.length / 2) : 0;
  const elsewhere = there > 0 ? judgeInThread(batch.slice(0, there)) : Promise.resolve([]);
  elsewhere.catch(() => {}); // met below
  const here: Judged[] = [];
  const breathe = openBreath();
  for (const incoming of batch.slice(there)) {
    here.push(judge(incoming));
    await breathe();
  }
  return [...(await elsewhere), ...here];
}

/** The one with the least to do. */
function aThread(): JudgeThread {
  if (threads.length < THREADS) threads.push(startJudge());
  return threads.reduce((a, b) => (b.waiting.length < a.waiting.length ? b : a));
}

function judgeInThread(batch: readonly Incoming[]): Promise<Judged[]> {
  const thread = aThread();
  thread.worker.ref();
  return new Promise((done, failed) => {
    thread.waiting.push({ done, failed });
    thread.worker.postMessage(batch);
  });
}

function startJudge(): JudgeThread {
  const worker = startThread(new URL('./judge-worker.ts', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  const thread: JudgeThread = { worker, isReady: false, waiting: [] };
  worker.on('message', (answer: Judged[] | typeof READY) => {
    if (answer === READY) {
      thread.isReady = true;
      return;
    }
    thread.waiting.shift()!.done(answer);
    if (thread.waiting.length === 0) worker.unref(); // a process that has nothing else to do may end
  });
  worker.on('error', (cause) => {
    threads.splice(threads.indexOf(thread), 1);
    const error = new EntenteError('internal', 'a thread that judges objects failed', { cause });
    for (const { failed } of thread.waiting.splice(0)) failed(error);
  });
  worker.unref();
  return thread;
}

/** Work goes on for this long before other requests get their turn; a page is served in less. */
const BREATH_MS = 8;

export type Breathe = () => Promise<void> | undefined;

export function openBreath(): Breathe {
  let since = performance.now();
  return () => {
    if (performance.now() - since < BREATH_MS) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        since = performance.now();
        resolve();
      }),
    );
  };
}
