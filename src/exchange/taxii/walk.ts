/**
 * Walking through a collection of a server that may be anybody's. What servers do, though TAXII 2.1 §3.5 has it otherwise: they leave `next`
 * out, or the date headers; they give many objects one time of adding, and cut a page in the middle of them; they forget a `next`, repeat
 * it, or say `more` forever. The walk loses nothing that can be had by asking, tells what cannot be had, and always ends: it never asks the
 * same question twice, and goes on only while there are new objects or later times.
 */
import { createHash } from 'node:crypto';
import { EntenteError, formatMicros, isEntenteError, timestampNs } from '../../base/index.ts';
import type { EnvelopeObject } from './envelope.ts';

/** Where to go on: at a token of the server, or after a time. With both, the token belongs to the query with that time. */
export interface Position {
  readonly addedAfter: string | null;
  readonly next: string | null;
}

export interface FetchedPage {
  readonly objects: readonly EnvelopeObject[];
  readonly headers: Headers;
  readonly more: boolean;
  readonly next: string | null;
}

/** @throws EntenteError; `TokenRefused` when the server does not know the token (any more) */
export type FetchPage = (position: Position, limit: number | null) => Promise<FetchedPage>;

/** The server answered a request with a token by 400 or 404. */
export class TokenRefused extends Error {}

export interface WalkOptions {
  /** Objects to ask for; null leaves it to the server. */
  readonly limit: number | null;
  /**
   * Whether times of adding are unique, as a node's are. Otherwise what was added at the last time seen is asked for again, since
   * there may be more of it.
   */
  readonly uniqueTimes: boolean;
}

export interface WalkedPage {
  readonly objects: readonly EnvelopeObject[];
  readonly headers: Headers;
  /** Where to go on when this page is stored. */
  readonly position: Position;
}

/** Largest page to ask for when a time of adding has more objects than a page. */
const LIMIT_MAX = 32_000;
/** Pages without an object in a row; there is one where what it had was deleted meanwhile. */
const EMPTY_MAX = 3;
/** Pages in a row that bring neither a new object nor a later time. A walk that is repeated from the start has later times. */
const STALE_MAX = 1_000;
/** Questions remembered within one walk. */
const ASKED_MAX = 1_000_000;

export interface WalkEnd {
  /** Where the next walk begins. */
  readonly position: Position;
  /** What could not be had, or null. */
  readonly problem: string | null;
}

/** Yields pages; `next(isNew)` says whether the page had anything new. */
export async function* walkCollection(
  fetchPage: FetchPage,
  start: Position,
  options: WalkOptions,
): AsyncGenerator<WalkedPage, WalkEnd, boolean> {
  let position = start;
  let limit = options.limit;
  let latestNs: bigint | null = start.addedAfter === null ? null : timestampNs(start.addedAfter);
  let latest: string | null = null;
  let followTokens = true;
  let empty = 0;
  let stale = 0;
  let problem: string | null = null;
  const asked = new Set<string>();
  const seen = new Set<string>();

  /** The time after which to go on when everything up to the latest is stored. */
  const afterLatest = (): string | null => {
    if (latest === null || options.uniqueTimes) return latest ?? position.addedAfter;
    return formatMicros(timestampNs(latest)! / 1000n - 1n);
  };

  for (;;) {
    const question = JSON.stringify([position, limit]);
    if (asked.has(question) || asked.size >= ASKED_MAX)
      return { position, problem: problem ?? 'its pages lead back to where they came from' };
    asked.add(question);

    let page: FetchedPage;
    try {
      page = await fetchPage(position, limit);
    } catch (error) {
      if (error instanceof TokenRefused && position.next !== null) {
        position = { addedAfter: afterLatest(), next: null };
        continue;
      }
      // A page that is too large is asked for again in parts.
      if (isTooLarge(error) && limit !== null && limit > 1) {
        limit = Math.ceil(limit / 4);
        continue;
      }
      throw error;
    }

    const { objects, headers } = page;
    const time = latestOf(headers);
    const advanced = time !== null && (latestNs === null || timestampNs(time)! > latestNs);
    if (advanced) {
      latest = time;
      latestNs = timestampNs(time);
    } else latest ??= time;

    const content = contentOf(objects);
    const repeated = objects.length > 0 && seen.has(content);
    seen.add(content);

    let following: Position | null = null;
    if (page.more) {
      const tokenLeads = followTokens && page.next !== null && page.next !== position.next && !repeated;
      if (tokenLeads) following = { addedAfter: position.addedAfter, next: page.next };
      else {
        followTokens = false; // it has none, or they lead nowhere: times of adding do
        const after = afterLatest();
        if (after !== position.addedAfter) following = { addedAfter: after, next: null };
        else if (limit !== null && limit < LIMIT_MAX && objects.length >= limit) {
          limit = Math.min(limit * 4, LIMIT_MAX);
          following = position;
        } else if (latest !== null && latest !== position.addedAfter && !options.uniqueTimes) {
          problem = `it has more objects added at ${latest} than it gives at once; some of them may be missing`;
          following = { addedAfter: latest, next: null };
        } else problem ??= 'it says that there is more and gives no way to ask for it';
      }
    }
    const goesOn: Position = following ?? {
      addedAfter: page.more ? position.addedAfter : afterLatest(),
      next: null,
    };
    if (objects.length > 0 && !repeated) {
      const isNew = yield { objects, headers, position: goesOn };
      empty = 0;
      stale = isNew || advanced ? 0 : stale + 1;
    } else {
      empty++;
      stale++;
    }
    if (!following) return { position: goesOn, problem };
    if (empty >= EMPTY_MAX) problem ??= 'it says that there is more and sends nothing';
    if (stale >= STALE_MAX) problem ??= 'its pages bring nothing new and do not end';
    if (empty >= EMPTY_MAX || stale >= STALE_MAX) return { position: goesOn, problem };
    position = following;
  }
}

/** The later of both headers: some servers do not sort. Null when there is none that is a time. */
function latestOf(headers: Headers): string | null {
  let latest: string | null = null;
  for (const name of ['x-taxii-date-added-first', 'x-taxii-date-added-last']) {
    const text = headers.get(name);
    const ns = text === null ? null : timestampNs(text);
    if (ns !== null && (latest === null || ns >= timestampNs(latest)!)) latest = text;
  }
  return latest;
}

function contentOf(objects: readonly EnvelopeObject[]): string {
  const hash = createHash('sha256');
  for (const { text } of objects) hash.update(text).update('\n');
  return hash.digest('base64');
}

function isTooLarge(error: unknown): boolean {
  return (
    isEntenteError(error) && error instanceof EntenteError && error.message.includes('answered more than')
  );
}
