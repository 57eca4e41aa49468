/**
 * What a format's parser is: bytes in, events and an account out. A parser never reads but through its reader, never
 * writes, and asks no clock; whoever calls it opens the exhibit and hands over a reader of exactly that exhibit.
 *
 * The account is the other half of the result: what was read, what was not, and where. Nothing is lost uncounted.
 */
import type { Event } from './event.ts';

/** Random access to one exhibit. */
export interface ByteReader {
  readonly sizeBytes: number;
  /**
   * The bytes from `offset`, fewer at the end of the exhibit, none behind it. What was returned stays as it
   * is: a reader never writes into a buffer again, since events may still look at it.
   */
  read(offset: number, length: number): Uint8Array;
}

/** A reader of bytes that are in memory already. */
export function memoryReader(bytes: Uint8Array): ByteReader {
  return {
    sizeBytes: bytes.length,
    read: (offset, length) =>
      bytes.subarray(Math.min(offset, bytes.length), Math.min(offset + length, bytes.length)),
  };
}

/** Takes one event. Returning `false` stops the parser, and the account then says `stopped`. */
export type EventSink = (event: Event) => unknown;

export interface ParserIssue {
  readonly code: string;
  readonly message: string;
  /** Byte offset in the exhibit. */
  readonly offset: number;
  /** How many bytes could not be read, where that is known. */
  readonly lengthBytes?: number;
  /** A warning costs no record: a checksum that does not fit, a zone that nobody named. */
  readonly severity: 'error' | 'warning';
}

export interface ParserAccount {
  readonly format: string;
  /** Records that the format's own structure leads to: events, save where one event sums up many (packets of a capture). */
  readonly records: number;
  /** Further records, found in slack and behind damage. */
  readonly recovered: number;
  /** Events given to the sink. */
  readonly events: number;
  /** How many times something could not be read; `issues` names the places. */
  readonly errors: number;
  readonly warnings: number;
  /** Bytes that hold something and gave nothing. */
  readonly skippedBytes: number;
  /** The first issues, errors and warnings; all are counted above. */
  readonly issues: readonly ParserIssue[];
  readonly stopped: boolean;
}

export interface ParserOptions {
  /** Look for records that the structure no longer leads to. Default true. */
  readonly recover?: boolean;
  /** For formats that name no zone: minutes east of UTC. Without it UTC is taken and the account warns. */
  readonly zoneOffsetMinutes?: number;
  /** For formats that name no year: the year of the first record. Without it such events have no time. */
  readonly firstYear?: number;
  /** Which columns of a CSV are what. */
  readonly csv?: CsvMapping;
  /** Files that belong to the exhibit and hold part of its state. They are read, never applied to it. */
  readonly companions?: Companions;
  /** One of the ranges that `divide` gave: only what begins in it is parsed. */
  readonly range?: ByteRange;
}

export interface Companions {
  /** Of a SQLite database: what was not yet written back. */
  readonly wal?: ByteReader;
  /** Of a registry hive: LOG1 and LOG2. */
  readonly logs?: readonly ByteReader[];
}

/** A part of an exhibit, in bytes: from `from` to before `to`. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

export interface CsvMapping {
  readonly time?: string;
  readonly host?: string;
  readonly user?: string;
  readonly message?: string;
}

/** How sure a format is of a file by its first bytes: 0 not at all, 1 it could be, 2 its shape fits, 3 its signature is there. */
export type Confidence = 0 | 1 | 2 | 3;

export interface FormatParser {
  /** As printed in summaries: `evtx`, `pcapng`, `syslog`. */
  readonly name: string;
  /** For a person: `Windows event log (EVTX)`. */
  readonly title: string;
  /** Decides by the first bytes (`HEAD_BYTES` of them, or the whole exhibit). Never throws. */
  recognise(head: Uint8Array): Confidence;
  /**
   * For formats made of blocks that stand alone: up to `parts` ranges that can be parsed at the same time. Their events,
   * one range after another, and the sum of their accounts are those of the whole.
   */
  divide?(sizeBytes: number, parts: number): readonly ByteRange[];
  /** Never throws for what an exhibit contains. */
  parse(reader: ByteReader, sink: EventSink, options?: ParserOptions): ParserAccount;
}

/** Enough for every signature and for the first lines of a log with long lines. */
export const HEAD_BYTES = 64 * 1024;
