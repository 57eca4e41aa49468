/**
 * The vocabulary of agreements: every word that a field may hold, ordered where the order decides, with the
 * phrase that people read. A word missing here cannot be agreed.
 */

/** Instruments as companies and police bodies conclude them; see `README.md` for what each may carry. */
export const INSTRUMENTS = ['framework', 'data-exchange', 'contribution', 'annex', 'amendment'] as const;
export type Instrument = (typeof INSTRUMENTS)[number];

/** FIRST TLP 2.0, from the most to the least open. */
export const TLP_LEVELS = ['clear', 'green', 'amber', 'amber+strict', 'red'] as const;
export type Tlp = (typeof TLP_LEVELS)[number];

/** Permissible Actions Protocol, from the most to the least open. */
export const PAP_LEVELS = ['clear', 'green', 'amber', 'red'] as const;
export type Pap = (typeof PAP_LEVELS)[number];

/** What kind of thing an object is, for the purpose of deciding whether it may cross. */
export const CATEGORIES = [
  'network-indicators',
  'file-indicators',
  'samples',
  'reports',
  'victims',
  'personal-data',
  'case-data',
  'outcomes',
] as const;
export type Category = (typeof CATEGORIES)[number];

export const CATEGORY_WORDS: Readonly<Record<Category, string>> = {
  'network-indicators': 'network indicators (addresses, domains, URLs, certificates)',
  'file-indicators': 'file and host indicators (hashes, names, registry keys)',
  samples: 'samples of malicious files',
  reports: 'reports and analysis (malware, campaigns, techniques)',
  victims: 'information about victims',
  'personal-data': 'personal data',
  'case-data': 'data of a case',
  outcomes: 'outcomes (what came of a contribution)',
};

/** Whom personal data is about; the classes differ in the legal basis they need. */
export const PERSONAL_DATA_CLASSES = [
  'none',
  'online-identifier',
  'contact',
  'suspect',
  'victim',
  'witness',
  'child',
  'special-category',
] as const;
export type PersonalDataClass = (typeof PERSONAL_DATA_CLASSES)[number];

export const PURPOSES = [
  'network-defence',
  'crime-prevention',
  'investigation',
  'victim-notification',
  'takedown',
  'prosecution',
  'research',
  'training',
  'routing',
] as const;
export type Purpose = (typeof PURPOSES)[number];

/**
 * Matters an agreement may leave out. The first four are those of Article 3 of INTERPOL's Constitution, which a
 * body of that kind cannot take up; the others are common reservations of companies.
 */
export const MATTERS = [
  'political',
  'military',
  'religious',
  'racial',
  'state-security',
  'tax',
  'legal-privilege',
  'trade-secret',
] as const;
export type Matter = (typeof MATTERS)[number];

/** Europol's handling codes, as far as evidence and dissemination are concerned. */
export const EVIDENCE_CODES = ['H0', 'H1', 'H2', 'H3'] as const;
export type EvidenceCode = (typeof EVIDENCE_CODES)[number];

export const EVIDENCE_WORDS: Readonly<Record<EvidenceCode, string>> = {
  H0: 'may be used in proceedings',
  H1: 'may be used as evidence only with the permission of its contributor',
  H2: 'may be disseminated or used as evidence only with the permission of its contributor',
  H3: 'is under a special restriction',
};

/** Whether a recipient may pass things on. */
export const ONWARD_MODES = ['none', 'ask', 'members', 'named'] as const;
/** Whether the contributor may be named as the source. */
export const ATTRIBUTIONS = ['named', 'ask', 'anonymous'] as const;

export const PARTY_KINDS = [
  'company',
  'cert',
  'police',
  'international-organisation',
  'authority',
  'other',
] as const;
export const ROLES = ['contributor', 'recipient', 'observer'] as const;
export type Role = (typeof ROLES)[number];

export const SERVICE_KINDS = ['intelligence', 'experts', 'tools', 'training', 'support', 'look-ups'] as const;
export type ServiceKind = (typeof SERVICE_KINDS)[number];
export const CLEARANCES = ['none', 'restricted', 'confidential', 'secret', 'top-secret'] as const;
export type Clearance = (typeof CLEARANCES)[number];
export const TRAINING_LEVELS = ['introductory', 'practitioner', 'expert', 'instructor'] as const;
export type TrainingLevel = (typeof TRAINING_LEVELS)[number];
export const PRIORITIES = ['urgent', 'high', 'normal'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Grounds for ending an agreement. */
export const END_GROUNDS = ['convenience', 'breach', 'legal-obligation', 'security'] as const;
export type EndGround = (typeof END_GROUNDS)[number];

export const LANGUAGES = ['ar', 'en', 'fr', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What one party may do with what the other gives, or ask of it. Everything that leaves or is used is one of these. */
export const ACTS = [
  'release',
  'onward',
  'export',
  'evidence-use',
  'look-up',
  'expert-seat',
  'tool-seat',
  'training-place',
  'support',
  'intelligence-request',
  'free-look-up',
  'audit',
  'log-access',
  'publish-counts',
] as const;
export type Act = (typeof ACTS)[number];

/** Acts on an object: flows decide them. */
export const OBJECT_ACTS: ReadonlySet<Act> = new Set([
  'release',
  'onward',
  'export',
  'evidence-use',
  'look-up',
]);

/** Acts that take up a service, and the kind of service that decides each. */
export const SERVICE_OF_ACT: Readonly<Partial<Record<Act, ServiceKind>>> = {
  'expert-seat': 'experts',
  'tool-seat': 'tools',
  'training-place': 'training',
  support: 'support',
  'intelligence-request': 'intelligence',
  'free-look-up': 'look-ups',
};

export const tlpRank = (tlp: Tlp): number => TLP_LEVELS.indexOf(tlp);
export const papRank = (pap: Pap): number => PAP_LEVELS.indexOf(pap);
export const tlpLabel = (tlp: Tlp): string => `TLP:${tlp.toUpperCase()}`;
export const papLabel = (pap: Pap): string => `PAP:${pap.toUpperCase()}`;
