/** What a clause leaves to its contributor, asked and answered; and what has to be reviewed or erased. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { PURPOSES } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { askForObject, pushMessages, queueMessage, queuePermission } from '../../exchange/index.ts';
import { eraseDue, listDue, listErasures, recordReview } from '../../intel/index.ts';
import { answerPermission, listPermissions, type Registry, requirePeer } from '../../registry/index.ts';
import { personOf } from '../access.ts';
import { closed, DaysQuery, Id, oneOf, PROTECTION, Text, tags, WRITERS } from './agreement-schemas.ts';
import { AGREEMENT_READERS } from './agreements.ts';

export async function permissionRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  app.get(
    '/permissions',
    {
      config: { access: AGREEMENT_READERS },
      schema: { summary: 'What was asked of contributors, and what they ask of this organisation', tags },
    },
    async () => ({ permissions: await listPermissions(registry) }),
  );

  const AskBody = Type.Object(
    {
      object: Text(300),
      act: oneOf(['evidence-use', 'export', 'look-up', 'onward']),
      purpose: oneOf(PURPOSES),
      reason: Text(2_000),
      to: Type.Optional(Text(200)),
    },
    closed,
  );
  app.post<{ Body: Type.Static<typeof AskBody> }>(
    '/permissions',
    {
      config: { access: ['administrator', 'liaison', 'analyst', 'investigator'] },
      schema: { summary: 'Ask a contributor for a use that its agreement leaves to it', tags, body: AskBody },
    },
    async (request, reply) => {
      const { object, act, purpose, reason, to } = request.body;
      if ((act === 'onward') !== (to !== undefined))
        throw new EntenteError('usage', 'onward needs "to", and nothing else has it');
      const asked = await askForObject(registry, object, {
        act: act as 'export',
        purpose: purpose as 'investigation',
        reason,
        ...(to === undefined ? {} : { onwardTo: await requirePeer(registry.db, to) }),
      });
      await pushMessages(registry);
      return reply.code(201).send(asked);
    },
  );

  const AnswerBody = Type.Object(
    {
      verdict: oneOf(['allow', 'deny']),
      validUntil: Type.Optional(Type.Union([Type.String({ maxLength: 48 }), Type.Null()])),
      words: Text(2_000),
    },
    closed,
  );
  app.post<{ Params: { id: string }; Body: Type.Static<typeof AnswerBody> }>(
    '/permissions/:id/answer',
    {
      config: { access: WRITERS },
      schema: {
        summary: 'Answer what an agreement leaves to this organisation',
        tags,
        params: Id,
        body: AnswerBody,
      },
    },
    async (request) => {
      const { verdict, validUntil = null, words } = request.body;
      const answered = await answerPermission(
        registry,
        request.params.id,
        { verdict: verdict as 'allow' | 'deny', validUntil, words },
        queuePermission(registry),
      );
      await pushMessages(registry);
      return answered;
    },
  );

  app.get<{ Querystring: Type.Static<typeof DaysQuery> }>(
    '/retention',
    {
      config: { access: AGREEMENT_READERS },
      schema: {
        summary: 'What has to be reviewed or erased, and what was erased here and at peers',
        tags,
        querystring: DaysQuery,
      },
    },
    async (request) => ({
      due: await listDue(registry, request.query.days ?? 30),
      erasures: await listErasures(registry),
    }),
  );

  app.post(
    '/retention/reviews',
    {
      config: { access: PROTECTION },
      schema: { summary: 'Note that what is due for a review is still needed', tags },
    },
    async (request) => {
      const due = (await listDue(registry)).filter(({ what }) => what === 'review');
      for (const one of due) await recordReview(registry, one, personOf(request).name);
      return { reviewed: due.length };
    },
  );

  app.post(
    '/retention/erasures',
    {
      config: { access: PROTECTION },
      schema: { summary: 'Erase what may not be kept any longer, and tell its contributors', tags },
    },
    async () => {
      const now = registry.clock().toISOString();
      const erasures = [];
      for (const due of await listDue(registry))
        if (due.what === 'erase' && due.dueAt <= now)
          erasures.push(
            ...(await eraseDue(registry, due, (tx, peer, body) =>
              queueMessage(tx, registry, peer, 'erasure', body),
            )),
          );
      await pushMessages(registry);
      return { objects: erasures.reduce((sum, { objects }) => sum + objects, 0), erasures };
    },
  );
}
