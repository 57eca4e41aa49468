/** The words of joint operations. */
import type { PersonalDataClass } from '../agreement/index.ts';
import type { Kind } from '../match/index.ts';

/** What a party is in an operation; it decides, with the clauses, what the party sees. The lead sees all that was given to it. */
export const ROLES = ['police', 'cert', 'company', 'observer'] as const;
export type Role = (typeof ROLES)[number];

/** What a target is taken to be. Most addresses of real operations are victims: people to be warned, not suspects. */
export const MARKS = ['suspect', 'victim', 'undetermined'] as const;
export type Mark = (typeof MARKS)[number];

/** Reliability of the source: A always, B mostly, C not mostly reliable, X cannot be judged (Europol's 4×4 grading: D in place of X in older data). */
export const SOURCE_GRADES = ['A', 'B', 'C', 'D', 'X'] as const;
export type SourceGrade = (typeof SOURCE_GRADES)[number];

/** Accuracy of the information: 1 sure, 2 known to the source, 3 corroborated hearsay, 4 cannot be judged. */
export const INFORMATION_GRADES = ['1', '2', '3', '4'] as const;
export type InformationGrade = (typeof INFORMATION_GRADES)[number];

export const ROOMS = ['operations', 'knowledge'] as const;
export type Room = (typeof ROOMS)[number];

/** Why a target waits for a person. */
export const QUEUES = [
  'conflict',
  'unplaced',
  'special',
  'withdrawn-country',
  'mark',
  'text',
  'held',
] as const;
export type Queue = (typeof QUEUES)[number];

/** Kinds of indicator that can be a target: something that somebody can seize, take down, warn or ask a provider about. */
export const TARGET_KINDS = [
  'ipv4',
  'ipv6',
  'domain',
  'url',
  'email',
  'phone',
  'coin-address',
  'asn',
  'sha256',
] as const satisfies readonly Kind[];
export type TargetKind = (typeof TARGET_KINDS)[number];

/** Kinds that are about a person by themselves. */
const PERSONAL: readonly TargetKind[] = ['email', 'phone', 'coin-address'];

/** Whose personal data a target is. An address that may be a victim's counts as one's, until somebody says otherwise. */
export function personalDataOf(kind: TargetKind, mark: Mark): PersonalDataClass {
  if (mark === 'victim') return 'victim';
  if (kind === 'sha256' || kind === 'asn') return 'none';
  return PERSONAL.includes(kind) || mark === 'undetermined' ? 'online-identifier' : 'none';
}

export const isOneOf = <T extends string>(list: readonly T[], text: unknown): text is T =>
  typeof text === 'string' && (list as readonly string[]).includes(text);
