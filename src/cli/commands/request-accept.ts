import { takeStep } from '../../desk/index.ts';
import { requestStepCommand } from '../request-step-command.ts';

export const command = requestStepCommand(
  {
    name: 'request accept',
    summary: 'accept a request that the legal review has cleared; it counts against the clause',
    usage: '[--text TEXT]',
    options: { text: { type: 'string', value: 'TEXT', help: 'for the other side' } },
  },
  (registry, id, invocation, person, queue) =>
    takeStep(registry, id, 'accepted', { text: invocation.string('text') ?? '' }, person, queue),
);
