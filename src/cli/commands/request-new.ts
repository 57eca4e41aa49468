import { CLEARANCES, PRIORITIES, PURPOSES, TRAINING_LEVELS } from '../../agreement/index.ts';
import { draftRequest, REQUEST_KINDS } from '../../desk/index.ts';
import { requirePeer } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { ATTACH, attachmentsOf, markingOf, PERSON, personOf, word } from '../request-step-command.ts';
import { requestJson } from '../request-view.ts';

export const command: Command = {
  name: 'request new',
  usage: '--to PEER --kind KIND --subject TEXT --text TEXT --purpose WORD [options]',
  details: `The draft stays here. Somebody else makes the legal review (\`entente request review\`); then it is sent.

  entente request new --to "Northlight Security" --kind expert --amount 3 --clearance confidential \\
    --subject "Memory image" --text "A loader we cannot unpack" --purpose investigation --skill malware`,
  options: {
    to: { type: 'string', value: 'PEER', help: 'whom to ask' },
    kind: { type: 'string', value: 'KIND', help: REQUEST_KINDS.join(', ') },
    subject: { type: 'string', value: 'TEXT', help: 'one line' },
    text: { type: 'string', value: 'TEXT', help: 'what is needed; no personal data' },
    purpose: { type: 'string', value: 'WORD', help: PURPOSES.join(', ') },
    priority: {
      type: 'string',
      value: 'WORD',
      help: `${PRIORITIES.join(', ')} (default normal); urgent runs day and night`,
    },
    amount: {
      type: 'string',
      value: 'N',
      help: 'how much of the service, in the unit of its clause (default 1)',
    },
    skill: { type: 'string', value: 'WORD', multiple: true, help: 'a skill that is needed' },
    language: { type: 'string', value: 'TAG', multiple: true, help: 'a language that is needed' },
    clearance: { type: 'string', value: 'WORD', help: `${CLEARANCES.join(', ')} (default none)` },
    tool: { type: 'string', value: 'NAME', help: 'the tool asked for' },
    level: { type: 'string', value: 'WORD', help: `level of training: ${TRAINING_LEVELS.join(', ')}` },
    ...ATTACH,
    ...PERSON,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const peer = await requirePeer(registry.db, invocation.required('to'));
      const tool = invocation.string('tool');
      const ask = {
        kind: word(invocation, 'kind', REQUEST_KINDS),
        subject: invocation.required('subject'),
        text: invocation.required('text'),
        marking: markingOf(invocation),
        purpose: word(invocation, 'purpose', PURPOSES),
        priority: word(invocation, 'priority', PRIORITIES, 'normal'),
        amount: invocation.integer('amount', { min: 1, max: 100_000, default: 1 }),
        skills: invocation.strings('skill'),
        languages: invocation.strings('language'),
        clearance: word(invocation, 'clearance', CLEARANCES, 'none'),
        ...(tool === undefined ? {} : { tool }),
        ...(invocation.string('level') === undefined
          ? {}
          : { level: word(invocation, 'level', TRAINING_LEVELS) }),
        attachments: attachmentsOf(invocation),
      };
      const request = await draftRequest(registry, peer, ask, personOf(invocation));
      if (invocation.json) terminal.out(JSON.stringify(requestJson(request, registry.clock())));
      else {
        terminal.out(`drafted ${request.id}`);
        terminal.note('next: another person reviews it, `entente request review`');
      }
      return 0;
    }),
};
