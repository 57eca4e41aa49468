import { invite, lastAddress } from '../../server/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'invite',
  summary: 'make a one-time link by which an administrator signs in',
  usage: '[--url URL]',
  options: {
    url: {
      type: 'string',
      value: 'URL',
      help: 'where people reach this node (default: where it was last started)',
    },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const url = invocation.string('url') ?? (await lastAddress(registry)) ?? 'http://127.0.0.1:8440';
      const signIn = `${url}/sign-in?invitation=${await invite(registry, 'administrator')}`;
      terminal.out(invocation.json ? JSON.stringify({ signIn }) : signIn);
      return 0;
    }),
};
