import { DECLINE_REASONS, takeStep } from '../../desk/index.ts';
import { requestStepCommand, word } from '../request-step-command.ts';

export const command = requestStepCommand(
  {
    name: 'request decline',
    usage: '--reason WORD --text TEXT',
    options: {
      reason: { type: 'string', value: 'WORD', help: DECLINE_REASONS.join(', ') },
      text: { type: 'string', value: 'TEXT', help: 'for the other side' },
    },
  },
  (registry, id, invocation, person, queue) =>
    takeStep(
      registry,
      id,
      'declined',
      { reason: word(invocation, 'reason', DECLINE_REASONS), text: invocation.required('text') },
      person,
      queue,
    ),
);
