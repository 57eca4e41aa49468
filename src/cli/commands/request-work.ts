import { takeStep } from '../../desk/index.ts';
import { requestStepCommand } from '../request-step-command.ts';

export const command = requestStepCommand(
  {
    name: 'request work',
    usage: '[--text TEXT]',
    options: { text: { type: 'string', value: 'TEXT', help: 'for the other side' } },
  },
  (registry, id, invocation, person, queue) =>
    takeStep(registry, id, 'working', { text: invocation.string('text') ?? '' }, person, queue),
);
