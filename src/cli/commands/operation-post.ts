import { EntenteError } from '../../base/index.ts';
import { sendInOperation } from '../../exchange/index.ts';
import { postInRoom } from '../../operations/index.ts';
import { operationCommand } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation post',
    usage: 'OPERATION TEXT [--room knowledge|operations]',
    details:
      'The knowledge room is open to companies and observers and takes no operational data; police and CERTs are in the operations room.',
    options: { room: { type: 'string', value: 'ROOM', help: 'knowledge (default) or operations' } },
  },
  async ({ registry, operation, invocation, rest }) => {
    if (rest.length === 0) throw new EntenteError('usage', 'say what to post');
    const post = await postInRoom(
      registry,
      operation,
      invocation.string('room') ?? 'knowledge',
      rest.join(' '),
      sendInOperation(registry),
    );
    return { value: post, lines: [`posted in the ${post.room} room`] };
  },
);
