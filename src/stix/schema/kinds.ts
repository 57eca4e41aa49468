/** Type names by kind, for rules about what a reference may point to. Custom types may stand anywhere. */

const TYPES = {
  sdo: [
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
  ],
  sro: ['relationship', 'sighting'],
  sco: [
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
  ],
  smo: ['language-content', 'marking-definition', 'extension-definition'],
  bundle: ['bundle'],
} as const;

export type Kind = keyof typeof TYPES | 'custom';

const KINDS = new Map<string, Kind>();
for (const [kind, types] of Object.entries(TYPES)) for (const type of types) KINDS.set(type, kind as Kind);

/** `custom` is any type that the specification does not define; `bundle` is no object. */
export function kindOf(type: string): Kind {
  return KINDS.get(type) ?? 'custom';
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
