/** What a tool package says of itself. Whoever accepts it holds it to that: files by digest, and self-tests by running them. */
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { EntenteError, type Issue } from '../../base/index.ts';

export const TOOL_KINDS = [
  'yara-pack',
  'sigma-pack',
  'indicator-set',
  'wasm-parser',
  'wasm-decryptor',
] as const;
export type ToolKind = (typeof TOOL_KINDS)[number];

export const isWasm = (kind: ToolKind): boolean => kind === 'wasm-parser' || kind === 'wasm-decryptor';

const strict = { additionalProperties: false } as const;
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });

/** What a node gives a tool at most, whatever the package asks for. */
export const LIMITS_MAX = { memoryMiB: 512, seconds: 3_600, outputMiB: 256 } as const;

const Path = Type.String({ minLength: 1, maxLength: 200 });
const Digest = Type.String({ pattern: '^[0-9a-f]{64}$' });
/** As people type it after `--set`. */
const ParameterName = '^[a-z][a-z0-9-]{0,39}$';

export const ManifestSchema = Type.Object(
  {
    v: Type.Literal(1),
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{1,62}$' }),
    version: Type.String({ pattern: '^(0|[1-9][0-9]{0,5})(\\.(0|[1-9][0-9]{0,5})){2}$' }),
    kind: Type.Enum([...TOOL_KINDS]),
    /** The name that agreements use for it. */
    title: text(120),
    /** An SPDX expression, or where the licence is. */
    licence: text(120),
    author: text(120),
    description: text(2_000),
    inputs: text(500),
    outputs: text(500),
    /** Its rules, its set, or its one module. */
    content: Type.Array(Path, { minItems: 1, maxItems: 2_000 }),
    parameters: Type.Optional(
      Type.Array(
        Type.Object(
          { name: Type.String({ pattern: ParameterName }), description: text(500), required: Type.Boolean() },
          strict,
        ),
        { maxItems: 20 },
      ),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          memoryMiB: Type.Integer({ minimum: 1, maximum: LIMITS_MAX.memoryMiB }),
          seconds: Type.Integer({ minimum: 1, maximum: LIMITS_MAX.seconds }),
          outputMiB: Type.Integer({ minimum: 1, maximum: LIMITS_MAX.outputMiB }),
        },
        strict,
      ),
    ),
    selfTests: Type.Array(
      Type.Object(
        {
          name: text(120),
          inputs: Type.Array(Path, { minItems: 1, maxItems: 100 }),
          parameters: Type.Optional(
            Type.Record(Type.String({ pattern: ParameterName }), Type.String({ maxLength: 4_000 })),
          ),
          outputs: Type.Array(
            Type.Object({ name: Type.String({ minLength: 1, maxLength: 200 }), sha256: Digest }, strict),
            { maxItems: 1_000 },
          ),
        },
        strict,
      ),
      { minItems: 1, maxItems: 50 },
    ),
  },
  strict,
);

export type Manifest = Static<typeof ManifestSchema>;
export type SelfTest = Manifest['selfTests'][number];

const ISSUES_MAX = 50;

export function notAPackage(words: string, issues: readonly Issue[] = []): EntenteError {
  return new EntenteError('tool-package', words, { issues });
}

/** @throws EntenteError `tool-package`, all faults at once */
export function parseManifest(value: unknown): Manifest {
  const issues: Issue[] = [];
  const say = (path: string, message: string) => issues.push({ code: 'manifest', path, message });
  for (const { instancePath, message } of Value.Errors(ManifestSchema, value)) {
    say(instancePath.slice(1).replaceAll('/', '.'), message);
    if (issues.length === ISSUES_MAX) break;
  }
  if (issues.length === 0) {
    const { kind, content, limits, parameters, selfTests } = value as Manifest;
    if (isWasm(kind)) {
      if (!limits) say('limits', 'a WASM tool says how much memory, time and output it needs');
      if (content.length !== 1) say('content', 'a WASM tool is one module');
    } else {
      if (limits) say('limits', `a ${kind} has none: the node bounds it`);
      if (parameters) say('parameters', `a ${kind} has none`);
      if (kind === 'indicator-set' && content.length !== 1) say('content', 'an indicator set is one file');
    }
    for (const [i, test] of selfTests.entries()) {
      if (new Set(test.outputs.map(({ name }) => name)).size < test.outputs.length)
        say(`selfTests[${i}].outputs`, 'names an output twice');
      for (const name of Object.keys(test.parameters ?? {}))
        if (!parameters?.some((one) => one.name === name))
          say(`selfTests[${i}].parameters`, `gives "${name}", which is no parameter of the tool`);
    }
  }
  if (issues.length > 0)
    throw notAPackage(`the manifest is not in order: ${issues[0]!.path}: ${issues[0]!.message}`, issues);
  return value as Manifest;
}

/** What a run is given, held against what the tool takes. @throws EntenteError `usage` */
export function assertParameters(manifest: Manifest, given: Readonly<Record<string, string>>): void {
  const known = manifest.parameters ?? [];
  for (const name of Object.keys(given))
    if (!known.some((one) => one.name === name))
      throw new EntenteError(
        'usage',
        `"${name.slice(0, 40)}" is no parameter of ${manifest.title}; it takes: ${known.map((one) => one.name).join(', ') || 'none'}`,
      );
  for (const { name, required, description } of known)
    if (required && given[name] === undefined)
      throw new EntenteError('usage', `${manifest.title} needs the parameter "${name}": ${description}`);
}

/** Semantic versions of three numbers, in their order. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let i = 0; i < 3; i++) if (left[i] !== right[i]) return left[i]! - right[i]!;
  return 0;
}
