import { sendInOperation } from '../../exchange/index.ts';
import { askWhoWorksOn, countQueries, listPointers, valueKey } from '../../operations/index.ts';
import { listPeers } from '../../registry/index.ts';
import { operationCommand } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation query',
    usage: 'OPERATION [VALUE… --contact TEXT]',
    details:
      'The answer is whom to call, never what they know. Every query is entered in the ledger and counted.',
    options: { contact: { type: 'string', value: 'TEXT', help: 'whom others call here' } },
  },
  async ({ registry, operation, invocation, rest }) => {
    if (rest.length > 0) {
      const query = await askWhoWorksOn(
        registry,
        operation,
        rest,
        invocation.required('contact'),
        sendInOperation(registry),
      );
      const keys = new Set(rest.map((value) => valueKey(operation, value)));
      const pointers = (await listPointers(registry.db, operation)).filter(({ key }) => keys.has(key));
      return {
        value: { query, pointers },
        lines: [
          `asked; ${pointers.length === 0 ? 'pointers come as the lead answers' : ''}`,
          ...pointers.map(({ organisation, contact }) => `${organisation}: ${contact}`),
        ],
      };
    }
    const names = new Map((await listPeers(registry.db)).map(({ kid, name }) => [kid, name]));
    const pointers = await listPointers(registry.db, operation);
    const counts = await countQueries(registry.db, operation);
    return {
      value: { pointers, queries: counts },
      lines: [
        ...(pointers.length === 0
          ? ['no pointers yet']
          : pointers.map(
              ({ at, organisation, contact, key }) =>
                `${at} ${organisation}: ${contact} (${key.slice(0, 12)}…)`,
            )),
        ...counts.map(
          (one) => `${names.get(one.peer) ?? 'here'} asked ${one.queries} times about ${one.values} values`,
        ),
      ],
    };
  },
);
