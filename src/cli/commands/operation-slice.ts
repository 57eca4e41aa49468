import { sendInOperation } from '../../exchange/index.ts';
import { openDatabases, sliceOperation } from '../../operations/index.ts';
import { operationCommand } from '../operation.ts';
import { formatCount } from '../terminal.ts';

export const command = operationCommand(
  {
    name: 'operation slice',
    usage: 'OPERATION [--mmdb FILE …]',
    details: `
Two databases of countries come along. Your own MaxMind DB file takes the place of the one for its reason: FILE for geolocation, or
registry=FILE, asn=FILE. network=FILE says who announces an address (autonomous_system_number), which packages for network owners need; none
comes along. Files of several dates may be given; the one nearest to a sighting is used. Decisions of persons stay.`,
    options: { mmdb: { type: 'string', many: true, value: 'FILE', help: 'a database of your own (.mmdb)' } },
  },
  async ({ registry, operation, invocation, terminal }) => {
    const sources = await openDatabases(invocation.strings('mmdb'));
    const progress = terminal.progress('slicing', { unit: 'items' });
    const report = await sliceOperation(
      registry,
      operation,
      sources,
      sendInOperation(registry),
      (done, total) => progress.update(done, total),
    ).finally(() => progress.end());
    const list = (counts: Readonly<Record<string, number>>) =>
      Object.entries(counts)
        .map(([name, count]) => `${name} ${formatCount(count)}`)
        .join(', ') || 'none';
    return {
      value: report,
      lines: [
        `${formatCount(report.targets)} targets; routed: ${list(report.countries)}`,
        `waiting for a person: ${list(report.waiting)}${Object.keys(report.waiting).length > 0 ? ' (entente operation queue)' : ''}`,
        `with ${report.databases.join(', ')}`,
        ...(report.withoutNetwork > 0
          ? [
              `of ${formatCount(report.withoutNetwork)} victims the network is not known, so they are in no package of a network owner; give --mmdb network=FILE`,
            ]
          : []),
      ],
    };
  },
);
