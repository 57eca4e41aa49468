import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EntenteError, formatMicros, timestampNs } from '../../src/base/index.ts';
import {
  type FetchPage,
  type Position,
  TokenRefused,
  type WalkEnd,
  walkCollection,
} from '../../src/exchange/taxii/walk.ts';

interface Item {
  readonly text: string;
  /** Microseconds. */
  readonly us: number;
}

interface Habits {
  /** Objects a page, whatever is asked for. */
  readonly page?: number;
  readonly tokens?: 'offset' | 'none' | 'same' | 'round' | 'forgotten' | 'endless';
  readonly headers?: boolean;
  /** Fails once at this request. */
  readonly failAt?: number;
  readonly bytesMax?: number;
}

const START = 1_790_000_000_000_000;
const NOWHERE: Position = { addedAfter: null, next: null };

/** A server with the habits given, over a list that may grow. */
function server(items: Item[], habits: Habits): { fetch: FetchPage; asked: () => number } {
  let asked = 0;
  let forgot = false;
  const fetch: FetchPage = async (position, limit) => {
    asked++;
    if (asked === habits.failAt) throw new EntenteError('peer-unreachable', 'the line broke');
    assert.ok(asked < 5_000, 'the walk does not end');
    const size = Math.min(habits.page ?? 10, limit ?? 1_000);
    if (habits.bytesMax !== undefined && size > habits.bytesMax)
      throw new EntenteError('peer-nonsense', 'it answered more than 5 bytes');
    const after = position.addedAfter === null ? -1 : Number(timestampNs(position.addedAfter)! / 1000n);
    const fitting = items.filter(({ us }) => us > after);
    let offset = 0;
    if (position.next !== null) {
      if (habits.tokens === 'forgotten' && !forgot) {
        forgot = true;
        throw new TokenRefused();
      }
      offset = habits.tokens === 'same' ? 0 : Number(position.next.split('-')[0]);
    }
    const page = fitting.slice(offset, offset + size);
    const isMore = offset + size < fitting.length;
    const headers = new Headers();
    if (habits.headers !== false && page.length > 0) {
      headers.set('x-taxii-date-added-first', formatMicros(BigInt(page[0]!.us)));
      headers.set('x-taxii-date-added-last', formatMicros(BigInt(page.at(-1)!.us)));
    }
    const objects = page.map(({ text }) => ({ text, json: null, ambiguous: false }));
    const token = {
      offset: String(offset + size),
      forgotten: String(offset + size),
      same: 'again',
      round: String((offset + size) % (size * 3)),
      endless: `${offset}-${asked}`,
      none: null,
    }[habits.tokens ?? 'offset'];
    const more = isMore || habits.tokens === 'endless' || habits.tokens === 'round';
    return { objects, headers, more, next: more ? token : null };
  };
  return { fetch, asked: () => asked };
}

/** Walks as the synchronisation does; what was stored survives a walk that fails. */
async function walk(
  fetch: FetchPage,
  stored: { position: Position; held: Set<string> },
  uniqueTimes = false,
): Promise<WalkEnd> {
  const pages = walkCollection(fetch, stored.position, { limit: 20, uniqueTimes });
  let step = await pages.next(false);
  while (!step.done) {
    const before = stored.held.size;
    for (const { text } of step.value.objects) stored.held.add(text);
    stored.position = step.value.position;
    step = await pages.next(stored.held.size > before);
  }
  stored.position = step.value.position;
  return step.value;
}

function listOf(count: number, usOf: (n: number) => number): Item[] {
  return Array.from({ length: count }, (_, n) => ({ text: `object ${n}`, us: START + usOf(n) }));
}

const empty = () => ({ position: NOWHERE, held: new Set<string>() });

test('a walk has everything, once it ends, from a server', async (t) => {
  const lists: Record<string, (n: number) => number> = {
    'with times of its own for each object': (n) => n * 7,
    'that adds a few objects at a time': (n) => Math.floor(n / 3) * 1_000_000,
    'that cuts pages between objects of one time': (n) => Math.floor(n / 13) * 1_000,
  };
  for (const [name, usOf] of Object.entries(lists)) {
    for (const tokens of ['offset', 'none', 'same', 'round', 'forgotten', 'endless'] as const) {
      await t.test(`${name}, tokens: ${tokens}`, async () => {
        const items = listOf(100, usOf);
        const stored = empty();
        const { fetch, asked } = server(items, { page: 20, tokens });
        const { problem } = await walk(fetch, stored);
        assert.equal(stored.held.size, 100, problem ?? '');
        assert.ok(asked() < 60, `${asked()} requests`);
        // What comes later is had by the next walk, without reading everything again.
        const before = asked();
        items.push({ text: 'late', us: items.at(-1)!.us }, { text: 'later', us: items.at(-1)!.us + 5 });
        for (let i = 0; i < 2; i++) await walk(fetch, stored);
        assert.equal(stored.held.size, 102);
        if (tokens === 'offset' || tokens === 'none') assert.ok(asked() - before <= 6);
      });
    }
  }
});

test('a walk that breaks off goes on where it was', async () => {
  for (let failAt = 1; failAt <= 10; failAt++) {
    const stored = empty();
    const { fetch } = server(
      listOf(100, (n) => n),
      { tokens: 'offset', failAt },
    );
    await assert.rejects(walk(fetch, stored), /the line broke/);
    assert.equal(stored.held.size, (failAt - 1) * 10);
    await walk(fetch, stored);
    assert.equal(stored.held.size, 100);
  }
});

test('a server with more objects of one time than it gives is asked for more at once', async () => {
  const items = [...listOf(50, () => 0), { text: 'last', us: START + 1 }];
  const willing = empty();
  const { problem } = await walk(server(items, { page: 1_000, tokens: 'none' }).fetch, willing);
  assert.equal(problem, null);
  assert.equal(willing.held.size, 51);
  const unwilling = empty();
  const end = await walk(server(items, { page: 20, tokens: 'none' }).fetch, unwilling);
  assert.match(end.problem!, /some of them may be missing/);
  assert.ok(unwilling.held.has('last'), 'what comes after is had all the same');
});

test('a server that gives no way to go on is told of, and not asked for ever', async () => {
  const stored = empty();
  const { fetch, asked } = server(
    listOf(100, (n) => n),
    { tokens: 'none', headers: false },
  );
  const { problem } = await walk(fetch, stored);
  assert.match(problem!, /no way to ask for it/);
  assert.ok(asked() < 10);
  const silent: FetchPage = async () => ({
    objects: [],
    headers: new Headers(),
    more: true,
    next: String(Math.random()),
  });
  assert.match((await walk(silent, empty())).problem!, /sends nothing/);
});

test('a server that invents pages for ever is left', async () => {
  let n = 0;
  const held = new Set(Array.from({ length: 20 }, (_, i) => `object ${i}`));
  const inventing: FetchPage = async () => {
    n++;
    const objects = [n % 20, (n * 7) % 20].map((i) => ({
      text: `object ${i}`,
      json: null,
      ambiguous: false,
    }));
    return { objects, headers: new Headers(), more: true, next: `page ${n}` };
  };
  const { problem } = await walk(inventing, { position: NOWHERE, held });
  assert.ok(problem !== null);
  assert.ok(n < 2_000, `${n} pages`);
});

test('a page that is too large is asked for in parts', async () => {
  const stored = empty();
  const { fetch } = server(
    listOf(100, (n) => n),
    { page: 1_000, tokens: 'offset', bytesMax: 5 },
  );
  await walk(fetch, stored);
  assert.equal(stored.held.size, 100);
});

test('among nodes, whose times are unique, nothing is asked for twice', async () => {
  const stored = empty();
  const items = listOf(100, (n) => n);
  const { fetch } = server(items, { tokens: 'offset' });
  await walk(fetch, stored, true);
  let came = 0;
  const counting: FetchPage = async (position, limit) => {
    const page = await fetch(position, limit);
    came += page.objects.length;
    return page;
  };
  await walk(counting, stored, true);
  assert.equal(came, 0);
});
