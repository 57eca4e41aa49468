/**
 * What two ends of a TCP connection say, where it is HTTP, TLS, DNS or SSH: told by the first bytes, whatever the port. Makes the events
 * of those protocols; of all others only the flow remains.
 */
import type { Scalar } from '../event.ts';
import { requestFields } from '../text/access-log.ts';
import { type DnsMessage, parseDns } from './dns.ts';
import { type HttpHead, HttpStream, isHttp } from './http.ts';
import type { StreamListener } from './tcp-stream.ts';
import { CLIENT_HELLO_BYTES_MAX, type ClientHello, handshakeOf, parseClientHello } from './tls.ts';

/** What a conversation found; the flow adds who and when. */
export interface ConversationSink {
  http(fields: Record<string, Scalar>, request: string): void;
  tls(hello: ClientHello): void;
  dns(message: DnsMessage, fromClient: boolean): void;
  ssh(banner: string, fromClient: boolean): void;
}

/** Requests whose answers are still to come: browsers send six at once, pipelines a few more. */
const WAITING_REQUESTS_MAX = 64;

export class Conversation {
  readonly #sink: ConversationSink;
  readonly #isDnsPort: boolean;
  readonly #requests: { fields: Record<string, Scalar>; line: string; isHead: boolean }[] = [];
  /** http, tls, ssh, dns; null while nothing was said or when it is none of these. */
  protocol: string | null = null;

  constructor(sink: ConversationSink, isDnsPort: boolean) {
    this.#sink = sink;
    this.#isDnsPort = isDnsPort;
  }

  listener(fromClient: boolean): StreamListener {
    let reader: StreamListener | null = null;
    const choose = (b: Buffer, start: number, end: number): StreamListener => {
      if (isHttp(b, start, end)) return this.#http(b, start);
      if (b[start] === 0x16 && (end - start < 2 || b[start + 1] === 3)) return this.#tls();
      if (this.#isDnsPort) return this.#dns(fromClient);
      if (b.toString('latin1', start, Math.min(end, start + 4)) === 'SSH-') return this.#ssh(fromClient);
      return NOTHING;
    };
    return {
      data(b, start, end) {
        reader ??= choose(b, start, end);
        reader.data(b, start, end);
      },
      gap(length) {
        if (reader === null) reader = NOTHING;
        else reader.gap(length);
      },
      get isUseful() {
        return reader === null || reader.isUseful;
      },
    };
  }

  /** Requests that were never answered. */
  finish(): void {
    for (const { fields, line } of this.#requests.splice(0)) this.#sink.http(fields, line);
  }

  #http(b: Buffer, start: number): StreamListener {
    this.protocol = 'http';
    const isResponse = b.toString('latin1', start, start + 5) === 'HTTP/';
    const stream = new HttpStream(isResponse, (head) =>
      isResponse ? this.#response(head) : this.#request(head),
    );
    return {
      data: (bytes, from, end) => stream.push(bytes, from, end),
      gap: (length) => stream.gap(length),
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
    if (this.#requests.length >= WAITING_REQUESTS_MAX) {
      const oldest = this.#requests.shift()!;
      this.#sink.http(oldest.fields, oldest.line);
    }
    this.#requests.push({ fields, line, isHead: method === 'HEAD' });
    return true;
  }

  #response({ line, headers }: HttpHead): boolean {
    const status = Number(/^HTTP\/\S+ (\d{3})/.exec(line)?.[1] ?? 0);
    if (status >= 100 && status < 200) return false; // the real one follows
    const request = this.#requests.shift() ?? { fields: {}, line: '', isHead: false };
    const { fields } = request;
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
    this.#sink.http(fields, request.line === '' ? line : `${request.line} ${status}`);
    return !request.isHead && status !== 204 && status !== 304;
  }

  #tls(): StreamListener {
    this.protocol = 'tls';
    let held: Buffer = Buffer.alloc(0);
    let useful = true;
    return {
      data: (b, start, end) => {
        held = Buffer.concat([held, b.subarray(start, end)]);
        const message = handshakeOf(held, 0, held.length);
        if (message === 'more' && held.length < CLIENT_HELLO_BYTES_MAX) return;
        useful = false;
        const hello = message === null || message === 'more' ? null : parseClientHello(message, 't');
        held = Buffer.alloc(0);
        if (hello !== null) this.#sink.tls(hello);
      },
      gap() {
        useful = false;
      },
      get isUseful() {
        return useful;
      },
    };
  }

  /** RFC 7766: each message behind its length. */
  #dns(fromClient: boolean): StreamListener {
    this.protocol = 'dns';
    let held: Buffer = Buffer.alloc(0);
    let useful = true;
    return {
      data: (b, start, end) => {
        held = Buffer.concat([held, b.subarray(start, end)]);
        let at = 0;
        while (at + 2 <= held.length && at + 2 + held.readUInt16BE(at) <= held.length) {
          const length = held.readUInt16BE(at);
          const message = parseDns(held, at + 2, at + 2 + length);
          if (message === null) useful = false;
          else this.#sink.dns(message, fromClient);
          at += 2 + length;
        }
        held = held.subarray(at);
      },
      gap() {
        useful = false;
      },
      get isUseful() {
        return useful;
      },
    };
  }

  #ssh(fromClient: boolean): StreamListener {
    this.protocol = 'ssh';
    let text = '';
    let useful = true;
    return {
      data: (b, start, end) => {
        text += b.toString('latin1', start, Math.min(end, start + 256));
        const stop = text.search(/[\r\n]/);
        if (stop < 0 && text.length < 256) return; // RFC 4253 §4.2: at most 255 characters
        useful = false;
        this.#sink.ssh(text.slice(0, stop < 0 ? 255 : stop), fromClient);
      },
      gap() {
        useful = false;
      },
      get isUseful() {
        return useful;
      },
    };
  }
}

const NOTHING: StreamListener = { data() {}, gap() {}, isUseful: false };
