/** The `entente` command: finds the command by its words, runs it, and turns every failure into one message and an exit code. */
import { setFlagsFromString } from 'node:v8';
import packageJson from '../../package.json' with { type: 'json' };
import { EntenteError } from '../base/index.ts';
import { COMMANDS, type Listed } from './commands/index.ts';
import { helpText, parseInvocation } from './invocation.ts';
import { asEntenteError } from './system-errors.ts';
import { openTerminal, printable, type Terminal } from './terminal.ts';

/** Returns the process exit code: 0 done, 1 the check failed, 2 bad input, 3 state unknown. */
export async function runMain(words: readonly string[]): Promise<number> {
  const terminal = openTerminal();
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0); // the reader, such as `head`, has seen enough
    throw error;
  });
  const wantsJson = words.includes('--json');
  try {
    if (words[0] === '--version' || words[0] === 'version') {
      terminal.out(packageJson.version);
      return 0;
    }
    const found = findCommand(words[0] === 'help' ? words.slice(1) : words);
    if (!found) return overview(words[0] === 'help' ? words.slice(1) : words, terminal);
    const command = await lean(found.listed.load);
    if (!command.isLean) setFlagsFromString(HEAP_GROWS);
    const rest = words.slice(found.words);
    if (rest.includes('--help') || rest.includes('-h')) {
      terminal.out(helpText(command, found.listed.summary));
      return 0;
    }
    return await command.run(parseInvocation(command, rest), terminal);
  } catch (error) {
    return report(asEntenteError(error), terminal, wantsJson);
  }
}

/**
 * Loading modules makes garbage of which little survives. A young generation that grew for it would stay large for as long as the
 * command runs, some 15 MB for nothing; so it grows only afterwards.
 */
async function lean<T>(load: () => Promise<T>): Promise<T> {
  setFlagsFromString('--semi-space-growth-factor=1');
  return load();
}

/** The engine's own value. */
const HEAP_GROWS = '--semi-space-growth-factor=2';

function findCommand(words: readonly string[]): { listed: Listed; words: number } | null {
  for (const count of [3, 2, 1]) {
    const listed = COMMANDS[words.slice(0, count).join(' ')];
    if (listed && words.length >= count) return { listed, words: count };
  }
  return null;
}

/** Loads no command: it is there at once. */
function overview(words: readonly string[], terminal: Terminal): number {
  const option = words.findIndex((word) => word.startsWith('-'));
  const asked = option < 0 ? words : words.slice(0, option);
  const group = asked[0];
  const names = Object.keys(COMMANDS).filter((name) => !group || name.startsWith(`${group} `));
  if (group && names.length === 0) {
    throw new EntenteError(
      'usage',
      `there is no command "${asked.slice(0, 2).join(' ')}" (entente --help lists all)`,
    );
  }
  if (group && asked.length > 1) {
    throw new EntenteError(
      'usage',
      `"${group}" has no "${asked[1]}"; it has: ${names.map((name) => name.slice(group.length + 1)).join(', ')}`,
    );
  }
  const width = Math.max(...names.map((name) => name.length));
  terminal.out(
    terminal.style.bold('entente: share intelligence under agreement, work evidence, prove what happened'),
  );
  terminal.out('');
  for (const name of names) terminal.out(`  ${name.padEnd(width)}  ${COMMANDS[name]!.summary}`);
  terminal.out('');
  terminal.out('entente COMMAND --help tells more. Every command takes --json and --data DIR.');
  return 0;
}

function report(error: EntenteError, terminal: Terminal, json: boolean): number {
  if (json) {
    terminal.out(
      JSON.stringify({
        ok: false,
        error: {
          code: error.code,
          message: error.message,
          where: error.where,
          offset: error.offset,
          issues: error.issues,
          clauses: error.clauses,
          remedy: error.remedy,
        },
      }),
    );
  }
  terminal.note(`${terminal.style.red('error')} ${printable(error.message)}`);
  for (const issue of error.issues.slice(0, 20))
    terminal.note(`  ${printable(`${issue.path || '(whole)'}: ${issue.message}`)}`);
  if (error.issues.length > 20) terminal.note(`  … and ${error.issues.length - 20} more (--json lists all)`);
  terminal.note(terminal.style.dim(error.remedy));
  if (error.code === 'internal' && process.env['ENTENTE_DEBUG']) console.error(error.cause ?? error);
  return error.exit;
}
