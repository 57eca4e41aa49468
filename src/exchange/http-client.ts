/** Calls to other servers: authenticated, bounded in time and size, with failures told apart. What comes back is hostile until checked. */
import { parseDecidingClause } from '../agreement/index.ts';
import { EntenteError } from '../base/index.ts';
import { type Peer, papersDigest, type Registry } from '../registry/index.ts';
import { peerToken } from './peer-auth.ts';

/** A peer on a slow line gets this long for one page. */
const TIMEOUT_MS = 60_000;

/** Larger than any page a node sends: 1,000 objects of 16 KiB. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  json(): unknown;
}

export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
  readonly authorization?: string;
  /** Further headers, such as those that nodes understand. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For the whole answer; a minute when not given. */
  readonly timeoutMs?: number;
  /** Largest answer that is read. */
  readonly bytesMax?: number;
}

/** @throws EntenteError `peer-unreachable`, `peer-nonsense` (a redirect, an answer too large, or no JSON when asked for it) */
export async function call(url: string, options: CallOptions = {}): Promise<Answer> {
  const headers: Record<string, string> = {
    ...options.headers,
    accept: options.accept ?? 'application/json',
  };
  if (options.authorization) headers['authorization'] = options.authorization;
  if (options.contentType) headers['content-type'] = options.contentType;
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  try {
    const response = await fetch(url, {
      method: options.method ?? 'GET',
      headers,
      ...(options.body === undefined ? {} : { body: options.body }),
      redirect: 'manual', // following one would carry credentials elsewhere
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      throw new EntenteError(
        'peer-nonsense',
        `${url} redirects (${response.status}), and redirects are not followed; use the address it leads to`,
        { where: url },
      );
    }
    const bytes = await readBounded(response, url, options.bytesMax ?? ANSWER_BYTES_MAX);
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      json() {
        try {
          return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
        } catch (cause) {
          throw new EntenteError(
            'peer-nonsense',
            `${url} answered ${response.status} with something that is not JSON`,
            { where: url, cause },
          );
        }
      },
    };
  } catch (cause) {
    if (cause instanceof EntenteError) throw cause;
    const { name, cause: inner } = cause as Error & { cause?: { code?: string } };
    const why = name === 'TimeoutError' ? `within ${timeoutMs / 1000} s` : `(${inner?.code ?? name})`;
    throw new EntenteError('peer-unreachable', `${url} did not answer ${why}`, { where: url, cause });
  }
}

async function readBounded(response: Response, url: string, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > bytesMax) {
      throw new EntenteError('peer-nonsense', `${url} answered more than ${bytesMax} bytes`, {
        where: url,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * A call to a peer's node, signed with this node's key. `path` may come from the peer itself, so one that leads to another server is
 * refused: nobody makes this node call a third.
 */
export async function callPeer(
  registry: Registry,
  peer: Peer,
  path: string,
  options: CallOptions = {},
): Promise<Answer> {
  const url = URL.canParse(path, peer.url) ? new URL(path, peer.url) : null;
  if (url?.origin !== new URL(peer.url).origin)
    throw new EntenteError(
      'peer-nonsense',
      `${peer.name} names an address that is not its own: ${path.slice(0, 200)}`,
      { where: peer.url },
    );
  const papers = await papersDigest(registry, peer.kid);
  const token = await peerToken(
    registry.identity,
    peer.kid,
    options.method ?? 'GET',
    url.pathname + url.search, // as the peer will see it
    registry.clock(),
    papers,
  );
  return call(url.href, { ...options, authorization: `Bearer ${token}` });
}

/** How much of a peer's words and how many of its clauses an error repeats. */
const WORDS_MAX = 500;
const CLAUSES_MAX = 50;

/**
 * Turns a refusal by a peer into an error that repeats the peer's own words, bounded. Clauses stand at the top of problem details,
 * and under `details` in a TAXII error.
 */
export function refusedBy(peer: Peer, answer: Answer, what: string): EntenteError {
  let problem: Record<string, unknown> = {};
  try {
    problem = (answer.json() ?? {}) as Record<string, unknown>;
  } catch {
    // a refusal without a body in JSON still is one
  }
  const { detail, description, title, details } = problem;
  const words = [detail, description, title].find((text) => typeof text === 'string') as string | undefined;
  const cited = problem['clauses'] ?? (details as { clauses?: unknown } | null | undefined)?.clauses;
  const clauses = (Array.isArray(cited) ? cited.slice(0, CLAUSES_MAX) : []).flatMap(
    (one) => parseDecidingClause(one) ?? [],
  );
  return new EntenteError(
    answer.status === 403 && clauses.length > 0 ? 'agreement-denied' : 'peer-nonsense',
    `${peer.name} refused ${what} (${answer.status})${words ? `: ${words.slice(0, WORDS_MAX)}` : ''}`,
    { where: peer.url, clauses },
  );
}
