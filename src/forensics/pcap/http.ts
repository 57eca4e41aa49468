/**
 * HTTP/1 (RFC 9112) as it passes by: the heads of requests and responses, bodies skipped by their length. It reads a
 * stream in pieces and keeps no more than one head of it.
 */

export interface HttpHead {
  /** First line. */
  readonly line: string;
  /** Names in lower case; a name that repeats has its values joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Servers refuse heads above 8 to 64 KiB. */
const HEAD_BYTES_MAX = 64 * 1024;
const HEADERS_MAX = 200;

const REQUEST =
  /^(?:GET|POST|HEAD|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE|PROPFIND|REPORT|SEARCH|MKCOL|M-SEARCH|NOTIFY) \S/;

/** Whether a stream that begins so is HTTP. */
export function isHttp(b: Buffer, at: number, end: number): boolean {
  const start = b.toString('latin1', at, Math.min(end, at + 12));
  return REQUEST.test(start) || start.startsWith('HTTP/1.');
}

type State = 'head' | 'body' | 'chunk-size' | 'chunk-data' | 'trailer' | 'until-close' | 'lost';

/** Reads one direction. `head` is called for each head; it says whether a body can follow (a response to HEAD has none). */
export class HttpStream {
  readonly #head: (head: HttpHead) => boolean;
  readonly #isResponse: boolean;
  #state: State = 'head';
  #held: Buffer = Buffer.alloc(0);
  #left = 0;

  constructor(isResponse: boolean, head: (head: HttpHead) => boolean) {
    this.#isResponse = isResponse;
    this.#head = head;
  }

  /** False when nothing more can be read from this stream. */
  get isUseful(): boolean {
    return this.#state !== 'lost' && this.#state !== 'until-close';
  }

  /** Bytes are missing here: inside a body they are only counted, elsewhere the thread is lost. */
  gap(length: number): void {
    if ((this.#state === 'body' || this.#state === 'chunk-data') && this.#left > length) this.#left -= length;
    else this.#state = 'lost';
  }

  push(b: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end && this.isUseful) {
      if (this.#state === 'body' || this.#state === 'chunk-data') {
        const take = Math.min(this.#left, end - at);
        at += take;
        this.#left -= take;
        if (this.#left === 0) this.#state = this.#state === 'body' ? 'head' : 'chunk-size';
        continue;
      }
      const piece = b.subarray(at, end);
      const before = this.#held.length;
      const text = before === 0 ? piece : Buffer.concat([this.#held, piece]);
      const mark = this.#state === 'chunk-size' ? '\r\n' : '\r\n\r\n';
      // The line end of a chunk comes before the next size.
      const skip = this.#state === 'chunk-size' && text[0] === 0x0d ? 2 : 0;
      const atEnd = this.#state === 'trailer' && text[0] === 0x0d ? 0 : text.indexOf(mark, skip, 'latin1');
      if (atEnd < 0) {
        if (text.length > HEAD_BYTES_MAX) this.#state = 'lost';
        else this.#held = before === 0 ? Buffer.from(piece) : text;
        return;
      }
      this.#held = Buffer.alloc(0);
      const used = this.#state === 'trailer' && atEnd === 0 ? 2 : atEnd + mark.length;
      at += used - before;
      const content = text.toString('latin1', skip, atEnd);
      if (this.#state === 'head') this.#startBody(content);
      else if (this.#state === 'trailer') this.#state = 'head';
      else {
        const size = Number.parseInt(content, 16);
        if (!Number.isSafeInteger(size) || size < 0) this.#state = 'lost';
        else if (size === 0) this.#state = 'trailer';
        else {
          this.#left = size;
          this.#state = 'chunk-data';
        }
      }
    }
  }

  #startBody(text: string): void {
    const head = parseHead(text.replace(/^(?:\r\n)+/, ''));
    if (head === null) {
      this.#state = 'lost';
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
  const [line, ...rest] = text.split('\r\n', HEADERS_MAX + 1);
  if (
    line === undefined ||
    !(REQUEST.test(line) || line.startsWith('HTTP/1.') || /^\S+ \S+ HTTP\/1\.\d$/.test(line))
  )
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
