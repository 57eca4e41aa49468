/**
 * Whether one text is an object that this node holds, and what it then counts as.
 *
 * A file or a peer must send valid STIX 2.1. TAXII is wider (TAXII 2.1 §1.6.10, §3.4.1: `match[spec_version]`): objects of STIX 2.0 are
 * held as they are, judged by what 2.1 would make of them. And what the organisation's own tools send through an account is held even
 * where it breaks a rule about how it should have been made, as long as its identity, version and type are sound: such an object is
 * marked unchecked, which no agreement releases.
 */
import type { ReleaseClass, Tlp } from '../agreement/index.ts';
import type { Issue } from '../base/index.ts';
import {
  compareStixTimestamps,
  isStix20,
  isStixId,
  isStixTimestamp,
  type StixObject,
  typeOfId,
  upgradeStix20,
  type Validation,
  validateObject,
} from '../stix/index.ts';
import { type Circumstances, classifyObject } from './classify.ts';

/** Instead of an agreement: the object broke a rule of STIX and never leaves the organisation. */
export const UNCHECKED = 'unchecked';

export type Spec = '2.0' | '2.1';

export interface Judgement {
  /** Absent when it is not held. */
  readonly object?: StixObject;
  readonly spec: Spec;
  readonly releaseClass?: ReleaseClass;
  /** Why it is not held; or, for an object that is, what is wrong with it nevertheless. */
  readonly issues: readonly Issue[];
}

export interface JudgeOptions {
  readonly origin: string;
  readonly unmarked?: Tlp;
  /** `file`: STIX 2.1 only. `taxii`: 2.0 too. `account`: also what is faulty in form only. */
  readonly by: 'file' | 'taxii' | 'account';
}

const NO_WARNINGS = { warnings: false } as const;

export function judgeText(text: string, options: JudgeOptions): Judgement {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return {
      spec: '2.1',
      issues: [{ code: 'json-syntax', path: '', message: (error as Error).message.slice(0, 200) }],
    };
  }
  const circumstances: Circumstances = {
    origin: options.origin,
    ...(options.unmarked ? { unmarked: options.unmarked } : {}),
  };
  if (options.by !== 'file' && isOf20(json)) return judge20(json, options, circumstances);
  const { object, issues } = validateObject(json, NO_WARNINGS);
  if (object) return { object, spec: '2.1', releaseClass: classifyObject(object, circumstances), issues: [] };
  if (options.by === 'account' && issues.every(isFormOnly)) {
    return unchecked(json as StixObject, '2.1', circumstances, issues);
  }
  return { spec: '2.1', issues };
}

/** STIX 2.1 §3.2: without `spec_version`, everything but an observable is of 2.0. Observables have no `created`. */
function isOf20(json: unknown): json is Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return false;
  const { spec_version: version, created } = json as Record<string, unknown>;
  return version === '2.0' || (version === undefined && typeof created === 'string');
}

function judge20(
  json: Record<string, unknown>,
  options: JudgeOptions,
  circumstances: Circumstances,
): Judgement {
  const frame = frameIssues20(json);
  if (frame.length > 0) return { spec: '2.0', issues: frame };
  const { spec_version: _, ...bare } = json;
  const upgraded = isStix20(bare)
    ? upgradeStix20(bare).objects
    : [{ ...(bare as object), spec_version: '2.1' }];
  const judged: Validation[] = upgraded.map((object) => validateObject(object, NO_WARNINGS));
  const issues = judged.flatMap((one) => one.issues);
  const object = json as StixObject;
  if (issues.length > 0) {
    return options.by === 'account'
      ? unchecked(object, '2.0', circumstances, issues)
      : { spec: '2.0', issues };
  }
  // Observed data of 2.0 has its observables inside: what they are counts for the whole, and one class must be able to say it.
  const classes = judged.map((one) => classifyObject(one.object!, circumstances));
  const [main, ...inner] = classes as [ReleaseClass, ...ReleaseClass[]];
  const telling = inner.filter((one) => one.category !== 'reports' || one.personalData !== 'none');
  const first = telling[0];
  if (!first) return { object, spec: '2.0', releaseClass: main, issues: [] };
  if (telling.every((one) => one.category === first.category && one.personalData === first.personalData)) {
    const releaseClass = { ...main, category: first.category, personalData: first.personalData };
    return { object, spec: '2.0', releaseClass, issues: [] };
  }
  const mixed: Issue = {
    code: 'mixed-handling',
    path: 'objects',
    message:
      'observed data of STIX 2.0 with observables of several kinds cannot be classified; send it as 2.1',
  };
  return options.by === 'account'
    ? unchecked(object, '2.0', circumstances, [mixed])
    : { spec: '2.0', issues: [mixed] };
}

function unchecked(
  object: StixObject,
  spec: Spec,
  circumstances: Circumstances,
  issues: readonly Issue[],
): Judgement {
  const releaseClass = { ...classifyObject(object, circumstances), tlp: 'red' as const, origin: UNCHECKED };
  return { object, spec, releaseClass, issues };
}

/**
 * Rules about how an observable should have been made: which kind of UUID it should have (STIX 2.1 §2.9), and that it should carry
 * at least one of several properties. It can be stored, found and told apart without them.
 */
function isFormOnly(issue: Issue): boolean {
  return (
    (issue.code === 'identifier' && issue.path === 'id' && issue.message.includes('UUIDv4')) ||
    (issue.code === 'required' && issue.path === '' && issue.section?.startsWith('STIX 2.1 §6.') === true)
  );
}

/** What any object of 2.0 must have so that it can be stored and found (STIX 2.0 part 1 §3.1). */
function frameIssues20(json: Record<string, unknown>): Issue[] {
  const issues: Issue[] = [];
  const fault = (path: string, message: string) =>
    issues.push({ code: 'stix-2.0', path, message, severity: 'error' });
  const { type, id, created, modified } = json;
  if (typeof type !== 'string' || !/^[a-z0-9][a-z0-9-]{1,248}[a-z0-9]$/.test(type) || type === 'bundle')
    fault('type', 'the type is no type of a STIX object');
  if (typeof id !== 'string' || !isStixId(id) || typeOfId(id) !== type)
    fault('id', 'the id must be the type, two hyphens and a UUID');
  if (typeof created !== 'string' || !isStixTimestamp(created))
    fault('created', 'created must be a timestamp');
  if (modified === undefined ? type !== 'marking-definition' : typeof modified !== 'string')
    fault('modified', 'modified must be a timestamp');
  else if (typeof modified === 'string') {
    if (!isStixTimestamp(modified)) fault('modified', 'modified must be a timestamp');
    else if (issues.length === 0 && compareStixTimestamps(modified, created as string) < 0)
      fault('modified', 'modified lies before created');
  }
  return issues;
}
