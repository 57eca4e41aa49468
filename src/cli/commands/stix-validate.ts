import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { EntenteError, type Issue, isEntenteError } from '../../base/index.ts';
import { type BundleEntry, BundleReader, isStix20 } from '../../stix/index.ts';
import type { Command } from '../command.ts';
import { formatCount, type Terminal } from '../terminal.ts';

/** Read at once; larger gains nothing. */
const CHUNK_BYTES = 256 * 1024;

interface Tally {
  objects: number;
  errors: number;
  warnings: number;
}

export const command: Command = {
  name: 'stix validate',
  usage: 'FILE… [--upgrade] [--errors]',
  details: `Each FILE is a bundle, one object, or a list of objects; - is standard input. Files of any size are read in bounded memory.

  entente stix validate feed.json
  entente stix validate *.json --json | jq 'select(.severity == "error")'

One line per issue: file, object, path, message, and the section of the specification. With --json each line is a JSON object.
An error breaks a MUST, a warning leaves a SHOULD unheeded. The exit code is 1 when there is an error, 2 when a file cannot be
read or is not JSON.`,
  options: {
    errors: { type: 'boolean', help: 'tell errors only' },
    upgrade: { type: 'boolean', help: 'take STIX 2.0 too, and validate what it becomes' },
  },
  async run(invocation, terminal) {
    const files = invocation.positionals;
    if (files.length === 0) {
      throw new EntenteError('usage', 'name at least one file (entente stix validate --help)');
    }
    const tally: Tally = { objects: 0, errors: 0, warnings: 0 };
    const options = { warnings: !invocation.flag('errors'), upgrade: invocation.flag('upgrade') };
    let unreadable: EntenteError | null = null;
    for (const file of files) {
      try {
        await validateFile(file, options, tally, invocation.json, terminal);
      } catch (error) {
        const fault = asFault(error, file);
        // The first is thrown at the end, so that the other files are looked at; it is told then.
        if (unreadable) terminal.note(fault.message);
        unreadable ??= fault;
      }
    }
    const found = `${counted(tally.errors, 'error')}, ${counted(tally.warnings, 'warning')}`;
    terminal.note(`${counted(tally.objects, 'object')} in ${counted(files.length, 'file')}: ${found}`);
    if (unreadable) throw unreadable;
    return tally.errors > 0 ? 1 : 0;
  },
};

async function validateFile(
  file: string,
  options: { readonly warnings: boolean; readonly upgrade: boolean },
  tally: Tally,
  json: boolean,
  terminal: Terminal,
): Promise<void> {
  const reader = new BundleReader(options);
  const progress = terminal.progress(file, {
    unit: 'bytes',
    ...(file === '-' ? {} : { total: (await stat(file)).size }),
  });
  const tell = (issue: Issue, entry?: BundleEntry) => {
    if (issue.severity === 'warning') tally.warnings++;
    else tally.errors++;
    const object = entry && idOf(entry.json);
    if (json) {
      terminal.out(JSON.stringify({ file, index: entry?.index, object, offset: entry?.offset, ...issue }));
      return;
    }
    const { style } = terminal;
    const colour = issue.severity === 'warning' ? style.yellow : style.red;
    const where = [file, entry ? (object ?? `objects[${entry.index}]`) : 'bundle', issue.path].filter(
      Boolean,
    );
    terminal.out(
      `${where.join(' ')}: ${colour(issue.severity ?? 'error')} ${issue.message} ${style.dim(`[${issue.code}, ${issue.section}]`)}`,
    );
  };
  const take = (entry: BundleEntry) => {
    tally.objects++;
    for (const issue of entry.issues) tell(issue, entry);
    if (!options.upgrade && isStix20(entry.json)) has20 = true;
  };
  let has20 = false;
  try {
    let done = 0;
    const chunks = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: CHUNK_BYTES });
    for await (const chunk of chunks) {
      for (const entry of reader.push(chunk)) take(entry);
      done += chunk.length;
      progress.update(done);
    }
    const { frame, single } = reader.end();
    if (single) take(single);
    for (const issue of frame.issues) tell(issue);
  } finally {
    progress.end();
  }
  if (has20) terminal.note(`${file}: this is STIX 2.0; --upgrade validates what it becomes`);
}

function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function idOf(json: unknown): string | undefined {
  const id = typeof json === 'object' && json !== null && 'id' in json ? json.id : undefined;
  return typeof id === 'string' ? id.slice(0, 300) : undefined;
}

function asFault(error: unknown, file: string): EntenteError {
  if (isEntenteError(error)) {
    return new EntenteError(error.code, `${file}: ${error.message}`, {
      where: file,
      ...(error.offset === undefined ? {} : { offset: error.offset }),
      cause: error,
    });
  }
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('E')) throw error;
  return new EntenteError('file-unreadable', `${file}: cannot be read (${code})`, {
    where: file,
    cause: error,
  });
}
