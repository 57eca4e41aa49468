/**
 * MISP feeds: a folder, on disk or behind HTTP, with `manifest.json` (every event with the time of its last change), one file an event, and
 * `hashes.csv` (the MD5 of every value with its event). An event that was taken in with the time that the manifest still gives is not
 * fetched again, so a feed that was interrupted, or grew, is simply imported once more.
 *
 * Whoever runs the feed controls everything in it. An event's name is a UUID before it becomes part of a path; nothing redirects; every answer is
 * bounded in size and time; an event that is wrong is named and does not keep the others out.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { EntenteError, isEntenteError, isUuid } from '../base/index.ts';
import {
  type ConvertedCounts,
  ConvertedImport,
  type ConvertedOptions,
  holdAndPublish,
  newCounts,
} from '../intel/index.ts';
import type { Registry } from '../registry/index.ts';
import { call } from './http-client.ts';

/** The largest public feed has some 3,000 events and a manifest of 3 MB. */
const MANIFEST_BYTES_MAX = 64 * 1024 * 1024;
const EVENTS_MAX = 1_000_000;
const EVENT_BYTES_MAX = 128 * 1024 * 1024;
/** 33 bytes and a UUID for each value. */
const HASHES_BYTES_MAX = 1024 * 1024 * 1024;
/** Events after which it is noted how far we are. */
const NOTED_EVERY = 100;
const PROBLEMS_MAX = 1_000;

export interface FeedImport extends ConvertedCounts {
  /** Events taken in now, and those that were here with the same time. */
  events: number;
  unchangedEvents: number;
  /** Events that could not be taken in, and what is odd about the feed. */
  readonly problems: string[];
  problemCount: number;
}

export interface FeedOptions extends ConvertedOptions {
  readonly onEvents?: (done: number, total: number) => void;
}

interface Feed {
  /** How it is known, so that its events are recognised the next time. */
  readonly name: string;
  /** @throws EntenteError when there is no such file, or it is too large */
  read(file: string, bytesMax: number): Promise<Uint8Array>;
}

/** The feed at a folder or an address; null when a folder holds no manifest. @throws EntenteError `usage` for an address that is none */
export async function openFeed(location: string): Promise<Feed | null> {
  if (/^https?:\/\//i.test(location)) return httpFeed(location);
  const manifest = await open(join(location, 'manifest.json')).catch(() => null);
  await manifest?.close();
  return manifest ? folderFeed(location) : null;
}

function folderFeed(folder: string): Feed {
  return {
    name: folder,
    async read(file, bytesMax) {
      const path = join(folder, file);
      const chunks: Uint8Array[] = [];
      let size = 0;
      try {
        for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
          size += chunk.length;
          if (size > bytesMax)
            throw new EntenteError('input-limit', `${file} has more than ${bytesMax} bytes`, { where: path });
          chunks.push(chunk);
        }
      } catch (cause) {
        if (isEntenteError(cause)) throw cause;
        const { code } = cause as NodeJS.ErrnoException;
        throw new EntenteError(
          'file-unreadable',
          `${file} ${code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`}`,
          { where: path, cause },
        );
      }
      return Buffer.concat(chunks);
    },
  };
}

function httpFeed(location: string): Feed {
  if (!URL.canParse(location)) throw new EntenteError('usage', `"${location.slice(0, 200)}" is no address`);
  const base = new URL(location.replace(/manifest\.json$/, ''));
  if (base.username !== '' || base.password !== '' || base.search !== '')
    throw new EntenteError('usage', 'the address of a feed has no password and no query in it');
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return {
    name: base.href,
    async read(file, bytesMax) {
      const url = new URL(file, base);
      const answer = await call(url.href, { accept: '*/*', bytesMax });
      if (answer.status !== 200)
        throw new EntenteError('peer-nonsense', `${file}: the feed answered ${answer.status}`, {
          where: url.href,
        });
      return answer.bytes;
    },
  };
}

/** @throws EntenteError when the manifest cannot be read; an event that cannot is a problem in the result */
export async function importFeed(
  registry: Registry,
  collectionId: string,
  feed: Feed,
  options: FeedOptions = {},
): Promise<FeedImport> {
  const result: FeedImport = {
    ...newCounts(),
    dropped: new Map(),
    events: 0,
    unchangedEvents: 0,
    problems: [],
    problemCount: 0,
  };
  const problem = (words: string) => {
    result.problemCount++;
    if (result.problems.length < PROBLEMS_MAX) result.problems.push(words.slice(0, 500));
  };
  const named = await readManifest(feed, problem);
  const known = new Map(
    (
      await registry.db.all<{ event: string; timestamp: string }>(
        'SELECT event, timestamp FROM misp_feed_event WHERE feed = ?',
        feed.name,
      )
    ).map(({ event, timestamp }) => [event, timestamp]),
  );
  const waiting = named.filter(({ event, timestamp }) => known.get(event) !== timestamp);
  result.unchangedEvents = named.length - waiting.length;
  await holdAndPublish(registry, collectionId, async () => {
    for (let start = 0; start < waiting.length; start += NOTED_EVERY) {
      const part = waiting.slice(start, start + NOTED_EVERY);
      const converted = new ConvertedImport(registry, result, options);
      const taken: ManifestEntry[] = [];
      for (const [i, entry] of part.entries()) {
        try {
          await converted.addMispEvent(await readEvent(feed, entry));
          taken.push(entry);
        } catch (error) {
          if (!isEntenteError(error) || error.exit === 3) throw error;
          problem(`event ${entry.event}: ${error.message}`);
        }
        options.onEvents?.(start + i + 1, waiting.length);
      }
      await converted.end();
      await registry.db.transaction(async (tx) => {
        for (const { event, timestamp } of taken)
          await tx.run(
            `INSERT INTO misp_feed_event (feed, event, timestamp) VALUES (?, ?, ?)
             ON CONFLICT (feed, event) DO UPDATE SET timestamp = excluded.timestamp`,
            feed.name,
            event,
            timestamp,
          );
      });
      result.events += taken.length;
    }
  });
  await compareHashes(feed, new Set(named.map(({ event }) => event)), problem);
  return result;
}

interface ManifestEntry {
  readonly event: string;
  readonly timestamp: string;
}

async function readManifest(feed: Feed, problem: (words: string) => void): Promise<ManifestEntry[]> {
  const manifest = parseJson(await feed.read('manifest.json', MANIFEST_BYTES_MAX), 'manifest.json');
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest))
    throw new EntenteError(
      'intelligence-format',
      'manifest.json is no manifest of a MISP feed: it must be an object of events by UUID',
    );
  const entries = Object.entries(manifest as Record<string, unknown>);
  if (entries.length > EVENTS_MAX)
    throw new EntenteError(
      'input-limit',
      `manifest.json names ${entries.length} events; a feed may have ${EVENTS_MAX}`,
    );
  const named: ManifestEntry[] = [];
  for (const [event, about] of entries) {
    const { timestamp } = (about ?? {}) as { timestamp?: unknown };
    if (!isUuid(event)) problem(`manifest.json names "${event.slice(0, 100)}", which is no UUID of an event`);
    else if (typeof timestamp !== 'string' && typeof timestamp !== 'number')
      problem(`event ${event} has no timestamp in manifest.json`);
    else named.push({ event: event.toLowerCase(), timestamp: String(timestamp).slice(0, 40) });
  }
  return named.sort((a, b) => Number(a.timestamp) - Number(b.timestamp) || (a.event < b.event ? -1 : 1));
}

async function readEvent(feed: Feed, { event }: ManifestEntry): Promise<unknown> {
  const value = parseJson(await feed.read(`${event}.json`, EVENT_BYTES_MAX), `${event}.json`);
  const { Event: inner } = (value ?? {}) as { Event?: { uuid?: unknown } };
  if (typeof inner?.uuid !== 'string' || inner.uuid.toLowerCase() !== event)
    throw new EntenteError('intelligence-format', 'its file holds no event, or another one');
  return value;
}

/** `hashes.csv` says which events the feed has values of; one that the manifest does not name was left out or taken away. */
async function compareHashes(
  feed: Feed,
  named: ReadonlySet<string>,
  problem: (words: string) => void,
): Promise<void> {
  let bytes: Uint8Array;
  try {
    bytes = await feed.read('hashes.csv', HASHES_BYTES_MAX);
  } catch (error) {
    if (!isEntenteError(error)) throw error;
    return; // many feeds have none
  }
  const missing = new Set<string>();
  for (const line of new TextDecoder().decode(bytes).split('\n')) {
    const event = /^[0-9a-f]{32},([0-9a-f-]{36})\s*$/i.exec(line)?.[1]?.toLowerCase();
    if (event !== undefined && !named.has(event)) missing.add(event);
  }
  for (const event of missing)
    problem(`hashes.csv has values of event ${event}, which manifest.json does not name`);
}

function parseJson(bytes: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new EntenteError('json-syntax', `${file} is no JSON: ${(cause as Error).message.slice(0, 200)}`, {
      cause,
    });
  }
}
