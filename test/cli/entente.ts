/** Runs the `entente` command as a person would, and watches what it takes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const PROGRAM = resolve(import.meta.dirname, '../../bin/entente.js');
/** A command that takes longer hangs. */
const TIMEOUT_MS = 40_000;

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Largest resident memory seen, in megabytes. */
  readonly peakMb: number;
  /** The error of `--json`, when there is one. */
  readonly error: {
    code: string;
    message: string;
    where?: string;
    offset?: number;
    issues: unknown[];
  } | null;
}

export function entente(words: readonly string[], options: { cwd?: string } = {}): Promise<Ran> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [PROGRAM, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    });
    let stdout = '';
    let stderr = '';
    let peakMb = 0;
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const watch = setInterval(() => {
      try {
        const high = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
        if (high) peakMb = Math.max(peakMb, Number(high[1]) / 1024);
      } catch {
        // gone
      }
    }, 25);
    const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
    child.once('close', (code) => {
      clearInterval(watch);
      clearTimeout(timer);
      let error: Ran['error'] = null;
      for (const line of stdout.split('\n')) {
        try {
          error = (JSON.parse(line) as { error?: Ran['error'] }).error ?? error;
        } catch {
          // not JSON: a test that asks for it sees that no error came
        }
      }
      done({ exit: code ?? -1, stdout, stderr, peakMb, error });
    });
  });
}

/** One precise message: the code, the exit, what the message must say; nothing of the program's inside. */
export function assertRefused(ran: Ran, code: string, exit: number, says: RegExp, what: string): void {
  const seen = `${what}: exit ${ran.exit}, ${ran.stdout.slice(0, 600)} ${ran.stderr.slice(0, 600)}`;
  assert.equal(ran.exit, exit, seen);
  assert.equal(ran.error?.code, code, seen);
  assert.match(ran.error!.message, says, what);
  assert.ok(ran.error!.message.length < 1_500, `${what}: the message is bounded`);
  assert.doesNotMatch(ran.stderr, /\.ts:\d|node:internal|Warning:/, what);
  assert.ok(ran.stderr.includes(ran.error!.message.slice(0, 60)), `${what}: people read the same`);
}
