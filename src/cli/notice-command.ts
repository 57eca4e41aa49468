/** Suspending, resuming and ending an agreement differ in the kind of notice only. */
import { EntenteError } from '../base/index.ts';
import { pushMessages, queueMessage } from '../exchange/index.ts';
import { recordNotice, showAgreement } from '../registry/index.ts';
import type { Command, Option } from './command.ts';
import { withRegistry } from './data-folder.ts';

type Kind = 'suspend' | 'resume' | 'terminate' | 'renew' | 'do-not-renew';

export function noticeCommand(
  kind: Kind,
  about: Pick<Command, 'name' | 'details'> & { options?: Record<string, Option> },
): Command {
  return {
    ...about,
    usage: `ID --reason TEXT${kind === 'terminate' ? ' [--ground GROUND] [--effective TIME]' : ''}`,
    options: {
      reason: { type: 'string', value: 'TEXT', help: 'why; the other parties read it' },
      ...about.options,
    },
    run: (invocation, terminal) =>
      withRegistry(invocation, async (registry) => {
        const id = invocation.positionals[0];
        if (!id) throw new EntenteError('usage', 'name the agreement');
        const effective = invocation.string('effective');
        const notice = await recordNotice(
          registry,
          id,
          {
            kind,
            reason: invocation.required('reason'),
            ...(kind === 'terminate'
              ? { ground: (invocation.string('ground') ?? 'convenience') as 'convenience' }
              : {}),
            ...(effective === undefined ? {} : { effective }),
          },
          (tx, to, body) => queueMessage(tx, registry, to, 'agreement-notice', body),
        );
        const pushed = await pushMessages(registry);
        const { state, because, renewalWaitsFor } = await showAgreement(registry, id);
        if (invocation.json)
          terminal.out(
            JSON.stringify({ ...notice, state, because, renewalWaitsFor, waiting: pushed.waiting }),
          );
        else {
          terminal.out(`the agreement is ${terminal.style.bold(state)}: ${because}`);
          if (renewalWaitsFor.length > 0)
            terminal.out(`it is prolonged once ${renewalWaitsFor.join(' and ')} agrees too`);
        }
        for (const problem of pushed.problems) terminal.note(`${problem}; it is told as soon as it answers`);
        return 0;
      }),
  };
}
