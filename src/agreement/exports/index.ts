export type { Exported } from './exported.ts';
export { exportHtml } from './html.ts';
export { exportIep, type IepPolicy } from './iep.ts';
export { exportOdrl, type OdrlAgreement } from './odrl.ts';
export { exportStixMarkings, type StixBundle, TLP_MARKING_IDS } from './stix-markings.ts';
