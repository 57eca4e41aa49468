/**
 * HTTP/1 (RFC 9112) as it passes by: the heads of requests and responses, bodies skipped by their length. It reads a
 * stream in pieces and keeps no more than one head of it.
 */
import { HeldBytes } from './holding.ts';

export interface HttpHead {
  /** First line. */
  readonly line: string;
  /** Names in lower case; a name that repeats has its values joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Servers refuse heads above 8 to 64 KiB. */
const HEAD_BYTES_MAX = 64 * 1024;
const HEADERS_MAX = 200;

/** Servers accept request lines of 8,000 bytes at least (RFC 9112 §3). */
const REQUEST_LINE_MAX = 8 * 1024;

/** Methods so usual that the first bytes tell; any other token is told by the version at the end of its line. */
const USUAL =
  /^(?:GET|POST|HEAD|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE|PROPFIND|REPORT|SEARCH|MKCOL|M-SEARCH|NOTIFY) \S/;
/** Token, target, version (RFC 9112 §3, RFC 9110 §5.6.2). */
const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64} \S+ HTTP\/1\.\d\r?$/;
const REQUEST_BEGINNING = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}(?:$| $| \S+(?:$| $| H))/;
const USUAL_BYTES = 12;

/** Whether a stream that begins so is HTTP; `more` while its first line does not tell yet. */
export function isHttp(b: Buffer, start: number, end: number): boolean | 'more' {
  let at = start;
  while (at < end && at < start + 4 && (b[at] === CR || b[at] === LF)) at++; // an empty line may stand before (§2.2)
  if (at === end) return 'more';
  const first = b.toString('latin1', at, Math.min(end, at + USUAL_BYTES));
  if (first.startsWith('HTTP/1.') || USUAL.test(first)) return true;
  if ('HTTP/1.'.startsWith(first)) return 'more';
  const line = b.toString('latin1', at, Math.min(end, at + REQUEST_LINE_MAX));
  const stop = line.indexOf('\n');
  if (stop >= 0) return REQUEST_LINE.test(line.slice(0, stop));
  return line.length < REQUEST_LINE_MAX && REQUEST_BEGINNING.test(line) ? 'more' : false;
}

const CR = 0x0d;
const LF = 0x0a;

type State = 'head' | 'body' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailer' | 'until-close' | 'lost';

/** Reads one direction. `head` is called for each head; it says whether a body can follow (a response to HEAD has none). */
export class HttpStream {
  readonly #head: (head: HttpHead) => boolean;
  readonly #isResponse: boolean;
  #state: State = 'head';
  /** Of the present head, or of the present line elsewhere. */
  readonly #held = new HeldBytes();
  /** How much of the present line is held. */
  #lineHeld = 0;
  /** Of a body or a chunk. */
  #left = 0;

  constructor(isResponse: boolean, head: (head: HttpHead) => boolean) {
    this.#isResponse = isResponse;
    this.#head = head;
  }

  /** False when nothing more can be read from this stream. */
  get isUseful(): boolean {
    return this.#state !== 'lost' && this.#state !== 'until-close';
  }

  get heldBytes(): number {
    return this.#held.cost;
  }

  /** Bytes are missing here: inside a body they are only counted, elsewhere the thread is lost. */
  gap(length: number): void {
    if ((this.#state !== 'body' && this.#state !== 'chunk-data') || this.#left < length) {
      this.lose();
      return;
    }
    this.#left -= length;
    this.#endBody();
  }

  lose(): void {
    this.#state = 'lost';
    this.#held.clear();
  }

  push(b: Buffer, start: number, end: number): void {
    const piece = b.subarray(start, end);
    /** Where what is neither held nor read begins, and the line that is looked at. */
    let from = 0;
    let at = 0;
    while (at < piece.length && this.isUseful) {
      if (this.#state === 'body' || this.#state === 'chunk-data') {
        const take = Math.min(this.#left, piece.length - at);
        this.#left -= take;
        at += take;
        from = at;
        this.#endBody();
        continue;
      }
      const stop = piece.indexOf(LF, at);
      const until = stop < 0 ? piece.length : stop;
      if (this.#held.length + until - from > HEAD_BYTES_MAX) {
        this.lose();
        return;
      }
      if (stop < 0) {
        this.#held.append(piece, from, until);
        this.#lineHeld += until - at;
        return;
      }
      const length = this.#lineHeld + stop - at;
      const isEmpty = length === 0 || (length === 1 && (stop > at ? piece[at] : this.#held.last) === CR);
      at = stop + 1;
      this.#lineHeld = 0;
      // A head goes on to its empty line; empty lines before it do not count (RFC 9112 §2.2).
      if (this.#state === 'head' && !isEmpty) continue;
      let text = '';
      if (this.#held.length === 0) text = piece.toString('latin1', from, stop);
      else {
        this.#held.append(piece, from, stop);
        text = this.#held.view.toString('latin1');
        this.#held.clear();
      }
      from = at;
      this.#line(text, isEmpty);
    }
    if (from < piece.length && this.isUseful) this.#held.append(piece, from, piece.length);
  }

  #endBody(): void {
    if (this.#left === 0) this.#state = this.#state === 'body' ? 'head' : 'chunk-end';
  }

  /** `text`: a head with all its lines, elsewhere one line. */
  #line(text: string, isEmpty: boolean): void {
    switch (this.#state) {
      case 'head':
        if (text.trim() !== '') this.#startBody(text.trimStart());
        return;
      case 'chunk-end':
        if (isEmpty) this.#state = 'chunk-size';
        else this.lose();
        return;
      case 'trailer':
        if (isEmpty) this.#state = 'head';
        return;
      default: {
        const size = /^[0-9a-f]{1,13}(?![0-9a-z])/i.exec(text)?.[0];
        if (size === undefined) {
          this.lose();
          return;
        }
        this.#left = Number.parseInt(size, 16);
        this.#state = this.#left === 0 ? 'trailer' : 'chunk-data';
      }
    }
  }

  #startBody(text: string): void {
    const head = parseHead(text);
    if (head === null) {
      this.lose();
      return;
    }
    const canHaveBody = this.#head(head);
    const { headers } = head;
    const length = headers['content-length'];
    if (!canHaveBody) this.#state = 'head';
    else if (/chunked/i.test(headers['transfer-encoding'] ?? '')) this.#state = 'chunk-size';
    else if (length !== undefined && /^\d{1,15}$/.test(length)) {
      this.#left = Number(length);
      this.#state = this.#left === 0 ? 'head' : 'body';
    } else this.#state = this.#isResponse ? 'until-close' : 'head';
  }
}

function parseHead(text: string): HttpHead | null {
  // A line may end without its CR (RFC 9112 §2.2).
  const [line, ...rest] = text.split(/\r?\n/, HEADERS_MAX + 1);
  if (line === undefined || !(USUAL.test(line) || line.startsWith('HTTP/1.') || REQUEST_LINE.test(line)))
    return null;
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const header of rest) {
    const colon = header.indexOf(':');
    if (colon <= 0) continue;
    const name = header.slice(0, colon).trim().toLowerCase();
    const value = header.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return { line, headers };
}
