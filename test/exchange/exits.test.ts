/**
 * Everything that leaves this node, or is used here though it came from somebody else, asks an agreement. HTTP routes are named in
 * test/server/exits.test.ts; here are the kinds of messages, the files, and the uses. What is not named fails; what is named must ask where it says.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MESSAGE_KINDS, type MessageKind } from '../../src/exchange/messages.ts';

const SRC = join(import.meta.dirname, '../../src');
const read = (file: string) => readFileSync(join(SRC, file), 'utf8');

/** The questions themselves: whoever calls one of them gets a verdict with its clauses. */
const ASKS = /\b(?:openVerdicts|decideRelease|decideService|assertServiceAllowed|decideOnward)\(/;

/** What a message carries, and the file that asks before it is queued. */
const MESSAGES: Readonly<
  Record<MessageKind, { readonly carries: 'papers' | 'account' | 'content'; readonly asks?: string }>
> = {
  // The papers by which the parties come to an agreement: before there is one, nothing can be asked of it.
  agreement: { carries: 'papers' },
  'agreement-notice': { carries: 'papers' },
  // Accounts of what the other party gave: digests, numbers and identifiers that it knows.
  receipt: { carries: 'account' },
  recall: { carries: 'account' },
  'recall-receipt': { carries: 'account' },
  'evidence-answer': { carries: 'account' },
  permission: { carries: 'account' },
  'permission-answer': { carries: 'account' },
  erasure: { carries: 'account' },
  'tool-seat': { carries: 'account' },
  outcome: { carries: 'content', asks: 'operations/outcomes.ts' },
  'evidence-offer': { carries: 'content', asks: 'cases/transfer.ts' },
  operation: { carries: 'content', asks: 'operations/permission.ts' },
  'request-step': { carries: 'content', asks: 'desk/requests/requests.ts' },
};

/** Other ways out, and uses of what others gave. */
const USES: Readonly<Record<string, string>> = {
  'release over TAXII': 'exchange/taxii/callers.ts',
  'a file for a peer': 'intel/exporting.ts',
  'matching evidence (look-up)': 'intel/usable-indicators.ts',
  'evidence in a bundle': 'cases/bundle/consent.ts',
  'an expert’s seat': 'desk/experts/seat-term.ts',
  'what an expert in a seat sees of a run': 'exchange/seat-results.ts',
  'a look-up of an agency under an agreement': 'desk/free/quota.ts',
  'tools that a peer is shown and given': 'desk/tools/offers.ts',
  'a seat of a peer’s tool, and each use of it': 'desk/tools/held.ts',
  'an invitation to an operation': 'operations/operations.ts',
  'a word in an operation’s room': 'operations/rooms.ts',
  'an outcome told on': 'operations/operation-outcomes.ts',
  'asking a contributor': 'exchange/permissions.ts',
  'taking copies back': 'intel/recalls.ts',
};

test('every kind of message is named with what it carries, and what carries content asks first', () => {
  assert.deepEqual(Object.keys(MESSAGES).sort(), [...MESSAGE_KINDS].sort());
  for (const [kind, { carries, asks }] of Object.entries(MESSAGES)) {
    assert.equal(asks !== undefined, carries === 'content', kind);
    if (asks) assert.match(read(asks), ASKS, `${kind} asks in ${asks}`);
  }
});

test('every file that asks an agreement is named with what for, and every use named asks', () => {
  const files = (folder: string): string[] =>
    readdirSync(join(SRC, folder)).flatMap((name) => {
      const path = join(folder, name);
      return statSync(join(SRC, path)).isDirectory() ? files(path) : path.endsWith('.ts') ? [path] : [];
    });
  /** Where verdicts are made, and where they are only shown or called for. */
  const makers = ['registry/verdicts.ts', 'registry/service-verdicts.ts', 'intel/release.ts'];
  const asking = ['cases', 'desk', 'exchange', 'intel', 'operations']
    .flatMap(files)
    .filter((file) => !makers.includes(file) && ASKS.test(read(file)));
  const named = new Set([
    ...Object.values(USES),
    ...Object.values(MESSAGES).flatMap(({ asks }) => asks ?? []),
  ]);
  assert.deepEqual(
    asking.filter((file) => !named.has(file)),
    [],
    'a new place that asks is named here',
  );
  assert.deepEqual(
    [...named].filter((file) => !asking.includes(file)),
    [],
    'a place that is named asks',
  );
});

test('messages are queued by the rooms of the exchange and by commands about papers only', () => {
  for (const room of ['cases', 'desk', 'intel', 'operations', 'registry'])
    for (const name of readdirSync(join(SRC, room), { recursive: true }) as string[])
      if (name.endsWith('.ts'))
        assert.doesNotMatch(read(join(room, name)), /\bqueueMessage\(/, `${room}/${name}`);
});
