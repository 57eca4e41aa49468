/** From the words a person typed to an Invocation, with messages that say what to type instead. */
import { parseArgs } from 'node:util';
import { EntenteError } from '../base/index.ts';
import type { Command, Invocation, Option } from './command.ts';

/** Understood by every command. */
export const COMMON_OPTIONS: Readonly<Record<string, Option>> = {
  json: { type: 'boolean', help: 'machine-readable output on standard output' },
  data: {
    type: 'string',
    value: 'DIR',
    help: 'the node’s data folder (default ./entente-data, or ENTENTE_DATA)',
  },
  help: { type: 'boolean', short: 'h', help: 'this text' },
};

/** @throws EntenteError `usage` */
export function parseInvocation(command: Command, words: readonly string[]): Invocation {
  const options = { ...COMMON_OPTIONS, ...command.options };
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: spreadMany(words, options),
      options: Object.fromEntries(
        Object.entries(options).map(([name, option]) => [
          name,
          {
            type: option.type,
            ...(option.short ? { short: option.short } : {}),
            ...(option.multiple || option.many ? { multiple: true } : {}),
          },
        ]),
      ),
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    throw new EntenteError(
      'usage',
      `${(error as Error).message.split('. To specify')[0]} (entente ${command.name} --help)`,
    );
  }
  const { values, positionals } = parsed;
  const usage = (message: string) => new EntenteError('usage', `${message} (entente ${command.name} --help)`);
  return {
    positionals,
    string: (name) => values[name] as string | undefined,
    required(name) {
      const value = values[name];
      if (typeof value !== 'string' || value === '') throw usage(`--${name} is missing`);
      return value;
    },
    strings: (name) => (values[name] as string[] | undefined) ?? [],
    flag: (name) => values[name] === true,
    integer(name, bounds) {
      const text = values[name];
      if (text === undefined) return bounds.default;
      const value = Number(text);
      if (!Number.isInteger(value) || value < bounds.min || value > bounds.max) {
        throw usage(`--${name} takes a whole number from ${bounds.min} to ${bounds.max}, not "${text}"`);
      }
      return value;
    },
    json: values['json'] === true,
  };
}

/**
 * `--intel A B` → `--intel=A --intel=B`, for options that take many; and `--key -abc` → `--key=-abc`, since a key may begin with a hyphen: what
 * follows an option with a value is its value unless it is itself an option of the command.
 */
function spreadMany(words: readonly string[], options: Readonly<Record<string, Option>>): string[] {
  const isOption = (word: string) =>
    word.startsWith('--')
      ? Object.hasOwn(options, word.slice(2).split('=')[0]!)
      : Object.values(options).some(({ short }) => short !== undefined && word === `-${short}`);
  const spread: string[] = [];
  let many: string | null = null;
  let open: string | null = null;
  for (const word of words) {
    const isHyphened = word.startsWith('-') && word !== '-';
    if (isHyphened && !(open !== null && !isOption(word))) {
      if (open !== null) spread.push(open);
      const option = word.startsWith('--') ? options[word.slice(2)] : undefined;
      many = option?.many ? word : null;
      open = option?.type === 'string' && !option.many ? word : null;
      if (many === null && open === null) spread.push(word);
    } else if (open !== null) {
      spread.push(`${open}=${word}`);
      open = null;
    } else if (many !== null) spread.push(`${many}=${word}`);
    else spread.push(word);
  }
  if (open !== null) spread.push(open);
  return spread;
}

export function helpText(command: Command, summary: string): string {
  const lines = [`entente ${command.name} ${command.usage}`.trimEnd(), '', summary];
  if (command.details) lines.push('', command.details.trim());
  lines.push('', 'Options');
  const options = { ...command.options, ...COMMON_OPTIONS };
  const heads = Object.entries(options).map(
    ([name, option]) =>
      `${option.short ? `-${option.short}, ` : ''}--${name}${option.value ? ` ${option.value}${option.many ? '…' : ''}` : ''}`,
  );
  const width = Math.max(...heads.map((head) => head.length));
  for (const [i, option] of Object.values(options).entries())
    lines.push(`  ${heads[i]!.padEnd(width)}  ${option.help}`);
  return lines.join('\n');
}
