/** Finding requests, newest first, a page at a time, by state, direction and the words in them. */
import { EntenteError } from '../../base/index.ts';
import type { Queries } from '../../store/index.ts';
import { foldText, likeAnywhere } from './fold-text.ts';
import { type DeskRequest, readRequest } from './requests.ts';
import type { RequestState } from './state.ts';
import type { RequestKind } from './step.ts';

export interface RequestFilter {
  readonly direction?: 'in' | 'out';
  readonly kind?: RequestKind;
  readonly state?: RequestState;
  readonly peer?: string;
  /** All of these words. */
  readonly text?: string;
}

export interface RequestPage {
  readonly requests: readonly DeskRequest[];
  /** Where the next page begins; null when this is the last. */
  readonly next: string | null;
}

export const PAGE_MAX = 100;
/** More words do not narrow a search; each costs a look through what is left. */
const WORDS_MAX = 8;
/** The state is computed, so a page by state may read past many others; it then ends early and says where to go on. */
const READ_MAX = 500;

/** @throws EntenteError `usage` for a cursor that is none */
export async function listRequests(
  queries: Queries,
  filter: RequestFilter,
  page: { readonly limit: number; readonly after?: string },
): Promise<RequestPage> {
  const words = foldText(filter.text ?? '')
    .split(' ')
    .filter(Boolean);
  if (words.length > WORDS_MAX) throw new EntenteError('usage', `a search has up to ${WORDS_MAX} words`);
  const limit = Math.min(page.limit, PAGE_MAX);
  const where: string[] = [];
  const values: string[] = [];
  const and = (sql: string, ...more: string[]) => {
    where.push(sql);
    values.push(...more);
  };
  if (filter.direction) and('r.direction = ?', filter.direction);
  if (filter.kind) and('r.kind = ?', filter.kind);
  if (filter.peer) and('r.peer = ?', filter.peer);
  for (const word of words)
    and(
      "EXISTS (SELECT 1 FROM desk_text t WHERE t.request_id = r.id AND t.folded LIKE ? ESCAPE '\\')",
      likeAnywhere(word),
    );
  const found: DeskRequest[] = [];
  let cursor = page.after === undefined ? null : parseCursor(page.after);
  for (let read = 0; read < READ_MAX; ) {
    const rows = await queries.all<Parameters<typeof readRequest>[1]>(
      `SELECT r.id, r.direction, r.peer, r.kind, r.opened_at FROM desk_request r
       WHERE ${[...where, cursor ? '(r.opened_at < ? OR (r.opened_at = ? AND r.id < ?))' : '1 = 1'].join(' AND ')}
       ORDER BY r.opened_at DESC, r.id DESC LIMIT ?`,
      ...values,
      ...(cursor ? [cursor.at, cursor.at, cursor.id] : []),
      limit,
    );
    for (const row of rows) {
      const request = await readRequest(queries, row);
      cursor = { at: row.opened_at, id: row.id };
      if (!filter.state || request.state === filter.state) found.push(request);
      if (found.length === limit) return { requests: found, next: cursorText(cursor) };
    }
    if (rows.length < limit) return { requests: found, next: null };
    read += rows.length;
  }
  return { requests: found, next: cursorText(cursor!) };
}

interface Cursor {
  readonly at: string;
  readonly id: string;
}

const cursorText = ({ at, id }: Cursor) => `${at}/${id}`;

function parseCursor(text: string): Cursor {
  const [at, id, more] = text.split('/');
  if (!at || !id || more !== undefined)
    throw new EntenteError('usage', 'the place to go on from is none that a page gave');
  return { at, id };
}
