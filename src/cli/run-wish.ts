/** What a person says of a run: rules as files, what parsers are told, parameters of a tool package. */
import { EntenteError } from '../base/index.ts';
import type { RunWish } from '../exchange/index.ts';
import type { Invocation, Option } from './command.ts';
import { PARSER_OPTIONS, parserOptions } from './parser-options.ts';
import { readRuleFiles, SIGMA_ENDING, YARA_ENDING } from './rule-files.ts';
import type { Terminal } from './terminal.ts';

export const WISH_OPTIONS: Readonly<Record<string, Option>> = {
  rules: {
    type: 'string',
    many: true,
    value: 'PATH',
    help: 'for sigma and yara: files, folders or archives with rules',
  },
  ...PARSER_OPTIONS,
};

/** `--tool` and what goes with it. @throws EntenteError `usage` without rules where they are needed */
export async function wishOf(invocation: Invocation, terminal: Terminal): Promise<RunWish> {
  const tool = invocation.required('tool');
  if (tool === 'parse' || tool === 'timeline') return { tool, parser: { ...parserOptions(invocation) } };
  if (tool !== 'sigma' && tool !== 'yara') return { tool };
  const paths = invocation.strings('rules');
  if (paths.length === 0) throw new EntenteError('usage', `--tool ${tool} needs --rules`);
  const rules = await readRuleFiles(paths, tool === 'sigma' ? SIGMA_ENDING : YARA_ENDING, terminal);
  // Where the rules lie on this machine is nobody's business who reads the findings.
  const folder = commonFolder(rules.map(({ path }) => path));
  return { tool, rules: rules.map(({ path, text }) => ({ path: path.slice(folder.length), text })) };
}

/** With its closing slash; empty when there is none. */
function commonFolder(paths: readonly string[]): string {
  const [first = ''] = paths;
  let folder = first.slice(0, first.lastIndexOf('/') + 1);
  while (!paths.every((path) => path.startsWith(folder)))
    folder = folder.length < 2 ? '' : folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1);
  return folder;
}
