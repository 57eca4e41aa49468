/** What an investigator tells parsers of formats that leave it out: zone, year, columns. */
import { EntenteError } from '../base/index.ts';
import type { ParserOptions } from '../forensics/index.ts';
import type { Invocation, Option } from './command.ts';

export const PARSER_OPTIONS: Readonly<Record<string, Option>> = {
  zone: {
    type: 'string',
    value: '+HH:MM',
    help: 'the zone of times that name none (otherwise taken as UTC, and told)',
  },
  year: { type: 'string', value: 'YYYY', help: 'the year of the first record, for logs that name none' },
  'time-column': { type: 'string', value: 'NAME', help: 'CSV: the column with the time' },
  'host-column': { type: 'string', value: 'NAME', help: 'CSV: the column with the host' },
  'user-column': { type: 'string', value: 'NAME', help: 'CSV: the column with the user' },
  'message-column': { type: 'string', value: 'NAME', help: 'CSV: the column with the message' },
  'no-recovery': { type: 'boolean', help: 'leave out records that only a search finds' },
};

export function parserOptions(invocation: Invocation): ParserOptions {
  const zone = invocation.string('zone');
  const match = zone === undefined ? null : /^(?:Z|([+-])(\d{2}):?(\d{2}))$/.exec(zone);
  if (zone !== undefined && match === null)
    throw new EntenteError('usage', `--zone takes Z or +HH:MM, not "${zone}"`);
  const minutes =
    match?.[1] === undefined ? 0 : (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
  const year = invocation.integer('year', { min: 1970, max: 2200, default: 0 });
  const columns = Object.fromEntries(
    ['time', 'host', 'user', 'message'].flatMap((name) => {
      const column = invocation.string(`${name}-column`);
      return column === undefined ? [] : [[name, column]];
    }),
  );
  return {
    recover: !invocation.flag('no-recovery'),
    ...(match === null ? {} : { zoneOffsetMinutes: minutes }),
    ...(year === 0 ? {} : { firstYear: year }),
    ...(Object.keys(columns).length === 0 ? {} : { csv: columns }),
  };
}
