/** The relationships the specification defines between types (STIX 2.1 §4, §6; Appendix B). Others are allowed. */
import { isIdOf, typeOfId } from '../identifiers.ts';
import { kindOf } from './kinds.ts';

/** `source type target target`; a line per relationship. `*` stands for every cyber-observable type. */
const TABLE = `
attack-pattern delivers malware
attack-pattern targets identity location vulnerability
attack-pattern uses malware tool
campaign attributed-to intrusion-set threat-actor
campaign compromises infrastructure
campaign originates-from location
campaign targets identity location vulnerability
campaign uses attack-pattern infrastructure malware tool
course-of-action investigates indicator
course-of-action mitigates attack-pattern indicator malware tool vulnerability
course-of-action remediates malware vulnerability
domain-name resolves-to domain-name ipv4-addr ipv6-addr
identity located-at location
indicator indicates attack-pattern campaign infrastructure intrusion-set malware threat-actor tool
indicator based-on observed-data
infrastructure communicates-with infrastructure ipv4-addr ipv6-addr domain-name url
infrastructure consists-of infrastructure observed-data *
infrastructure controls infrastructure malware
infrastructure delivers malware
infrastructure has vulnerability
infrastructure hosts tool malware
infrastructure located-at location
infrastructure uses infrastructure
intrusion-set attributed-to threat-actor
intrusion-set compromises infrastructure
intrusion-set hosts infrastructure
intrusion-set owns infrastructure
intrusion-set originates-from location
intrusion-set targets identity location vulnerability
intrusion-set uses attack-pattern infrastructure malware tool
ipv4-addr belongs-to autonomous-system
ipv4-addr resolves-to mac-addr
ipv6-addr belongs-to autonomous-system
ipv6-addr resolves-to mac-addr
malware authored-by threat-actor intrusion-set
malware beacons-to infrastructure
malware exfiltrates-to infrastructure
malware communicates-with ipv4-addr ipv6-addr domain-name url
malware controls malware
malware downloads malware tool file
malware drops malware tool file
malware exploits vulnerability
malware originates-from location
malware targets identity infrastructure location vulnerability
malware uses attack-pattern infrastructure malware tool
malware variant-of malware
malware-analysis characterizes malware
malware-analysis av-analysis-of malware
malware-analysis static-analysis-of malware
malware-analysis dynamic-analysis-of malware
threat-actor attributed-to identity
threat-actor compromises infrastructure
threat-actor hosts infrastructure
threat-actor owns infrastructure
threat-actor impersonates identity
threat-actor located-at location
threat-actor targets identity location vulnerability
threat-actor uses attack-pattern infrastructure malware tool
tool delivers malware
tool drops malware
tool has vulnerability
tool targets identity infrastructure location vulnerability
tool uses infrastructure
`;

const DEFINED = new Map<string, readonly string[]>();
for (const line of TABLE.trim().split('\n')) {
  const [source, type, ...targets] = line.split(' ') as [string, string, ...string[]];
  DEFINED.set(`${source} ${type}`, targets);
}

/** The relationship last found defined: feeds repeat theirs. */
let last = { source: '\u0000', type: '', target: '\u0000' };

/** Whether the specification defines this relationship between the types of two ids (§3.7 for the common ones). */
export function isDefinedRelationship(sourceId: string, type: string, targetId: string): boolean {
  if (type === last.type && isIdOf(sourceId, last.source) && isIdOf(targetId, last.target)) return true;
  const source = typeOfId(sourceId);
  const target = typeOfId(targetId);
  if (!isDefined(source, type, target)) return false;
  last = { source, type, target };
  return true;
}

function isDefined(source: string, type: string, target: string): boolean {
  if (type === 'related-to') return true;
  if (type === 'derived-from' || type === 'duplicate-of') return source === target;
  const targets = DEFINED.get(`${source} ${type}`);
  return (
    targets !== undefined && (targets.includes(target) || (targets.includes('*') && kindOf(target) === 'sco'))
  );
}
