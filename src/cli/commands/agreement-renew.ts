import { noticeCommand } from '../notice-command.ts';

export const command = noticeCommand('renew', {
  name: 'agreement renew',
  details: 'It is prolonged once every party has said so before its end.',
});
