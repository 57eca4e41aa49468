/**
 * Reading events: every exhibit's files are parsed and their events written as Parquet, a derived exhibit of the one they are in. So
 * whoever disposes of an exhibit can dispose of its events too, and the timeline of a case is what its exhibits' events are together.
 */

import type { ParserOptions } from '../../forensics/index.ts';
import { ExamineAccounts, type ExamineMessage, examine, sourcesOf } from '../examine/index.ts';
import type { Exhibit } from '../exhibits.ts';
import type { Tool, ToolContext, ToolResult } from '../run-tool.ts';
import { openDuckDB } from './duckdb.ts';
import { openScratch } from './scratch.ts';
import { TimelineWriter } from './timeline-writer.ts';

/** The derived exhibit with an exhibit's events. */
export const TIMELINE_FILE = 'timeline.parquet';

/** Over all exhibits that it is given. */
export const PARSE: Tool = { name: 'parse', purpose: 'read the events in the evidence', execute };
/** The same, given the exhibits whose events are not read yet. */
export const TIMELINE: Tool = { name: 'timeline', purpose: 'bring the timeline up to date', execute };

/** What a run may be told; recorded with it. */
export type TimelineParameters = Pick<ParserOptions, 'recover' | 'zoneOffsetMinutes' | 'firstYear' | 'csv'>;

/** What DuckDB takes to write a part of the file. */
const WRITE_MEMORY_BYTES = 400e6;

async function execute(context: ToolContext): Promise<ToolResult> {
  const { registry, exhibits, parameters, onProgress } = context;
  const byNumber = new Map(exhibits.map((exhibit) => [exhibit.number, exhibit]));
  const files = (await Promise.all(exhibits.map((exhibit) => sourcesOf(registry, exhibit)))).flat();
  const isSecret = files.some(({ location }) => location.key !== null);
  using scratch = openScratch(registry.folder, isSecret);
  using db = await openDuckDB({
    files: [],
    folder: scratch.folder,
    memoryBytes: WRITE_MEMORY_BYTES,
    threads: 1,
  });
  const accounts = new ExamineAccounts();
  const sizes = files.map(({ location }) => location.sizeBytes);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let read = 0;
  let output: Output | null = null;
  try {
    const summary = await examine({
      files,
      job: { kind: 'timeline', options: parameters as TimelineParameters },
      accounts,
      onFile(done) {
        read += sizes[done - 1]!;
        onProgress?.(read, total);
      },
      async take(message: Extract<ExamineMessage, { type: 'chunk' | 'hits' }>) {
        if (message.type !== 'chunk') return;
        const exhibit = byNumber.get(message.exhibit)!;
        if (output?.exhibit !== exhibit) {
          await output?.end();
          output = new Output(
            context,
            exhibit,
            (give) => new TimelineWriter(db, scratch.folder, exhibit.number, give),
          );
        }
        await output.append(message.chunk);
      },
    });
    await (output as Output | null)?.end();
    return { account: { ...accounts.finish(), ...summary } };
  } catch (error) {
    await (output as Output | null)?.abort(error);
    throw error;
  }
}

/** One derived file: what the writer gives is handed on while the run keeps it. */
class Output {
  readonly exhibit: Exhibit;
  readonly #writer: TimelineWriter;
  readonly #kept: Promise<void>;
  readonly #stream = new TransformStream<Uint8Array, Uint8Array>();
  readonly #into = this.#stream.writable.getWriter();

  constructor(
    context: ToolContext,
    exhibit: Exhibit,
    open: (give: (bytes: Uint8Array) => Promise<void>) => TimelineWriter,
  ) {
    this.exhibit = exhibit;
    this.#kept = context.keep(exhibit, TIMELINE_FILE, this.#stream.readable);
    this.#kept.catch((error) => this.#into.abort(error).catch(() => {}));
    this.#writer = open((bytes) => this.#into.write(bytes));
  }

  append(chunk: Parameters<TimelineWriter['append']>[0]): Promise<void> {
    return this.#writer.append(chunk);
  }

  async end(): Promise<void> {
    await this.#writer.end();
    await this.#into.close();
    await this.#kept;
  }

  async abort(cause: unknown): Promise<void> {
    await this.#into.abort(cause).catch(() => {});
    await this.#writer.abort();
    await this.#kept.catch(() => {});
  }
}
