import { EntenteError } from '../../base/index.ts';
import { requireSeat, runsFrom, seatOf } from '../../desk/index.ts';
import { rulesAsked, seatOfHolder, seeRunThroughSeat } from '../../exchange/index.ts';
import { caseNamed } from '../case-named.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { seatRunLines } from '../seat-view.ts';
import { printable } from '../terminal.ts';

export const command: Command = {
  name: 'seat show',
  usage: 'SEAT [--rules ACT] | --token TOKEN [--run RUN]',
  details: `
What a seat is for, and the runs that were asked for from it. The owner names the seat, and sees with --rules what a run was asked for with;
the expert shows the token, and sees with --run what a run gave.`,
  options: {
    token: { type: 'string', value: 'TOKEN', help: 'the token of the seat' },
    run: { type: 'string', value: 'RUN', help: 'with --token: a run and its findings' },
    rules: { type: 'string', value: 'ACT', help: 'the rules of a run that was asked for' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const token = invocation.string('token');
      const run = invocation.string('run');
      const [name] = invocation.positionals;
      if (name || token !== undefined) {
        const { case: file } = await (name ? requireSeat(registry.db, name) : seatOf(registry.db, token!));
        await caseNamed(registry, file, invocation, terminal);
      }
      if (token !== undefined && run !== undefined) {
        const seen = await seeRunThroughSeat(registry, { token }, run);
        if (invocation.json) terminal.out(JSON.stringify(seen));
        else {
          for (const { kind, value, file, line, offset } of seen.findings)
            terminal.out(
              printable(
                `${kind}  ${value}  ${file}${line === null ? '' : ` line ${line}`}${offset === null ? '' : ` byte ${offset}`}`,
              ),
            );
          terminal.out(`${seen.findings.length} findings shown, ${seen.withheld} that may not be`);
        }
        return 0;
      }
      if (!name && token === undefined)
        throw new EntenteError(
          'usage',
          'name the seat; `entente seat list` shows them. An expert gives --token',
        );
      const rules = invocation.string('rules');
      if (name && rules !== undefined) {
        for (const one of await rulesAsked(registry, name, rules))
          terminal.out(
            invocation.json
              ? JSON.stringify(one)
              : `# ${printable(one.path)}\n${one.text.split('\n').map(printable).join('\n')}`,
          );
        return 0;
      }
      const { seat, runs } =
        token === undefined ? await ownersView(registry, name!) : await seatOfHolder(registry, { token });
      if (invocation.json) terminal.out(JSON.stringify({ seat, runs }));
      else {
        const numbers = seat.exhibits.map(({ number }) => number).join(', ');
        const end = seat.withdrawn
          ? `withdrawn at ${seat.withdrawn.at}: ${seat.withdrawn.reason}`
          : `until ${seat.until}`;
        terminal.out(printable(`${seat.id}  ${end}${seat.supervised ? ', supervised' : ''}`));
        terminal.out(printable(`exhibits ${numbers}; ${seat.purpose}; ${seat.clause}`));
        for (const one of runs) for (const line of seatRunLines(one)) terminal.out(line);
      }
      return 0;
    }),
};

async function ownersView(registry: Parameters<typeof seatOfHolder>[0], name: string) {
  const seat = await requireSeat(registry.db, name);
  return { seat, runs: await runsFrom(registry.db, seat) };
}
