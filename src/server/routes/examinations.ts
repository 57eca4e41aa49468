/** Reading the evidence of a case: its events for the timeline, its observables, and what Sigma and YARA rules describe. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { EntenteError } from '../../base/index.ts';
import { requireCase } from '../../cases/index.ts';
import { executeRun, exhibitsFor, orderRun } from '../../exchange/index.ts';
import type { Registry } from '../../registry/index.ts';
import { personOf } from '../access.ts';
import type { Role } from '../roles.ts';
import type { Work } from '../work.ts';
import { Rules, Said, type SaidBody, saidIn } from './said.ts';
import { WorkSchema, workOf } from './work.ts';

const WORKERS: readonly Role[] = ['investigator', 'analyst'];

const NAMES = ['parse', 'timeline', 'observables', 'patterns', 'sigma', 'yara'] as const;

interface Asked extends SaidBody {
  readonly tool: (typeof NAMES)[number];
  readonly rules?: { path: string; text: string }[];
}

export async function examinationRoutes(
  app: FastifyInstance,
  { registry, work }: { registry: Registry; work: Work },
): Promise<void> {
  app.post<{ Params: { id: string }; Body: Asked }>(
    '/cases/:id/examinations',
    {
      config: { access: WORKERS },
      schema: {
        summary: 'Run a tool over the evidence of a case',
        description:
          '`parse` reads the events of all exhibits, `timeline` of those that no run has read; `patterns` decides indicators on events; `sigma` and `yara` look for what `rules` describe.',
        tags: ['cases'],
        params: Type.Object({ id: Type.String({ maxLength: 200 }) }),
        body: Type.Object({
          tool: Type.Union(NAMES.map((name) => Type.Literal(name))),
          rules: Type.Optional(Rules),
          ...Said,
        }),
        response: { 202: WorkSchema },
      },
    },
    async (request, reply) => {
      const { tool, rules } = request.body;
      const file = await requireCase(registry, request.params.id);
      const said = saidIn(request, request.body);
      const order = await orderRun(registry, { tool, ...(rules ? { rules } : {}) });
      const exhibits = await exhibitsFor(registry, file, tool);
      if (exhibits.length === 0)
        throw new EntenteError(
          'conflict',
          tool === 'timeline' ? 'the events of all exhibits are read' : 'the case has no evidence to read',
        );
      const view = await work.begin(personOf(request).id, 'examination', file.name, async (onProgress) => {
        const run = await executeRun(registry, file, exhibits, order, { ...said, onProgress });
        return {
          case: file.id,
          tool,
          run: run.record.id,
          findings: run.findings.length,
          derived: run.derived.map(({ number }) => number),
          account: run.record.account,
        };
      });
      return reply.code(202).send(workOf(view));
    },
  );
}
