import { EntenteError } from '../../base/index.ts';
import { sendInOperation } from '../../exchange/index.ts';
import { changeOperation, listParties, readInstant, writeLocalTime } from '../../operations/index.ts';
import { listPeers } from '../../registry/index.ts';
import { operationCommand } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation day',
    usage: 'OPERATION TIME [--time-zone ZONE] | OPERATION none',
    details: `
TIME is RFC 3339 in UTC (2026-12-03T05:00:00Z), or a local time of ZONE (2026-12-03T06:00). A local time that clocks skip or show twice is
refused.`,
    options: {
      'time-zone': { type: 'string', value: 'ZONE', help: 'such as Africa/Dakar (default UTC)' },
    },
  },
  async ({ registry, operation, invocation, rest }) => {
    const [time] = rest;
    if (!time) throw new EntenteError('usage', 'name the time, or "none"');
    const zone = invocation.string('time-zone') ?? 'UTC';
    const actionDay = time === 'none' ? null : readInstant(time, zone);
    await changeOperation(registry, operation, { actionDay }, sendInOperation(registry));
    const names = new Map((await listPeers(registry.db)).map(({ kid, name }) => [kid, name]));
    const clocks =
      actionDay === null
        ? []
        : (await listParties(registry.db, operation)).map(({ peer, timeZone }) => ({
            party: names.get(peer) ?? peer,
            time: writeLocalTime(actionDay, timeZone),
          }));
    return {
      value: { actionDay, clocks },
      lines: [
        actionDay === null ? 'no action day' : `action day ${actionDay}`,
        ...clocks.map(({ party, time }) => `  ${time}  ${party}`),
      ],
    };
  },
);
