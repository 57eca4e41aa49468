/**
 * Requests and answers recorded from the TAXII server of OASIS, replayed against a node that holds the same data. The path of an API root
 * begins with `/taxii2` here. A time of adding that the reference gives to two objects belongs to one here, and the other comes a
 * microsecond later; the node has its own largest body.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { timestampNs } from '../../src/base/index.ts';
import { addAccount, addCollection } from '../../src/exchange/index.ts';
import { keepStatus, type Status } from '../../src/exchange/taxii/statuses.ts';
import { importBatch, OWN } from '../../src/intel/index.ts';
import { sharedData } from '../shared-data.ts';
import { startTestNode, type TestTime } from '../two-nodes.ts';
import { MEDIA } from './taxii-account.ts';

interface Entry {
  id: string;
  modified?: string;
  created?: string;
  spec_version?: string;
}
interface Data {
  trustgroup1: {
    information: { title: string; description: string };
    status: (Status & { total_objects?: number })[];
    collections: {
      id: string;
      title: string;
      description?: string;
      can_read: boolean;
      can_write: boolean;
      objects: Entry[];
      manifest: { id: string; version: string; date_added: string }[];
    }[];
  };
}
interface Step {
  method: string;
  path: string;
  auth: boolean;
  accept?: string | null;
  content_type?: string;
  body?: unknown;
  status: number;
  also_accept_status?: number[];
  content_type_out?: string;
  date_added_first?: string;
  date_added_last?: string;
  response?: Record<string, unknown>;
}

const data = sharedData('taxii/default_data.json');
const requests = sharedData('taxii/requests.jsonl');
const skip = data.skip || requests.skip;

const ROOT = 'trustgroup1';
const PRESENT = new Date('2026-12-01T08:00:00.000Z');

async function loadedNode(context: TestContext): Promise<{ url: string; authorization: string }> {
  const time: TestTime = { now: new Date('2010-01-01T00:00:00Z') };
  const { registry, url } = await startTestNode(context, 'Reference', time);
  const { collections, status, information } = (JSON.parse(readFileSync(data.path, 'utf8')) as Data)[ROOT];
  const { username, password } = await addAccount(registry, 'reference', []);
  for (const { id, title, description, can_read, can_write, objects, manifest } of collections) {
    const made = await addCollection(registry, {
      alias: null,
      id,
      title,
      root: ROOT,
      rootTitle: information.title,
      ...(description ? { description } : {}),
    });
    await registry.db.transaction(async (tx) => {
      await tx.run('UPDATE api_root SET description = ? WHERE name = ?', information.description, ROOT);
      await tx.run(
        'INSERT INTO account_collection (account, collection, can_read, can_write) VALUES (?, ?, ?, ?)',
        username,
        made.place,
        Number(can_read),
        Number(can_write),
      );
    });
    for (const entry of manifest) {
      const object = objects.find(
        (one) => one.id === entry.id && (one.modified ?? one.created) === entry.version,
      )!;
      time.now = new Date(entry.date_added);
      const incoming = { text: JSON.stringify(object), index: 0, agreementId: '', by: 'account' } as const;
      const report = await importBatch(registry, id, OWN, [incoming]);
      assert.equal(report.held.length, 1, `${entry.id} is not held: ${JSON.stringify(report.refused)}`);
    }
  }
  time.now = PRESENT;
  await registry.db.transaction((tx) => keepStatus(tx, registry, username, ROOT, status[0]!));
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return { url, authorization };
}

/** The same but for a few microseconds. */
function sameTime(actual: string | null, expected: string): boolean {
  const ns = actual === null ? null : timestampNs(actual);
  const difference = ns === null ? -1n : ns - timestampNs(expected)!;
  return difference >= 0n && difference < 10_000n;
}

type Memory = Map<string, string>;

/** Compares as the reference's own tests do: lists of objects by content, placeholders against what is allowed for them. */
function compare(actual: unknown, expected: unknown, path: string, memory: Memory): void {
  if (expected === '{now}') {
    assert.match(String(actual), /^2026-12-01T08:00:00\.\d{6}Z$/, path);
    return;
  }
  if (expected === '{next}' || expected === '{status_id}') {
    assert.equal(typeof actual, 'string', path);
    memory.set(expected, actual as string);
    return;
  }
  if (path.endsWith('.date_added')) {
    assert.ok(sameTime(String(actual), String(expected)), `${path}: ${actual}`);
  } else if (path === '.max_content_length') {
    assert.ok(Number.isInteger(actual) && Number(actual) > 0);
  } else if (path.endsWith('.versions')) {
    assert.deepEqual(new Set(actual as []), new Set(expected as []));
  } else if (Array.isArray(expected)) {
    assert.ok(
      Array.isArray(actual) && actual.length === expected.length,
      `${path}: ${JSON.stringify(actual)}`,
    );
    for (const [i, one] of expected.entries()) compare(actual[i], one, `${path}[${i}]`, memory);
  } else if (typeof expected === 'object' && expected !== null) {
    const fields = { ...(actual as Record<string, unknown>) };
    // An optional note: the reference has none where this node says why an object stays inside.
    if (!('message' in expected) && /\.(successes|failures)\[/.test(path)) delete fields['message'];
    assert.deepEqual(Object.keys(fields).sort(), Object.keys(expected).sort(), path);
    for (const [name, one] of Object.entries(expected)) compare(fields[name], one, `${path}.${name}`, memory);
  } else assert.equal(actual, expected, path);
}

const sequences = skip
  ? []
  : readFileSync(requests.path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; steps: Step[] });

test('the answers of the reference server', { skip }, async (t) => {
  assert.equal(sequences.length, 37);
  const shared = await loadedNode(t);
  for (const { id, steps } of sequences) {
    await t.test(id, async (inner) => {
      const changes = steps.some((step) => step.method !== 'GET');
      const { url, authorization } = changes ? await loadedNode(inner) : shared;
      const memory: Memory = new Map();
      for (const step of steps) {
        const path = step.path.replace(/\{\w+\}/g, (name) => memory.get(name)!);
        const answer = await fetch(`${url}/taxii2${encodeURI(path)}`, {
          method: step.method,
          headers: {
            ...(step.accept === null ? {} : { accept: step.accept ?? MEDIA }),
            ...(step.auth ? { authorization } : {}),
            ...(step.content_type ? { 'content-type': step.content_type } : {}),
          },
          ...(step.body === undefined ? {} : { body: JSON.stringify(step.body) }),
        });
        const text = await answer.text();
        const label = `${step.method} ${path}: ${text.slice(0, 300)}`;
        assert.ok(
          [step.status, ...(step.also_accept_status ?? [])].includes(answer.status),
          `${answer.status} ${label}`,
        );
        assert.equal(answer.headers.get('content-type'), MEDIA, label);
        for (const end of ['first', 'last'] as const) {
          const expected = step[`date_added_${end}`];
          const header = answer.headers.get(`x-taxii-date-added-${end}`);
          if (expected !== undefined) assert.ok(sameTime(header, expected), `${end} ${header} ${label}`);
        }
        if (step.response) compare(JSON.parse(text), step.response, '', memory);
      }
    });
  }
});
