export { compilePack, type RejectedRule, type YaraFile, type YaraPack } from './pack.ts';
export { type YaraHit, type YaraMatch, YaraScanner } from './scan.ts';
