import { freeTerms, OFFERS, type Offer, setFreeTerms } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'free open',
  usage:
    '[--offer WORD…] [--mail-domain DOMAIN…] [--per-day N] [--misses-per-day N] [--vouchers-per-month N] [--close]',
  details:
    'What is shown: this organisation’s own intelligence up to TLP:GREEN without personal data, and nothing that others contributed. The limits are for agencies without an agreement; with one, its clause for look-ups holds.',
  options: {
    'mail-domain': {
      type: 'string',
      value: 'DOMAIN',
      multiple: true,
      help: 'agencies with an address there get in without a voucher',
    },
    'per-day': { type: 'string', value: 'N', help: 'values an agency may look up in a day' },
    'misses-per-day': { type: 'string', value: 'N', help: 'of these, values that are unknown here' },
    'vouchers-per-month': { type: 'string', value: 'N', help: 'agencies that one may vouch for in a month' },
    offer: {
      type: 'string',
      value: 'WORD',
      multiple: true,
      help: `named on the public page as given under agreements: ${OFFERS.join(', ')}`,
    },
    close: { type: 'boolean', help: 'nobody gets an answer from now on' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const before = await freeTerms(registry.db);
      const domains = invocation.strings('mail-domain').map((domain) => domain.toLowerCase());
      const limit = (name: string, otherwise: number) =>
        invocation.integer(name, { min: 0, max: 1_000_000, default: otherwise });
      const offers = invocation.strings('offer') as Offer[];
      const terms = {
        ...before,
        open: !invocation.flag('close'),
        offers: offers.length > 0 ? offers : before.offers,
        mailDomains: domains.length > 0 ? domains : before.mailDomains,
        perDay: limit('per-day', before.perDay),
        missesPerDay: limit('misses-per-day', before.missesPerDay),
        vouchersPerMonth: limit('vouchers-per-month', before.vouchersPerMonth),
      };
      await setFreeTerms(registry, terms);
      if (invocation.json) terminal.out(JSON.stringify(terms));
      else
        terminal.out(
          terms.open
            ? `open: ${terms.perDay} values a day, ${terms.missesPerDay} of them unknown; the page is /free`
            : 'closed',
        );
      return 0;
    }),
};
