export { type BundleReport, makeBundle } from './bundle/make.ts';
export { type BundleVerdict, type Check, verifyBundle } from './bundle/verify.ts';
export { type Case, listCases, openCase, requireCase } from './cases.ts';
export { type CustodyEvent, custodyOf } from './custody.ts';
export { addExhibit, type Exhibit, listExhibits } from './exhibits.ts';
export { type Finding, findingsOn, listFindings } from './findings.ts';
export { type MatchSource, runMatch } from './match-run.ts';
