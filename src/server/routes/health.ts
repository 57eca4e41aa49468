/** For whoever watches the node: alive, and a few figures in the Prometheus text format. No names, no contents. */
import type { FastifyInstance } from 'fastify';
import { ledgerSize, type Registry } from '../../registry/index.ts';

export async function healthRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  app.get(
    '/healthz',
    { config: { access: 'anyone' }, schema: { summary: 'Alive, and the store answers', tags: ['health'] } },
    async () => {
      await registry.db.get('SELECT 1');
      return { status: 'ok' };
    },
  );

  app.get(
    '/metrics',
    { config: { access: 'anyone' }, schema: { summary: 'Figures for monitoring', tags: ['health'] } },
    async (_request, reply) => {
      const count = async (table: string) =>
        Number((await registry.db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))?.n ?? 0);
      const figures: [string, string, number][] = [
        ['entente_ledger_leaves', 'Leaves in the ledger', await ledgerSize(registry.db)],
        ['entente_objects', 'Object versions held', await count('object')],
        ['entente_exhibits', 'Exhibits held', await count('exhibit')],
        ['entente_deliveries', 'Deliveries, both directions', await count('delivery')],
        ['entente_resident_bytes', 'Resident memory', process.memoryUsage.rss()],
      ];
      reply.type('text/plain; version=0.0.4');
      return `${figures.map(([name, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}`).join('\n')}\n`;
    },
  );
}
