import { invite } from '../../server/index.ts';
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
      help: 'where people reach this node (default http://127.0.0.1:8440)',
    },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const signIn = `${invocation.string('url') ?? 'http://127.0.0.1:8440'}/sign-in?invitation=${await invite(registry, 'administrator')}`;
      terminal.out(invocation.json ? JSON.stringify({ signIn }) : signIn);
      return 0;
    }),
};
