/** Type names by kind, for rules about what a reference may point to. Custom types may stand anywhere. */

const SDO = new Set([
  'attack-pattern',
  'campaign',
  'course-of-action',
  'grouping',
  'identity',
  'incident',
  'indicator',
  'infrastructure',
  'intrusion-set',
  'location',
  'malware',
  'malware-analysis',
  'note',
  'observed-data',
  'opinion',
  'report',
  'threat-actor',
  'tool',
  'vulnerability',
]);
const SRO = new Set(['relationship', 'sighting']);
const SCO = new Set([
  'artifact',
  'autonomous-system',
  'directory',
  'domain-name',
  'email-addr',
  'email-message',
  'file',
  'ipv4-addr',
  'ipv6-addr',
  'mac-addr',
  'mutex',
  'network-traffic',
  'process',
  'software',
  'url',
  'user-account',
  'windows-registry-key',
  'x509-certificate',
]);
const SMO = new Set(['language-content', 'marking-definition', 'extension-definition']);

/** `custom` is any type that the specification does not define; `bundle` is no object. */
export function kindOf(type: string): 'sdo' | 'sro' | 'sco' | 'smo' | 'bundle' | 'custom' {
  if (SCO.has(type)) return 'sco';
  if (SDO.has(type)) return 'sdo';
  if (SRO.has(type)) return 'sro';
  if (SMO.has(type)) return 'smo';
  return type === 'bundle' ? 'bundle' : 'custom';
}

export const isStixObjectType = (type: string) => type !== 'bundle';

export function isDomainOrObservable(type: string): boolean {
  const kind = kindOf(type);
  return kind === 'sdo' || kind === 'sco' || kind === 'custom';
}

export function isDomain(type: string): boolean {
  const kind = kindOf(type);
  return kind === 'sdo' || kind === 'custom';
}

export function isObservable(type: string): boolean {
  const kind = kindOf(type);
  return kind === 'sco' || kind === 'custom';
}

export function isObservableOrRelationship(type: string): boolean {
  const kind = kindOf(type);
  return kind === 'sco' || kind === 'sro' || kind === 'custom';
}
