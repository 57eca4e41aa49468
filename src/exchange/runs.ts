/**
 * What a run over evidence is, whoever asks for it: a person of this organisation by command or page, or an expert from a seat. An order says
 * everything that the run is given, rules and packages by digest, so that it can wait for somebody's yes and is then the one that was asked for.
 */
import { EntenteError } from '../base/index.ts';
import {
  type Case,
  type Exhibit,
  evidenceOf,
  keepMaterials,
  keepRules,
  MATCH,
  OBSERVABLES,
  PATTERNS,
  type RunOptions,
  requireExhibit,
  runMatch,
  runTool,
  SIGMA,
  type Tool,
  type ToolRun,
  YARA,
} from '../cases/index.ts';
import { PARSE, TIMELINE, type TimelineParameters, timelineSources } from '../cases/timeline/index.ts';
import { assertParameters, assertUsable, requireHeld } from '../desk/index.ts';
import { type UsableIndicators, usableIndicators } from '../intel/index.ts';
import type { Registry } from '../registry/index.ts';
import { runAccepted } from './tools/run.ts';

/** The tools of this node. Every other name is one of a tool package that is held here. */
export const RUN_TOOLS = ['match', 'patterns', 'observables', 'parse', 'timeline', 'sigma', 'yara'] as const;
export type RunTool = (typeof RUN_TOOLS)[number];

export const isRunTool = (name: string): name is RunTool => RUN_TOOLS.includes(name as RunTool);

const TOOLS: Readonly<Record<Exclude<RunTool, 'match'>, Tool>> = {
  patterns: PATTERNS,
  observables: OBSERVABLES,
  parse: PARSE,
  timeline: TIMELINE,
  sigma: SIGMA,
  yara: YARA,
};

/** Why a run of this node's tools is made, where nobody says. */
export const purposeOf = (tool: RunTool): string => (tool === 'match' ? MATCH : TOOLS[tool]).purpose;

/** A set of rules that people use has some thousands. */
export const RULES_MAX = 20_000;

export interface RunWish {
  /** One of `RUN_TOOLS`, or a held tool by name or identifier. */
  readonly tool: string;
  /** For Sigma and YARA. */
  readonly rules?: readonly { readonly path: string; readonly text: string }[];
  /** For `parse` and `timeline`. */
  readonly parser?: TimelineParameters;
  /** For a held tool: its parameters by name. */
  readonly set?: Readonly<Record<string, string>>;
}

export interface RunOrder {
  readonly tool: string;
  /** The digest by which the run names its rules. */
  readonly rules?: string;
  readonly parser?: TimelineParameters;
  readonly set?: Readonly<Record<string, string>>;
  /** The held package; the order is for no other version. */
  readonly package?: { readonly id: string; readonly version: string; readonly sha256: string };
}

/**
 * Checks a wish and settles what it names.
 * @throws EntenteError `usage`, `not-found`; `conflict` and `agreement-denied` for a held tool that may not be used
 */
export async function orderRun(registry: Registry, wish: RunWish): Promise<RunOrder> {
  const { tool, rules, parser, set } = wish;
  const own = isRunTool(tool);
  const takesRules = tool === 'sigma' || tool === 'yara';
  if (takesRules && !rules?.length) throw new EntenteError('usage', `${tool} needs rules`);
  if (!takesRules && rules?.length)
    throw new EntenteError('usage', `rules are for sigma and yara, not for ${tool.slice(0, 80)}`);
  if ((rules?.length ?? 0) > RULES_MAX)
    throw new EntenteError('input-limit', `${rules!.length} rules, and a run takes up to ${RULES_MAX}`);
  if (parser && tool !== 'parse' && tool !== 'timeline')
    throw new EntenteError('usage', `only parse and timeline are told of zones, years and columns`);
  if (own) {
    if (set && Object.keys(set).length > 0)
      throw new EntenteError('usage', `${tool} has no parameters; tool packages have`);
    if (takesRules) return { tool, rules: await keepRules(registry, rules!) };
    return parser ? { tool, parser } : { tool };
  }
  const held = await requireHeld(registry.db, tool).catch((error) => {
    if (!(error instanceof EntenteError) || error.code !== 'not-found') throw error;
    throw new EntenteError(
      'not-found',
      `"${tool.slice(0, 80)}" is no tool here: there are ${RUN_TOOLS.join(', ')}, and those that are held (\`entente tool list\`)`,
    );
  });
  await assertUsable(registry, held);
  assertParameters(held.manifest, set ?? {});
  const { id, version, sha256 } = held;
  return { tool: held.tool, set: set ?? {}, package: { id, version, sha256 } };
}

/** The exhibits that a run reads: the named ones; else all evidence, for `timeline` that which no run has read. @throws EntenteError `not-found`, `usage` */
export async function exhibitsFor(
  registry: Registry,
  file: Case,
  tool: string,
  numbers: readonly string[] = [],
): Promise<Exhibit[]> {
  if (numbers.length > 0)
    return Promise.all(numbers.map((number) => requireExhibit(registry, file.id, number)));
  return tool === 'timeline' ? (await timelineSources(registry, file)).unread : evidenceOf(registry, file.id);
}

export interface MadeRun extends ToolRun {
  /** Indicators that a search did not use, counted by reason. */
  readonly unusable: UsableIndicators['unusable'];
  /** Indicators that a search on text leaves, in whole or in part, to `patterns`. */
  readonly onEvents: number;
}

export interface OrderOptions extends RunOptions {
  /** For `match`, when they were read to choose the exhibits. */
  readonly indicators?: UsableIndicators;
}

/** Asks once more what may be used, and runs. @throws EntenteError as `runTool` and `runAccepted` do */
export async function executeRun(
  registry: Registry,
  file: Case,
  exhibits: readonly Exhibit[],
  order: RunOrder,
  { indicators, ...options }: OrderOptions,
): Promise<MadeRun> {
  const { tool, rules, parser, set } = order;
  if (!isRunTool(tool)) {
    const made = await runAccepted(registry, order.package!.id, file, exhibits, set ?? {}, options);
    return { ...made, unusable: [], onEvents: 0 };
  }
  if (tool === 'match') {
    const { sources, patterns, unusable } = indicators ?? (await usableIndicators(registry, file.openedAt));
    return {
      ...(await runMatch(registry, file, sources, { ...options, exhibits })),
      unusable,
      onEvents: patterns.length,
    };
  }
  if (tool === 'patterns') {
    const { patterns, unusableAtAll } = indicators ?? (await usableIndicators(registry, file.openedAt));
    const parameters = { indicators: patterns.length, materials: await keepMaterials(registry, patterns) };
    const made = await runTool(registry, file, PATTERNS, exhibits, parameters, options);
    return { ...made, unusable: unusableAtAll, onEvents: 0 };
  }
  const parameters = rules ? { materials: rules } : { ...parser };
  return {
    ...(await runTool(registry, file, TOOLS[tool], exhibits, parameters, options)),
    unusable: [],
    onEvents: 0,
  };
}
