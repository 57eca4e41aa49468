/**
 * The two rooms of an operation. The operations room is for those who act in it; the knowledge room is open to industry and observers too, and
 * no operational data gets into it: a post there that has an address, a host, a person or a target of the operation is refused, with what it has.
 */
import { EntenteError, isId, newId } from '../base/index.ts';
import { appendLeaf, findPeer, openVerdicts, type Peer, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { findForeign, findPersons } from './free-text.ts';
import { assertOpen, listParties, type Operation, ownTerms, type Party, type Send } from './operations.ts';
import { wordsOf } from './permission.ts';
import { isOneOf, ROOMS, type Role, type Room } from './vocabulary.ts';

export interface Post {
  readonly id: string;
  readonly room: Room;
  /** Name of the organisation. */
  readonly author: string;
  readonly at: string;
  readonly text: string;
}

const TEXT_MAX = 20_000;

/** Companies and observers are not in the operations room: what is said there is of several countries. */
export const isInRoom = (role: Role, room: Room): boolean =>
  room === 'knowledge' || role === 'police' || role === 'cert';

/** @throws EntenteError `usage` naming what does not belong there */
async function assertBelongs(
  queries: Queries,
  operation: Operation,
  room: Room,
  text: string,
): Promise<void> {
  if (text.trim() === '' || text.length > TEXT_MAX)
    throw new EntenteError('usage', `a post has 1 to ${TEXT_MAX} characters`);
  if (room === 'operations') return;
  const found = [
    ...findPersons(text).filter(({ kind }) => kind !== 'person'),
    ...findForeign(text, null, '').filter(({ kind }) => kind === 'address'),
  ];
  const words = [...new Set(text.toLowerCase().split(/[\s,;()"'<>]+/))].slice(0, 5_000);
  for (const word of words) {
    if (word.length < 4) continue;
    if (
      await queries.get(
        'SELECT 1 FROM operation_target WHERE operation_id = ? AND value = ?',
        operation.id,
        word,
      )
    )
      found.push({ kind: 'address', text: word, from: 0 });
  }
  if (found.length > 0) {
    const shown = [...new Set(found.map((one) => one.text))].slice(0, 5).join(', ');
    throw new EntenteError(
      'usage',
      `the knowledge room takes no operational data; the text has ${shown}. Take it out, or say it in the operations room`,
    );
  }
}

/** Writes into a room; the lead carries it to those who are in it. @throws EntenteError `usage`, `forbidden` */
export async function postInRoom(
  registry: Registry,
  operation: Operation,
  room: string,
  text: string,
  send: Send,
): Promise<Post> {
  if (!isOneOf(ROOMS, room)) throw new EntenteError('usage', `a room is one of ${ROOMS.join(', ')}`);
  assertOpen(operation);
  const own = operation.lead === '' ? null : await ownTerms(registry.db, operation);
  if (own && (own.state !== 'joined' || !isInRoom(own.role, room)))
    throw new EntenteError('forbidden', `as ${own.role} this organisation is not in the ${room} room`);
  await assertBelongs(registry.db, operation, room, text);
  const post: Post = {
    id: newId('post'),
    room,
    author: registry.name,
    at: registry.clock().toISOString(),
    text,
  };
  await registry.db.transaction(async (tx) => {
    await savePost(tx, registry, operation, '', post);
    if (operation.lead !== '')
      await send(tx, operation.lead, { act: 'post', operation: operation.id, ...post });
    else await carryPost(tx, registry, operation, post, '', send);
  });
  return post;
}

async function savePost(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  peer: string,
  post: Post,
): Promise<void> {
  if (await tx.get('SELECT 1 FROM operation_post WHERE id = ?', post.id)) return;
  await tx.run(
    'INSERT INTO operation_post (id, operation_id, room, author, at, text) VALUES (?, ?, ?, ?, ?, ?)',
    post.id,
    operation.id,
    post.room,
    post.author,
    post.at,
    post.text,
  );
  await appendLeaf(tx, registry.clock, 'operation', {
    act: 'post',
    id: operation.id,
    post: post.id,
    room: post.room,
    peer,
  });
}

/** To everybody in the room whose agreement lets a report cross. */
async function carryPost(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  post: Post,
  from: string,
  send: Send,
): Promise<void> {
  for (const party of await listParties(tx, operation)) {
    if (party.state !== 'joined' || party.peer === from || !isInRoom(party.role, post.room)) continue;
    const peer = await findPeer(tx, party.peer);
    if (peer && (await mayPost(registry, peer, operation, 'here')).allowed)
      await send(tx, party.peer, { act: 'post', operation: operation.id, ...post });
  }
}

async function mayPost(registry: Registry, peer: Peer, operation: Operation, contributor: 'here' | 'peer') {
  const { verdict, clauses } = (await openVerdicts(registry, peer)).decide({
    act: 'release',
    contributor,
    purpose: 'crime-prevention',
    releaseClass: {
      category: 'reports',
      tlp: operation.tlp,
      pap: 'clear',
      personalData: 'none',
      operations: [operation.name],
    },
  });
  return { allowed: verdict === 'allow', clauses };
}

/** A post has come: from a party to the lead, or carried by the lead. @throws EntenteError `message-invalid`, `forbidden`, `agreement-denied` */
export async function receivePost(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  peer: Peer,
  party: Party | null,
  body: Record<string, unknown>,
  send: Send,
): Promise<void> {
  const { id, room, author, at, text } = body;
  if (
    typeof id !== 'string' ||
    !isId(id, 'post') ||
    !isOneOf(ROOMS, room) ||
    typeof author !== 'string' ||
    author.length > 200 ||
    typeof at !== 'string' ||
    typeof text !== 'string'
  )
    throw new EntenteError('message-invalid', 'the message is no post');
  if (party && !isInRoom(party.role, room))
    throw new EntenteError('forbidden', `a ${party.role} is not in the ${room} room`);
  const { allowed, clauses } = await mayPost(registry, peer, operation, 'peer');
  if (!allowed)
    throw new EntenteError('agreement-denied', `a post of ${peer.name} may not cross: ${wordsOf(clauses)}`, {
      clauses,
    });
  await assertBelongs(tx, operation, room, text);
  const post: Post = {
    id,
    room,
    author: party ? peer.name : author,
    at: registry.clock().toISOString(),
    text,
  };
  await savePost(tx, registry, operation, peer.kid, post);
  if (party) await carryPost(tx, registry, operation, post, peer.kid, send);
}

export function listPosts(queries: Queries, operation: Operation): Promise<Post[]> {
  return queries.all(
    'SELECT id, room, author, at, text FROM operation_post WHERE operation_id = ? ORDER BY at, id',
    operation.id,
  );
}
