import { dutiesAtEnd, warningsAhead } from '../../agreement/index.ts';
import { allAgreements, statesAt } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

/** A quarter: longer than any notice that people forget. */
const DAYS = 90;

export const command: Command = {
  name: 'agreement status',
  usage: '[--days N]',
  options: { days: { type: 'string', value: 'N', help: `how far to look ahead (default ${DAYS})` } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const days = invocation.integer('days', { min: 1, max: 3_660, default: DAYS });
      const now = registry.clock().toISOString();
      const all = await allAgreements(registry.db, now);
      const states = statesAt(all, now);
      for (const { verified, notices } of all) {
        const { agreement } = verified;
        const state = states.get(agreement.id)!;
        const given = notices.map(({ notice }) => notice);
        const ahead = warningsAhead(verified, given, now, days);
        const duties = dutiesAtEnd(agreement, state);
        if (invocation.json) {
          terminal.out(
            JSON.stringify({
              id: agreement.id,
              title: agreement.title,
              state: state.state,
              because: state.because.words,
              ahead,
              duties,
            }),
          );
          continue;
        }
        terminal.out(`${terminal.style.bold(agreement.title)}  ${state.state}: ${state.because.words}`);
        for (const { at, words, path } of ahead) terminal.out(`  ${at.slice(0, 10)}  ${words}  (${path})`);
        for (const { dueAt, words } of duties) terminal.out(`  by ${dueAt.slice(0, 10)}  ${words}`);
      }
      if (all.length === 0 && !invocation.json) terminal.out('no agreements yet');
      return 0;
    }),
};
