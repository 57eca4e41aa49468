/**
 * The two nodes of the story, driven as their users would: each is a process of its own (`entente up`), and every act is the
 * command that a person would type, run against that node's data folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EntenteError } from '../../base/index.ts';

const PROGRAM = resolve(import.meta.dirname, '../../../bin/entente.js');

/** A command of the story works on small data; one that takes longer hangs. */
const COMMAND_TIMEOUT_MS = 60_000;
/** Creating identity and store takes well under a second; this bears a busy machine. */
const START_TIMEOUT_MS = 20_000;

export interface Outcome {
  readonly exit: number;
  /** Standard output, one JSON value a line. */
  readonly lines: readonly Record<string, unknown>[];
  readonly stderr: string;
}

export class Actor {
  readonly name: string;
  readonly folder: string;
  url = '';
  kid = '';
  readonly #onCommand: (actor: Actor, words: readonly string[]) => void;
  #process: ChildProcess | null = null;

  constructor(name: string, folder: string, onCommand: (actor: Actor, words: readonly string[]) => void) {
    this.name = name;
    this.folder = folder;
    this.#onCommand = onCommand;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts the node on a free port, or on the port it had. */
  async start(): Promise<void> {
    const port = this.url ? new URL(this.url).port : '0';
    const words = ['up', '--port', port, '--name', this.name];
    this.#onCommand(this, words);
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const log = openSync(join(this.folder, 'node.log'), 'a', 0o600);
    // Detached, with its talk in a file: a node that is kept lives on when the story has been told.
    const child = spawn(process.execPath, [PROGRAM, ...words, '--json', '--data', this.folder], {
      stdio: ['ignore', 'pipe', log],
      detached: true,
    });
    closeSync(log);
    this.#process = child;
    const ready = await firstLine(child, this);
    this.url = String(ready['url']);
    this.kid = String(ready['kid']);
  }

  /** Lets the node live on when this process ends. */
  keep(): void {
    this.#process?.stdout?.destroy();
    this.#process?.unref();
    this.#process = null;
  }

  /** Ends the node's process; `SIGKILL` is the crash that nothing can prepare for. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((done) => child.once('exit', () => done()));
    child.kill(signal);
    await gone;
  }

  /** Runs `entente WORDS` on this node's data. @throws EntenteError when it exits otherwise than expected */
  async run(words: readonly string[], expectExit: number | null = 0): Promise<Outcome> {
    this.#onCommand(this, words);
    const outcome = await runProgram([...words, '--json', '--data', this.folder]);
    if (expectExit !== null && outcome.exit !== expectExit) {
      throw new EntenteError(
        'internal',
        `${this.name}: entente ${words.join(' ')} ended with ${outcome.exit}: ${outcome.stderr.trim().slice(0, 1_000)}`,
      );
    }
    return outcome;
  }

  /** For commands that answer with one JSON value. */
  async ask(words: readonly string[]): Promise<Record<string, unknown>> {
    const { lines } = await this.run(words);
    if (lines.length !== 1)
      throw new EntenteError('internal', `entente ${words.join(' ')} answered ${lines.length} lines`);
    return lines[0]!;
  }
}

async function runProgram(words: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, exit] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number>((done, fail) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_TIMEOUT_MS);
      child.once('error', fail);
      child.once('exit', (code) => {
        clearTimeout(timer);
        done(code ?? 3);
      });
    }),
  ]);
  const lines = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { exit, lines, stderr };
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function firstLine(child: ChildProcess, actor: Actor): Promise<Record<string, unknown>> {
  return new Promise((done, fail) => {
    let seen = '';
    const timer = setTimeout(
      () => failed(`did not start within ${START_TIMEOUT_MS / 1000} s`),
      START_TIMEOUT_MS,
    );
    const failed = (why: string) => {
      clearTimeout(timer);
      const log = readFileSync(join(actor.folder, 'node.log'), 'utf8').slice(-2_000).trim();
      fail(new EntenteError('internal', `${actor.name} ${why}: ${log}`));
    };
    child.stdout!.on('data', (chunk) => {
      seen += chunk;
      const end = seen.indexOf('\n');
      if (end < 0) return;
      clearTimeout(timer);
      child.off('exit', onExit); // from now on, ending is no failure to start
      done(JSON.parse(seen.slice(0, end)) as Record<string, unknown>);
    });
    const onExit = (code: number | null) => failed(`ended with ${code}`);
    child.once('exit', onExit);
  });
}
