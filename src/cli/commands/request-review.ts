import { reviewRequest } from '../../desk/index.ts';
import { requestStepCommand, word } from '../request-step-command.ts';

export const command = requestStepCommand(
  {
    name: 'request review',
    usage: '--decision clear|hold --basis TEXT',
    details: 'Stays at this node. Whoever reviews neither drafts nor accepts the same request.',
    options: {
      decision: { type: 'string', value: 'WORD', help: 'clear: it may go on; hold: it may not' },
      basis: { type: 'string', value: 'TEXT', help: 'on which ground' },
    },
  },
  (registry, id, invocation, person) =>
    reviewRequest(
      registry,
      id,
      { decision: word(invocation, 'decision', ['clear', 'hold']), basis: invocation.required('basis') },
      person,
    ),
);
