import { takeStep } from '../../desk/index.ts';
import { ATTACH, attachmentsOf, markingOf, requestStepCommand } from '../request-step-command.ts';

export const command = requestStepCommand(
  {
    name: 'request answer',
    usage: '--text TEXT [--attach FILE…]',
    options: { text: { type: 'string', value: 'TEXT', help: 'for the other side' }, ...ATTACH },
  },
  (registry, id, invocation, person, queue) =>
    takeStep(
      registry,
      id,
      'answered',
      {
        text: invocation.required('text'),
        marking: markingOf(invocation),
        attachments: attachmentsOf(invocation),
      },
      person,
      queue,
    ),
);
