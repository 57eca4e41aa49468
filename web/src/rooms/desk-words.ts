/** Closed lists of the node that the desk's forms offer. */
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

export const CLEARANCES = ['none', 'restricted', 'confidential', 'secret', 'top-secret'] as const;
export type Clearance = (typeof CLEARANCES)[number];
