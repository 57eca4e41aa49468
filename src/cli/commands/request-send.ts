import { sendRequest } from '../../desk/index.ts';
import { requestStepCommand } from '../request-step-command.ts';

export const command = requestStepCommand(
  {
    name: 'request send',
    usage: '',
    details: 'The service clause of the agreement decides. A peer that is away gets it when it is back.',
    options: {},
  },
  (registry, id, _invocation, person, queue) => sendRequest(registry, id, person, queue),
);
