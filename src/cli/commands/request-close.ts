import { CLOSE_OUTCOMES, takeStep } from '../../desk/index.ts';
import { requestStepCommand, word } from '../request-step-command.ts';

export const command = requestStepCommand(
  {
    name: 'request close',
    usage: '--outcome WORD [--text TEXT]',
    options: {
      outcome: { type: 'string', value: 'WORD', help: CLOSE_OUTCOMES.join(', ') },
      text: { type: 'string', value: 'TEXT', help: 'for the other side' },
    },
  },
  (registry, id, invocation, person, queue) =>
    takeStep(
      registry,
      id,
      'closed',
      { outcome: word(invocation, 'outcome', CLOSE_OUTCOMES), text: invocation.string('text') ?? '' },
      person,
      queue,
    ),
);
