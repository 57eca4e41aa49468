import { EntenteError } from '../../base/index.ts';
import { issueCredential, requireAttempt } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'credential issue',
  usage: 'ATTEMPT --member NAME --mail ADDRESS > FILE',
  details: 'The mail address is in it as a salted hash only, and is not kept.',
  options: {
    member: { type: 'string', value: 'NAME', help: 'of the team' },
    mail: { type: 'string', value: 'ADDRESS', help: 'by which its holder is known' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the attempt');
      const attempt = await requireAttempt(registry.db, id);
      const jwt = await issueCredential(
        registry,
        attempt,
        invocation.required('member'),
        invocation.required('mail'),
      );
      terminal.out(invocation.json ? JSON.stringify({ credential: jwt }) : jwt);
      return 0;
    }),
};
