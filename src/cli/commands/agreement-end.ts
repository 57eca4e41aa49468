import { END_GROUNDS } from '../../agreement/index.ts';
import { noticeCommand } from '../notice-command.ts';

export const command = noticeCommand('terminate', {
  name: 'agreement end',
  details: `For convenience the agreement's days of notice apply; some agreements allow to end at once on other grounds.`,
  options: {
    ground: {
      type: 'string',
      value: 'GROUND',
      help: `one of ${END_GROUNDS.join(', ')} (default convenience)`,
    },
    effective: { type: 'string', value: 'TIME', help: 'when it ends, RFC 3339 (default: now)' },
  },
});
