/** Templates by the names that `entente agreement new --template NAME` takes. */
import { CONTRIBUTION } from './contribution.ts';
import { DATA_EXCHANGE } from './data-exchange.ts';
import { FRAMEWORK } from './framework.ts';

export const TEMPLATES: Readonly<Record<'framework' | 'data-exchange' | 'contribution', string>> = {
  framework: FRAMEWORK,
  'data-exchange': DATA_EXCHANGE,
  contribution: CONTRIBUTION,
};
