/**
 * Writes the types of the workspace's API client (`web/src/api/routes.ts`, not committed) from the node's own description, so that a page that
 * asks for what a route does not give fails the check.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openRegistry } from '../src/registry/index.ts';
import { buildApp } from '../src/server/index.ts';

const OUT = resolve(import.meta.dirname, '../web/src/api/routes.ts');
const PREFIX = '/api/v1';

/** As much of JSON Schema as the routes use. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly items?: Schema | readonly Schema[];
}

interface Operation {
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema: Schema }[];
  readonly requestBody?: { content: Record<string, { schema: Schema }> };
  readonly responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

function typeOf(schema: Schema | undefined): string {
  if (!schema) return 'unknown';
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants) return variants.map((one) => typeOf(one)).join(' | ');
  if (schema.allOf) return schema.allOf.map((one) => `(${typeOf(one)})`).join(' & ');
  if (Array.isArray(schema.type))
    return schema.type.map((type: string) => typeOf({ ...schema, type })).join(' | ');
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return Array.isArray(schema.items)
        ? `readonly [${schema.items.map((one: Schema) => typeOf(one)).join(', ')}]`
        : `(${typeOf(schema.items as Schema)})[]`;
    case 'object':
      return objectOf(schema);
    default:
      return schema.properties ? objectOf(schema) : 'unknown';
  }
}

function objectOf(schema: Schema): string {
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, type]) => `${JSON.stringify(name)}${schema.required?.includes(name) ? '' : '?'}: ${typeOf(type)}`,
  );
  const [pattern] = Object.values(schema.patternProperties ?? {});
  if (pattern) members.push(`[name: string]: ${typeOf(pattern)}`);
  else if (schema.additionalProperties !== undefined && schema.additionalProperties !== false)
    members.push('[name: string]: unknown');
  return members.length === 0 ? 'Record<string, unknown>' : `{ ${members.join('; ')} }`;
}

function parametersOf(operation: Operation, where: string): string {
  const members = (operation.parameters ?? [])
    .filter((parameter) => parameter.in === where)
    .map(({ name, required, schema }) => `${JSON.stringify(name)}${required ? '' : '?'}: ${typeOf(schema)}`);
  return members.length === 0 ? 'Record<never, never>' : `{ ${members.join('; ')} }`;
}

const folder = mkdtempSync(join(tmpdir(), 'entente-api-'));
const registry = await openRegistry(folder, { createAs: 'Description' });
const app = await buildApp(registry);
await app.ready();
const { paths } = app.swagger() as unknown as { paths: Record<string, Record<string, Operation>> };
const lines = Object.entries(paths)
  .filter(([path]) => path.startsWith(PREFIX))
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const [, answer] = Object.entries(operation.responses).find(([status]) => status.startsWith('2')) ?? [];
      const content = Object.values(answer?.content ?? {})[0];
      const body = Object.values(operation.requestBody?.content ?? {})[0];
      return `  '${method.toUpperCase()} ${path.slice(PREFIX.length)}': { params: ${parametersOf(operation, 'path')}; query: ${parametersOf(operation, 'query')}; body: ${body ? typeOf(body.schema) : 'undefined'}; answer: ${typeOf(content?.schema)} };`;
    }),
  );
await app.close();
await registry.close();
rmSync(folder, { recursive: true });
writeFileSync(
  OUT,
  `/** Generated from the node’s own description (scripts/web-api-types.ts). */\nexport interface Routes {\n${lines.join('\n')}\n}\n`,
);
