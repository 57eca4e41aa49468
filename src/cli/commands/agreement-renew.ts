import { noticeCommand } from '../notice-command.ts';

export const command = noticeCommand('renew', {
  name: 'agreement renew',
  summary: 'agree to prolong an agreement, as its renewal clause allows',
  details: 'It is prolonged once every party has said so before its end.',
});
