import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { EntenteError } from '../../base/index.ts';
import type { Command } from '../command.ts';
import { Actor } from '../demo/actors.ts';
import { EXAMPLES, emptyMemory, STEPS } from '../demo/story.ts';
import { asEntenteError } from '../system-errors.ts';
import type { Terminal } from '../terminal.ts';

interface Told {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly detail: Record<string, unknown>;
}

export const command: Command = {
  name: 'demo',
  usage: '[--keep] [--intel FILE…] [--evidence PATH…]',
  details: `
Starts two nodes of its own in a temporary folder, on free ports, and runs the commands that a company and a police organisation would.
With --json, one JSON document on standard output. Exit 0 when every step held.`,
  options: {
    keep: { type: 'boolean', help: 'leave both nodes running and their folders in place' },
    commands: { type: 'boolean', help: 'show every command as it is run' },
    intel: {
      type: 'string',
      many: true,
      value: 'FILE',
      help: 'your own intelligence instead of the example',
    },
    evidence: { type: 'string', many: true, value: 'PATH', help: 'your own evidence instead of the example' },
  },
  async run(invocation, terminal) {
    const started = performance.now();
    const folder = await mkdtemp(join(tmpdir(), 'entente-demo-'));
    const { style } = terminal;
    const talk = invocation.json ? () => {} : (line: string) => terminal.out(line);
    const onCommand = (actor: Actor, words: readonly string[]) => {
      if (invocation.flag('commands'))
        talk(style.dim(`     ${actor.name}$ entente ${words.map(shellWord).join(' ')}`));
    };
    const company = new Actor('Northlight Security', join(folder, 'northlight'), onCommand);
    const police = new Actor('Interlink Police Organisation', join(folder, 'interlink'), onCommand);
    const intel = invocation.strings('intel').map((path) => resolve(path));
    const evidence = invocation.strings('evidence').map((path) => resolve(path));
    const setting = {
      company,
      police,
      folder,
      intelligence: intel.length > 0 ? intel : [join(EXAMPLES, 'intelligence/lanternfish.json')],
      evidence:
        evidence.length > 0
          ? evidence
          : ['proxy.log', 'delivery-notice.eml', 'workstation'].map((name) =>
              join(EXAMPLES, 'evidence', name),
            ),
      ownExamples: intel.length === 0 && evidence.length === 0,
    };
    const stop = async () => {
      await Promise.all([company.stop(), police.stop()]);
    };
    process.once('SIGINT', () => void stop().then(() => process.exit(130)));

    const memory = emptyMemory();
    const told: Told[] = [];
    let failure: EntenteError | null = null;
    for (const [i, step] of STEPS.entries()) {
      const began = performance.now();
      talk(`${style.bold(`${String(i + 1).padStart(2)}  ${step.title}`)}`);
      const progress = terminal.progress(`    ${step.name}`);
      try {
        const { detail, lines } = await step.run(setting, memory);
        progress.end();
        told.push({ name: step.name, ok: true, ms: Math.round(performance.now() - began), detail });
        for (const line of lines) talk(`    ${style.green('·')} ${line}`);
      } catch (error) {
        progress.end();
        failure = asEntenteError(error);
        told.push({
          name: step.name,
          ok: false,
          ms: Math.round(performance.now() - began),
          detail: { error: failure.message },
        });
        talk(`    ${style.red('failed')} ${failure.message}`);
        break;
      }
    }
    const keep = invocation.flag('keep');
    if (keep) for (const actor of [company, police]) actor.keep();
    else await stop();
    summarise(
      terminal,
      invocation.json,
      told,
      failure,
      Math.round(performance.now() - started),
      keep ? [company, police] : [],
      folder,
    );
    if (!keep && !failure) await rm(folder, { recursive: true, force: true });
    return failure ? 1 : 0;
  },
};

function summarise(
  terminal: Terminal,
  json: boolean,
  told: readonly Told[],
  failure: EntenteError | null,
  ms: number,
  kept: readonly Actor[],
  folder: string,
): void {
  const nodes = kept.map(({ name, url, folder: data }) => ({ name, url, data }));
  if (json) {
    terminal.out(
      JSON.stringify({
        ok: failure === null,
        steps: told,
        ms,
        ...(nodes.length > 0 ? { kept: nodes } : {}),
        ...(failure ? { error: failure.message, folder } : {}),
      }),
    );
    return;
  }
  const { style } = terminal;
  terminal.out('');
  if (failure)
    terminal.out(
      `${style.red(style.bold('The story stopped'))} at ${told.at(-1)!.name}: ${failure.message}\nEverything it left is in ${folder}`,
    );
  else
    terminal.out(
      `${style.green(style.bold('The story held'))}: ${told.length} steps in ${(ms / 1000).toFixed(1)} s. Nothing crossed without an agreement; everything that crossed left a proof.`,
    );
  for (const node of nodes)
    terminal.out(
      `${node.name} runs on at ${style.cyan(node.url)} with --data ${node.data}; \`entente invite --url ${node.url} --data ${node.data}\` lets you in`,
    );
}

function shellWord(word: string): string {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
