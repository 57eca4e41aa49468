import { noticeCommand } from '../notice-command.ts';

export const command = noticeCommand('resume', {
  name: 'agreement resume',
});
