import { readFile } from 'node:fs/promises';
import { END_GROUNDS, type EndGround, parseDraft } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { simulateHeld } from '../../exchange/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'agreement simulate',
  usage: 'ID --end GROUND | --suspend | --amend FILE',
  options: {
    end: { type: 'string', value: 'GROUND', help: `ending it on one of: ${END_GROUNDS.join(', ')}` },
    suspend: { type: 'boolean', help: 'suspending it' },
    amend: { type: 'string', value: 'FILE', help: 'amending it by these changes, YAML or JSON' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the agreement');
      const end = invocation.string('end');
      const amend = invocation.string('amend');
      const chosen = [end !== undefined, invocation.flag('suspend'), amend !== undefined].filter(
        Boolean,
      ).length;
      if (chosen !== 1) throw new EntenteError('usage', 'say one of --end GROUND, --suspend, --amend FILE');
      const { at, changes, totals } = await simulateHeld(
        registry,
        id,
        end !== undefined
          ? { kind: 'end', ground: groundOf(end) }
          : amend !== undefined
            ? { kind: 'amend', changes: parseDraft(await readFile(amend, 'utf8'), amend) }
            : { kind: 'suspend' },
      );
      if (invocation.json) {
        terminal.out(JSON.stringify({ at, totals, changes }));
        return 0;
      }
      terminal.out(`at ${at}`);
      for (const [kind, { same, lost, gained, ask }] of Object.entries(totals)) {
        terminal.out(
          `  ${NOUNS[kind] ?? kind}: ${same} as before, ${lost} lost, ${gained} gained, ${ask} to be asked for`,
        );
      }
      for (const { item, before, after } of changes) {
        terminal.out(
          `  ${item.count} × ${item.label}: ${before.verdict} → ${terminal.style.bold(after.verdict)}  ${after.clauses[0]!.words}`,
        );
      }
      return 0;
    }),
};

const NOUNS: Readonly<Record<string, string>> = {
  object: 'objects',
  delivery: 'copies delivered',
  case: 'findings in cases',
  place: 'places under services',
  seat: 'seats taken',
  peer: 'readers of the ledger',
};

function groundOf(text: string): EndGround {
  const ground = END_GROUNDS.find((one) => one === text);
  if (!ground) throw new EntenteError('usage', `--end takes one of ${END_GROUNDS.join(', ')}`);
  return ground;
}
