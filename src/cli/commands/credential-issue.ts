import { EntenteError } from '../../base/index.ts';
import { issueCourseCredential, issueCredential, requireAttempt } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'credential issue',
  usage: '(ATTEMPT | --course COURSE) --member NAME --mail ADDRESS > FILE',
  details: 'The mail address is in it as a salted hash only, and is not kept.',
  options: {
    course: { type: 'string', value: 'COURSE', help: 'for a course that the person finished' },
    member: { type: 'string', value: 'NAME', help: 'of the team, or who finished the course' },
    mail: { type: 'string', value: 'ADDRESS', help: 'by which its holder is known' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      const course = invocation.string('course');
      if ((id === undefined) === (course === undefined))
        throw new EntenteError('usage', 'name the attempt, or the course with --course');
      const [member, mail] = [invocation.required('member'), invocation.required('mail')];
      const jwt =
        id === undefined
          ? await issueCourseCredential(registry, course!, member, mail)
          : await issueCredential(registry, await requireAttempt(registry.db, id), member, mail);
      terminal.out(invocation.json ? JSON.stringify({ credential: jwt }) : jwt);
      return 0;
    }),
};
