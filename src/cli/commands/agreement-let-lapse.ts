import { noticeCommand } from '../notice-command.ts';

export const command = noticeCommand('do-not-renew', {
  name: 'agreement let-lapse',
});
