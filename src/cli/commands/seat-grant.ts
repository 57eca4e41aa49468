import { EntenteError } from '../../base/index.ts';
import { requireExhibit } from '../../cases/index.ts';
import { grantSeat } from '../../desk/index.ts';
import { pushMessages, queueStep } from '../../exchange/index.ts';
import { caseNamed } from '../case-named.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { PERSON, personOf } from '../request-step-command.ts';

export const command: Command = {
  name: 'seat grant',
  usage: 'CASE --request REQUEST --exhibit N… --until TIME --purpose TEXT [--run RUN…] [--supervised]',
  details: 'The token is shown once. With --supervised each run waits for `entente seat approve`.',
  options: {
    request: { type: 'string', value: 'REQUEST', help: 'the accepted request for an expert' },
    exhibit: { type: 'string', value: 'N', multiple: true, help: 'an exhibit of the case' },
    run: { type: 'string', value: 'RUN', multiple: true, help: 'a run whose result may be seen' },
    until: { type: 'string', value: 'TIME', help: 'when the seat ends, as 2026-12-31T17:00:00Z' },
    purpose: { type: 'string', value: 'TEXT', help: 'what for' },
    supervised: { type: 'boolean', help: 'each run is approved before it executes' },
    ...PERSON,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const name = invocation.positionals[0];
      if (!name) throw new EntenteError('usage', 'name the case');
      const file = await caseNamed(registry, name, invocation, terminal);
      const exhibits = [];
      for (const number of invocation.strings('exhibit')) {
        const { id, number: n } = await requireExhibit(registry, file.id, number);
        exhibits.push({ id, number: n });
      }
      const { seat, token } = await grantSeat(
        registry,
        {
          case: file.id,
          request: invocation.required('request'),
          exhibits,
          runs: invocation.strings('run'),
          until: invocation.required('until'),
          purpose: invocation.required('purpose'),
          supervised: invocation.flag('supervised'),
        },
        personOf(invocation),
        queueStep(registry),
      );
      const { problems } = await pushMessages(registry);
      if (invocation.json) terminal.out(JSON.stringify({ ...seat, token }));
      else {
        terminal.out(`${seat.id} until ${seat.until}`);
        terminal.out(`token, shown once: ${token}`);
      }
      for (const problem of problems) terminal.note(`${problem}; it is told as soon as it answers`);
      return 0;
    }),
};
