/**
 * Tags on events. They are records of their own, signed by the node for the person and entered in the ledger; the timeline itself is never
 * changed. A tag names what it was put on by the digest of the event and of the derived exhibit, so that one whose event reads otherwise
 * after a later run is told apart.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, EntenteError, newId } from '../../base/index.ts';
import { appendLeaf, type Registry, signStatement } from '../../registry/index.ts';
import type { Case } from '../cases.ts';
import type { CaseTimeline } from './case-timeline.ts';
import type { TaggedEvents } from './filter.ts';
import type { TimelineEvent } from './timeline.ts';

export interface Tag {
  readonly id: string;
  /** `exhibit:seq`. */
  readonly event: string;
  readonly tag: string;
  readonly comment: string;
  readonly person: string;
  readonly at: string;
  /** SHA-256 of the event as it was tagged. */
  readonly digest: string;
}

const TAG = /^[\p{L}\p{N}][\p{L}\p{N}_.:-]{0,63}$/u;
const COMMENT_LENGTH_MAX = 2_000;
const EVENTS_MAX = 1_000;

/** Of an event's canonical JSON. */
export const eventDigest = (event: TimelineEvent): string =>
  createHash('sha256').update(canonicalJson(event)).digest('hex');

/** @throws EntenteError `usage` */
export function parseEventId(text: string): { exhibit: number; seq: number } {
  const match = /^(\d{1,9}):(\d{1,15})$/.exec(text);
  if (!match)
    throw new EntenteError(
      'usage',
      `"${text.slice(0, 40)}" names no event; write EXHIBIT:NUMBER, as the timeline does`,
    );
  return { exhibit: Number(match[1]), seq: Number(match[2]) };
}

/** @throws EntenteError `usage`, `not-found` for events that are not in the timeline; then nothing is tagged */
export async function addTags(
  registry: Registry,
  file: Case,
  { timeline, sources }: CaseTimeline,
  ids: readonly string[],
  said: { readonly tag: string; readonly comment?: string; readonly person: string },
): Promise<Tag[]> {
  const { tag, comment = '', person } = said;
  if (!TAG.test(tag))
    throw new EntenteError('usage', 'a tag is a word of up to 64 letters, digits, and _ . : -');
  if (comment.length > COMMENT_LENGTH_MAX || ids.length === 0 || ids.length > EVENTS_MAX)
    throw new EntenteError(
      'usage',
      `one to ${EVENTS_MAX} events are tagged at once, with up to ${COMMENT_LENGTH_MAX} characters of comment`,
    );
  const keys = ids.map(parseEventId);
  const events = new Map((await timeline.find(keys)).map((event) => [event.id, event]));
  const missing = ids.find((id) => !events.has(id));
  if (missing !== undefined) throw new EntenteError('not-found', `the timeline has no event ${missing}`);
  const made: Tag[] = [];
  for (const event of events.values()) {
    const digest = eventDigest(event);
    made.push({
      id: newId('annotation'),
      event: event.id,
      tag,
      comment,
      person,
      at: registry.clock().toISOString(),
      digest,
    });
  }
  const statements = await Promise.all(
    made.map((one) =>
      signStatement(registry.identity, 'annotation', {
        v: 1,
        act: 'tag',
        case: file.id,
        timeline: sources.find(({ of }) => of === parseEventId(one.event).exhibit)?.derived.sha256 ?? null,
        ...one,
      }),
    ),
  );
  await registry.db.transaction(async (tx) => {
    for (const [i, one] of made.entries()) {
      const statement = statements[i]!;
      const leaf = await appendLeaf(tx, registry.clock, 'annotation', {
        annotation: sha256(statement),
        case: file.id,
      });
      const { exhibit, seq } = parseEventId(one.event);
      await tx.run(
        'INSERT INTO timeline_tag (id, case_id, exhibit, seq, tag, at, statement, leaf_idx) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        one.id,
        file.id,
        exhibit,
        seq,
        tag,
        one.at,
        statement,
        leaf,
      );
    }
  });
  return made;
}

/** Takes a tag back; the record of it stays. @throws EntenteError `not-found` */
export async function removeTag(registry: Registry, file: Case, id: string, person: string): Promise<void> {
  const statement = await signStatement(registry.identity, 'annotation', {
    v: 1,
    act: 'untag',
    case: file.id,
    id,
    person,
    at: registry.clock().toISOString(),
  });
  await registry.db.transaction(async (tx) => {
    const changed = await tx.run(
      'UPDATE timeline_tag SET removed_by = ? WHERE id = ? AND case_id = ? AND removed_by IS NULL',
      statement,
      id,
      file.id,
    );
    if (changed === 0) throw new EntenteError('not-found', `the case has no tag ${id.slice(0, 100)}`);
    await appendLeaf(tx, registry.clock, 'annotation', { annotation: sha256(statement), case: file.id });
  });
}

/** In force, in the order in which they were put. `events` restricts to those of a page. */
export async function listTags(
  registry: Registry,
  file: Case,
  about: { readonly tag?: string; readonly events?: readonly string[] } = {},
): Promise<Tag[]> {
  const { tag, events } = about;
  const keys = events?.map(parseEventId);
  if (keys?.length === 0) return [];
  const rows = await registry.db.all<{ statement: string }>(
    `SELECT statement FROM timeline_tag WHERE case_id = ? AND removed_by IS NULL${tag === undefined ? '' : ' AND tag = ?'}${
      keys === undefined
        ? ''
        : ` AND (${keys.map(({ exhibit, seq }) => `(exhibit = ${exhibit} AND seq = ${seq})`).join(' OR ')})`
    } ORDER BY leaf_idx`,
    file.id,
    ...(tag === undefined ? [] : [tag]),
  );
  return rows.map(({ statement }) => {
    const payload = Buffer.from(statement.split('.')[1]!, 'base64url').toString('utf8');
    const { id, event, tag, comment, person, at, digest } = JSON.parse(payload) as Tag;
    return { id, event, tag, comment, person, at, digest };
  });
}

/** A tag on an event of a page; `isStale` when the event reads otherwise than when it was tagged. */
export interface TagOnEvent extends Tag {
  readonly isStale: boolean;
}

/** The tags of the events of a page. */
export async function tagsOn(
  registry: Registry,
  file: Case,
  events: readonly TimelineEvent[],
): Promise<Map<string, TagOnEvent[]>> {
  const byId = new Map(events.map((event) => [event.id, event]));
  const found = new Map<string, TagOnEvent[]>();
  for (const tag of await listTags(registry, file, { events: [...byId.keys()] })) {
    const isStale = eventDigest(byId.get(tag.event)!) !== tag.digest;
    found.set(tag.event, [...(found.get(tag.event) ?? []), { ...tag, isStale }]);
  }
  return found;
}

/** What filters ask about tags: the events of each tag that the filter may name. */
export async function taggedEvents(registry: Registry, file: Case): Promise<TaggedEvents> {
  const byTag = new Map<string, { exhibit: number; seq: number }[]>();
  for (const { tag, event } of await listTags(registry, file)) {
    const events = byTag.get(tag) ?? [];
    events.push(parseEventId(event));
    byTag.set(tag, events);
  }
  return (tag) => byTag.get(tag) ?? [];
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
