/**
 * A packaged WebAssembly tool over exhibits of a case. Each exhibit is a run of the sandbox of its own: the tool sees that exhibit's files and
 * nothing of the others. What it makes is derived from that exhibit. An exhibit over which it was stopped gives nothing, is named in the account with
 * the limit, and the others go on.
 */
import { type Issue, isEntenteError } from '../../base/index.ts';
import { sourcesOf } from '../examine/sources.ts';
import type { Tool, ToolContext, ToolResult } from '../run-tool.ts';
import type { SandboxLimits } from './host.ts';
import { MODULE_BYTES_MAX } from './module.ts';
import { runInSandbox, type SandboxResult } from './sandbox.ts';

/** What a run of a packaged tool is given; which package it is of, and by which clause, is recorded beside it. */
interface PackagedParameters {
  /** The digest of the module. */
  readonly materials: string;
  readonly limits: SandboxLimits;
  /** The tool's own parameters. */
  readonly set: Readonly<Record<string, string>>;
}

export const PACKAGED: Tool = { name: 'tool', purpose: 'run a tool that was accepted', execute };

const ISSUES_MAX = 1_000;

async function execute(context: ToolContext): Promise<ToolResult> {
  const { registry, exhibits, onProgress } = context;
  const { materials, limits, set } = context.parameters as unknown as PackagedParameters;
  const module = await readModule(context, materials);
  const issues: (Omit<Issue, 'path'> & { readonly file: string })[] = [];
  const sum = { exhibits: 0, stopped: 0, files: 0, bytes: 0, outputs: 0, outputBytes: 0, noteCount: 0 };
  const say = (file: string, code: string, message: string) => {
    if (issues.length < ISSUES_MAX) issues.push({ file, code, message });
  };
  for (const exhibit of exhibits) {
    const files = await sourcesOf(registry, exhibit);
    sum.exhibits++;
    sum.files += files.length;
    let result: SandboxResult;
    try {
      result = await runInSandbox({ module, files, parameters: set, limits });
    } catch (error) {
      if (!isEntenteError(error) || error.code !== 'tool-stopped') throw error;
      sum.stopped++;
      say(exhibit.name, error.issues[0]?.code ?? 'stopped', error.message);
      continue;
    }
    sum.bytes += result.bytesRead;
    sum.noteCount += result.noteCount;
    for (const note of result.notes) say(exhibit.name, 'note', note);
    for (const { name, bytes } of result.outputs) {
      sum.outputs++;
      sum.outputBytes += bytes.length;
      await context.keep(exhibit, name, once(bytes));
    }
    onProgress?.(sum.exhibits, exhibits.length);
  }
  return { account: { ...sum, issues, issueCount: sum.noteCount + sum.stopped } };
}

async function readModule({ registry }: ToolContext, sha256: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of registry.blobs.read(sha256, { start: 0, end: MODULE_BYTES_MAX + 1 }))
    parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
