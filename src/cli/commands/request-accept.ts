import { requireExpert, takeStep } from '../../desk/index.ts';
import { requestStepCommand } from '../request-step-command.ts';

export const command = requestStepCommand(
  {
    name: 'request accept',
    usage: '[--expert NAME] [--text TEXT]',
    options: {
      expert: {
        type: 'string',
        value: 'NAME',
        help: 'who comes; the other side gets an identifier and the clearance',
      },
      text: { type: 'string', value: 'TEXT', help: 'for the other side' },
    },
  },
  async (registry, id, invocation, person, queue) => {
    const name = invocation.string('expert');
    const expert = name === undefined ? null : await requireExpert(registry.db, name);
    const body = {
      text: invocation.string('text') ?? '',
      ...(expert ? { expert: { id: expert.id, clearance: expert.clearance } } : {}),
    };
    return takeStep(registry, id, 'accepted', body, person, queue);
  },
);
