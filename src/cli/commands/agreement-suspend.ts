import { noticeCommand } from '../notice-command.ts';

export const command = noticeCommand('suspend', {
  name: 'agreement suspend',
});
