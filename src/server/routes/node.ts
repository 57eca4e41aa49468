/** What a node tells anyone about itself: its name and keys. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { nodeCard, type Registry } from '../../registry/index.ts';
import { openIdSettings } from '../openid-settings.ts';

const Key = Type.Object({ kty: Type.Literal('OKP'), crv: Type.Literal('Ed25519'), x: Type.String() });

export async function nodeRoutes(app: FastifyInstance, { registry }: { registry: Registry }): Promise<void> {
  app.get(
    '/node',
    {
      config: { access: 'anyone' },
      schema: {
        summary: 'Name and keys of this node',
        tags: ['node'],
        response: {
          200: Type.Object({
            name: Type.String(),
            kid: Type.String(),
            key: Key,
            signatoryKey: Key,
            witnessKey: Key,
            openId: Type.Union([Type.String(), Type.Null()], {
              description: 'the name of the identity provider by which people sign in here, too',
            }),
          }),
        },
      },
    },
    async () => ({ ...nodeCard(registry), openId: (await openIdSettings(registry))?.name ?? null }),
  );
}
