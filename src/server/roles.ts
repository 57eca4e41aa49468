/** The roles of the people at a node (who works here, and the first thing each does). A person may have several. */
export const ROLES = [
  'administrator',
  'liaison',
  'analyst',
  'investigator',
  'cert-analyst',
  'data-protection-officer',
  'auditor',
  'expert',
  'trainer',
  'trainee',
] as const;

export type Role = (typeof ROLES)[number];

export const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

/** What whoever sets up a node gets: the work of a small organisation. Giving a part of it to others takes it from nobody. */
export const FIRST_ROLES: readonly Role[] = [
  'administrator',
  'liaison',
  'analyst',
  'investigator',
  'data-protection-officer',
];
