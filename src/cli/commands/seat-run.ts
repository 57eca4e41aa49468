import { EntenteError } from '../../base/index.ts';
import { seatOf } from '../../desk/index.ts';
import { askRunThroughSeat, isRunTool, RUN_TOOLS } from '../../exchange/index.ts';
import { caseNamed } from '../case-named.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { WISH_OPTIONS, wishOf } from '../run-wish.ts';
import { runView } from '../seat-view.ts';
import { settingsOf } from '../tool-view.ts';

export const command: Command = {
  name: 'seat run',
  usage: 'EXHIBIT --token TOKEN --tool TOOL [--rules PATH…] [--set NAME=VALUE…]',
  details: `
Everything that the owner’s own people can run: ${RUN_TOOLS.join(', ')}, and every tool package held at the owner’s node by its name.
From a supervised seat the run waits for the owner; \`entente seat show --token TOKEN\` says what became of it.

  entente seat run 1 --token TOKEN --tool yara --rules loader.yar`,
  options: {
    token: { type: 'string', value: 'TOKEN', help: 'the token of the seat' },
    tool: { type: 'string', value: 'TOOL', help: `${RUN_TOOLS.join(', ')}, or a held tool` },
    set: { type: 'string', value: 'NAME=VALUE', multiple: true, help: 'parameters of a held tool' },
    ...WISH_OPTIONS,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const number = Number(invocation.positionals[0]);
      if (!Number.isInteger(number)) throw new EntenteError('usage', 'name the exhibit by its number');
      const holder = { token: invocation.required('token') };
      await caseNamed(registry, (await seatOf(registry.db, holder.token)).case, invocation, terminal);
      const wish = await wishOf(invocation, terminal);
      const set = settingsOf(invocation.strings('set'));
      const asked = isRunTool(wish.tool) && Object.keys(set).length === 0 ? wish : { ...wish, set };
      const { act, make } = await askRunThroughSeat(registry, holder, number, asked);
      const progress = terminal.progress(wish.tool, { unit: 'bytes' });
      const run =
        (await make?.((done, total) => progress.update(done, total)).finally(() => progress.end())) ?? null;
      if (invocation.json) terminal.out(JSON.stringify({ act: act.id, run }));
      else terminal.out(run ? runView(run) : `asked: ${act.id}; the owner decides`);
      return 0;
    }),
};
