/**
 * What two ends of a TCP connection say, where it is HTTP, TLS, DNS or SSH: told by the first bytes, whatever the port. Makes the events
 * of those protocols; of all others only the flow remains.
 */
import type { Scalar } from '../event.ts';
import { requestFields } from '../text/access-log.ts';
import { type DnsMessage, parseDns } from './dns.ts';
import { HeldBytes, Holder, type Holding, PIECE_COST, type Stamp, stampOf } from './holding.ts';
import { type HttpHead, HttpStream, isHttp } from './http.ts';
import type { StreamListener } from './tcp-stream.ts';
import { type ClientHello, HandshakeReader, parseClientHello } from './tls.ts';

/** What a conversation found; the flow adds who and when. */
export interface ConversationSink {
  /** `stamp`: of the request, or of the answer where its request was not captured. */
  http(fields: Record<string, Scalar>, request: string, stamp: Stamp): void;
  tls(hello: ClientHello): void;
  dns(message: DnsMessage, fromClient: boolean): void;
  ssh(banner: string, fromClient: boolean): void;
  /** A message of DNS that does not hold together. */
  brokenDns(): void;
  /** Ends this conversation. */
  giveUp(): void;
}

interface Request {
  readonly fields: Record<string, Scalar>;
  readonly line: string;
  readonly isHead: boolean;
  /** The packet that ended its head. */
  readonly stamp: Stamp;
  readonly held: number;
}

/** Requests whose answers are still to come: browsers send six at once, pipelines a few more. */
const WAITING_REQUESTS_MAX = 64;

/** What an open conversation takes of memory with its streams, beside the bytes that it holds. */
const CONVERSATION_COST = 2_560;

export class Conversation extends Holder {
  readonly #sink: ConversationSink;
  readonly #isDnsPort: boolean;
  readonly #holding: Holding;
  readonly #requests: Request[] = [];
  #requestBytes = 0;
  readonly #directions: Direction[] = [];
  /** http, tls, ssh, dns; null while nothing was said or when it is none of these. */
  protocol: string | null = null;

  constructor(sink: ConversationSink, isDnsPort: boolean, holding: Holding) {
    super();
    this.#sink = sink;
    this.#isDnsPort = isDnsPort;
    this.#holding = holding;
  }

  listener(fromClient: boolean): StreamListener {
    const direction = new Direction(
      (b, start, end) => this.#choose(b, start, end, fromClient),
      () => this.#account(),
    );
    this.#directions.push(direction);
    return direction;
  }

  /** Gives the requests that were never answered; nothing more is read. */
  finish(): void {
    for (const direction of this.#directions) direction.lose();
    for (const request of this.#requests.splice(0)) this.#unanswered(request);
    this.#requestBytes = 0;
    this.#holding.hold(this, 0);
  }

  giveUp(): void {
    this.#sink.giveUp();
  }

  #unanswered({ fields, line, stamp }: Request): void {
    this.#sink.http(fields, line, stamp);
  }

  #account(): void {
    let held = CONVERSATION_COST + this.#requestBytes;
    for (const direction of this.#directions) held += direction.heldBytes;
    this.#holding.hold(this, held);
  }

  /** Null while the first bytes do not tell yet. */
  #choose(b: Buffer, start: number, end: number, fromClient: boolean): Reader | null {
    const http = isHttp(b, start, end);
    if (http === true)
      return this.#http(
        b
          .toString('latin1', start, Math.min(end, start + 12))
          .trimStart()
          .startsWith('HTTP/'),
      );
    if (b[start] === 0x16 && (end - start < 2 || b[start + 1] === 3)) return this.#tls();
    if (this.#isDnsPort && (http === false || end - start > OPENING_TOLD)) return this.#dns(fromClient);
    const text = b.toString('latin1', start, Math.min(end, start + 4));
    if (text === 'SSH-') return this.#ssh(fromClient);
    return http === 'more' ? null : NOTHING;
  }

  #http(isResponse: boolean): Reader {
    this.protocol = 'http';
    const stream = new HttpStream(isResponse, (head) =>
      isResponse ? this.#response(head) : this.#request(head),
    );
    return {
      data: (bytes, from, end) => stream.push(bytes, from, end),
      gap: (length) => stream.gap(length),
      held: () => stream.heldBytes,
      lose: () => stream.lose(),
      get isUseful() {
        return stream.isUseful;
      },
    };
  }

  #request({ line, headers }: HttpHead): boolean {
    const [method, target] = line.split(' ');
    const fields: Record<string, Scalar> = requestFields(method, target);
    const host = headers['host'];
    if (host !== undefined) {
      fields['cs-host'] ??= host.replace(/:\d+$/, '');
      if (target?.startsWith('/')) fields['cs-uri'] = `http://${host}${target}`;
    }
    const put = (name: string, header: string) => {
      if (headers[header] !== undefined) fields[name] = headers[header]!;
    };
    put('cs-user-agent', 'user-agent');
    put('cs-referer', 'referer');
    put('cs-cookie', 'cookie');
    put('cs-content-type', 'content-type');
    if (this.#requests.length >= WAITING_REQUESTS_MAX) this.#unanswered(this.#takeRequest()!);
    let held = PIECE_COST + 2 * line.length;
    for (const value of Object.values(fields)) held += PIECE_COST / 4 + String(value).length;
    this.#requests.push({
      fields,
      line,
      isHead: method === 'HEAD',
      stamp: stampOf(this.#holding.stamp),
      held,
    });
    this.#requestBytes += held;
    return true;
  }

  #takeRequest(): Request | undefined {
    const request = this.#requests.shift();
    this.#requestBytes -= request?.held ?? 0;
    return request;
  }

  #response({ line, headers }: HttpHead): boolean {
    const status = Number(/^HTTP\/\S+ (\d{3})/.exec(line)?.[1] ?? 0);
    if (status >= 100 && status < 200) return false; // the real one follows
    const request = this.#takeRequest();
    const fields = request?.fields ?? {};
    if (status > 0) fields['sc-status'] = status;
    for (const [name, header] of [
      ['sc-content-type', 'content-type'],
      ['sc-bytes', 'content-length'],
      ['sc-server', 'server'],
      ['sc-location', 'location'],
    ] as const) {
      const value = headers[header];
      if (value !== undefined)
        fields[name] = header === 'content-length' && /^\d{1,15}$/.test(value) ? Number(value) : value;
    }
    const { stamp } = request ?? this.#holding;
    this.#sink.http(fields, request === undefined ? line : `${request.line} ${status}`, stamp);
    return !request?.isHead && status !== 204 && status !== 304;
  }

  #tls(): Reader {
    this.protocol = 'tls';
    const hello = new HandshakeReader();
    let useful = true;
    const end = () => {
      useful = false;
      hello.clear();
    };
    return {
      data: (b, start, stop) => {
        const message = hello.push(b, start, stop);
        if (message === 'more') return;
        end();
        const parsed = message === null ? null : parseClientHello(message, 't');
        if (parsed !== null) this.#sink.tls(parsed);
      },
      gap: end,
      lose: end,
      held: () => hello.heldBytes,
      get isUseful() {
        return useful;
      },
    };
  }

  /** RFC 7766: each message behind its length. */
  #dns(fromClient: boolean): Reader {
    this.protocol = 'dns';
    const held = new HeldBytes();
    let useful = true;
    const end = () => {
      useful = false;
      held.clear();
    };
    return {
      data: (b, start, stop) => {
        held.append(b, start, stop);
        const { view } = held;
        let at = 0;
        while (at + 2 <= view.length && at + 2 + view.readUInt16BE(at) <= view.length) {
          const length = view.readUInt16BE(at);
          const message = parseDns(view, at + 2, at + 2 + length);
          if (message !== null) this.#sink.dns(message, fromClient);
          else {
            this.#sink.brokenDns();
            end();
            return;
          }
          at += 2 + length;
        }
        if (at > 0) held.drop(at);
      },
      gap: end,
      lose: end,
      held: () => held.cost,
      get isUseful() {
        return useful;
      },
    };
  }

  #ssh(fromClient: boolean): Reader {
    this.protocol = 'ssh';
    let text = '';
    let useful = true;
    const end = () => {
      useful = false;
      text = '';
    };
    return {
      data: (b, start, stop) => {
        text += b.toString('latin1', start, Math.min(stop, start + 256));
        const until = text.search(/[\r\n]/);
        if (until < 0 && text.length < 256) return; // RFC 4253 §4.2: at most 255 characters
        this.#sink.ssh(text.slice(0, until < 0 ? 255 : until), fromClient);
        end();
      },
      gap: end,
      lose: end,
      held: () => text.length,
      get isUseful() {
        return useful;
      },
    };
  }
}

/** What one end says: kept until its beginning tells who reads it. */
class Direction implements StreamListener {
  readonly #choose: (b: Buffer, start: number, end: number) => Reader | null;
  readonly #account: () => void;
  #reader: Reader | null = null;
  #opening: HeldBytes | null = null;

  constructor(choose: (b: Buffer, start: number, end: number) => Reader | null, account: () => void) {
    this.#choose = choose;
    this.#account = account;
  }

  get isUseful(): boolean {
    return this.#reader === null || this.#reader.isUseful;
  }

  get heldBytes(): number {
    return (this.#opening?.cost ?? 0) + (this.#reader?.held() ?? 0);
  }

  data(b: Buffer, start: number, end: number): void {
    if (this.#reader !== null) this.#reader.data(b, start, end);
    else this.#open(b, start, end);
    this.#account();
  }

  gap(length: number): void {
    if (this.#reader === null) this.lose();
    else this.#reader.gap(length);
    this.#account();
  }

  lose(): void {
    this.#opening = null;
    if (this.#reader === null) this.#reader = NOTHING;
    else this.#reader.lose();
  }

  #open(b: Buffer, start: number, end: number): void {
    const opening = this.#opening;
    opening?.append(b, start, end);
    // Only the end of the line tells.
    if (
      opening !== null &&
      opening.length > OPENING_TOLD &&
      opening.length < OPENING_MAX &&
      !b.subarray(start, end).includes(0x0a)
    )
      return;
    const bytes = opening?.view ?? b.subarray(start, end);
    this.#reader = this.#choose(bytes, 0, bytes.length);
    if (this.#reader !== null) {
      this.#opening = null;
      this.#reader.data(bytes, 0, bytes.length);
    } else if (opening === null) {
      this.#opening = new HeldBytes();
      this.#opening.append(b, start, end);
    }
  }
}

interface Reader extends StreamListener {
  held(): number;
  /** Nothing more is wanted, and nothing is held any more. */
  lose(): void;
}

/** Once this much of a first line is here, only its end tells more. */
const OPENING_TOLD = 64 + 8;
/** What `isHttp` looks at. */
const OPENING_MAX = 8 * 1024;

const NOTHING: Reader = { data() {}, gap() {}, lose() {}, held: () => 0, isUseful: false };
