/**
 * From a STIX object to its release class: the few facts that agreements decide on. What an object does not say counts as the
 * strictest reading, so that silence releases nothing.
 */
import {
  type Category,
  PAP_LEVELS,
  type Pap,
  type PersonalDataClass,
  type ReleaseClass,
  type Tlp,
} from '../agreement/index.ts';
import { type StixObject, tlpOf } from '../stix/index.ts';

export interface Circumstances {
  /** The agreement under which the object came; empty for the node's own. */
  readonly origin: string;
  /** What an object without any TLP marking counts as. */
  readonly unmarked?: Tlp;
}

/** Nobody said that it may leave. Whoever knows better says so at import (`--unmarked`). */
const UNMARKED: Tlp = 'red';

export function classifyObject(object: StixObject, circumstances: Circumstances): ReleaseClass {
  const patterned = object.type === 'indicator' ? patternTypes(object['pattern']) : [];
  return {
    category: categoryOf(object, patterned),
    tlp:
      object.type === 'marking-definition' ? 'clear' : (tlpOf(object) ?? circumstances.unmarked ?? UNMARKED),
    pap: papOf(object),
    personalData: personalDataOf(object, patterned),
    ...(circumstances.origin === '' ? {} : { origin: circumstances.origin }),
  };
}

const NETWORK_TYPES = new Set([
  'autonomous-system',
  'domain-name',
  'email-addr',
  'email-message',
  'infrastructure',
  'ipv4-addr',
  'ipv6-addr',
  'mac-addr',
  'network-traffic',
  'url',
  'x509-certificate',
]);
const FILE_TYPES = new Set([
  'directory',
  'file',
  'mutex',
  'process',
  'software',
  'user-account',
  'windows-registry-key',
]);

function categoryOf(object: StixObject, patterned: readonly string[]): Category {
  const { type } = object;
  if (type === 'indicator') return indicatorCategory(object, patterned);
  if (type === 'artifact') return 'samples';
  if (type === 'identity' && isVictim(object)) return 'victims';
  if (type === 'identity' && object['identity_class'] === 'individual') return 'personal-data';
  if (NETWORK_TYPES.has(type)) return 'network-indicators';
  if (FILE_TYPES.has(type)) return 'file-indicators';
  return 'reports';
}

/** The types of observables that a pattern names. Quoted constants are taken out first, so that a URL in one does not look like an object path. */
function patternTypes(pattern: unknown): string[] {
  if (typeof pattern !== 'string') return [];
  const bare = pattern.replace(/'(?:[^'\\]|\\.)*'/g, "''");
  return [...bare.matchAll(/([a-z0-9][a-z0-9-]{2,249}):/g)].map((match) => match[1]!);
}

function indicatorCategory(object: StixObject, types: readonly string[]): Category {
  const { pattern_type: language } = object;
  if (language === 'snort' || language === 'suricata') return 'network-indicators';
  if (language !== 'stix') return 'file-indicators';
  return types.length > 0 && types.every((type) => NETWORK_TYPES.has(type))
    ? 'network-indicators'
    : 'file-indicators';
}

function isVictim(object: StixObject): boolean {
  const { roles } = object;
  return Array.isArray(roles) && roles.includes('victim');
}

function personalDataOf(object: StixObject, patterned: readonly string[]): PersonalDataClass {
  const { type } = object;
  if (type === 'identity' && object['identity_class'] === 'individual')
    return isVictim(object) ? 'victim' : 'contact';
  if (type === 'email-addr' || type === 'email-message' || type === 'user-account')
    return 'online-identifier';
  if (patterned.some((name) => name === 'email-addr' || name === 'user-account')) return 'online-identifier';
  return 'none';
}

/** PAP has no marking of its own in STIX; it travels as a label or a marking's name, written `PAP:AMBER`. */
function papOf(object: StixObject): Pap {
  const { labels } = object;
  if (!Array.isArray(labels)) return 'clear';
  const levels = labels.flatMap((label) => {
    const word =
      typeof label === 'string' ? /^pap:(\w+)$/i.exec(label.trim())?.[1]?.toLowerCase() : undefined;
    if (word === undefined) return [];
    const level = word === 'white' ? 0 : PAP_LEVELS.indexOf(word as Pap);
    return [level < 0 ? PAP_LEVELS.length - 1 : level]; // an unknown level is the strictest
  });
  return PAP_LEVELS[Math.max(0, ...levels)]!;
}
