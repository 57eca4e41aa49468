/** Keeps a parser's account while it works. */
import { type Event, type EventInit, type EventTime, plainEvent } from './event.ts';
import type { EventSink, ParserAccount, ParserIssue } from './parser.ts';

/** A badly damaged file has an issue every few bytes: this many are named, the rest only counted. */
const ISSUES_MAX = 1_000;

export class Account {
  readonly #format: string;
  readonly #sink: EventSink;
  readonly #issues: ParserIssue[] = [];
  #records = 0;
  #recovered = 0;
  #events = 0;
  #errors = 0;
  #warnings = 0;
  #skippedBytes = 0;
  #stopped = false;

  constructor(format: string, sink: EventSink) {
    this.#format = format;
    this.#sink = sink;
  }

  /** True once the sink wants no more; the parser then ends as soon as it can. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Passes on an event that is a record. */
  emit(event: Event): void {
    this.count(event.recovered);
    this.give(event);
  }

  /**
   * Passes on a record that names several instants: an event for each, which says which one it is; without any, a
   * single event without time.
   */
  emitTimes(init: EventInit, times: readonly (EventTime | null)[]): void {
    this.count(init.recovered ?? false);
    const known = times.filter((time) => time !== null);
    if (known.length === 0) this.give(plainEvent({ ...init, time: null }));
    for (const time of known) {
      if (this.#stopped) return;
      this.give(plainEvent({ ...init, time, message: `${init.message} (${time.source})` }));
    }
  }

  /** Counts a record that is no event by itself. */
  count(recovered: boolean): void {
    if (recovered) this.#recovered++;
    else this.#records++;
  }

  /** Passes on an event that is no record by itself. */
  give(event: Event): void {
    this.#events++;
    if (this.#sink(event) === false) this.#stopped = true;
  }

  error(code: string, message: string, offset: number, lengthBytes?: number): void {
    this.#errors++;
    this.#note('error', code, message, offset, lengthBytes);
  }

  warn(code: string, message: string, offset: number, lengthBytes?: number): void {
    this.#warnings++;
    this.#note('warning', code, message, offset, lengthBytes);
  }

  skip(bytes: number): void {
    this.#skippedBytes += bytes;
  }

  finish(): ParserAccount {
    return {
      format: this.#format,
      records: this.#records,
      recovered: this.#recovered,
      events: this.#events,
      errors: this.#errors,
      warnings: this.#warnings,
      skippedBytes: this.#skippedBytes,
      issues: this.#issues,
      stopped: this.#stopped,
    };
  }

  #note(
    severity: ParserIssue['severity'],
    code: string,
    message: string,
    offset: number,
    lengthBytes: number | undefined,
  ): void {
    if (this.#issues.length >= ISSUES_MAX) return;
    this.#issues.push({
      code,
      message,
      offset,
      ...(lengthBytes === undefined ? {} : { lengthBytes }),
      severity,
    });
  }
}
